"""How the rows of the payouts page are drawn: what is due, batches, what was paid, and promises that are broken."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import NamedTuple

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from core.rows import joined, link, row
from core.templatetags.duckrow import NOTHING, avatar, court, day, money, status_tag, tag
from milestones.queries import CHECKS, BatchRow, PayoutRow, Problem
from milestones.queries.batches import Line
from milestones.queries.timeline import Timeline


class _Due(NamedTuple):
    """What the shape of such a row depends on."""

    may_act: bool
    tick: str
    has_bank: bool
    is_by_clock: bool  # that the work was accepted


def due_rows(
    rows: Iterable[PayoutRow], today: date, *, may_act: bool, picked: Collection[int] | None
) -> list[SafeString]:
    """`picked` are those that the person had ticked, None where nobody has chosen yet."""
    return [_due(each, today, may_act, each.is_ready if picked is None else each.payout.pk in picked) for each in rows]


def _due(found: PayoutRow, today: date, may_act: bool, is_ticked: bool) -> SafeString:
    payout, milestone = found.payout, found.payout.milestone
    contractor, accepted_by = milestone.engagement.contractor, milestone.accepted_by
    name, payee = str(contractor), link("milestones:payee", contractor.pk)
    tick = ("checked" if is_ticked else "") if found.may_tick else "disabled"
    return row(
        "milestones/_due_row.html",
        _Due(may_act, tick, found.bank is not None, accepted_by is None),
        pk=payout.pk,
        avatar=avatar(name),
        contractor=name,
        payee=payee,
        last4=found.bank.last4 if found.bank else "",
        url=link("milestones:milestone", milestone.pk),
        engagement=milestone.engagement.title,
        milestone=milestone.title,
        accepted=day(milestone.accepted_at),
        accepted_by=accepted_by.name if accepted_by else "",
        checks=_checks(found, payee),
        promised=day(payout.due_on),
        late=format_html(" {}", tag(_("late"), "bad")) if payout.due_on < today else NOTHING,
        amount=money(payout.amount, "ledger"),
    )


def _checks(found: PayoutRow, payee: str) -> SafeString:
    if not found.problems:
        return tag(_("%(checks)s of %(checks)s") % {"checks": CHECKS}, "ok")
    word = tag(_("Set aside"), "warn") if found.is_aside else tag(_("Look first"), "info")
    engagement = found.payout.milestone.engagement_id
    return joined([word, *(_problem(each, payee, engagement) for each in found.problems)])


def _problem(problem: Problem, payee: str, engagement: int) -> SafeString:
    return row("milestones/_due_problem.html", problem.fix, text=problem.text, payee=payee, engagement=engagement)


class _Paid(NamedTuple):
    has_approver: bool


def paid_rows(rows: Iterable[PayoutRow]) -> list[SafeString]:
    return [_paid(each) for each in rows]


def _paid(found: PayoutRow) -> SafeString:
    payout, milestone = found.payout, found.payout.milestone
    name = str(milestone.engagement.contractor)
    return row(
        "milestones/_paid_row.html",
        _Paid(payout.approved_by is not None),
        pk=payout.pk,
        avatar=avatar(name),
        contractor=name,
        payee=link("milestones:payee", milestone.engagement.contractor_id),
        last4=found.bank.last4 if found.bank else "",
        url=link("milestones:milestone", milestone.pk),
        engagement=milestone.engagement.title,
        milestone=milestone.title,
        approved_by=payout.approved_by.name if payout.approved_by else "",
        confirmed_by=payout.confirmed_by.name if payout.confirmed_by else "",
        paid=day(payout.paid_at),
        end_to_end=payout.end_to_end,
        amount=money(payout.amount, "ledger"),
    )


def batch_rows(rows: Iterable[BatchRow], *, may_act: bool) -> list[SafeString]:
    return [
        row(
            "milestones/_batch_row.html",
            each.batch.status == "exported",
            url=link("milestones:batch", each.batch.pk),
            batch=str(each.batch),
            made_by=each.batch.created_by.name,
            made=day(each.batch.created_at),
            state=status_tag(each.batch),
            turn=_turn(each, may_act),
            payouts=each.payouts,
            answered=each.answered,
            sums=_sums(each),
        )
        for each in rows
    ]


def _turn(found: BatchRow, may_act: bool) -> SafeString:
    if not found.turn:
        return NOTHING
    if not found.is_mine:
        return court(found.turn)
    return court(found.turn, "you") if may_act else court(_("Finance"))


def _sums(found: BatchRow) -> SafeString:
    sums = [format_html('<span class="dr-money">{}</span>', money(minor, "ledger")) for minor, _n in found.sums]
    return joined(format_html("<br>{}", each) if n else each for n, each in enumerate(sums))


def line_rows(lines: Iterable[Line]) -> list[SafeString]:
    """The first payouts of a batch that is to be confirmed."""
    return [
        row(
            "milestones/_line_row.html",
            payee=line.payee,
            engagement=line.engagement,
            milestone=line.milestone,
            bank_country=line.bank_country,
            last4=line.last4,
            amount=money(line.amount, "ledger"),
        )
        for line in lines
    ]


def late_rows(late: Iterable[Timeline]) -> list[SafeString]:
    return [
        row(
            "milestones/_late_row.html",
            url=link("milestones:milestone", timeline.payout.milestone_id),
            contractor=str(timeline.payout.milestone.engagement.contractor),
            milestone=timeline.payout.milestone.title,
            amount=money(timeline.payout.amount),
            day=day(timeline.payout.due_on),
            says=timeline.says,
            turn=court(timeline.whose),
        )
        for timeline in late
    ]
