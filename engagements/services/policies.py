"""The delivery policy and the clauses, accepted before the signature."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from core import history
from core.errors import DomainError, NotAllowed
from core.use_case import use_case
from engagements.models import Engagement, PolicyAcceptance
from engagements.permissions import is_its_contractor
from engagements.queries.consent import policy_digest, policy_to_accept


@use_case
def accept_policy(
    engagement: Engagement, *, sha256: str, ip: str | None, by: User, at: datetime
) -> PolicyAcceptance | None:
    """Keep that the contractor accepted the text with this hash; None when nothing was left to accept. Raises
    DomainError when it was not accepted, or when the text has become another since it was shown."""
    engagement = Engagement.objects.lock(engagement)
    if not is_its_contractor(by, engagement):
        raise NotAllowed(_("Only the contractor accepts the policy."))
    text = policy_to_accept(engagement)
    if not text:
        return None
    if not sha256:
        raise DomainError(_("Read the delivery policy and the clauses, and tick that you accept them. Then sign."))
    if sha256 != policy_digest(text):
        raise DomainError(_("The delivery policy or a clause changed since you opened this page. Read it again."))
    accepted = PolicyAcceptance.objects.create(engagement=engagement, text=text, sha256=sha256, by=by, ip=ip, at=at)
    history.record(engagement, verb="accepted_policy", by=by, at=at, note=_("Hash %(hash)s") % {"hash": sha256[:16]})
    return accepted
