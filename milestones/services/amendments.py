"""Amendments of a running engagement: proposed by its lead, estimated and signed by its contractor, signed by the lead;
with the second signature the plan changes. Nothing of it happens before."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

import structlog
from django.db.models import Max
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import DomainError, NotAllowed
from core.transitions import born, move
from core.use_case import use_case
from engagements import notifications
from engagements.models import Amendment, AmendmentText, Engagement
from engagements.permissions import is_its_contractor
from engagements.queries.in_force import text_of
from engagements.services import amendments as texts
from engagements.services.agreements import canonical
from engagements.services.contacts import record_contact
from engagements.states import AmendmentStatus, ContactKind, Side
from milestones.queries.amendments import Wish, needs_estimate, places_of, view_of_document
from milestones.services import amending
from milestones.services.differing import (
    changes_of,
    estimated,
    is_text_of,
    must_be_open,
    must_be_sound,
    must_run,
    text_document,
)

log = structlog.get_logger()
LASTS_DAYS = 7


@use_case
def propose_amendment(
    engagement: Engagement, *, wishes: Sequence[Wish], reason: str, days: int = LASTS_DAYS, by: User, at: datetime
) -> Amendment:
    """What shall be another than it was agreed, for the contractor to estimate and sign. Wishes that change nothing are
    left out.

    Raises DomainError while the engagement does not run, no agreement stands, another amendment is open, nothing or
    everything would change, a milestone may not be touched, a goal can't be checked, and when the budget has too little
    left for what is added."""
    engagement = Engagement.objects.lock(engagement)
    standing = must_run(engagement)
    if engagement.amendments.open().exists():
        raise DomainError(_("An amendment is open already. It is signed, declined or withdrawn before the next."))
    if not reason.strip():
        raise DomainError(_("Say why: %(who)s reads it before signing.") % {"who": engagement.contractor})
    places = {place.milestone.pk: place for place in places_of(engagement, standing)}
    changes = changes_of(engagement, standing, places, wishes)
    must_be_sound(engagement, standing, changes)
    number = engagement.amendments.aggregate(last=Max("number"))["last"] or 0
    amendment = Amendment.objects.create(
        engagement=engagement,
        number=number + 1,
        reason=reason.strip(),
        changes=changes,
        proposed_by=by,
        proposed_at=at,
        expires_at=at + timedelta(days=days),
        status_since=at,
    )
    born(amendment, by=by, at=at, note=reason)
    record_contact(engagement, side=Side.OURS, kind=ContactKind.REVIEW, by=by, at=at)
    notifications.amendment_proposed(amendment, at=at)
    return amendment


@use_case
def sign_amendment(
    amendment: Amendment,
    *,
    estimates: Mapping[int, tuple[int, date]],
    typed_name: str,
    ip: str | None,
    by: User,
    at: datetime,
) -> AmendmentText:
    """The contractor's part. `estimates`: position → (minutes of work, date), for each milestone whose work is added or
    becomes another. Raises DomainError when it ended, was signed, can't be any more, or an estimate is missing;
    NotAllowed for anybody else."""
    amendment = Amendment.objects.lock(amendment)
    engagement = amendment.engagement
    if not is_its_contractor(by, engagement):
        raise NotAllowed(_("Only the contractor writes the estimates."))
    standing = must_be_open(amendment, at)
    if text_of(amendment) is not None:
        raise DomainError(_("Your side has signed this already."))
    changes = [
        estimated(change, estimates.get(change["position"]), engagement) if needs_estimate(change) else change
        for change in amendment.changes
    ]
    document = text_document(amendment, standing, changes)
    html = render_to_string(
        "milestones/_amendment.html",
        {"amendment": amendment, "engagement": engagement, "paper": view_of_document(json.loads(canonical(document)))},
    )
    text = texts.freeze(amendment, document=document, html=html, previous_sha256=standing.sha256, by=by, at=at)
    texts.sign(text, side=Side.THEIRS, typed_name=typed_name, ip=ip, by=by, at=at)
    record_contact(engagement, side=Side.THEIRS, kind=ContactKind.ESTIMATE, by=by, at=at)
    notifications.amendment_signed(amendment, at=at)
    return text


@use_case
def agree_amendment(
    amendment: Amendment, *, sha256: str, typed_name: str, ip: str | None, by: User, at: datetime
) -> Amendment:
    """Our signature under the hash that was shown; with it the plan changes. Raises DomainError before the contractor
    has signed, when it ended, and when something that it touches has become another meanwhile."""
    amendment = Amendment.objects.lock(amendment)
    engagement = amendment.engagement
    standing = must_be_open(amendment, at, is_signed=True)
    text = text_of(amendment)
    if text is None:
        raise DomainError(_("%(who)s has not signed yet.") % {"who": engagement.contractor})
    if text.sha256 != sha256:
        raise DomainError(_("The page came in without the text you read. Read it again, then sign."))
    document = json.loads(text.canonical)
    if text.previous_sha256 != standing.sha256 or not is_text_of(amendment, document):
        raise DomainError(
            _("This is not a difference to the agreement in force any more. Withdraw it and propose another.")
        )
    texts.sign(text, side=Side.OURS, typed_name=typed_name, ip=ip, by=by, at=at)
    amending.carry_out(amendment, document, estimated_at=text.at, at=at, by=by)
    amendment = move(amendment, to=AmendmentStatus.AGREED, by=by, at=at, agreed_at=at)
    notifications.amendment_ended(amendment, by=by, at=at)
    return amendment


@use_case
def withdraw_amendment(amendment: Amendment, *, reason: str, by: User, at: datetime) -> Amendment:
    """We take it back, signed by the contractor or not; the agreement stands as it was."""
    if not reason.strip():
        raise DomainError(_("Say why: %(who)s reads it.") % {"who": amendment.engagement.contractor})
    return _end(amendment, AmendmentStatus.WITHDRAWN, reason, by=by, at=at)


@use_case
def decline_amendment(amendment: Amendment, *, reason: str, by: User, at: datetime) -> Amendment:
    """The contractor says no, before signing, with or without a reason; the agreement stands as it was."""
    amendment = Amendment.objects.lock(amendment)
    if not is_its_contractor(by, amendment.engagement):
        raise NotAllowed(_("Only the contractor says no to it."))
    if text_of(amendment) is not None:
        raise DomainError(
            _("You have signed it. Write to %(who)s, who can take it back.") % {"who": amendment.engagement.lead.name}
        )
    return _end(amendment, AmendmentStatus.DECLINED, reason, by=by, at=at)


@use_case
def _end(amendment: Amendment, to: str, reason: str, *, by: User, at: datetime) -> Amendment:
    amendment = Amendment.objects.lock(amendment)
    amendment = move(amendment, to=to, by=by, at=at, note=reason, end_reason=reason.strip())
    side = amendment.engagement.side_of(by)
    record_contact(amendment.engagement, side=side, kind=ContactKind.REVIEW, by=by, at=at)
    notifications.amendment_ended(amendment, by=by, at=at)
    return amendment


def expire_amendments(*, at: datetime) -> int:
    """By the clock, each in its own transaction; returns how many."""
    ended = 0
    for pk in Amendment.objects.ended(at).order_by("pk").values_list("pk", flat=True):
        try:
            ended += _expire(pk, at=at)
        except DomainError:
            continue  # signed, declined or withdrawn in the same moment
        except Exception:
            log.exception("expire_failed", amendment=pk)
    return ended


@use_case
def _expire(pk: int, *, at: datetime) -> bool:
    amendment = Amendment.objects.lock(pk)
    if not Amendment.objects.ended(at).filter(pk=pk).exists():
        return False
    amendment = move(amendment, to=AmendmentStatus.EXPIRED, by=None, at=at)
    notifications.amendment_ended(amendment, by=None, at=at)
    return True
