from datetime import date

import pytest

from contractors import queries
from contractors.models import Claim
from contractors.services import claims
from contractors.states import ClaimKind, ClaimStatus
from core.errors import DomainError
from tests.factories import NOW, make_contractor, make_user, save

pytestmark = pytest.mark.django_db


@pytest.fixture
def claim():
    return save(
        Claim,
        contractor=make_contractor(),
        kind=ClaimKind.ON_TIME,
        raw="98%",
        source="platform-a",
        captured_on=date(2026, 11, 1),
    )


@pytest.mark.parametrize("status", [ClaimStatus.VERIFIED, ClaimStatus.CONTRADICTED])
def test_a_checked_claim_keeps_what_was_found_and_who_looked(claim, status):
    lead = make_user()

    claim = claims.check_claim(claim, status=status, evidence="Signed export, 27 of 29", by=lead, at=NOW)

    assert (claim.status, claim.evidence) == (status, "Signed export, 27 of 29")
    line = queries.history_of(claim.contractor)[0]
    assert (line.by, line.at) == (lead, NOW)
    assert "27 of 29" in line.note


@pytest.mark.parametrize(("status", "evidence"), [("true", "Seen"), (ClaimStatus.VERIFIED, " ")])
def test_a_check_needs_a_known_word_and_evidence(claim, status, evidence):
    with pytest.raises(DomainError):
        claims.check_claim(claim, status=status, evidence=evidence, by=make_user(), at=NOW)
    claim.refresh_from_db()
    assert claim.status == ClaimStatus.CLAIMED


def test_a_stale_tab_does_not_undo_another_s_check(claim):
    claims.check_claim(claim, status=ClaimStatus.CONTRADICTED, evidence="9 of 20", by=make_user(), at=NOW)
    with pytest.raises(DomainError, match="meanwhile"):
        claims.check_claim(
            claim, status=ClaimStatus.VERIFIED, evidence="Looks fine", by=make_user(), at=NOW, seen=ClaimStatus.CLAIMED
        )
