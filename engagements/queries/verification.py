"""Whether what is stored is still what was signed: every hash computed anew."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from core import history
from engagements.models import Agreement, AgreementPaper, Amendment, AmendmentPaper, Signature
from engagements.states import AmendmentStatus, Side


@dataclass(frozen=True)
class Verification:
    """Of one agreement: each stored hash beside the one that its bytes have now."""

    agreement: Agreement
    text_sha256: str
    signatures: Sequence[tuple[Signature, bool]]  # and whether it stands under that hash
    paper: AgreementPaper | None  # once it is made
    paper_sha256: str
    broken_history: str  # a sentence about the first break, else ''
    amendments: Sequence["AmendmentProof"] = ()

    @property
    def is_text_whole(self) -> bool:
        return self.text_sha256 == self.agreement.sha256

    @property
    def is_paper_whole(self) -> bool:
        return self.paper is None or self.paper_sha256 == self.paper.sha256

    @property
    def is_whole(self) -> bool:
        is_signed_so = all(holds for _signature, holds in self.signatures)
        are_amended_so = all(proof.is_whole for proof in self.amendments)
        return (
            self.is_text_whole and self.is_paper_whole and is_signed_so and are_amended_so and not self.broken_history
        )

    @property
    def paper_hashes(self) -> set[str]:
        """Of every PDF that was made, as its bytes are now."""
        found = {self.paper_sha256, *(proof.paper_sha256 for proof in self.amendments)}
        return found - {""}


@dataclass(frozen=True)
class AmendmentProof:
    """Of one amendment that both signed. `is_next`: it names the hash of what stood before it."""

    amendment: Amendment
    text_sha256: str
    is_next: bool
    is_signed: bool  # by both, under that hash
    paper: AmendmentPaper | None
    paper_sha256: str

    @property
    def is_whole(self) -> bool:
        is_text_whole = self.text_sha256 == self.amendment.text.sha256
        is_paper_whole = self.paper is None or self.paper.sha256 == self.paper_sha256
        return is_text_whole and is_paper_whole and self.is_next and self.is_signed


def made_paper(agreement: Agreement) -> AgreementPaper | None:
    return AgreementPaper.objects.filter(agreement=agreement, made_at__isnull=False).first()


def has_made_paper(agreement: Agreement) -> bool:
    """Without reading its bytes."""
    return AgreementPaper.objects.filter(agreement=agreement, made_at__isnull=False).exists()


def verification_of(agreement: Agreement) -> Verification:
    """Hashes the canonical text and the paper as they are stored, and walks the chain of the engagement's history."""
    text_sha256 = hashlib.sha256(agreement.canonical.encode()).hexdigest()
    signatures = agreement.signatures.select_related("by").order_by("at")
    paper = made_paper(agreement)
    return Verification(
        agreement=agreement,
        text_sha256=text_sha256,
        signatures=[(signature, signature.sha256 == text_sha256) for signature in signatures],
        paper=paper,
        paper_sha256=hashlib.sha256(bytes(paper.pdf or b"")).hexdigest() if paper else "",
        broken_history=history.verify(agreement.engagement),
        amendments=_amendments(agreement, text_sha256),
    )


def _amendments(agreement: Agreement, before: str) -> list[AmendmentProof]:
    """Each in its order, against the text before it; three queries."""
    if agreement.voided_at:
        return []
    found = []
    signed = agreement.engagement.amendments.filter(status=AmendmentStatus.AGREED).order_by("number")
    for amendment in signed.select_related("text__paper").prefetch_related("text__signatures"):
        text = amendment.text
        text_sha256 = hashlib.sha256(text.canonical.encode()).hexdigest()
        named = {text.previous_sha256, json.loads(text.canonical).get("previous_sha256")}
        sides = {signature.side for signature in text.signatures.all() if signature.sha256 == text_sha256}
        paper = getattr(text, "paper", None)
        made = paper if paper is not None and paper.made_at else None
        found.append(
            AmendmentProof(
                amendment,
                text_sha256,
                is_next=named == {before},
                is_signed=sides == set(Side.values),
                paper=made,
                paper_sha256=hashlib.sha256(bytes(made.pdf or b"")).hexdigest() if made else "",
            )
        )
        before = text_sha256
    return found
