"""Pages of long lists by one kept statement: what `core.keyset.stretch` says of the same list."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Q
from django.http import QueryDict

from contractors.models import Contractor
from core import keyset
from core.kept_lists import KeptList
from core.keyset import stretch
from tests.factories import NOW, make_contractor

ORDERS = [("pk",), ("created_at", "pk")]


@pytest.fixture
def seven(db: None) -> list[Contractor]:
    """Two hours with three and four contractors: the instant alone does not say which is newer."""
    return [make_contractor(name=f"C{n}", created_at=NOW + timedelta(hours=n // 4)) for n in range(7)]


def asked(text: str = "") -> QueryDict:
    return QueryDict(text)


def named(shape: Any, *keys: Any) -> list[Any]:
    """All of them, or (shape 2) those up to a number and those after it, as two parts."""
    rows = Contractor.objects.all()
    return [rows.filter(pk__lte=keys[0]), rows.filter(pk__gt=keys[0])] if shape == 2 else [rows]


def a_list(by: Any = ("pk",)) -> KeptList:
    return KeptList(named, ["name", "email"], lambda name, email: (name, email), by)


@pytest.mark.parametrize("by", ORDERS)
@pytest.mark.parametrize("shape", [1, 2])
@pytest.mark.parametrize("is_kept", [True, False])
def test_every_page_is_the_one_that_a_queryset_gives(seven: Any, by: Any, shape: int, is_kept: bool) -> None:
    kept, rows = a_list(by), Contractor.objects.all()
    keys = [seven[2].pk] if shape == 2 else []
    addresses = ["", *(f"{side}={row.pk}" for side in ("before", "after") for row in seven)]
    addresses += ["before=", "before=x", "before=٣", "after=0x1", "before=" + "9" * 30, "page=3"]

    for address in addresses:
        page = kept.stretch(asked(address), 3, *keys, shape=shape, is_kept=is_kept)
        as_it_was = stretch(rows, asked(address), 3, by=by)
        assert [name for name, _email in page.object_list] == [row.name for row in as_it_was.object_list], address
        told = (page.newer_than, page.older_than, page.count, page.has_more)
        assert told == (as_it_was.newer_than, as_it_was.older_than, as_it_was.count, as_it_was.has_more), address


@pytest.mark.parametrize("by", ORDERS)
def test_an_address_of_a_row_that_is_no_more(seven: Any, by: Any) -> None:
    gone = seven[3].pk
    seven[3].delete()
    for address in (f"before={gone}", f"after={gone}", "before=1", "before=999999999"):
        page, as_it_was = (
            a_list(by).stretch(asked(address), 3),
            stretch(Contractor.objects.all(), asked(address), 3, by=by),
        )
        assert [name for name, _email in page.object_list] == [row.name for row in as_it_was.object_list], address
        assert (page.newer_than, page.older_than, page.count) == (
            as_it_was.newer_than, as_it_was.older_than, as_it_was.count,
        )  # fmt: skip


def test_a_row_that_left_the_list_still_says_where_to_go_on(seven: Any) -> None:
    kept = KeptList(lambda _shape: [Contractor.objects.exclude(name="C4")], ["name"], str, ("created_at", "pk"))

    assert kept.stretch(asked(f"before={seven[4].pk}"), 3).object_list == ["C3", "C2", "C1"]


def test_what_is_beyond_counting_is_said_as_more(seven: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(keyset, "MOST", 5)

    assert a_list().stretch(asked(), 3).total == "5+"
    assert a_list().stretch(asked(), 3, is_counted=False).count == 0


def test_an_empty_list(db: None) -> None:
    page = a_list(("created_at", "pk")).stretch(asked("before=7"), 3)

    assert (page.object_list, page.newer_than, page.older_than, page.count) == ([], None, None, 0)


@pytest.mark.parametrize("by", ORDERS)
def test_a_page_is_one_statement_wherever_it_is(seven: Any, by: Any, django_assert_num_queries: Any) -> None:
    kept = a_list(by)
    for address in ("", f"before={seven[4].pk}", f"after={seven[0].pk}"):
        with django_assert_num_queries(1):
            page = kept.stretch(asked(address), 3)
            assert len(page.object_list) == 3


def test_other_keys_are_other_rows_of_the_same_statement(seven: Any) -> None:
    kept = KeptList(lambda _shape, key: [Contractor.objects.filter(Q(pk=key))], ["name"], str)

    assert [kept.stretch(asked(), 3, row.pk).object_list for row in seven[:2]] == [["C0"], ["C1"]]
