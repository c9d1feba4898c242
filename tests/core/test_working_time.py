"""The rules of working time, against a slow and simple second opinion."""

from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.working_time import (
    Calendar,
    EmptyCalendar,
    OutOfRange,
    Span,
    add,
    add_working_days,
    between,
    is_working,
    next_start,
    overlap,
    spans_on,
    working_seconds_per_day,
)

HOUR = timedelta(hours=1)
MICRO = timedelta(microseconds=1)
ZONES = sorted(available_timezones() - {"Factory", "localtime"})
FIRST, LAST = date(2008, 1, 1), date(2033, 1, 1)
OFTEN = settings(max_examples=200, deadline=None)


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


# The second opinion: reads the zone only from UTC to local, second by second, and knows nothing of folds.


def offset(second: int, zone: ZoneInfo) -> int:
    return int(datetime.fromtimestamp(second, zone).utcoffset().total_seconds())


@cache
def stretches(zone_name: str) -> tuple[list[int], list[int]]:
    """UTC seconds from which an offset holds, and the offsets, over the years of the tests."""
    zone = ZoneInfo(zone_name)
    first, last = (int(datetime(d.year, d.month, d.day, tzinfo=UTC).timestamp()) for d in (FIRST, LAST))
    begins, offsets = [first], [offset(first, zone)]
    for low, high in pairwise(range(first, last, 6 * 86_400)):
        end = offset(high, zone)
        if end != offsets[-1]:
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if offset(middle, zone) == offsets[-1] else (low, middle)
            begins.append(high)
            offsets.append(end)
    return begins, offsets


def first_reached(local: datetime, zone_name: str) -> int:
    """The first UTC second at which the local clock shows this time or a later one."""
    begins, offsets = stretches(zone_name)
    reading = int(local.replace(tzinfo=UTC).timestamp())
    place = max(bisect_right(begins, reading - 3 * 86_400) - 1, 0)
    while True:
        second = max(begins[place], reading - offsets[place])
        if place + 1 == len(begins) or second < begins[place + 1]:
            return second
        place += 1


def covered(first: date, last: date, calendar: Calendar) -> list[tuple[datetime, datetime]]:
    """Every span that begins on these days, one by one, merged."""
    found: list[tuple[int, int]] = []
    for n in range((last - first).days + 1):
        day = first + timedelta(days=n)
        if day in calendar.holidays or any(a <= day <= b for a, b in calendar.leave):
            continue
        midnight = datetime(day.year, day.month, day.day)
        found += [
            (
                first_reached(midnight + timedelta(minutes=start), calendar.zone),
                first_reached(midnight + timedelta(minutes=end), calendar.zone),
            )
            for weekday, start, end in calendar.spans
            if weekday == day.weekday()
        ]
    merged: list[list[int]] = []
    for start, end in sorted(found):
        if merged and start <= merged[-1][1]:
            merged[-1][1] = max(end, merged[-1][1])
        elif end > start:
            merged.append([start, end])
    return [(datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC)) for start, end in merged]


def counted(a: datetime, b: datetime, calendar: Calendar) -> timedelta:
    spans = covered(a.date() - timedelta(days=4), b.date() + timedelta(days=2), calendar)
    return sum((max(min(end, b) - max(start, a), timedelta()) for start, end in spans), timedelta())


one_span = st.builds(
    lambda weekday, start, length: Span(weekday, start, start + length),
    st.integers(0, 6),
    st.integers(0, 1439),
    st.integers(1, 1440),
)
weeks = st.lists(one_span, min_size=1, max_size=8).map(tuple)


