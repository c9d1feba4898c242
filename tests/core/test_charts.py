from datetime import timedelta

import pytest

from core.templatetags.charts import interval, stacked, worked

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("minutes", "text"),
    [(0, "0 h"), (0.4, "0 min"), (25, "25 min"), (59.6, "1 h"), (90, "1.5 h"), (480, "8 h"), (6030, "100 h")],
)
def test_working_time_is_said_in_hours(minutes: float, text: str) -> None:
    assert worked(timedelta(minutes=minutes)) == text


def test_a_bar_is_cut_in_proportion_and_says_each_part() -> None:
    bar = stacked([("theirs", 3 * HOUR, "Lan"), ("ours", HOUR, "we"), ("neither", 0 * HOUR, "no overlap")])

    assert '<rect class="theirs" x="0.00%" width="75.00%"' in bar
    assert '<rect class="ours" x="75.00%" width="25.00%"' in bar
    assert '<rect class="neither"' not in bar
    assert '<dt class="neither">no overlap</dt><dd>0 h <span class="dr-muted">0 %</span></dd>' in bar


def test_a_bar_of_nothing_is_empty() -> None:
    assert "<rect" not in stacked([("theirs", 0 * HOUR, "Lan")])


def test_a_name_in_a_legend_is_text() -> None:
    assert "<b>" not in stacked([("theirs", HOUR, "<b>")])


def test_an_interval_says_itself() -> None:
    drawn = interval(0.8, 0.5, 0.95, "4 of 5, plausibly 50 to 95 percent")

    assert 'x="50.0%" width="45.0%"' in drawn
    assert 'aria-label="4 of 5, plausibly 50 to 95 percent"' in drawn
