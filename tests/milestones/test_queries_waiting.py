"""The waiting ledger: whose every working hour of a milestone was."""

from bisect import bisect_right
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.shared_time import either
from core.working_time import Calendar
from engagements.states import Court
from milestones.queries.waiting import (
    Move,
    Ours,
    Shares,
    StandIn,
    Stretch,
    away,
    hours_of,
    moved_due_date,
    paused,
    shares,
    stretches,
    within,
)
from milestones.states import COURT, IN_WORK, MilestoneStatus
from tests.core.test_working_time import OFTEN, covered, situations

HOUR = timedelta(hours=1)
LISBON = Calendar("Europe/Lisbon")  # 9–17 UTC in winter
SAIGON = Calendar("Asia/Ho_Chi_Minh")  # 2–10 UTC
FUNDED, SUBMITTED, CHANGES, ACCEPTED = "funded", "submitted", "changes_requested", "accepted"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def whose(moves: list[Move], until: datetime, pauses: Any = (), theirs: Any = SAIGON, ours: Any = LISBON) -> Shares:
    side = ours if isinstance(ours, Ours) else Ours(hours_of(ours))
    return shares(stretches(moves, until, pauses), theirs=theirs, ours=side)


def test_work_is_theirs_and_review_is_ours() -> None:
    moves = [
        Move(FUNDED, at("2026-11-23 00:00")),  # a Monday
        Move(SUBMITTED, at("2026-11-24 00:00")),
        Move(ACCEPTED, at("2026-11-25 00:00")),
    ]

    found = whose(moves, at("2026-12-24 00:00"))

    # Each day: 8 hours of whoever's court it is, 7 in which only the other works.
    assert found == Shares(theirs=8 * HOUR, ours=8 * HOUR, no_overlap=14 * HOUR)


def test_before_it_is_funded_and_after_it_is_accepted_nobody_waits() -> None:
    moves = [Move("planned", at("2026-10-01 00:00")), Move("agreed", at("2026-11-01 00:00"))]

    assert whose(moves, at("2026-11-23 00:00")) == Shares()
    assert whose([*moves, Move(ACCEPTED, at("2026-11-20 00:00"))], at("2026-11-23 00:00")) == Shares()


def test_what_was_cancelled_waits_no_longer() -> None:
    moves = [Move(FUNDED, at("2026-11-23 00:00")), Move("cancelled", at("2026-11-24 00:00"))]

    assert whose(moves, at("2026-12-24 00:00")).total == 15 * HOUR


def test_a_pause_counts_to_nobody() -> None:
    moves = [Move(FUNDED, at("2026-11-23 00:00"))]
    pause = (at("2026-11-24 00:00"), at("2026-11-26 00:00"))

    with_it = whose(moves, at("2026-11-28 00:00"), [pause])
    without = whose(moves, at("2026-11-28 00:00"))

    assert without.total - with_it.total == 2 * 15 * HOUR
    assert paused([pause], at("2026-11-23 00:00"), at("2026-11-28 00:00"), SAIGON) == 16 * HOUR


def test_a_pause_that_goes_on_stops_everything() -> None:
    moves = [Move(FUNDED, at("2026-11-23 00:00"))]

    assert whose(moves, at("2026-12-28 00:00"), [(at("2026-11-23 00:00"), None)]) == Shares()


TUESDAY_OFF = ((date(2026, 11, 24), date(2026, 11, 24)),)
A_TUESDAY = at("2026-11-24 00:00"), at("2026-11-25 00:00")


def test_the_contractors_leave_is_nobodys_time() -> None:
    on_leave = Calendar("Asia/Ho_Chi_Minh", leave=TUESDAY_OFF)

    found = whose([Move(FUNDED, A_TUESDAY[0])], A_TUESDAY[1], theirs=on_leave)

    assert found == Shares(no_overlap=8 * HOUR)  # only Lisbon worked