@st.composite
def situations(draw: st.DrawFn) -> tuple[Calendar, datetime]:
    """A calendar in any zone and an instant of 2010–2029, every other time within two days of a change of clocks; most
    holidays and leave lie near it."""
    zone = draw(st.sampled_from(ZONES))
    changes = [s for s in stretches(zone)[0] if 1_262_304_000 < s < 1_893_456_000]
    if changes and draw(st.booleans()):
        near = datetime.fromtimestamp(draw(st.sampled_from(changes)), UTC)
        a = near + timedelta(seconds=draw(st.integers(-2 * 86_400, 2 * 86_400)))
    else:
        a = draw(st.datetimes(datetime(2010, 1, 1), datetime(2029, 12, 31))).replace(tzinfo=UTC)
    days = st.integers(-10, 120).map(lambda n: a.date() + timedelta(days=n))
    leave = st.tuples(days, st.integers(0, 30)).map(lambda pair: (pair[0], pair[0] + timedelta(days=pair[1])))
    return (
        Calendar(
            zone,
            draw(weeks),
            draw(st.frozensets(days, max_size=12)),
            tuple(draw(st.lists(leave, max_size=3))),
        ),
        a,
    )


@OFTEN
@given(situations(), st.integers(0, 10**12))
def test_what_was_added_lies_between_and_no_earlier_instant_would_do(
    situation: tuple[Calendar, datetime], share: int
) -> None:
    calendar, a = situation
    week = working_seconds_per_day(calendar) * len({span[0] for span in calendar.spans})
    d = timedelta(microseconds=share * int(week) * 60 // 10**6)  # up to some sixty weeks of this calendar

    reached = add(a, d, calendar)

    assert between(a, reached, calendar) == d
    assert reached.tzinfo is UTC
    if d:
        assert between(a, reached - MICRO, calendar) == d - MICRO
    else:
        assert reached == a


@OFTEN
@given(situations(), st.integers(0, 400 * 86_400 * 10**6))
def test_adding_what_lies_between_never_overshoots(situation: tuple[Calendar, datetime], micros: int) -> None:
    calendar, a = situation
    b = a + micros * MICRO

    reached = add(a, between(a, b, calendar), calendar)

    assert reached <= b
    if b > a and is_working(b - MICRO, calendar):
        assert reached == b


@OFTEN
@given(situations(), st.integers(0, 40 * 86_400), st.integers(0, 999_999))
def test_agrees_with_a_count_of_every_span(situation: tuple[Calendar, datetime], seconds: int, micros: int) -> None:
    calendar, a = situation
    b = a + timedelta(seconds=seconds, microseconds=micros)

    assert between(a, b, calendar) == counted(a, b, calendar)
    assert between(b, a, calendar) == -counted(a, b, calendar)


@OFTEN
@given(situations())
def test_is_working_and_next_start_agree_with_every_span(situation: tuple[Calendar, datetime]) -> None:
    calendar, a = situation
    spans = covered(a.date() - timedelta(days=4), a.date() + timedelta(days=170), calendar)

    assert is_working(a, calendar) == any(start <= a < end for start, end in spans)
    assert next_start(a, calendar) == next(max(a, start) for start, end in spans if end > a)


@settings(max_examples=100, deadline=None)
@given(situations(), situations())
def test_overlap_is_what_both_calendars_cover(one: tuple[Calendar, datetime], other: tuple[Calendar, datetime]) -> None:
    (mine, a), (theirs, _a) = one, other
    day = a.date()

    shared = overlap(day, mine, theirs)

    assert all(end < start for (_start, end), (start, _end) in pairwise(shared))
    theirs_around = covered(day - timedelta(days=5), day + timedelta(days=5), theirs)
    assert shared == [
        (max(start, s), min(end, e))
        for start, end in covered(day, day, mine)
        for s, e in theirs_around
        if max(start, s) < min(end, e)
    ]


def test_every_change_of_clocks_of_every_zone_in_twenty_years() -> None:
    # Readings every 75 minutes, so that starts and ends fall before, into and behind each gap and repeated hour.
    spans = tuple(Span(day, start, start + 45) for day in range(7) for start in range(0, 1440, 75))
    seen: set[tuple[tuple[int, ...], tuple[int, ...]]] = set()
    for zone in ZONES:
        begins, offsets = stretches(zone)
        if (key := (tuple(begins), tuple(offsets))) in seen:
            continue  # another name of the same clock
        seen.add(key)
        calendar = Calendar(zone, spans)
        # One spring and one autumn a zone, in a year that moves on with the zones, and whatever is not yearly.
        changes = [datetime.fromtimestamp(s, UTC).date() for s in begins[1:]]
        chosen = changes if len(changes) < 12 else changes[len(seen) % 20 * 2 :][:2]
        for day in {change + timedelta(days=n) for change in chosen for n in (-1, 0, 1)}:
            assert spans_on(day, calendar) == covered(day, day, calendar), (zone, day)


def test_a_night_in_spring_is_an_hour_short() -> None:
    night = Calendar("Europe/Berlin", (Span(5, 22 * 60, 30 * 60),))

    assert between(at("2026-03-28 12:00"), at("2026-03-29 12:00"), night) == 7 * HOUR


def test_a_night_in_autumn_is_an_hour_long() -> None:
    night = Calendar("Europe/Berlin", (Span(5, 22 * 60, 30 * 60),))

    assert between(at("2026-10-24 12:00"), at("2026-10-25 12:00"), night) == 9 * HOUR


def test_a_start_that_the_clock_jumps_over_is_the_first_instant_that_exists() -> None:
    early = Calendar("Europe/Berlin", (Span(6, 150, 300),))  # 02:30 does not exist on 29 March 2026

    assert spans_on(date(2026, 3, 29), early) == [(at("2026-03-29 01:00"), at("2026-03-29 03:00"))]


def test_a_midnight_that_does_not_exist_begins_at_one() -> None:
    day = Calendar("America/Sao_Paulo", (Span(6, 0, 120),))  # 4 November 2018 began at 01:00

    assert spans_on(date(2018, 11, 4), day) == [(at("2018-11-04 03:00"), at("2018-11-04 04:00"))]


def test_a_day_that_a_country_skipped_has_no_working_time() -> None:
    office = Calendar("Pacific/Apia")

    assert spans_on(date(2011, 12, 30), office) == []


def test_a_half_hour_change_counts_half_an_hour() -> None:
    night = Calendar("Australia/Lord_Howe", (Span(5, 22 * 60, 30 * 60),))

    assert between(at("2026-10-03 00:00"), at("2026-10-05 00:00"), night) == 7.5 * HOUR


def test_a_holiday_takes_the_whole_span_that_begins_on_it() -> None:
    night = Calendar("UTC", (Span(0, 22 * 60, 30 * 60),), holidays=frozenset({date(2026, 11, 23)}))

    assert between(at("2026-11-23 00:00"), at("2026-11-25 00:00"), night) == timedelta()


def test_leave_stops_the_clock() -> None:
    office = Calendar("UTC", leave=((date(2026, 11, 24), date(2026, 11, 25)),))

    assert add(at("2026-11-23 16:00"), 2 * HOUR, office) == at("2026-11-26 10:00")


def test_spans_that_overlap_count_once() -> None:
    twice = Calendar("UTC", (Span(0, 540, 720), Span(0, 600, 780)))

    assert between(at("2026-11-23 00:00"), at("2026-11-24 00:00"), twice) == 4 * HOUR


def test_a_calendar_without_hours_raises() -> None:
    with pytest.raises(EmptyCalendar):
        add(at("2026-11-23 09:00"), HOUR, Calendar("UTC", ()))


def test_leave_without_end_raises_instead_of_searching_forever() -> None:
    gone = Calendar("UTC", leave=((date(2020, 1, 1), date(2290, 1, 1)),))

    with pytest.raises(EmptyCalendar):
        next_start(at("2026-11-23 09:00"), gone)
    with pytest.raises(EmptyCalendar):
        add(at("2026-11-23 09:00"), HOUR, gone)
    with pytest.raises(EmptyCalendar):
        add_working_days(date(2026, 11, 23), 1, gone)


def test_a_minute_a_week_is_little_but_not_nothing() -> None:
    sparse = Calendar("Africa/Abidjan", (Span(0, 0, 1),))

    assert between(at("2010-01-01"), add(at("2010-01-01"), 30 * HOUR, sparse), sparse) == 30 * HOUR
    with pytest.raises(OutOfRange):
        add(at("2010-01-01"), 3000 * HOUR, sparse)


@pytest.mark.parametrize("year", [1, 1800, 2300, 9999])
@pytest.mark.parametrize("offset", [-14, 0, 14])
def test_years_beyond_any_calendar_raise_a_clear_error(year: int, offset: int) -> None:
    office = Calendar("Pacific/Kiritimati")
    now = at("2026-11-23 09:00")
    for month, day in ((1, 1), (12, 31)):
        far = datetime(year, month, day, 12, tzinfo=timezone(timedelta(hours=offset)))
        for ask in (
            lambda far=far: between(min(far, now), max(far, now), office),
            lambda far=far: add(far, HOUR, office),
            lambda far=far: next_start(far, office),
            lambda far=far: is_working(far, office),
            lambda far=far: spans_on(far.date(), office),
            lambda far=far: overlap(far.date(), office, office),
            lambda far=far: add_working_days(far.date(), 1, office),
            lambda far=far: add_working_days(far.date(), -1, office),
        ):
            with pytest.raises(OutOfRange, match="1901 to 2299"):
                ask()


@pytest.mark.parametrize("year", [1901, 2299])
def test_the_first_and_the_last_year_can_be_asked(year: int) -> None:
    night = Calendar("America/Bogota", tuple(Span(day, 1380, 2820) for day in range(7)))

    for text in (f"{year}-01-01 00:00", f"{year}-12-31 23:59"):
        assert is_working(at(text), night)
        assert between(at(text), at(text), night) == timedelta()
    with pytest.raises(OutOfRange):
        add(at("2299-12-31"), 25 * HOUR, night)
    with pytest.raises(OutOfRange):
        add_working_days(date(2026, 11, 23), 10**12, night)


@pytest.mark.parametrize("span", [(7, 0, 60), (0, 1440, 1500), (0, 60, 60), (0, 60, 30), (0, 0, 1441), (-1, 0, 60)])
def test_a_span_that_is_none_is_refused(span: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="Not a span"):
        Calendar("UTC", (span,))


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        is_working(datetime(2026, 11, 23, 9), Calendar("UTC"))


def test_an_hour_that_comes_twice_is_worked_the_first_time() -> None:
    half = Calendar("Europe/Berlin", (Span(6, 120, 150), Span(6, 150, 180)))  # 02:00–03:00 on 25 October 2026

    # Up to 03:00 the clock runs through the hour twice: what ends at 02:30 ends the first time, the rest goes on.
    assert spans_on(date(2026, 10, 25), half) == [(at("2026-10-25 00:00"), at("2026-10-25 02:00"))]
    assert spans_on(date(2026, 10, 25), Calendar("Europe/Berlin", (Span(6, 120, 150),))) == [
        (at("2026-10-25 00:00"), at("2026-10-25 00:30"))
    ]


def test_a_night_over_new_year_belongs_to_the_old_year() -> None:
    nights = tuple(Span(day, 1380, 1800) for day in range(7))  # 23:00–06:00
    off = Calendar("America/Bogota", nights, holidays=frozenset({date(2026, 1, 1)}))

    assert between(at("2025-12-31 23:00"), at("2026-01-03 00:00"), off) == 7 * HOUR
    assert between(at("2026-01-01 05:00"), at("2026-01-01 06:00"), off) == HOUR


def test_working_days_skip_weekends_and_holidays() -> None:
    office = Calendar("UTC", holidays=frozenset({date(2026, 11, 30)}))

    assert add_working_days(date(2026, 11, 27), 1, office) == date(2026, 12, 1)
    assert add_working_days(date(2026, 12, 1), -1, office) == date(2026, 11, 27)


def test_shared_hours_of_lisbon_and_bogota() -> None:
    shared = overlap(date(2026, 11, 23), Calendar("Europe/Lisbon"), Calendar("America/Bogota"))

    assert shared == [(at("2026-11-23 14:00"), at("2026-11-23 17:00"))]


def test_the_mean_working_day_counts_overlaps_once() -> None:
    assert working_seconds_per_day(Calendar("UTC", (Span(0, 0, 480), Span(1, 0, 240)))) == 6 * 3600
