"""The rules of working time, against a slow and simple second opinion."""

from datetime import UTC, date, datetime, timedelta
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
ZONES = sorted(available_timezones() - {"Factory", "localtime"})


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


spans = st.builds(
    lambda weekday, start, length: Span(weekday, start, start + length),
    st.integers(0, 6),
    st.integers(0, 1439),
    st.integers(1, 1440),
)
days = st.dates(date(2010, 1, 1), date(2030, 12, 31))
calendars = st.builds(
    Calendar,
    zone=st.sampled_from(ZONES),
    spans=st.lists(spans, min_size=1, max_size=6).map(tuple),
    holidays=st.frozensets(days, max_size=20),
    leave=st.lists(
        st.tuples(days, st.integers(0, 30)).map(lambda p: (p[0], p[0] + timedelta(days=p[1]))), max_size=3
    ).map(tuple),
)
instants = st.datetimes(datetime(2010, 1, 1), datetime(2029, 12, 31)).map(lambda d: d.replace(tzinfo=UTC))
durations = st.integers(0, 60 * 24 * 3600 * 10**6).map(lambda n: timedelta(microseconds=n))


@settings(max_examples=400, deadline=None)
@given(calendars, instants, durations)
def test_what_was_added_lies_between(calendar: Calendar, a: datetime, d: timedelta) -> None:
    assert between(a, add(a, d, calendar), calendar) == d


@settings(max_examples=400, deadline=None)
@given(calendars, instants, st.integers(0, 400 * 86400))
def test_adding_what_lies_between_never_overshoots(calendar: Calendar, a: datetime, seconds: int) -> None:
    b = a + timedelta(seconds=seconds)

    reached = add(a, between(a, b, calendar), calendar)

    assert reached <= b
    if b > a and is_working(b - timedelta(microseconds=1), calendar):
        assert reached == b


def minute_by_minute(a: datetime, b: datetime, calendar: Calendar) -> timedelta:
    """Walks every minute and asks, from the local clock alone, whether a span covers it. Needs whole minutes and a zone
    whose changes fall on whole minutes at hours when no span begins or ends."""
    zone = ZoneInfo(calendar.zone)
    total = 0
    instant = a
    while instant < b:
        local = instant.astimezone(zone)
        for back in (0, 1):
            day = local.date() - timedelta(days=back)
            minute = local.hour * 60 + local.minute + 1440 * back
            if not calendar.is_off(day) and any(w == day.weekday() and s <= minute < e for w, s, e in calendar.spans):
                total += 1
                break
        instant += timedelta(minutes=1)
    return timedelta(minutes=total)


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(["Europe/Lisbon", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Casablanca"]),
    st.datetimes(datetime(2024, 1, 1), datetime(2026, 12, 1)).map(
        lambda d: d.replace(second=0, microsecond=0, tzinfo=UTC)
    ),
    st.integers(1, 12 * 1440),
    st.frozensets(st.dates(date(2024, 1, 1), date(2026, 12, 31)), max_size=40),
)
def test_agrees_with_a_walk_over_every_minute(zone: str, a: datetime, minutes: int, off: frozenset[date]) -> None:
    night_shifts = (Span(0, 540, 1020), Span(2, 1260, 1860), Span(4, 600, 720), Span(4, 660, 900), Span(6, 1320, 1800))
    calendar = Calendar(zone, night_shifts, holidays=off)
    b = a + timedelta(minutes=minutes)

    assert between(a, b, calendar) == minute_by_minute(a, b, calendar)


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


@pytest.mark.parametrize("year", [1, 1800, 9999])
def test_years_beyond_any_calendar_raise_a_clear_error(year: int) -> None:
    with pytest.raises(OutOfRange):
        between(datetime(year, 6, 1, tzinfo=UTC), at("2026-11-23 09:00"), Calendar("UTC"))


def test_working_days_skip_weekends_and_holidays() -> None:
    office = Calendar("UTC", holidays=frozenset({date(2026, 11, 30)}))

    assert add_working_days(date(2026, 11, 27), 1, office) == date(2026, 12, 1)
    assert add_working_days(date(2026, 12, 1), -1, office) == date(2026, 11, 27)


def test_shared_hours_of_lisbon_and_bogota() -> None:
    shared = overlap(date(2026, 11, 23), Calendar("Europe/Lisbon"), Calendar("America/Bogota"))

    assert shared == [(at("2026-11-23 14:00"), at("2026-11-23 17:00"))]


def test_the_mean_working_day_counts_overlaps_once() -> None:
    assert working_seconds_per_day(Calendar("UTC", (Span(0, 0, 480), Span(1, 0, 240)))) == 6 * 3600
