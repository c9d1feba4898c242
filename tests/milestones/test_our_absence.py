"""No absence of ours makes a contractor late, and none that is entered afterwards changes what was."""

from datetime import date, datetime
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Leave, User, WorkingSpan
from engagements.models import Delegation, Engagement
from engagements.services.delegations import let_cover_stand_in, name_delegate
from milestones.models import DeliveryRow, Milestone
from milestones.queries.delivery import reckonings
from milestones.queries.progress import Progress, progress
from milestones.queries.record import delivery_records
from milestones.queries.waited import shares_by_engagement
from milestones.queries.waiting import Shares
from milestones.queries.window import review_window
from milestones.services.delivery import answer_appeal, row_of
from milestones.services.reviews import request_changes
from tests.factories import make_appeal, make_contractor, make_engagement, make_user
from tests.milestones.conftest import accept, hand_in, recount, verdicts_for
from tests.milestones.test_queries_delivery import FRIDAY, HOUR, MONDAY, day, delivered, fund, promised, send_back

pytestmark = pytest.mark.django_db


@pytest.fixture
def engagement(db: None) -> Engagement:
    """Lead and contractor work from 9 to 17 UTC, the cover from 2 to 10."""
    return make_engagement(
        milestones=(),
        lead=make_user("lead", name="Tess Okafor", zone="UTC"),
        contractor=make_contractor(make_user("contractor", zone="UTC")),
        cover=make_user("lead", name="Minh Tran", zone="Asia/Ho_Chi_Minh"),
        starts_on=MONDAY.date(),
    )


@pytest.fixture
def minh(engagement: Engagement) -> User:
    cover: User = engagement.cover
    return cover


def november(n: int) -> date:
    return date(2026, 11, n)


def away(person: User, first: int, last: int) -> None:
    Leave.objects.create(user=person, starts_on=november(first), ends_on=november(last))


def answered(milestone: Milestone, n: float, by: User) -> None:
    """Changes asked for, so many days after Monday noon."""
    number = milestone.submissions.count()
    facts = {"verdicts": verdicts_for(milestone, False), "note": "Measure it cold.", "submission_number": number}
    request_changes(milestone, **facts, by=by, at=day(n))


def seen(milestone: Milestone, at: datetime) -> Progress:
    row = Milestone.objects.for_page().get(pk=milestone.pk)
    return progress([row], row.engagement.lead, at)[row.pk]


def page(client: Client, milestone: Milestone, person: User) -> str:
    with time_machine.travel(day(30)):
        client.force_login(person)
        return client.get(f"/milestones/{milestone.pk}/").content.decode()


# --- whoever held the review --------------------------------------------------------
def test_what_a_delegate_takes_moves_the_promise(engagement: Engagement, minh: User) -> None:
    lead = engagement.lead
    away(lead, 3, 20)
    milestone = fund(promised(engagement))
    hand_in(milestone, at=day(1))  # Tuesday noon: evening in Saigon
    name_delegate(engagement, person=minh, until_on=november(20), by=lead, at=day(1))
    answered(milestone, 12, by=minh)
    hand_in(milestone, at=day(15))  # on 17 November
    accept(milestone, at=day(15.1), by=minh)

    row = DeliveryRow.objects.get()

    assert row.our_share == 8 * 8 * HOUR  # of Minh's: Wednesday to Friday, and a week
    assert (row.delivered_on, row.moved_to) == (november(17), november(18))
    assert recount(engagement.contractor).rows[0].is_on_time


def test_a_cover_who_stands_in_counts_too(engagement: Engagement, minh: User) -> None:
    away(engagement.lead, 3, 5)
    milestone = fund(promised(engagement))
    hand_in(milestone, at=day(1))
    let_cover_stand_in(engagement.pk, at=day(1))

    # Minh's Wednesday and Thursday, then Tess's Friday; the cover's last day ends in the lead's zone.
    assert seen(milestone, day(5)).shares == Shares(theirs=8 * HOUR, ours=24 * HOUR, no_overlap=2 * 7 * HOUR + 5 * HOUR)
    assert seen(milestone, day(5)).away == 0 * HOUR


