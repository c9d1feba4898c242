"""Whether what is stored is still what was signed: every hash computed anew."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from core import history
from engagements.models import Agreement, AgreementPaper, Signature


@dataclass(frozen=True)
class Verification:
    """Of one agreement: each stored hash beside the one that its bytes have now."""

    agreement: Agreement
    text_sha256: str
    signatures: Sequence[tuple[Signature, bool]]  # and whether it stands under that hash
    paper: AgreementPaper | None  # once it is made
    paper_sha256: str
    broken_history: str  # a sentence about the first break, else ''

    @property
    def is_text_whole(self) -> bool:
        return self.text_sha256 == self.agreement.sha256

    @property
    def is_paper_whole(self) -> bool:
        return self.paper is None or self.paper_sha256 == self.paper.sha256

    @property
    def is_whole(self) -> bool:
        is_signed_so = all(holds for _signature, holds in self.signatures)
        return self.is_text_whole and self.is_paper_whole and is_signed_so and not self.broken_history


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
    )
