"""Pages found by the key of the row beside them."""

from datetime import timedelta

import pytest
from django.http import QueryDict
from django.template import Context, Template

from contractors.models import Contractor
from core import keyset
from core.keyset import stretch
from tests.factories import NOW, make_contractor


@pytest.fixture
def seven(db):
    """Two hours with three and four contractors: the instant alone does not say which is newer."""
    return [make_contractor(name=f"C{n}", created_at=NOW + timedelta(hours=n // 4)) for n in range(7)]


def asked(text: str = "") -> QueryDict:
    return QueryDict(text)


def names(page) -> str:
    return " ".join(row.name for row in page.object_list)


@pytest.mark.parametrize("by", [("pk",), ("created_at", "pk")])
def test_every_row_is_met_once_on_the_way_down_and_again_on_the_way_up(seven, by):
    down, query = [], ""
    while True:
        page = stretch(Contractor.objects.all(), asked(query), 3, by=by)
        down.append(names(page))
        if page.older_than is None:
            break
        query = f"before={page.older_than}"
    assert down == ["C6 C5 C4", "C3 C2 C1", "C0"]

    up = []
    while page.newer_than is not None:
        page = stretch(Contractor.objects.all(), asked(f"after={page.newer_than}"), 3, by=by)
        up.append(names(page))
    assert up == ["C3 C2 C1", "C6 C5 C4"]


def test_the_first_page_is_full_also_when_it_is_come_to_from_below(seven):
    page = stretch(Contractor.objects.all(), asked(f"after={seven[5].pk}"), 3)

    assert (names(page), page.newer_than) == ("C6 C5 C4", None)


@pytest.mark.parametrize("query", ["before=", "before=x", "before=٣", "before=" + "9" * 30, "after=0x1", "page=3"])
def test_an_address_that_can_not_be_read_shows_the_newest(seven, query):
    assert names(stretch(Contractor.objects.all(), asked(query), 3, by=("created_at", "pk"))) == "C6 C5 C4"


def test_a_row_that_left_the_list_still_says_where_to_go_on(seven):
    rows = Contractor.objects.exclude(name="C4")

    page = stretch(rows, asked(f"before={seven[4].pk}"), 3, by=("created_at", "pk"))

    assert names(page) == "C3 C2 C1"


def test_parts_make_one_list_in_order(seven):
    parts = [Contractor.objects.filter(name__in=["C0", "C2", "C5"]), Contractor.objects.filter(name__in=["C1", "C6"])]

    first = stretch(Contractor.objects.all(), asked(), 3, by=("created_at", "pk"), parts=parts)
    second = stretch(
        Contractor.objects.all(), asked(f"before={first.older_than}"), 3, by=("created_at", "pk"), parts=parts
    )

    assert [names(first), names(second)] == ["C6 C5 C2", "C1 C0"]
    assert (first.count, second.older_than) == (5, None)


def test_what_is_beyond_counting_is_said_as_more(seven, monkeypatch):
    monkeypatch.setattr(keyset, "MOST", 5)

    assert stretch(Contractor.objects.all(), asked(), 3).total == "5+"
    assert stretch(Contractor.objects.filter(pk__lte=seven[4].pk), asked(), 3).total == "5"
    assert keyset.Stretch([], None, None, 10_000, True).total == "10,000+"


def test_the_pager_keeps_what_else_is_asked(seven, rf):
    request = rf.get("/", {"kind": "pay", "before": seven[5].pk})
    page = stretch(Contractor.objects.all(), request.GET, 3)

    html = Template("{% pager page %}").render(Context({"request": request, "page": page}))

    assert f"?kind=pay&amp;after={seven[4].pk}" in html
    assert f"?kind=pay&amp;before={seven[2].pk}" in html
    assert "7 in all" in html


def test_a_page_costs_the_same_wherever_it_is(seven, django_assert_num_queries):
    with django_assert_num_queries(3):  # keys, rows, count
        stretch(Contractor.objects.all(), asked(), 3, by=("created_at", "pk"))
    with django_assert_num_queries(4):  # and where the row stands that the address names
        stretch(Contractor.objects.all(), asked(f"before={seven[4].pk}"), 3, by=("created_at", "pk"))
