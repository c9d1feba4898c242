"""Delivery records: on time against the own promise, net of the time that our side held things up."""

import random
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Leave, User
from contractors.models import Claim, Contractor
from contractors.states import OWN_HISTORY, ClaimStatus
from core.prepared import Prepared
from engagements.models import Engagement
from milestones.models import DeliveryRow, Estimate, Milestone, RecordAppeal
from milestones.queries import record as queries
from milestones.queries.delivery import reckonings
from milestones.queries.record import OnTime, delivery_records, late_of_last_three, on_time_of
from milestones.services import pausing
from milestones.services.delivery import answer_appeal, row_of
from milestones.services.funding import fund_milestone
from milestones.services.reviews import request_changes
from tests.factories import make_appeal, make_contractor, make_delivery_row, make_engagement, make_milestone, make_user
from tests.milestones.conftest import accept, hand_in, recount, verdicts_for

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
MONDAY = datetime(2026, 11, 2, 12, tzinfo=UTC)  # both at work from 9 to 17 UTC
FRIDAY = date(2026, 11, 6)


def day(n: float) -> datetime:
    return MONDAY + timedelta(days=n)


@pytest.fixture
def engagement(db: None) -> Engagement:
    contractor = make_contractor(make_user("contractor", zone="Europe/Lisbon"))
    return make_engagement(milestones=(), contractor=contractor, starts_on=MONDAY.date())


def promised(engagement: Engagement, due_on: date = FRIDAY, hours: int = 24) -> Milestone:
    """Agreed on Monday at noon, to be done by `due_on`."""
    milestone = make_milestone(engagement, "agreed", agreed_at=day(0), due_on=due_on)
    facts = {"work_minutes": hours * 60, "due_on": due_on, "by": engagement.contractor.user, "at": day(-1)}
    Estimate.objects.create(milestone=milestone, number=1, **facts)
    return milestone


def fund(milestone: Milestone, n: float = 0) -> Milestone:
    return fund_milestone(milestone, by=milestone.engagement.lead, at=day(n))


def delivered(milestone: Milestone, funded: float = 0, handed_in: float = 3, accepted: float = 4) -> DeliveryRow:
    """Funded, handed in and accepted so many days after Monday noon."""
    milestone = fund(milestone, funded)
    hand_in(milestone, at=day(handed_in))
    accept(milestone, at=day(accepted))
    return DeliveryRow.objects.get(milestone=milestone)


def send_back(milestone: Milestone, n: float) -> None:
    request_changes(
        milestone,
        verdicts=verdicts_for(milestone, False),
        note="Measure it cold.",
        submission_number=milestone.submissions.count(),
        by=milestone.engagement.lead,
        at=day(n),
    )


# --- one row ------------------------------------------------------------------------
def test_a_row_keeps_the_promise_what_was_delivered_and_our_share(engagement: Engagement) -> None:
    row = delivered(promised(engagement), handed_in=3, accepted=4)

    assert (row.promised_on, row.delivered_on, row.moved_to) == (FRIDAY, date(2026, 11, 5), FRIDAY)
    assert (row.theirs, row.ours, row.no_overlap) == (24 * HOUR, 8 * HOUR, 0 * HOUR)
    assert (row.funding_wait, row.our_share, row.paused) == (0 * HOUR, 0 * HOUR, 0 * HOUR)
    assert row.estimated_minutes == 24 * 60


def test_what_lies_with_us_moves_the_promise(engagement: Engagement) -> None:
    milestone = fund(promised(engagement))
    hand_in(milestone, at=day(1))
    send_back(milestone, 3)  # two working days with us
    hand_in(milestone, at=day(7))  # the Monday after
    accept(milestone, at=day(8))

    row = DeliveryRow.objects.get()

    assert row.our_share == 16 * HOUR
    assert row.moved_to == date(2026, 11, 10)  # Friday and two working days
    assert recount(engagement.contractor).rows[0].is_on_time


def test_a_review_after_the_delivery_moves_nothing(engagement: Engagement) -> None:
    row = delivered(promised(engagement), handed_in=7, accepted=20)

    assert row.our_share == 0 * HOUR
    assert not recount(engagement.contractor).rows[0].is_on_time


def test_late_funding_moves_the_promise(engagement: Engagement) -> None:
    row = delivered(promised(engagement), funded=2, handed_in=7, accepted=8)

    assert (row.funding_wait, row.moved_to) == (16 * HOUR, date(2026, 11, 10))


