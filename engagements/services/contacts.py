"""Signs of life. Signing in is none."""

from datetime import datetime

from accounts.models import User
from core import history
from core.use_case import use_case
from engagements.models import Contact, Engagement


@use_case
def record_contact(engagement: Engagement, *, side: str, kind: str, by: User, at: datetime) -> Contact:
    """`side` and `kind` from `states.Side` and `states.ContactKind`. Makes the clock side look at the engagement."""
    contact = Contact.objects.create(engagement=engagement, side=side, kind=kind, by=by, at=at)
    history.touch(engagement, at=at)
    return contact
