"""Tags and filters of every page (builtins: no `{% load %}`). docs/design.md shows each with an example."""

import re
import secrets
import zlib
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.contrib.staticfiles.storage import staticfiles_storage
from django.utils import timezone
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, ngettext, to_locale

from core import markdown as markdown_text
from core.days import day_words
from core.money import Money, format_money
from core.zones import ZONES
from core.zones import city as city_of

register = template.Library()
# A page draws the same few pictures, labels and days again and again. Whatever is drawn from text alone is kept. The
# text comes in as `str`, because a lazy one would be kept in the first reader's language; and safe text is another key
# than the same text unescaped.
kept = lru_cache(maxsize=4096, typed=True)
DAY = 1440  # minutes
NOTHING = mark_safe("")
DASH = "–"


# --- pictures ------------------------------------------------------------------
@cache
def sprite() -> str:
    return staticfiles_storage.url("img/icons.svg")


@register.simple_tag
def icon(name: str, size: str = "", label: str = "") -> SafeString:
    """`{% icon "search" %}`, `{% icon "x" "s" label=_("Close") %}`. Names are the ids of static/img/icons.svg."""
    return _icon(name, size, str(label))


@kept
def _icon(name: str, size: str, label: str) -> SafeString:
    naming = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="dr-icon{}" {}><use href="{}#i-{}"/></svg>',
        f" dr-icon--{size}" if size else "",
        naming,
        sprite(),
        name,
    )


@register.simple_tag
@kept
def picture(name: str, css: str = "") -> SafeString:
    """A drawing of the sprite in the size its class gives: `{% picture "duck" "dr-ducks__d" %}`."""
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}#i-{}"/></svg>', css, sprite(), name)


@register.simple_tag
@kept
def glyph(status: str) -> SafeString:
    """The shape of a state without its word, for `.dr-steps`, `.dr-miles`, `.dr-pays`."""
    return format_html('<svg aria-hidden="true"><use href="{}#i-st-{}"/></svg>', sprite(), status)


# --- states and short labels -----------------------------------------------------
@register.simple_tag
def state(subject: Any, label: str = "") -> SafeString:
    """`{% state milestone %}` from its `status`; or `{% state "paid" _("Paid") %}`. Shape and word; colour is CSS."""
    status = subject if isinstance(subject, str) else subject.status
    word = label or (status if isinstance(subject, str) else subject.get_status_display())
    return _state(str(status), str(word))


@kept
def _state(status: str, word: str) -> SafeString:
    return format_html('<span class="dr-state" data-status="{}">{}{}</span>', status, glyph(status), word)


# Tones of states that are shown as a label rather than by a glyph; the others stay plain.
TONES = {
    "published": "ok",
    "offered": "info",
    "active": "pond",
    "completed": "ok",
    "terminated": "bad",
    "hired": "ok",
    "verified": "ok",
    "contradicted": "bad",
    "due": "info",
    "exported": "info",
    "paid": "ok",
    "failed": "bad",
    "confirmed": "pond",
    "settled": "ok",
    "voided": "warn",
    "dead": "bad",
    "quiet": "dusk",
    "escalated": "dusk",
}


@register.simple_tag
def status_tag(subject: Any) -> SafeString:
    """Any record's state as a label, for those that have no money glyph: engagements, applications, payouts."""
    return tag(subject.get_status_display(), TONES.get(subject.status, ""))


@register.simple_tag
def tag(text: Any, tone: str = "") -> SafeString:
    """A short label; tone "", ok, warn, bad, info, dusk, pond, duck or line."""
    return _tag(str(text), tone)


@kept
def _tag(text: str, tone: str) -> SafeString:
    return format_html('<span class="dr-tag{}">{}</span>', f" dr-tag--{tone}" if tone else "", text)


@register.simple_tag
def court(text: str, kind: str = "theirs") -> SafeString:
    """Whose turn: kind you (yellow, only ever the viewer), theirs, quiet, none."""
    return format_html('<span class="dr-court dr-court--{}">{}</span>', kind, text)


@register.simple_tag
def avatar(name: Any, size: str = "") -> SafeString:
    """A disc with initials, always the same colour for the same name. Decoration: the name stands beside it."""
    return _avatar(str(name), size)