def test_leave_of_ours_is_ours() -> None:
    on_leave = Ours(hours_of(Calendar("Europe/Lisbon", leave=TUESDAY_OFF)))
    moves = [Move(SUBMITTED, A_TUESDAY[0]), Move(ACCEPTED, A_TUESDAY[1])]

    assert (
        whose(moves, A_TUESDAY[1], ours=on_leave)
        == whose(moves, A_TUESDAY[1])
        == Shares(ours=8 * HOUR, no_overlap=7 * HOUR)
    )
    assert away(stretches(moves, A_TUESDAY[1]), on_leave) == 8 * HOUR
    assert away(stretches([Move(FUNDED, A_TUESDAY[0])], A_TUESDAY[1]), on_leave) == 0 * HOUR


def test_the_hours_are_those_of_whoever_holds_the_review() -> None:
    lead = hours_of(Calendar("Europe/Lisbon", leave=TUESDAY_OFF))
    saigon = hours_of(SAIGON)
    ours = Ours(lead, [StandIn(at("2026-11-24 06:00"), at("2026-11-24 12:00"), saigon)])
    nobody = Calendar("UTC", ((6, 0, 60),))  # Sundays only
    moves = [Move(SUBMITTED, A_TUESDAY[0])]

    found = whose(moves, A_TUESDAY[1], theirs=nobody, ours=ours)

    assert found == Shares(ours=(4 + 5) * HOUR)  # 06 to 10 in Saigon, 12 to 17 in Lisbon
    assert away(stretches(moves, A_TUESDAY[1]), ours) == 5 * HOUR


def test_a_week_is_cut_out_of_the_whole() -> None:
    found = stretches([Move(FUNDED, at("2026-11-18 12:00")), Move(SUBMITTED, at("2026-11-24 12:00"))], at("2026-11-27"))

    assert within(found, at("2026-11-23"), at("2026-11-25")) == [
        Stretch(Court.THEIRS, at("2026-11-23"), at("2026-11-24 12:00")),
        Stretch(Court.OURS, at("2026-11-24 12:00"), at("2026-11-25")),
    ]


@pytest.mark.parametrize(
    ("hours", "day"),
    [
        (0, date(2026, 11, 27)),  # a Friday
        (1, date(2026, 11, 30)),
        (8, date(2026, 11, 30)),
        (9, date(2026, 12, 1)),
        (40, date(2026, 12, 4)),
    ],
)
def test_the_due_date_moves_by_our_share_in_the_contractors_working_days(hours: int, day: date) -> None:
    assert moved_due_date(date(2026, 11, 27), hours * HOUR, SAIGON) == day


def test_a_day_that_ends_at_midnight_is_not_the_next_one() -> None:
    late = Calendar("Europe/Lisbon", tuple((day, 16 * 60, 24 * 60) for day in range(5)))

    assert moved_due_date(date(2026, 11, 26), 8 * HOUR, late) == date(2026, 11, 27)


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Move], datetime, list[tuple[datetime, datetime | None]], Any, Ours]:
    """Any states in any order over some two months, pauses in them, people in any zones, and who stood in for ours."""
    theirs, start = draw(situations())
    ours, _elsewhere = draw(situations())
    gaps = draw(st.lists(st.integers(0, 12 * 86_400), min_size=1, max_size=8))
    moves, instant = [], start
    for gap in gaps:
        moves.append(Move(draw(st.sampled_from(MilestoneStatus.values)), instant))
        instant += timedelta(seconds=gap)
    pauses: list[tuple[datetime, datetime | None]] = []
    began = start + timedelta(seconds=draw(st.integers(-86_400, 20 * 86_400)))
    for length in draw(st.lists(st.integers(1, 10 * 86_400), max_size=3)):
        pauses.append((began, began + timedelta(seconds=length)))
        began += timedelta(seconds=length + draw(st.integers(0, 10 * 86_400)))
    if draw(st.booleans()):
        pauses.append((began, None))
    stand_ins = []
    began = start + timedelta(seconds=draw(st.integers(-86_400, 20 * 86_400)))
    for length in draw(st.lists(st.integers(1, 10 * 86_400), max_size=3)):
        somebody, _elsewhere = draw(situations())
        stand_ins.append(StandIn(began, began + timedelta(seconds=length), hours_of(somebody)))
        began += timedelta(seconds=length + draw(st.integers(0, 10 * 86_400)))
    return moves, instant, pauses, theirs, Ours(hours_of(ours), stand_ins)


