"""Claims are checked by people: somebody looked, and says what was found."""

from datetime import date, datetime

from django.utils.translation import gettext as _

from accounts.models import User
from contractors.models import Claim, Contractor
from contractors.states import OWN_HISTORY, ClaimStatus
from core import history
from core.errors import DomainError
from core.use_case import use_case


@use_case
def check_claim(claim: Claim, *, status: str, evidence: str, by: User, at: datetime, seen: str = "") -> Claim:
    """Mark as verified or contradicted, with the evidence; or take a check back to claimed. `seen` is the status that
    the page showed, '' to skip the check for a stale tab. The history hangs on the contractor."""
    contractor = Contractor.objects.select_for_update(of=("self",)).get(pk=claim.contractor_id)
    claim = Claim.objects.select_for_update(of=("self",)).get(pk=claim.pk)
    if status not in ClaimStatus.values:
        raise DomainError(_("Choose claimed, verified or contradicted."))
    if seen and seen != claim.status:
        raise DomainError(
            _("Somebody checked this claim meanwhile: it is %(status)s now. Look again before you change it.")
            % {"status": claim.get_status_display().lower()}
        )
    if not evidence.strip():
        raise DomainError(_("Say what you found and where: a check without evidence is one more claim."))
    was = claim.status
    Claim.objects.filter(pk=claim.pk).update(status=status, evidence=evidence.strip())
    claim.refresh_from_db()
    history.record(contractor, verb="checked", was=was, became=status, by=by, at=at, note=f"{claim}: {claim.evidence}")
    return claim


@use_case
def state_own_history(
    contractor: Contractor, *, kind: str, raw: str, value_milli: int | None, n: int, evidence: str, on: date
) -> Claim:
    """What our own records say, as a claim like any other: verified, since the rows can be read. One a kind and day:
    a later statement of the same day takes the place of the earlier one."""
    stated = {"raw": raw, "value_milli": value_milli, "n": n, "status": ClaimStatus.VERIFIED, "evidence": evidence}
    claim, _is_new = Claim.objects.update_or_create(
        contractor=contractor, kind=kind, source=OWN_HISTORY, captured_on=on, defaults=stated
    )
    return claim