def test_funding_waits_for_the_milestone_before_it_without_being_late(engagement: Engagement) -> None:
    first, second = promised(engagement), promised(engagement, date(2026, 11, 13))
    delivered(first, handed_in=3, accepted=4)

    row = delivered(second, funded=7, handed_in=10, accepted=11)  # from Friday noon to Monday noon: one working day

    assert row.funding_wait == 8 * HOUR


def test_side_by_side_no_funding_is_late(engagement: Engagement) -> None:
    first, second = promised(engagement), promised(engagement)
    fund(first)

    assert delivered(second, funded=2, handed_in=3, accepted=4).funding_wait == 0 * HOUR


def test_a_pause_moves_the_promise_and_counts_to_nobody(engagement: Engagement) -> None:
    milestone = fund(promised(engagement))
    pausing.pause(engagement, reason="No test system.", by=engagement.lead, at=day(1))
    pausing.resume(engagement, by=engagement.lead, at=day(3))
    hand_in(milestone, at=day(8))
    accept(milestone, at=day(8.1))

    row = DeliveryRow.objects.get()

    assert (row.paused, row.moved_to) == (16 * HOUR, date(2026, 11, 10))
    assert row.theirs == (8 + 4 + 4 + 8 + 8) * HOUR  # Monday noon to Tuesday noon, Thursday noon to Tuesday noon


def test_days_are_those_of_the_contractor(engagement: Engagement) -> None:
    User.objects.filter(pk=engagement.contractor.user_id).update(zone="America/Bogota")
    milestone = promised(Engagement.objects.for_page().get(pk=engagement.pk))

    row = delivered(milestone, handed_in=4.7, accepted=5)  # Saturday 04:48 UTC is Friday evening there

    assert row.delivered_on == FRIDAY


def test_what_was_never_estimated_makes_no_row(engagement: Engagement) -> None:
    milestone = fund(make_milestone(engagement, "agreed", agreed_at=day(0)))
    hand_in(milestone, at=day(1))
    accept(milestone, at=day(2))

    assert not DeliveryRow.objects.exists()


def test_the_promise_is_the_estimate_that_was_agreed(engagement: Engagement) -> None:
    milestone = promised(engagement)
    later = {"work_minutes": 60, "due_on": date(2027, 1, 1), "by": engagement.contractor.user, "at": day(1)}
    Estimate.objects.create(milestone=milestone, number=2, **later)

    assert delivered(milestone).promised_on == FRIDAY


def test_a_row_recomputed_later_is_equal(engagement: Engagement) -> None:
    """From nothing but history, estimates, pauses and hours; also when more has happened since."""
    first, second = promised(engagement), promised(engagement, date(2026, 11, 13))
    delivered(first, funded=0.5, handed_in=5, accepted=6)
    pausing.pause(engagement, reason="No test system.", by=engagement.lead, at=day(6.2))
    pausing.resume(engagement, by=engagement.lead, at=day(7.1))
    milestone = fund(second, 8)
    hand_in(milestone, at=day(9))
    send_back(milestone, 10)
    hand_in(milestone, at=day(14))
    accept(milestone, at=day(15))
    accepted = list(Milestone.objects.for_page())

    found = reckonings(accepted, day(300))

    for milestone in accepted:
        kept = DeliveryRow.objects.get(milestone=milestone)
        again = row_of(milestone, found[milestone.pk], kept.at)
        facts = [f.attname for f in DeliveryRow._meta.concrete_fields if f.attname != "id"]
        assert {f: getattr(again, f) for f in facts} == {f: getattr(kept, f) for f in facts}


def test_hours_changed_later_change_no_row(engagement: Engagement) -> None:
    row = delivered(promised(engagement))
    Leave.objects.create(user=engagement.lead, starts_on=MONDAY.date(), ends_on=FRIDAY)

    assert DeliveryRow.objects.get().ours == row.ours


@pytest.mark.parametrize("change", [{"moved_to": date(2027, 1, 1)}, {"theirs": 1 * HOUR}, {"delivered_on": FRIDAY}])
def test_the_database_keeps_a_row_as_it_is(engagement: Engagement, change: dict[str, Any]) -> None:
    row = delivered(promised(engagement))

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        DeliveryRow.objects.filter(pk=row.pk).update(**change)


# --- a record -----------------------------------------------------------------------
def rows(contractor: Contractor, verdicts: str, at: datetime = MONDAY) -> None:
    """A row a letter, the oldest first: o on time, l late."""
    for n, letter in enumerate(verdicts):
        engagement = make_engagement(milestones=(), contractor=contractor)
        milestone = make_milestone(engagement, "accepted")
        make_delivery_row(milestone, late=letter == "l", at=at + timedelta(days=n))