def test_a_delegation_counts_until_it_was_ended(engagement: Engagement, minh: User) -> None:
    milestone = fund(promised(engagement))
    hand_in(milestone, at=day(1))
    name_delegate(engagement, person=minh, until_on=november(30), by=engagement.lead, at=day(1))
    Delegation.objects.update(ended_at=day(2), ended_by=engagement.lead)

    # Minh's Wednesday, from noon on Tess again.
    assert seen(milestone, day(2.5)).shares.ours == (8 + 5) * HOUR  # type: ignore[union-attr]


def test_who_stood_in_for_another_lead_counts_as_him_or_herself(engagement: Engagement, minh: User) -> None:
    """Somebody who leads one engagement and stands in for the lead of another is read once, and for both."""
    other = make_engagement(milestones=(), lead=minh, contractor=engagement.contractor, starts_on=MONDAY.date())
    name_delegate(engagement, person=minh, until_on=november(30), by=engagement.lead, at=day(0))
    first, second = fund(promised(engagement)), fund(promised(other))
    for milestone in (first, second):
        hand_in(milestone, at=day(1))
    rows = list(Milestone.objects.for_page().order_by("pk"))

    with CaptureQueriesContext(connection) as asked:
        found = reckonings(rows, day(3))

    assert [found[m.pk].our_share for m in rows] == [16 * HOUR, 16 * HOUR]
    assert len(asked) == 2


# --- leave with nobody standing in --------------------------------------------------
def test_leave_of_ours_moves_the_promise(engagement: Engagement, client: Client) -> None:
    away(engagement.lead, 5, 18)
    milestone = fund(promised(engagement))
    hand_in(milestone, at=day(2))  # 4 November
    send_back(milestone, 17)  # 19 November

    assert seen(milestone, day(17)).away == 80 * HOUR
    for person in (engagement.lead, engagement.contractor.user):
        assert "80 h of the team’s time were leave, and nobody stood in" in page(client, milestone, person)

    hand_in(milestone, at=day(18))
    accept(milestone, at=day(18.1))
    row = DeliveryRow.objects.get()

    assert (row.our_share, row.moved_to) == (88 * HOUR, november(23))
    assert row.delivered_on <= row.moved_to
    assert "80 h of the team’s time were leave" in page(client, milestone, engagement.lead)


def test_the_window_still_stops_on_leave(engagement: Engagement) -> None:
    away(engagement.lead, 4, 6)
    milestone = fund(promised(engagement))
    hand_in(milestone, at=day(1))

    window = review_window(Engagement.objects.for_page().get(pk=engagement.pk), day(1))

    assert window is not None
    assert window.ends_on == november(11)  # three working days after Tuesday, from Monday on


def test_leave_before_it_is_funded_moves_the_promise_too(engagement: Engagement) -> None:
    away(engagement.lead, 2, 4)

    row = delivered(promised(engagement), funded=2, handed_in=7, accepted=8)

    assert (row.funding_wait, row.moved_to) == (16 * HOUR, november(10))


def test_rows_are_reckoned_the_same_from_history(engagement: Engagement, minh: User) -> None:
    away(engagement.lead, 3, 18)
    first, second = promised(engagement), promised(engagement, november(13))
    milestone = fund(first)
    hand_in(milestone, at=day(1))
    name_delegate(engagement, person=minh, until_on=november(6), by=engagement.lead, at=day(1.2))
    answered(milestone, 3, by=minh)
    hand_in(milestone, at=day(8))
    accept(milestone, at=day(16.1))
    delivered(second, funded=17, handed_in=20, accepted=24)
    away(engagement.lead, 1, 30)  # whatever is entered about us afterwards

    found = reckonings(list(Milestone.objects.for_page()), day(300))

    facts = [f.attname for f in DeliveryRow._meta.concrete_fields if f.attname != "id"]
    for kept in DeliveryRow.objects.all():
        again = row_of(Milestone.objects.for_page().get(pk=kept.milestone_id), found[kept.milestone_id], kept.at)
        assert {f: getattr(again, f) for f in facts} == {f: getattr(kept, f) for f in facts}
    assert len(found) == DeliveryRow.objects.count() == 2


