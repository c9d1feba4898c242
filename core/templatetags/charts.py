"""Small charts as SVG in percent, so that they stretch without a script or an inline style: `{% load charts %}`."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import accumulate
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from core.money import Money, format_money

register = template.Library()
MINUTE = timedelta(minutes=1)


def worked_text(span: timedelta) -> str:
    """`25 min`, `7.5 h`, `120 h`: working time, never in days, since a day is as long as its person's."""
    minutes = span / MINUTE
    if 0 < minutes < 59.5:
        return f"{minutes:.0f} min"
    return f"{minutes / 60:.1f}".removesuffix(".0") + " h" if minutes < 6000 else f"{minutes / 60:.0f} h"


@register.filter
def worked(span: timedelta | None) -> str:
    return "–" if span is None else worked_text(span)


@register.simple_tag
def stacked(parts: Sequence[tuple[str, timedelta, str]]) -> SafeString:
    """One bar cut into (css class, length, name) with a legend that says each part in words and in percent. Parts of
    no length stay in the legend. Percentages are rounded, so they may sum to 99 or 101."""
    total = sum((length for _css, length, _name in parts), timedelta()) or MINUTE
    return _bar([(css, length / total, name, worked_text(length)) for css, length, name in parts])


@register.simple_tag
def stacked_money(parts: Sequence[tuple[str, Money, str]]) -> SafeString:
    """As `stacked`, of (css class, amount, name) in one currency."""
    total = sum(amount.minor for _css, amount, _name in parts) or 1
    return _bar([(css, amount.minor / total, name, format_money(amount)) for css, amount, name in parts])


def _bar(parts: Sequence[tuple[str, float, str, str]]) -> SafeString:
    """(css class, share of the whole, name, words)."""
    widths = [width for _css, width, _name, _words in parts]
    starts = [0.0, *accumulate(widths)]
    bars = format_html_join(
        "",
        '<rect class="{}" x="{}" width="{}" height="100%"/>',
        ((css, f"{x:.2%}", f"{w:.2%}") for (css, w, _n, _words), x in zip(parts, starts, strict=False) if w),
    )
    legend = format_html_join(
        "",
        '<div><dt class="{}">{}</dt><dd>{} <span class="dr-muted">{} %</span></dd></div>',
        ((css, name, words, f"{w:.0%}"[:-1]) for css, w, name, words in parts),
    )
    return format_html(
        '<svg class="dr-stacked" aria-hidden="true">{}</svg><dl class="dr-stacked-key">{}</dl>', bars, legend
    )


@register.simple_tag
def interval(share: float, low: float, high: float, label: str) -> SafeString:
    """A share with its plausible range on an axis from 0 to 100 %; `label` says both in words."""
    return format_html(
        '<svg class="dr-interval" role="img" aria-label="{}"><line class="axis" x1="0" x2="100%" y1="11" y2="11"/>'
        '<rect class="band" x="{}" width="{}" y="7" height="8" rx="4"/><circle class="dot" cx="{}" cy="11" r="4"/>'
        "</svg>",
        label,
        f"{low:.1%}",
        f"{high - low:.1%}",
        f"{share:.1%}",
    )


@register.filter
def share(part: float | None) -> str:
    """0.83 → `83 %`."""
    return "–" if part is None else f"{round(100 * part)} %"


@register.simple_tag
def on_time(counted: Any) -> SafeString:
    """The interval of a count with `share`, `low`, `high`, `count` and `of`."""
    label = gettext("%(count)d of %(of)d, plausibly %(low)d to %(high)d percent") % {
        "count": counted.count,
        "of": counted.of,
        "low": round(100 * counted.low),
        "high": round(100 * counted.high),
    }
    return interval(counted.share, counted.low, counted.high, label)
