"""An amendment's text, frozen with the hash of what it is a difference to, and both signatures under its own hash."""

import hashlib
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from core import history
from core.errors import DomainError, NotAllowed
from core.use_case import use_case
from engagements.models import Amendment, AmendmentPaper, AmendmentSignature, AmendmentText
from engagements.permissions import is_its_contractor
from engagements.queries.consent import consent_of
from engagements.services.agreements import canonical, same_name, sha256_of
from engagements.services.contacts import record_contact
from engagements.states import ContactKind, Side


@use_case
def freeze(
    amendment: Amendment, *, document: Mapping[str, Any], html: str, previous_sha256: str, by: User, at: datetime
) -> AmendmentText:
    """Once for an amendment; it is locked by the caller. The document holds `previous_sha256` too."""
    text = canonical(document)
    found = AmendmentText.objects.create(
        amendment=amendment,
        canonical=text,
        html=html,
        sha256=sha256_of(text),
        previous_sha256=previous_sha256,
        at=at,
    )
    history.record(
        amendment, verb="froze_amendment", by=by, at=at, note=_("Hash %(hash)s") % {"hash": found.sha256[:16]}
    )
    return found


@use_case
def sign(
    text: AmendmentText, *, side: str, typed_name: str, ip: str | None, by: User, at: datetime
) -> AmendmentSignature:
    """Put `by`'s typed name under the hash, for one side, once; the amendment is locked by the caller. Only the lead
    binds our side. Raises DomainError when the name is not the person's, the text was altered or the side has signed;
    NotAllowed when the person is not of that side."""
    engagement = text.amendment.engagement
    belongs = is_its_contractor(by, engagement) if side == Side.THEIRS else by.pk == engagement.lead_id
    if not belongs:
        raise NotAllowed(_("Only the two sides of an agreement sign it."))
    if text.signatures.filter(side=side).exists():
        raise DomainError(_("Your side has signed this already."))
    if not same_name(typed_name, by.name):
        raise DomainError(_("Type your name as it stands in your profile: %(name)s.") % {"name": by.name})
    if sha256_of(text.canonical) != text.sha256:
        raise DomainError(_("This text does not match its hash any more, so it can’t be signed. Tell your admin."))
    signature = AmendmentSignature.objects.create(
        text=text,
        side=side,
        by=by,
        typed_name=" ".join(unicodedata.normalize("NFC", typed_name).split()),
        consent=consent_of(side, engagement),
        sha256=text.sha256,
        ip=ip,
        at=at,
    )
    note = _("Hash %(hash)s") % {"hash": text.sha256[:16]}
    history.record(text.amendment, verb="signed_amendment", by=by, at=at, note=note)
    record_contact(engagement, side=side, kind=ContactKind.SIGNATURE, by=by, at=at)
    if text.signatures.count() == len(Side.values):
        AmendmentPaper.objects.create(text=text, ordered_at=at)  # the sweep makes it
    return signature


@use_case
def keep_paper(paper: AmendmentPaper, *, pdf: bytes, at: datetime) -> AmendmentPaper:
    """Put the bytes beside their amendment, once: of two makers the second one's are dropped."""
    paper = AmendmentPaper.objects.lock(paper)
    if paper.made_at is None:
        paper.pdf, paper.sha256, paper.made_at = pdf, hashlib.sha256(pdf).hexdigest(), at
        paper.save(update_fields=["pdf", "sha256", "made_at"])
    return paper
