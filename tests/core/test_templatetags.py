"""The template's words: states, people, money, two clocks, pages."""

import inspect
import re
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import TextChoices
from django.template import Context, Template
from django.test import RequestFactory

from core.money import Money
from core.templatetags.duckrow import address
from core.widgets import LongSelect, PickSelect, ScaleSelect

MONDAY = datetime(2026, 11, 23, 13, 40, tzinfo=UTC)
TESS = SimpleNamespace(zone="Australia/Brisbane", pronoun="hers")
IWONA = SimpleNamespace(zone="Europe/Warsaw", pronoun="hers")
SPRITE = (settings.BASE_DIR / "static" / "img" / "icons.svg").read_text()
SYMBOLS = set(re.findall(r'<symbol id="i-([^"]+)"', SPRITE))


def draw(text: str, **context: Any) -> str:
    with time_machine.travel(datetime(2026, 11, 24, 6, 0, tzinfo=UTC), tick=False):
        return Template(text).render(Context(context)).strip()


def statuses() -> list[str]:
    found = []
    for app in ("contractors", "engagements", "milestones", "reminders"):
        for name, kind in inspect.getmembers(import_module(f"{app}.states"), inspect.isclass):
            if issubclass(kind, TextChoices) and name.endswith("Status"):
                found += kind.values
    return sorted(set(found))


@pytest.mark.parametrize("status", statuses())
def test_every_state_has_its_shape(status: str) -> None:
    assert f"st-{status}" in SYMBOLS


def test_every_icon_that_a_template_names_is_in_the_sprite() -> None:
    used = set()
    for file in (settings.BASE_DIR / "templates").rglob("*.html"):
        used |= set(re.findall(r'\{% icon "([^"]+)"', file.read_text()))
    assert used
    assert used - SYMBOLS == set()


def test_a_state_is_a_shape_and_a_word() -> None:
    milestone = SimpleNamespace(status="changes_requested", get_status_display=lambda: "Changes requested")
    html = draw("{% state m %}", m=milestone)
    assert 'data-status="changes_requested"' in html
    assert "#i-st-changes_requested" in html
    assert html.endswith("Changes requested</span>")


def test_an_icon_is_hidden_from_readers_unless_it_has_a_label() -> None:
    assert 'aria-hidden="true"' in draw('{% icon "x" %}')
    assert 'role="img" aria-label="Close"' in draw('{% icon "x" "s" label="Close" %}')


@pytest.mark.parametrize(
    ("name", "initials"), [("Nguyễn Thị Lan", "NL"), ("Iwona", "I"), ("", "?"), ("  ", "?"), ("<b> x", "&lt;X")]
)
def test_an_avatar_has_the_first_and_the_last_initial(name: str, initials: str) -> None:
    assert f">{initials}</span>" in draw("{% avatar name %}", name=name)


@pytest.mark.parametrize(("percent", "bars"), [(10, 1), (30, 2), (50, 3), (70, 4), (90, 5)])
def test_confidence_is_one_to_five_bars(percent: int, bars: int) -> None:
    html = draw("{% conf percent %}", percent=percent)
    assert html.count('class="on"') == bars
    assert f"<b>{bars}</b>" in html
    assert ("dr-conf--low" in html) == (bars <= 2)


def test_confidence_says_what_it_was_only_if_it_changed() -> None:
    assert "was 4" in draw("{% conf 30 was=70 %}")
    assert "was" not in draw("{% conf 30 was=30 %}")


def test_hours_shows_what_two_people_share() -> None:
    html = draw("{% hours mine theirs now=600 %}", mine=[(540, 1020)], theirs=[(600, 1100)])
    assert '<rect class="both" x="41.67%" y="6" width="29.17%"' in html
    assert 'aria-label="Shared hours: 7"' in html


@pytest.mark.parametrize(
    ("minor", "currency", "style", "text"),
    [
        (140_000, "EUR", "", "€1,400"),
        (140_050, "EUR", "", "€1,400.50"),
        (60_000, "USD", "ledger", "US$600.00"),
        (1_400, "JPY", "ledger", "¥1,400"),
    ],
)
def test_money_has_decimals_where_there_are_any_and_always_in_a_ledger(
    minor: int, currency: str, style: str, text: str
) -> None:
    assert draw("{{ m|money:style }}", m=Money(minor, currency), style=style) == text


def test_a_time_is_on_the_clock_of_whoever_is_named() -> None:
    assert draw("{{ at|when:who }}", at=MONDAY, who=IWONA) == "Mon 23 Nov, 14:40"
    assert draw("{{ at|when:'Australia/Brisbane' }}", at=MONDAY) == "Mon 23 Nov, 23:40"


def test_a_time_with_two_people_shows_both_clocks() -> None:
    html = draw("{% when at tess iwona %}", at=MONDAY, tess=TESS, iwona=IWONA)
    assert html == '<time datetime="2026-11-23T13:40:00+00:00">Mon 23 Nov, 23:40 (14:40 hers)</time>'


