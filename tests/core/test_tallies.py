"""What the database counts itself is what a count would give, and a page by its tallies is Django's own page."""

import random
from datetime import timedelta
from typing import Any

import pytest
from django.core.paginator import Paginator
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.states import Role
from contractors.models import Contractor
from core import tallies
from core.models import Tally
from core.tallies import ALL, TalliedPaginator
from core.triggers import COUNTED
from engagements.models import Engagement
from engagements.states import EngagementStatus
from milestones.models import EngagementBudget
from tests.factories import NOW, make_contractor, make_engagement, make_user, make_version

pytestmark = pytest.mark.django_db
TABLE = "engagements_engagement"


@pytest.fixture
def people() -> list[User]:
    return [make_user(Role.LEAD) for _ in range(3)]


def make_some(people: list[User], count: int, **facts: Any) -> list[Engagement]:
    """Over a few days, several of them at the same instant; who holds them is mixed, also one person in two places."""
    pick = random.Random(count)
    version, contractor = make_version(people[0]), make_contractor(True)
    found = []
    for n in range(count):
        lead, comms, *rest = (pick.choice(people) for _ in range(4))
        cover = rest[0] if rest[0] != comms and n % 2 else None
        delegate = rest[1] if rest[1] != lead and n % 3 == 0 else None
        holders = {"lead": lead, "comms_owner": comms, "cover": cover, "delegate": delegate}
        made = NOW - timedelta(hours=7 * (n // 3))
        known = {"version": version, "contractor": contractor, "milestones": (), "created_at": made, **facts}
        found.append(make_engagement(EngagementStatus.COMPLETED, **holders, **known))
    return found


def check(people: list[User]) -> None:
    """That each one's tally is the number of rows that the person sees."""
    admin = make_user(Role.ADMIN)
    for person, viewer in [*((p, p.pk) for p in people), (admin, ALL)]:
        assert tallies.place(TABLE, viewer).total == Engagement.objects.visible_to(person).count()


def test_rows_are_counted_once_for_each_who_holds_them(people: list[User]) -> None:
    make_some(people, 12)

    check(people)


def test_a_row_that_changes_hands_or_day_is_counted_where_it_is_now(people: list[User]) -> None:
    made = make_some(people, 12)
    Engagement.objects.held_by(people[0]).update(delegate=None, lead=people[1])
    Engagement.objects.filter(pk=made[0].pk).update(created_at=NOW - timedelta(days=90), cover=None)
    Engagement.objects.filter(pk=made[1].pk).update(status=EngagementStatus.TERMINATED)

    check(people)
    days = Engagement.objects.dates("created_at", "day")
    assert {d for d, n in _days(ALL).items() if n} == set(days)


def _days(viewer: int) -> dict[Any, int]:
    found: dict[Any, int] = {}
    for day, n in Tally.objects.filter(table=TABLE, viewer=viewer).values_list("day", "n"):
        found[day] = found.get(day, 0) + n
    return found


def test_a_row_that_goes_is_counted_no_more(people: list[User]) -> None:
    make_some(people, 4)
    drafts = [make_engagement(EngagementStatus.DRAFT, lead=people[0], milestones=()) for _ in range(2)]
    EngagementBudget.objects.filter(engagement__in=drafts).delete()
    Engagement.objects.filter(pk__in=[e.pk for e in drafts]).delete()
    make_contractor().delete()

    check(people)
    assert tallies.place("contractors_contractor", ALL).total == Contractor.objects.count()


def test_many_rows_at_once_are_counted(people: list[User]) -> None:
    Contractor.objects.bulk_create(Contractor(name=f"C{n}", created_at=NOW - timedelta(days=n % 3)) for n in range(30))

    assert tallies.place("contractors_contractor", ALL).total == Contractor.objects.count()


def test_adding_up_changes_no_count_and_leaves_one_row_a_day(people: list[User]) -> None:
    make_some(people, 9)
    Engagement.objects.update(delegate=None)
    before = {viewer: {d: n for d, n in _days(viewer).items() if n} for viewer in (ALL, *(p.pk for p in people))}

    assert tallies.fold() > 0

    check(people)
    assert {viewer: _days(viewer) for viewer in before} == before
    assert tallies.fold() == 0


def test_a_table_that_was_there_before_is_counted_anew(people: list[User]) -> None:
    make_some(people, 6)
    with connection.cursor() as cursor:
        for sql in COUNTED[TABLE].recounts(connection.vendor):
            cursor.execute(sql)

    check(people)
    assert tallies.fold() == 0


@pytest.mark.parametrize("table", [TABLE, "contractors_contractor"])
def test_the_triggers_are_there_after_all_migrations(table: str) -> None:
    """SQLite forgets them whenever a migration remakes the table."""
    assert table in COUNTED
    asked = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal",
    }
    with connection.cursor() as cursor:
        cursor.execute(asked[connection.vendor], [table])
        found = {name for (name,) in cursor.fetchall()}

    assert {f"{table}_count_{event}" for event in ("insert", "delete", "update")} <= found


@pytest.mark.parametrize("wanted", ["1", "2", "3", "4", "7", "99", "0", "-1", "x", None, "9" * 30])
def test_every_page_has_the_rows_that_djangos_own_has_in_its_order(people: list[User], wanted: Any) -> None:
    make_some(people, 17)  # three at each instant: the key decides
    viewer = people[0]
    rows = Engagement.objects.visible_to(viewer).for_list()

    ours = TalliedPaginator(rows, 4, viewer.pk).get_page(wanted)
    theirs = Paginator(rows, 4).get_page(wanted)

    assert (ours.number, ours.paginator.count, ours.paginator.num_pages) == (
        theirs.number,
        theirs.paginator.count,
        theirs.paginator.num_pages,
    )
    assert list(ours) == list(theirs)


def test_a_deep_page_costs_two_statements_and_skips_within_one_day(people: list[User]) -> None:
    make_some(people, 17)
    rows = Engagement.objects.visible_to(make_user(Role.ADMIN)).for_list()
    for wanted, shown in ((5, 5), (900, 6)):
        with CaptureQueriesContext(connection) as seen:
            page = TalliedPaginator(rows, 3, ALL).get_page(wanted)
            assert (page.number, len(list(page))) == (shown, 3 if shown == 5 else 2)

        assert len(seen) == 2
        assert "OFFSET 1" not in seen[1]["sql"]


def test_an_empty_list_has_one_empty_page() -> None:
    page = TalliedPaginator(Engagement.objects.for_list(), 3, make_user(Role.LEAD).pk).get_page("2")

    assert (page.number, page.paginator.count, list(page)) == (1, 0, [])
