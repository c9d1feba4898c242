"""What `between` costs as a ratio to one `astimezone` of the same run (goal: a year ≤ 25 ×, ten years about the same)."""

import timeit
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from core.working_time import Calendar, _block, between


def main() -> None:
    zone = ZoneInfo("Europe/Lisbon")
    a = datetime(2026, 1, 5, 10, tzinfo=UTC)
    off = frozenset(date(2020, 1, 1) + timedelta(days=37 * n) for n in range(120))
    calendar = Calendar("Europe/Lisbon", holidays=off, leave=((date(2026, 8, 1), date(2026, 8, 21)),))
    bare = min(timeit.repeat(lambda: a.astimezone(zone), number=20_000, repeat=5)) / 20_000
    for years in (1, 10):
        b = a + timedelta(days=365 * years)
        cost = min(timeit.repeat(lambda b=b: between(a, b, calendar), number=5_000, repeat=5)) / 5_000
        print(f"between over {years:2} year(s): {cost / bare:6.1f} × astimezone")
    fresh = (
        timeit.timeit(lambda: (_block.cache_clear(), Calendar("Europe/Lisbon", holidays=off).block(2026)), number=5) / 5
    )
    print(f"laying out a year, once a calendar: {fresh * 1000:.1f} ms")


if __name__ == "__main__":
    main()
