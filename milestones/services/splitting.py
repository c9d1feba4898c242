"""A milestone with held money becomes two, whose amounts sum to the whole.

The held money goes back to its budget and is set aside anew, once for each half, in one transaction that holds the
accounts locked: three postings of the kinds that there are, so that L1–L5 need no exception (docs/adr has the choice).
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.models import User
from core import history
from core.errors import DomainError
from core.money import Money
from core.transitions import born
from core.use_case import use_case
from engagements.models import Amendment, Goal
from milestones.models import Milestone, Split
from milestones.services import ledger
from milestones.states import MilestoneStatus, PostingKind

LAST_DAY = date(2099, 12, 31)


@use_case
def split_off(
    milestone: Milestone,
    *,
    amount: Money,
    origin: str,
    title: str,
    goals: Iterable[Goal],
    parts: list[dict[str, Any]],
    due_on: date,
    reason: str,
    by: User,
    at: datetime,
) -> Milestone:
    """Take `amount` out of a submitted milestone (locked by the caller) into a new one, funded, with `goals`, `parts`
    and a date of its own; returns the new one. Raises DomainError when a half would be worth nothing or the day is
    past."""
    whole = milestone.amount
    if milestone.status != MilestoneStatus.SUBMITTED:
        raise DomainError(
            _("“%(what)s” is %(state)s, so it can’t be divided now.")
            % {"what": milestone, "state": milestone.get_status_display().lower()}
        )
    if not 0 < amount.minor < whole.minor:
        raise DomainError(
            _("Both halves are worth something: give more than nothing and less than %(whole)s.") % {"whole": whole}
        )
    if not at.astimezone(by.tz).date() <= due_on <= LAST_DAY:
        raise DomainError(_("Choose a day from today on, before 2100."))
    ended = milestone.round
    ledger.move_milestone(milestone, PostingKind.REFUND, by=by, at=at)
    kept = whole - amount
    milestone.amount_minor, milestone.round = kept.minor, ended + 1
    Milestone.objects.filter(pk=milestone.pk).update(amount_minor=kept.minor, round=ended + 1)
    rest = _new_half(milestone, amount, origin, title, parts, due_on, reason, by=by, at=at)
    rest.goals.set(goals)
    for half in (milestone, rest):
        ledger.move_milestone(half, PostingKind.FUND, by=by, at=at)
    Split.objects.create(
        milestone=milestone,
        rest=rest,
        round=ended,
        whole_minor=whole.minor,
        kept_minor=kept.minor,
        rest_minor=amount.minor,
        currency=whole.currency,
        by=by,
        at=at,
    )
    note = _("%(whole)s: %(kept)s here, %(rest)s in “%(title)s”") % {
        "whole": whole, "kept": kept, "rest": amount, "title": title
    }  # fmt: skip
    history.record(milestone, verb="split", by=by, at=at, note=note)
    return rest


def _new_half(
    milestone: Milestone,
    amount: Money,
    origin: str,
    title: str,
    parts: list[dict[str, Any]],
    due_on: date,
    reason: str,
    *,
    by: User,
    at: datetime,
) -> Milestone:
    rest = Milestone.objects.create(
        engagement=milestone.engagement,
        position=next_place(milestone.engagement_id),
        title=title[:160],
        deliverable=milestone.deliverable,
        parts=parts,
        amount_minor=amount.minor,
        currency=amount.currency,
        due_on=due_on,
        status=MilestoneStatus.FUNDED,
        status_since=at,
        origin=origin,
        split_from=milestone,
        reason=reason[:2000],
        agreed_at=milestone.agreed_at,
        funded_at=at,
        funded_by=by,
    )
    return born(rest, by=by, at=at, note=reason)


def next_place(engagement_id: int) -> int:
    """After all others: the numbers that the agreement names, or an open amendment will name, stay as they are."""
    last: int = Milestone.objects.filter(engagement=engagement_id).aggregate(last=Max("position"))["last"] or 0
    proposed = Amendment.objects.open().filter(engagement=engagement_id).values_list("changes", flat=True)
    return 1 + max([last, *(change["position"] for changes in proposed for change in changes)])