# --- afterwards ---------------------------------------------------------------------
def test_leave_entered_afterwards_changes_nothing_that_was(engagement: Engagement) -> None:
    milestone = fund(promised(engagement))
    hand_in(milestone, at=day(1))
    before = seen(milestone, day(20))

    away(engagement.lead, 3, 20)

    after = seen(milestone, day(20))
    assert (after.shares, after.moved_to) == (before.shares, before.moved_to)


def test_a_page_says_what_the_record_does_whatever_was_changed_since(engagement: Engagement, client: Client) -> None:
    milestone = fund(promised(engagement))
    hand_in(milestone, at=day(1))
    send_back(milestone, 3)
    hand_in(milestone, at=day(7))
    accept(milestone, at=day(8))
    row = DeliveryRow.objects.get()
    WorkingSpan.objects.filter(user__in=(engagement.lead, engagement.contractor.user)).update(end_minute=10 * 60)
    for person in (engagement.lead, engagement.contractor.user):
        away(person, 1, 30)

    found = seen(milestone, day(30))

    assert found.shares == Shares(row.theirs, row.ours, row.no_overlap)
    assert (found.promised_on, found.moved_to) == (row.promised_on, row.moved_to) == (FRIDAY, november(10))
    assert found.away == 0 * HOUR  # not known any more
    assert "judged by Tue 10 Nov" in page(client, milestone, engagement.lead)


@pytest.mark.parametrize(("outcomes", "judged"), [(["corrected"], 20), (["corrected", ""], 10), (["counts"], 10)])
def test_a_page_is_judged_by_the_newest_appeal_as_the_record_is(
    engagement: Engagement, outcomes: list[str], judged: int
) -> None:
    milestone = fund(promised(engagement))
    hand_in(milestone, at=day(1))
    send_back(milestone, 3)
    hand_in(milestone, at=day(7))
    accept(milestone, at=day(8))
    for n, outcome in enumerate(outcomes):
        appeal = make_appeal(DeliveryRow.objects.get(), at=day(9 + n))
        facts: dict[str, Any] = {"moved_to": november(20)} if outcome == "corrected" else {}
        if outcome:
            answer_appeal(appeal, outcome=outcome, note="Looked.", by=make_user("admin"), at=day(9 + n), **facts)

    record = delivery_records([engagement.contractor])[engagement.contractor_id]

    assert seen(milestone, day(30)).moved_to == record.rows[0].moved_to == november(judged)


def test_the_page_asks_as_much_with_somebody_who_stood_in(engagement: Engagement, minh: User, client: Client) -> None:
    milestone = fund(promised(engagement))
    hand_in(milestone, at=day(1))
    lead = engagement.lead

    def cost() -> int:
        page(client, milestone, lead)
        with CaptureQueriesContext(connection) as asked:
            page(client, milestone, lead)
        return len(asked)

    before = cost()
    name_delegate(engagement, person=minh, until_on=november(30), by=lead, at=day(1))
    Delegation.objects.update(ended_at=day(2), ended_by=lead)
    Engagement.objects.update(delegate=None)

    assert cost() == before


def test_a_week_counts_whoever_stood_in(engagement: Engagement, minh: User) -> None:
    away(engagement.lead, 3, 20)
    milestone = fund(promised(engagement))
    hand_in(milestone, at=day(1))
    name_delegate(engagement, person=minh, until_on=november(20), by=engagement.lead, at=day(1))
    rows = list(Milestone.objects.for_page())

    found = shares_by_engagement(rows, day(6.5), day(8.5))  # a Monday and a Tuesday

    assert found[engagement.pk] == Shares(ours=16 * HOUR, no_overlap=2 * 7 * HOUR)
