"""The offer frozen as canonical JSON and HTML, and both signatures under its hash.

Canonical: keys sorted, no white space, UTF-8 as it is, text in NFC, money as `{"currency", "minor"}`, days and instants
in ISO 8601 (instants in UTC). Floats are refused: two machines may write the same one differently.
"""

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.models import User
from core import history
from core.errors import DomainError, NotAllowed
from core.money import Money
from core.use_case import use_case
from engagements.models import Agreement, AgreementPaper, Engagement, Signature
from engagements.permissions import is_its_contractor, is_named
from engagements.queries.consent import consent_of
from engagements.services.contacts import record_contact
from engagements.states import ContactKind, Side


def _plain(value: Any) -> Any:
    """`value` made of dict, list, str, int, bool and None only. Raises TypeError for what has no one way to write."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return unicodedata.normalize("NFC", str.__str__(value))
    if isinstance(value, int):
        return int(value)
    if isinstance(value, Money):
        return {"currency": value.currency, "minor": value.minor}
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError("An instant needs a time zone.")
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise TypeError("Keys of an agreement are text.")
        return {unicodedata.normalize("NFC", str.__str__(key)): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    raise TypeError(f"An agreement can’t hold a {type(value).__name__}.")


def canonical(document: Mapping[str, Any]) -> str:
    """The one text of a document: equal documents give equal text, whatever the order of their keys."""
    return json.dumps(_plain(document), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def sha256_of(text: str) -> str:
    """Hex, of the UTF-8 bytes."""
    return hashlib.sha256(text.encode()).hexdigest()


@use_case
def freeze(engagement: Engagement, *, document: Mapping[str, Any], html: str, by: User, at: datetime) -> Agreement:
    """The next agreement of this engagement. Raises DomainError while an earlier one stands: void that first."""
    engagement = Engagement.objects.lock(engagement)
    if engagement.agreements.filter(voided_at=None).exists():
        raise DomainError(_("There is an agreement for “%(what)s” already.") % {"what": engagement})
    text = canonical(document)
    agreement = Agreement.objects.create(
        engagement=engagement,
        number=(engagement.agreements.aggregate(last=Max("number"))["last"] or 0) + 1,
        canonical=text,
        html=html,
        sha256=sha256_of(text),
        created_at=at,
    )
    history.record(engagement, verb="froze", by=by, at=at, note=_said(agreement))
    return agreement


def _said(agreement: Agreement) -> str:
    return _("Agreement %(n)d, hash %(hash)s") % {"n": agreement.number, "hash": agreement.sha256[:16]}


def same_name(typed: str, name: str) -> bool:
    """Whether a name was typed as it stands in a profile, whatever its case and spaces."""

    def bare(text: str) -> str:
        return " ".join(unicodedata.normalize("NFKC", text).casefold().split())

    return bool(bare(typed)) and bare(typed) == bare(name)


def _lock(agreement: Agreement) -> tuple[Engagement, Agreement]:
    """The engagement first: freezing, signing and voiding of one engagement wait for each other there."""
    engagement = Engagement.objects.lock(agreement.engagement_id)
    return engagement, Agreement.objects.select_for_update(of=("self",)).get(pk=agreement.pk)


@use_case
def sign(agreement: Agreement, *, side: str, typed_name: str, ip: str | None, by: User, at: datetime) -> Signature:
    """Put `by`'s typed name under the hash, for one side, once. Raises DomainError when the name is not the person's,
    the agreement was voided or altered, or the side has signed; NotAllowed when the person is not of that side."""
    engagement, agreement = _lock(agreement)
    belongs = is_its_contractor(by, engagement) if side == Side.THEIRS else is_named(by, engagement)
    if not belongs:
        raise NotAllowed(_("Only the two sides of an agreement sign it."))
    if agreement.voided_at:
        raise DomainError(_("This agreement was voided: something in it changed. Reload to read the new one."))
    if agreement.signatures.filter(side=side).exists():
        raise DomainError(_("Your side has signed this already."))
    if not same_name(typed_name, by.name):
        raise DomainError(_("Type your name as it stands in your profile: %(name)s.") % {"name": by.name})
    if not verify(agreement):
        raise DomainError(_("This text does not match its hash any more, so it can’t be signed. Tell your admin."))
    signature = Signature.objects.create(
        agreement=agreement,
        side=side,
        by=by,
        typed_name=" ".join(typed_name.split()),
        consent=consent_of(side, engagement),
        sha256=agreement.sha256,
        ip=ip,
        at=at,
    )
    history.record(engagement, verb="signed", by=by, at=at, note=_said(agreement))
    record_contact(engagement, side=side, kind=ContactKind.SIGNATURE, by=by, at=at)
    if agreement.signatures.count() == len(Side.values):
        AgreementPaper.objects.create(agreement=agreement, ordered_at=at)  # the sweep makes it
    return signature


@use_case
def void(agreement: Agreement, *, reason: str, by: User, at: datetime) -> Agreement:
    """Something in it changed: its signature counts no more. What both have signed stands."""
    engagement, agreement = _lock(agreement)
    if agreement.voided_at:
        raise DomainError(_("This agreement was voided already."))
    if agreement.signatures.count() == len(Side.values):
        raise DomainError(_("Both sides have signed this agreement, so it stands."))
    agreement.voided_at, agreement.voided_by, agreement.void_reason = at, by, reason
    agreement.save(update_fields=["voided_at", "voided_by", "void_reason"])
    history.record(engagement, verb="voided", by=by, at=at, note=f"{_said(agreement)}. {reason}".strip())
    return agreement


@use_case
def keep_paper(paper: AgreementPaper, *, pdf: bytes, at: datetime) -> AgreementPaper:
    """Put the bytes beside their agreement, once: of two makers the second one's are dropped."""
    paper = AgreementPaper.objects.lock(paper)
    if paper.made_at is None:
        paper.pdf, paper.sha256, paper.made_at = pdf, hashlib.sha256(pdf).hexdigest(), at
        paper.save(update_fields=["pdf", "sha256", "made_at"])
    return paper


def verify(agreement: Agreement) -> bool:
    """Whether the text still has its hash, and every signature stands under that hash."""
    if sha256_of(agreement.canonical) != agreement.sha256:
        return False
    return all(signature.sha256 == agreement.sha256 for signature in agreement.signatures.all())
