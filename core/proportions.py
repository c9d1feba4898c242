"""How far a share of few cases can be trusted."""

from math import sqrt

Z_90 = 1.6448536269514722  # 95 % quantile of the normal distribution: 5 % outside on either side


def plausible_range(hits: int, n: int, z: float = Z_90) -> tuple[float, float]:
    """The Wilson score interval of `hits` out of `n`, as shares from 0 to 1; by default the 90 % one.

    The values p for which (hits/n - p)² ≤ z² p(1-p)/n. Never leaves [0, 1], and says something also for none and for
    all of few. E. B. Wilson, “Probable Inference, the Law of Succession, and Statistical Inference”, JASA 22 (1927),
    209–212; recommended for small n by Brown, Cai and DasGupta, Statistical Science 16 (2001), 101–133.
    Raises ValueError without cases, or for more hits than cases.
    """
    if not 0 <= hits <= n or not n:
        raise ValueError(f"{hits} of {n} is no share.")
    share, square = hits / n, z * z
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = z * sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
    return (0.0 if hits == 0 else middle - half), (1.0 if hits == n else middle + half)