@kept
def _avatar(name: str, size: str) -> SafeString:
    words = name.split()
    initials = (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper() if words else "?"
    tone = zlib.crc32(name.encode()) % 6 + 1
    size = f" dr-avatar--{size}" if size else ""
    return format_html('<span class="dr-avatar dr-avatar--{}{}" aria-hidden="true">{}</span>', tone, size, initials)


@register.simple_tag
def conf(value: int | None, was: int | None = None) -> SafeString:
    """Confidence 10, 30, 50, 70 or 90 % as one to five bars; `was` shows only when it differs."""
    if value is None:
        return format_html('<span class="dr-muted">{}</span>', DASH)
    bars = min(5, max(1, (int(value) + 10) // 20))
    rects = format_html_join(
        "",
        '<rect{} x="{}" y="{}" width="5" height="{}" rx="1.2"/>',
        ((mark_safe(' class="on"') if i < bars else "", i * 7.5, 10 - 2 * i, 6 + 2 * i) for i in range(5)),
    )
    before = NOTHING
    if was is not None and was != value:
        text = gettext("was %(n)d") % {"n": min(5, max(1, (int(was) + 10) // 20))}
        before = format_html(' <span class="dr-muted">{}</span>', text)
    return format_html(
        '<span class="dr-conf{}"><svg viewBox="0 0 36 16" aria-hidden="true">{}</svg>'
        '<span><b>{}</b><span class="visually-hidden"> {}</span>{}</span></span>',
        " dr-conf--low" if bars <= 2 else "",
        rects,
        bars,
        gettext("of 5"),
        before,
    )


Spans = Iterable[tuple[int, int]]


@register.simple_tag
def hours(mine: Spans, theirs: Spans, label: str = "", now: int | None = None) -> SafeString:
    """One day in the viewer's zone. Spans are (start, end) in minutes from its midnight, 0 to 1440; `now` likewise."""
    mine, theirs = list(mine), list(theirs)
    both = [(max(a, c), min(b, d)) for a, b in mine for c, d in theirs if max(a, c) < min(b, d)]

    def bars(spans: Spans, kind: str, y: int, height: int) -> SafeString:
        return format_html_join(
            "",
            '<rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="3"/>',
            ((kind, f"{a / DAY:.2%}", y, f"{(b - a) / DAY:.2%}", height) for a, b in spans),
        )

    line = NOTHING
    if now is not None:
        line = format_html('<line class="now" x1="{0}" x2="{0}" y1="0" y2="24"/>', f"{now / DAY:.2%}")
    minutes = sum(b - a for a, b in both)
    shared = gettext("Shared hours: %(h)s") % {"h": f"{minutes / 60:.1f}".removesuffix(".0")}
    return format_html(
        '<svg class="dr-hours" role="img" aria-label="{}">'
        '<rect class="day" x="0" y="6" width="100%" height="12" rx="3"/>'
        "{}{}{}{}</svg>",
        label or shared,
        bars(mine, "me", 0, 24),
        bars(theirs, "them", 6, 12),
        bars(both, "both", 6, 12),
        line,
    )


@register.simple_tag
def waits(sentence: str, is_quiet: bool = False) -> SafeString:
    """“Waiting for Ana since Tue 09:10 (her time); next reminder Thu 09:00.” Every open record shows one."""
    if not sentence:
        return NOTHING
    return format_html(
        '<p class="dr-waits{}" role="note">{}<span>{}</span></p>',
        " dr-waits--quiet" if is_quiet else "",
        icon("moon-star" if is_quiet else "hourglass", "s"),
        sentence,
    )


@register.simple_tag
def empty(text: str, url: str = "", label: str = "", more: str = "") -> SafeString:
    """What will be here (`text`), why it is empty (`more`), one way on (`url`, `label`).

    Straight inside `{% for %}` Django reads the word as the loop's own `{% empty %}`; there it belongs after that one.
    """
    why = format_html("<p>{}</p>", more) if more else NOTHING
    way = format_html('<a class="btn btn-secondary" href="{}">{}</a>', url, label) if url and label else NOTHING
    return format_html(
        '<div class="dr-empty">{}<p class="dr-empty__t">{}</p>{}{}</div>',
        picture("empty", "dr-empty__art"),
        text,
        why,
        way,
    )


# --- money, time, text -------------------------------------------------------------
@register.filter
def money(value: Money | None, style: str = "") -> str:
    """`€1,400`; with `:"ledger"` always with decimals, `US$600.00`."""
    if value is None:
        return DASH
    return _money(value, to_locale(get_language() or "en"), style == "ledger")


@kept
def _money(value: Money, locale: str, ledger: bool) -> str:
    return format_money(value, locale=locale, ledger=ledger)


@register.filter
def ledger_money(value: Money | None) -> str:
    return money(value, "ledger")


@register.filter
def percent(basis_points: int) -> str:
    """4_400 → `44 %`."""
    return f"{basis_points / 100:g} %"


@register.filter
def city(zone: str) -> str:
    return city_of(zone)


def zone_of(person: Any) -> tzinfo:
    """The clock of a person, or of a zone name; without either, the reader's."""
    name = person if isinstance(person, str) else getattr(person, "zone", "")
    return ZoneInfo(name) if name in ZONES else timezone.get_current_timezone()


def on_clock(instant: datetime, zone: tzinfo) -> datetime | None:
    """The local time; None for instants so near to year 1 or 9999 that this clock can't show them."""
    try:
        return instant.astimezone(zone)
    except OverflowError:
        return None


def day_text(value: date) -> str:
    """`Thu 26 Nov`, of a date or a local time."""
    year = "" if value.year == timezone.localdate().year else " Y"
    return day_words(value, f"D j M{year}")


@register.filter
def day(value: date | None) -> str:
    """`Thu 26 Nov`; with the year only if it is not this one. An instant counts by the reader's day."""
    if isinstance(value, datetime):
        value = on_clock(value, zone_of(None))
    return day_text(value) if value else DASH


def when_text(instant: datetime | None, person: Any = None) -> str:
    if instant is None:
        return DASH
    local = on_clock(instant, zone_of(person))
    return f"{day_text(local)}, {local:%H:%M}" if local else instant.isoformat()


def whose_time(person: Any) -> str:
    words = {"hers": gettext("hers"), "his": gettext("his"), "theirs": gettext("theirs")}
    return words.get(str(getattr(person, "pronoun", "theirs")), words["theirs"])


@register.simple_tag(name="when")
def when_tag(instant: datetime | None, person: Any = None, whose: Any = "") -> SafeString:
    """`{% when at user %}` → Thu 26 Nov, 09:00. A third word is put behind it (`_("your time")`); a third person adds
    the second clock: `{% when at user contractor_user %}` → Mon 23 Nov, 23:40 (14:40 hers)."""
    if instant is None:
        return format_html("{}", DASH)
    text = when_text(instant, person)
    if isinstance(whose, str) or whose is None:
        text = f"{text} {whose or ''}".strip()
    else:
        here, there = on_clock(instant, zone_of(person)), on_clock(instant, zone_of(whose))
        if here and there and here.replace(tzinfo=None) != there.replace(tzinfo=None):
            other = f"{there:%H:%M}" if here.date() == there.date() else f"{day_words(there, 'D')} {there:%H:%M}"
            text = f"{text} ({other} {whose_time(whose)})"
    return format_html('<time datetime="{}">{}</time>', instant.astimezone(UTC).isoformat(), text)


@register.filter(name="when")
def when_filter(instant: datetime | None, person: Any = None) -> str:
    return when_text(instant, person)


@register.filter
def ago(value: datetime | date | timedelta | None) -> str:
    """How long, in one unit: `5 min`, `2 h`, `1 day`. Of an instant: from now, either way. Of a timedelta: itself."""
    if value is None:
        return DASH
    if isinstance(value, timedelta):
        span = value
    elif isinstance(value, datetime):
        span = timezone.now() - value
    else:
        span = timezone.localdate() - value
        if not span:
            return gettext("today")
    minutes = int(abs(span).total_seconds() // 60)
    if minutes < 1:
        return gettext("now")
    if minutes < 60:
        return gettext("%(n)d min") % {"n": minutes}
    if minutes < DAY:
        return gettext("%(n)d h") % {"n": minutes // 60}
    return ngettext("%(n)d day", "%(n)d days", minutes // DAY) % {"n": minutes // DAY}


@register.filter(name="hours")
def hours_filter(minutes: int) -> str:
    """90 → `1.5 h`."""
    return f"{minutes / 60:g} h"


@register.filter
def address(text: str) -> SafeString:
    """An e-mail address that breaks at its @ and dots where a line is too short for it, before it breaks in a word."""
    return mark_safe(re.sub(r"(?<=[@.])(?=.)", "<wbr>", escape(text)))  # noqa: S308 (escaped)


@register.filter
def lookup(mapping: Any, key: Any) -> Any:
    """`mapping[key]`, or nothing."""
    return mapping.get(key, "") if mapping else ""


@register.filter
def markdown(text: str | None) -> SafeString:
    return markdown_text.render(text or "")


# --- forms and lists ----------------------------------------------------------------
@register.simple_tag
def form_key() -> SafeString:
    """The hidden key by which a form sent twice is carried out once (core.idempotency)."""
    return format_html('<input type="hidden" name="form_key" value="{}">', secrets.token_hex(16))
