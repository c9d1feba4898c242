import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.proportions import Z_90, plausible_range


@pytest.mark.parametrize(
    ("hits", "n", "z", "low", "high"),
    [(8, 10, 1.96, 0.490, 0.943), (0, 3, Z_90, 0.0, 0.474), (3, 3, Z_90, 0.526, 1.0)],
)
def test_the_range_is_wilsons(hits: int, n: int, z: float, low: float, high: float) -> None:
    """The first from textbooks; all or none of n by hand, z² ÷ (n + z²)."""
    assert plausible_range(hits, n, z) == pytest.approx((low, high), abs=0.001)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_its_ends_solve_wilsons_equation(case: tuple[int, int]) -> None:
    hits, n = case
    for p in plausible_range(hits, n):
        assert 0 <= p <= 1
        if 0 < p < 1:
            assert (hits / n - p) ** 2 == pytest.approx(Z_90**2 * p * (1 - p) / n, rel=1e-6, abs=1e-12)
    assert plausible_range(hits, n)[0] <= hits / n <= plausible_range(hits, n)[1]


@pytest.mark.parametrize(("hits", "n"), [(0, 0), (2, 1), (-1, 3)])
def test_what_is_no_share_is_refused(hits: int, n: int) -> None:
    with pytest.raises(ValueError, match="no share"):
        plausible_range(hits, n)
