"""Likely dates from the person's own history of estimates."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.states import Role
from core.working_time import Calendar
from engagements.models import Engagement
from milestones.models import DeliveryRow, Estimate, Milestone
from milestones.queries.forecasts import LATEST, Pace, likely, paces, quantile
from milestones.queries.progress import progress
from milestones.queries.record import delivery_records
from milestones.services.delivery import answer_appeal
from milestones.services.funding import fund_milestone
from tests.factories import NOW, make_appeal, make_delivery_row, make_engagement, make_milestone, make_user

HOUR = timedelta(hours=1)
LISBON = Calendar("Europe/Lisbon")
MONDAY = datetime(2026, 11, 23, tzinfo=UTC)


# --- the arithmetic -----------------------------------------------------------------
@pytest.mark.parametrize(
    ("sample", "share", "value"),
    [
        ((1, 2, 3, 4, 5, 6), 0.5, 3.5),
        ((1, 2, 3, 4, 5, 6), 0.8, 5.6),
        ((1, 2, 3, 4, 5, 6, 7, 8, 9), 0.8, 8),
        ((7,), 0.8, 7),
    ],
)
def test_a_quantile_lies_at_n_plus_one_times_its_share(sample: tuple[float, ...], share: float, value: float) -> None:
    assert quantile(sample, share) == pytest.approx(value)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # it is no measurement of the machine
@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=40), st.floats(0, 1), st.floats(0, 1))
def test_quantiles_grow_with_their_share_and_stay_in_the_sample(sample: list[float], a: float, b: float) -> None:
    ordered = sorted(sample)
    low, high = sorted((a, b))

    # One rounding of a sum of neighbours may lie beside them.
    assert ordered[0] * (1 - 1e-12) <= quantile(ordered, low) <= quantile(ordered, high) * (1 + 1e-12)
    assert quantile(ordered, high) <= ordered[-1] * (1 + 1e-12)


def test_an_estimate_becomes_dates_in_working_time() -> None:
    pace = Pace((1, 1, 1, 2, 2, 3))  # half 1.5 times, 8 of 10 2.6 times

    found = likely(16 * 60, MONDAY, pace, LISBON)  # 24 h and 41.6 h

    assert (found.half_by, found.most_by, found.n) == (date(2026, 11, 25), date(2026, 11, 30), 6)


def test_under_six_nothing_is_known() -> None:
    found = likely(16 * 60, MONDAY, Pace((1, 1, 1, 2, 2)), LISBON)

    assert (found.half_by, found.most_by, found.n) == (None, None, 5)


def test_pauses_are_left_out() -> None:
    pause = (MONDAY + timedelta(days=1), MONDAY + timedelta(days=2))

    assert likely(8 * 60, MONDAY, Pace((2,) * 6), LISBON, [pause]).half_by == date(2026, 11, 25)


def test_somebody_who_never_works_has_no_likely_date() -> None:
    never = Calendar("Europe/Lisbon", leave=((date(2000, 1, 1), date(2090, 1, 1)),))

    assert likely(60, MONDAY, Pace((1,) * 6), never).half_by is None


# --- of real people -----------------------------------------------------------------
@pytest.fixture
def engagement(db: None) -> Engagement:
    return make_engagement(milestones=())


def finished(engagement: Engagement, n: int) -> None:
    """So many rows of 36 h for an estimate of 24 h."""
    for _turn in range(n):
        make_delivery_row(make_milestone(engagement, "accepted"))


def agreed(engagement: Engagement) -> Milestone:
    milestone = make_milestone(engagement, "agreed", agreed_at=NOW)
    Estimate.objects.create(
        milestone=milestone,
        number=1,
        work_minutes=16 * 60,
        due_on=milestone.due_on,
        by=engagement.contractor.user,
        at=NOW,
    )
    return milestone


def pace(engagement: Engagement) -> Pace:
    """As the database finds it, and as the rows of the record say it themselves."""
    found = paces([engagement.contractor_id])[engagement.contractor_id]
    rows = [r.row for r in delivery_records([engagement.contractor_id])[engagement.contractor_id].rows if r.counts]
    assert list(found.ratios) == sorted(r.theirs / timedelta(minutes=r.estimated_minutes) for r in rows[:LATEST])
    return found


def left_out(row: DeliveryRow, outcome: str = "does_not_count") -> None:
    day = row.promised_on if outcome == "corrected" else None
    answer_appeal(make_appeal(row), outcome=outcome, moved_to=day, note="Ill.", by=make_user(Role.ADMIN), at=NOW)


def test_a_pace_is_what_the_record_says(engagement: Engagement) -> None:
    finished(engagement, 3)
    left_out(make_delivery_row(make_milestone(engagement, "accepted"), theirs=90 * HOUR))

    assert pace(engagement).ratios == (1.5, 1.5, 1.5)


def test_without_a_history_there_is_no_pace(engagement: Engagement) -> None:
    assert pace(engagement) == Pace()


@pytest.mark.parametrize("seed", range(3))
def test_whatever_was_appealed_a_pace_is_what_the_record_says(engagement: Engagement, seed: int) -> None:
    dice = random.Random(seed)
    finished(make_engagement(milestones=()), 1)  # somebody else
    for _turn in range(9):
        odd = timedelta(hours=dice.randrange(90), microseconds=dice.randrange(10**6))
        at, minutes = NOW - timedelta(days=dice.randrange(4)), dice.randrange(1, 5000)
        row = make_delivery_row(make_milestone(engagement, "accepted"), theirs=odd, estimated_minutes=minutes, at=at)
        for outcome in dice.choices(["does_not_count", "counts", "corrected"], k=dice.randrange(3)):
            left_out(row, outcome)
        if dice.random() < 0.3:
            make_appeal(row)  # nobody has answered it
        pace(engagement)


def long_history(engagement: Engagement) -> list[DeliveryRow]:
    """As many as are looked at, the newest first, each with a ratio of its own; and three older ones, which took ten
    times as long as any."""
    milestone = make_milestone(engagement, "accepted")
    pattern = make_delivery_row(milestone, theirs=5000 * HOUR, at=NOW - timedelta(days=2))
    columns = {f.attname: getattr(pattern, f.attname) for f in DeliveryRow._meta.concrete_fields if f.name != "id"}
    older = [DeliveryRow(**{**columns, "round": 2 + n}) for n in range(2)]
    newer = {**columns, "at": NOW - timedelta(days=1)}
    kept = [DeliveryRow(**{**newer, "round": 4 + n, "theirs": (n + 1) * HOUR}) for n in range(LATEST)]
    made = DeliveryRow.objects.bulk_create([*older, *kept])
    return made[:1:-1]


def test_it_goes_by_the_latest_that_count(engagement: Engagement) -> None:
    rows = long_history(engagement)
    latest = [(n + 1) / 24 for n in range(LATEST)]

    assert pace(engagement).ratios == pytest.approx(latest)

    left_out(rows[0])  # the one before the first takes its place

    assert pace(engagement).ratios == pytest.approx([*latest[:-1], 5000 / 24])


def test_a_long_history_is_said_to_be_cut(client: Client, engagement: Engagement) -> None:
    long_history(engagement)
    milestone = agreed(engagement)
    client.force_login(engagement.lead)

    for address in (f"/milestones/{milestone.pk}/", f"/engagements/{engagement.pk}/"):
        assert "going by the last 200 finished milestones" in client.get(address).content.decode()


def test_pages_say_estimate_beside_actual_and_likely_dates(client: Client, engagement: Engagement) -> None:
    finished(engagement, 6)
    milestone = fund_milestone(agreed(engagement), by=engagement.lead, at=NOW)
    client.force_login(engagement.lead)

    for address in (f"/milestones/{milestone.pk}/", f"/engagements/{engagement.pk}/"):
        page = client.get(address).content.decode()
        assert "16 h estimated, " in page
        assert "of working time so far" in page
        assert "going by 6 finished milestones" in page


def test_before_it_is_funded_dates_are_said_from_the_day_it_can_begin(engagement: Engagement) -> None:
    finished(engagement, 6)
    milestone = agreed(engagement)

    found = progress([milestone], engagement.lead, NOW)[milestone.pk]

    assert found.likely is not None
    assert (found.likely.start_on, found.actual) == (NOW.date(), None)


def test_too_short_a_history_says_so(client: Client, engagement: Engagement) -> None:
    finished(engagement, 2)
    milestone = agreed(engagement)
    client.force_login(engagement.lead)

    assert (
        "Likely dates unknown: 2 of 6 finished milestones"
        in client.get(f"/milestones/{milestone.pk}/").content.decode()
    )


def test_three_milestones_cost_as_much_as_one(engagement: Engagement) -> None:
    def cost() -> int:
        rows = list(Milestone.objects.of(engagement).for_page())
        with CaptureQueriesContext(connection) as seen:
            progress(rows, engagement.lead, NOW, plan=rows)
        return len(seen)

    fund_milestone(agreed(engagement), by=engagement.lead, at=NOW)
    finished(engagement, 1)
    one = cost()
    for _turn in range(2):
        fund_milestone(agreed(engagement), by=engagement.lead, at=NOW)
    finished(engagement, 1)

    assert cost() == one <= 8
