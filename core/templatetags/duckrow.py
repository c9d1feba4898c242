"""The template's words: icons, states, times on somebody's clock, money."""

import secrets
from datetime import date, datetime
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import markdown as md
from core.money import Money, format_money
from core.zones import city as city_of

register = template.Library()
# Glyph of each state; those that have none of their own borrow the nearest.
GLYPHS = {"changes_requested": "changes", "cancelled": "planned", "disputed": "changes"}
TAG_TONES = {
    "draft": "",
    "published": "ok",
    "retired": "",
    "offered": "info",
    "active": "ok",
    "completed": "ok",
    "hired": "ok",
    "verified": "ok",
    "contradicted": "bad",
    "claimed": "",
    "declined": "",
    "terminated": "bad",
    "failed": "bad",
    "due": "info",
    "exported": "info",
    "paid": "ok",
}


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """An icon of the sprite; decoration, so hidden from readers."""
    return format_html(
        '<svg class="dr-icon{}" aria-hidden="true"><use href="{}#i-{}"></use></svg>',
        f" dr-icon--{size}" if size else "",
        static("img/icons.svg"),
        name,
    )


@register.simple_tag
def state(row: Any) -> SafeString:
    """A milestone's state: glyph and word."""
    glyph = GLYPHS.get(row.status, row.status)
    return format_html(
        '<span class="dr-state dr-state--{}" data-status="{}"><svg aria-hidden="true"><use href="{}#i-st-{}"></use></svg>{}</span>',
        glyph,
        row.status,
        static("img/icons.svg"),
        glyph,
        row.get_status_display(),
    )


@register.simple_tag
def tag(text: Any, tone: str = "") -> SafeString:
    return format_html('<span class="dr-tag{}">{}</span>', f" dr-tag--{tone}" if tone else "", text)


@register.simple_tag
def status_tag(row: Any) -> SafeString:
    """Any other record's state as a tag."""
    return tag(row.get_status_display(), TAG_TONES.get(row.status, ""))


@register.simple_tag
def court(text: str, kind: str = "") -> SafeString:
    """Whose turn: kind is you, quiet, or anything else for neither."""
    return format_html(
        '<span class="dr-court{}">{}</span>', f" dr-court--{kind}" if kind in {"you", "quiet"} else "", text
    )


@register.simple_tag
def waits(sentence: str, is_quiet: bool = False) -> SafeString:
    """The one line that every open record shows."""
    return format_html(
        '<p class="dr-waits{}">{}<span>{}</span></p>',
        " dr-waits--quiet" if is_quiet else "",
        icon("moon-star" if is_quiet else "hourglass", "s"),
        sentence,
    )


@register.simple_tag
def avatar(name: Any) -> SafeString:
    words = str(name).split() or ["?"]
    initials = (words[0][:1] + (words[-1][:1] if len(words) > 1 else "")).upper()
    colour = sum(map(ord, str(name))) % 6 + 1
    return format_html('<span class="dr-avatar dr-avatar--{}" aria-hidden="true">{}</span>', colour, initials)


@register.simple_tag
def conf(value: int | None) -> SafeString:
    """Confidence 10/30/50/70/90 as five bars and a number 1 to 5."""
    if value is None:
        return format_html('<span class="dr-muted">{}</span>', "–")
    taps = (value + 10) // 20
    bars = SafeString("").join(
        format_html(
            '<rect{} x="{}" y="{}" width="5" height="{}" rx="1.2"></rect>',
            SafeString(' class="on"') if n <= taps else "",
            7.5 * (n - 1),
            12 - 2 * n,
            4 + 2 * n,
        )
        for n in range(1, 6)
    )
    return format_html(
        '<span class="dr-conf{}"><svg viewBox="0 0 36 16" aria-hidden="true">{}</svg><span class="visually-hidden">{}</span> {}</span>',
        " dr-conf--low" if taps <= 2 else "",
        bars,
        _("confidence"),
        taps,
    )


@register.simple_tag
def form_key() -> SafeString:
    """The hidden key that makes a form's act happen once."""
    return format_html('<input type="hidden" name="form_key" value="{}">', secrets.token_hex(16))


@register.simple_tag
def waiting_glyph() -> SafeString:
    return icon("hourglass", "s")


@register.inclusion_tag("core/_empty.html")
def empty(text: str, url: str = "", label: str = "") -> dict[str, str]:
    """What will be here, and one way to begin."""
    return {"text": text, "url": url, "label": label}


@register.inclusion_tag("core/_pager.html", takes_context=True)
def pager(context: Any, page: Any) -> dict[str, Any]:
    query = context["request"].GET.copy()
    query.pop("page", None)
    return {"page": page, "query": f"{query.urlencode()}&" if query else ""}


@register.filter
def money(value: Money | None) -> str:
    return "–" if value is None else format_money(value)


@register.filter
def ledger_money(value: Money) -> str:
    return format_money(value, ledger=True)


def _day(day: date, today: date) -> str:
    return date_format(day, "D j M" if day.year == today.year else "D j M Y")


@register.filter
def day(value: date | datetime | None) -> str:
    """`Thu 26 Nov`; the year only when it is not this one."""
    if value is None:
        return "–"
    plain = localtime(value).date() if isinstance(value, datetime) else value
    return _day(plain, localtime().date())


@register.filter
def when(value: datetime | None, person: Any = None) -> str:
    """`Thu 26 Nov, 09:00` on the reader's clock, or on that of `person` (said so by the words around it)."""
    if value is None:
        return "–"
    zone = getattr(person, "tz", None)
    there = localtime(value, zone) if zone else localtime(value)
    return f"{_day(there.date(), localtime().date())}, {there:%H:%M}"


@register.filter
def ago(value: datetime | None) -> str:
    """`4 min`, `2 h`, `3 days`."""
    if value is None:
        return "–"
    seconds = max(0, int((timezone.now() - value).total_seconds()))
    if seconds < 3600:
        return _("%(n)d min") % {"n": seconds // 60}
    if seconds < 86400:
        return _("%(n)d h") % {"n": seconds // 3600}
    days = seconds // 86400
    return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}


@register.filter
def markdown(text: str) -> SafeString:
    return md.render(text)


@register.filter
def city(zone: str) -> str:
    return city_of(zone)


@register.filter
def percent(basis_points: int) -> str:
    return f"{basis_points / 100:g} %"


@register.filter
def hours(minutes: int) -> str:
    return f"{minutes / 60:g} h"


@register.filter
def lookup(mapping: Any, key: Any) -> Any:
    """`mapping[key]`, or nothing."""
    return mapping.get(key, "") if mapping else ""