def test_under_three_nothing_is_known(db: None) -> None:
    contractor = make_contractor(True)
    rows(contractor, "ol")

    found = recount(contractor).on_time

    assert (found.count, found.of, found.share, found.low, found.high) == (1, 2, None, None, None)


def test_from_three_on_there_is_a_share_and_its_range(db: None) -> None:
    contractor = make_contractor(True)
    rows(contractor, "ooool")

    found = recount(contractor).on_time

    assert (found.count, found.of, found.share) == (4, 5, 0.8)
    assert (found.low, found.high) == pytest.approx((0.4355, 0.9549), abs=0.001)


def test_each_kind_of_work_is_counted_alone(engagement: Engagement) -> None:
    delivered(promised(engagement))
    rows(engagement.contractor, "lo")

    found = dict(recount(engagement.contractor).by_kind)

    assert found[engagement.version.template.name] == OnTime(1, 1)
    assert sum(kind.of for kind in found.values()) == 3


@pytest.mark.parametrize(("verdicts", "late"), [("", 0), ("l", 1), ("lloo", 1), ("ooll", 2), ("llll", 3)])
def test_of_the_last_three_so_many_were_late(db: None, verdicts: str, late: int) -> None:
    contractor = make_contractor(True)
    rows(contractor, verdicts)

    assert late_of_last_three(contractor) == late


def test_finished_work_reaches_vetting_as_a_claim_of_own_history(engagement: Engagement) -> None:
    rows(engagement.contractor, "ol")
    delivered(promised(engagement))

    claim = Claim.objects.get(contractor=engagement.contractor)

    assert (claim.source, claim.status, claim.n) == (OWN_HISTORY, ClaimStatus.VERIFIED, 3)
    assert (claim.raw, claim.value_milli) == ("2 of 3 milestones", 66_667)


def test_a_days_second_statement_takes_the_place_of_the_first(engagement: Engagement) -> None:
    delivered(promised(engagement))
    delivered(promised(engagement))

    claim = Claim.objects.get(contractor=engagement.contractor)

    assert (claim.raw, claim.value_milli) == ("2 of 2 milestones", None)


def test_records_of_three_cost_as_much_as_of_one(db: None) -> None:
    people = [make_contractor(True) for _ in range(3)]
    for person in people:
        rows(person, "ol")

    def cost(n: int) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert all(record.by_kind for record in delivery_records(people[:n]).values())
            on_time_of(people[:n])
        return len(seen)

    assert cost(3) == cost(1) == 4


@pytest.mark.parametrize("seed", range(4))
def test_sums_say_what_the_rows_say_whatever_was_appealed(db: None, seed: int) -> None:
    dice, contractor, admin = random.Random(seed), make_contractor(True), make_user("admin")
    version = make_engagement(milestones=()).version
    rows(make_contractor(True), "lo")
    rows(contractor, "".join(dice.choices("ol", k=6)))
    for _row in range(6):
        milestone = make_milestone(make_engagement(milestones=(), contractor=contractor, version=version), "accepted")
        make_delivery_row(milestone, late=dice.random() < 0.5, at=day(dice.randrange(9)))
        recount(contractor)
    for n in range(14):
        row = dice.choice(DeliveryRow.objects.filter(contractor=contractor).order_by("pk"))
        if RecordAppeal.objects.filter(row=row, answer=None).exists():
            continue
        appeal = make_appeal(row, at=day(20 + n))
        if outcome := dice.choice(["", "counts", "does_not_count", "corrected", "corrected"]):
            moved_to = row.promised_on + timedelta(days=dice.randrange(30)) if outcome == "corrected" else None
            answer_appeal(appeal, outcome=outcome, moved_to=moved_to, note="Looked.", by=admin, at=day(20 + n))
        recount(contractor)


@pytest.mark.parametrize("prepared", [queries._of_contractor, queries._of_person, queries._prepared_appeals])
def test_a_record_is_counted_from_an_index_alone(db: None, prepared: Prepared) -> None:
    index = next(i for i in DeliveryRow._meta.indexes if i.name == "delivery_sums")
    columns = {DeliveryRow._meta.get_field(name).column for name in index.fields}
    asked = set(re.findall(r'"milestones_deliveryrow"\."(\w+)"', prepared._text().sql))

    assert asked
    assert asked <= columns


def test_somebody_without_a_row_is_in_the_answer_too(db: None) -> None:
    newcomer = make_contractor()

    assert on_time_of([newcomer]) == {newcomer.pk: OnTime(0, 0)}
