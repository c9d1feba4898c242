"""How the rows of Today are drawn: what waits, what is due, and the open engagements."""

from collections.abc import Iterable

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from core.rows import link, row
from core.templatetags.duckrow import NOTHING, ago, avatar, conf, court, day, icon, money, state, status_tag
from core.zones import city
from reminders.home import Ask, Due, Row


def ask_rows(asks: Iterable[Ask]) -> list[SafeString]:
    return [
        row(
            "reminders/_ask.html",
            icon=icon(ask.icon),
            url=ask.url,
            title=ask.title,
            reason=ask.reason,
            age=f"{_('due')} {day(ask.due_on)}" if ask.due_on else ago(ask.since),
            weight="secondary" if place else "primary",
            act=ask.act,
        )
        for place, ask in enumerate(asks)
    ]


def agenda_rows(dues: Iterable[Due]) -> list[SafeString]:
    return [
        row(
            "reminders/_agenda_row.html",
            day=day(on),
            url=link("milestones:milestone", milestone.pk),
            title=milestone.title,
            contractor=milestone.engagement.contractor,
            amount=money(milestone.amount),
        )
        for on, milestone in dues
    ]


def engagement_rows(rows: Iterable[Row]) -> list[SafeString]:
    return [
        row(
            "reminders/_today_row.html",
            quiet=format_html(' class="{}"', "is-quiet") if each.court == "quiet" else NOTHING,
            avatar=avatar(each.engagement.contractor),
            url=link("engagements:engagement", each.engagement.pk),
            title=each.engagement.title,
            contractor=each.engagement.contractor,
            their_time=_their_time(each),
            court=court(each.court_label, each.court),
            next=_next(each),
            amount=format_html('<span class="dr-money">{}</span>', money(each.milestone.amount))
            if each.milestone
            else NOTHING,
            confidence=conf(each.confidence),
        )
        for each in rows
    ]


def _their_time(each: Row) -> SafeString:
    if not each.their_time:
        return row("reminders/_no_account.html")
    place = city(each.engagement.contractor.user.zone)
    return format_html('<b>{}</b><span class="dr-table__s">{}</span>', each.their_time, place)


def _next(each: Row) -> SafeString:
    if each.milestone is None:
        return status_tag(each.engagement)
    return row(
        "reminders/_today_next.html",
        number=each.number,
        of=each.of,
        title=each.milestone.title,
        state=state(each.milestone),
        late=format_html('<b class="dr-t-bad">{}</b>, ', _("late")) if each.is_late else NOTHING,
        due=day(each.due_on),
    )