def test_the_second_clock_names_its_day_when_that_is_another() -> None:
    html = draw("{% when at tess iwona %}", at=MONDAY + timedelta(hours=2), tess=TESS, iwona=IWONA)
    assert "Tue 24 Nov, 01:40 (Mon 16:40 hers)" in html


def test_one_clock_is_enough_for_two_people_in_one_place() -> None:
    assert "(" not in draw("{% when at a b %}", at=MONDAY, a=TESS, b=TESS)


@pytest.mark.parametrize("instant", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_the_ends_of_the_calendar_break_no_page(instant: datetime) -> None:
    for zone in ("Asia/Tokyo", "America/Los_Angeles"):
        assert draw("{{ at|when:zone }} {% when at zone %} {{ at|day }}", at=instant, zone=zone)


def test_a_day_has_its_year_only_if_it_is_not_this_one() -> None:
    assert draw("{{ d|day }}", d=date(2026, 11, 26)) == "Thu 26 Nov"
    assert draw("{{ d|day }}", d=date(2027, 1, 4)) == "Mon 4 Jan 2027"
    assert draw("{{ d|day }}", d=None) == "–"


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(seconds=20), "now"),
        (timedelta(minutes=5), "5 min"),
        (timedelta(hours=2, minutes=59), "2 h"),
        (timedelta(hours=25), "1 day"),
        (timedelta(days=4), "4 days"),
    ],
)
def test_ago_is_one_unit(span: timedelta, text: str) -> None:
    assert draw("{{ span|ago }}", span=span) == text
    assert draw("{{ at|ago }}", at=datetime(2026, 11, 24, 6, 0, tzinfo=UTC) - span) == text


def test_what_people_write_can_not_become_markup() -> None:
    evil = "<script>x</script>"
    page = "{% tag t %}{% court t %}{% waits t %}{% empty t t t t %}{% avatar t %}{{ t|markdown }}{% state t t %}"
    assert "<script" not in draw(page, t=evil)


def test_a_form_key_is_new_each_time() -> None:
    keys = re.findall(r'value="([0-9a-f]{32})"', draw("{% form_key %}{% form_key %}"))
    assert len(set(keys)) == 2


def test_the_pager_keeps_the_rest_of_the_query() -> None:
    request = RequestFactory().get("/x/", {"q": "a&b", "page": "2"})
    html = draw("{% pager page %}", request=request, page=Paginator(range(95), 10).page(2))
    assert "11 to 20 of 95" in html
    assert 'href="?q=a%26b&amp;page=3"' in html
    assert 'rel="prev" href="?q=a%26b&amp;page=1"' in html
    assert html.count("aria-current") == 1


def test_one_page_needs_no_pager() -> None:
    request = RequestFactory().get("/x/")
    assert draw("{% pager page %}", request=request, page=Paginator(range(3), 10).page(1)) == ""


class Answers(forms.Form):
    decision = forms.ChoiceField(
        choices=[("yes", "Accept"), ("no", "Ask for changes")],
        widget=PickSelect(consequences={"yes": "€1,400 goes to finance"}, icons={"yes": "check"}),
    )
    sure = forms.TypedChoiceField(
        choices=[(10, "1"), (90, "5")], coerce=int, widget=ScaleSelect(notes={"90": "Sure"}), initial=90
    )


FORM = "{% load crispy_forms_tags %}{{ form|crispy }}"


def test_answers_are_drawn_as_cards_and_as_taps_with_real_inputs() -> None:
    html = draw(FORM, form=Answers())
    assert html.count('type="radio"') == 4
    assert "dr-picks" in html
    assert "dr-scale" in html
    assert "€1,400 goes to finance" in html
    assert re.search(r'value="90" id="id_sure_1" checked', html)


def test_an_answer_left_out_is_said_beside_it_and_the_other_stays() -> None:
    html = draw(FORM, form=Answers({"sure": "10"}))
    assert "Please choose one." in html
    assert re.search(r'value="10" id="id_sure_0" checked', html)


def test_a_long_list_draws_what_djangos_own_does() -> None:
    choices = [("", "None"), ("a&b", "A & B"), ("<c>", "“C”")]
    theirs = forms.Select(attrs={"class": "form-select", "id": "x"}, choices=choices)
    ours = LongSelect(attrs={"class": "form-select", "id": "x"}, choices=choices)

    def flat(html: str) -> str:
        return re.sub(r">\s+<", "><", html.strip())

    assert flat(ours.render("pick", "a&b")) == flat(theirs.render("pick", "a&b"))


def test_an_address_may_break_at_its_at_and_dots_and_stays_escaped() -> None:
    assert address("ana.b@mail.example.org") == "ana.<wbr>b@<wbr>mail.<wbr>example.<wbr>org"
    assert address("<b>&@x.y.") == "&lt;b&gt;&amp;@<wbr>x.<wbr>y."