def by_hand(moves: list[Move], until: datetime, pauses: Any, theirs: Calendar, ours: Ours) -> Shares:
    """The second opinion: cut time at everything that ever changes, and ask of each piece whose it is."""
    first, last = moves[0].at.date() - timedelta(days=4), until.date() + timedelta(days=2)
    works_theirs = covered(first, last, theirs)
    of_lead = covered(first, last, replace(ours.lead.present, leave=()))
    of_others = [covered(first, last, replace(s.hours.present, leave=())) for s in ours.stand_ins]
    cuts = {m.at for m in moves} | {until}
    cuts |= {edge for p in pauses for edge in p if edge}
    cuts |= {edge for s in ours.stand_ins for edge in (s.since, s.until)}
    cuts |= {edge for side in (works_theirs, of_lead, *of_others) for s in side for edge in s}
    found = Shares()

    def holder(a: datetime) -> Any:
        standing = [n for n, s in enumerate(ours.stand_ins) if s.since <= a < s.until]
        return of_others[standing[0]] if standing else of_lead

    def inside(spans: Any, a: datetime) -> bool:
        place = bisect_right([s[0] for s in spans], a) - 1
        return place >= 0 and (spans[place][1] is None or a < spans[place][1])

    for a, b in pairwise(sorted(c for c in cuts if moves[0].at <= c <= until)):
        state = [m for m in moves if m.at <= a][-1].became
        they, we = inside(works_theirs, a), inside(holder(a), a)
        if state not in IN_WORK or any(began <= a and (ended is None or a < ended) for began, ended in pauses):
            continue
        if COURT[state] == Court.THEIRS:
            found += Shares(theirs=(b - a) * they, no_overlap=(b - a) * (we and not they))
        else:
            found += Shares(ours=(b - a) * we, no_overlap=(b - a) * (they and not we))
    return found


@OFTEN
@given(histories())
def test_every_hour_is_somebodys_and_the_parts_sum_to_the_elapsed_working_time(history: Any) -> None:
    moves, until, pauses, theirs, ours = history

    pieces = stretches(moves, until, pauses)
    found = shares(pieces, theirs=theirs, ours=ours)

    held = [(a, b, hours.whole) for s in pieces for a, b, hours in ours.held(s.since, s.until)]
    assert sum((b - a for a, b, _whole in held), timedelta()) == sum((s.until - s.since for s in pieces), timedelta())
    assert found.total == sum((either(a, b, theirs, whole) for a, b, whole in held), timedelta())
    assert found == by_hand(moves, until, pauses, theirs, ours)
    assert min(found.theirs, found.ours, found.no_overlap) >= timedelta()
    assert timedelta() <= away(pieces, ours) <= found.ours


@OFTEN
@given(histories(), st.data())
def test_no_leave_of_ours_changes_whose_time_it_was(history: Any, data: st.DataObject) -> None:
    moves, until, pauses, theirs, ours = history
    first = moves[0].at.date() + timedelta(days=data.draw(st.integers(-5, 60)))
    leave = ((first, first + timedelta(days=data.draw(st.integers(0, 40)))),)
    gone = [hours_of(replace(h.present, leave=leave)) for h in (ours.lead, *(s.hours for s in ours.stand_ins))]
    others = [s._replace(hours=hours) for s, hours in zip(ours.stand_ins, gone[1:], strict=True)]

    pieces = stretches(moves, until, pauses)

    assert shares(pieces, theirs=theirs, ours=Ours(gone[0], others)) == shares(pieces, theirs=theirs, ours=ours)
