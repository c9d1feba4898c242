"""Mail about where a contractor is paid, and about payments that are late."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from accounts.queries import calendar_of
from accounts.states import NoticeKind, Role
from contractors.models import Contractor
from core import outbox, working_time
from milestones.models import BankDetail, Payout
from milestones.notifications import _tell


def payout_late(payout: Payout, *, is_in_bank: bool, at: datetime) -> None:
    """To the lead, who gave the contractor the word, and to finance; in each one's own working hours."""
    milestone = payout.milestone
    people = {person.pk: person for person in User.objects.active().with_role(Role.FINANCE)}
    lead = milestone.engagement.lead
    for person in {**people, lead.pk: lead}.values():
        _tell(
            person,
            milestone,
            kind=NoticeKind.MONEY,
            key=f"late:{payout.pk}:{payout.due_on}",
            subject=lambda: _("“%(what)s” should have been paid by now") % {"what": milestone},
            template="payout_late",
            context={"payout": payout, "is_in_bank": is_in_bank},
            at=at,
            not_before=working_time.next_start(at, calendar_of(person)),
        )


def bank_detail_wanted(contractor: Contractor, *, problem: str, by: User, at: datetime) -> None:
    """What is wrong with the details, and where to put it right; once a day."""
    to = contractor.user
    if to is None:
        return
    with override(to.language):
        outbox.enqueue(
            key=f"bank-wanted:{contractor.pk}:{at.date()}",
            kind="bank",
            to=to,
            subject=_("Your bank details need a look before we can pay you"),
            template="bank_wanted",
            context={"problem": problem, "by": by},
            at=at,
        )


def bank_detail_changed(detail: BankDetail, *, is_new: bool, before: str, at: datetime) -> None:
    """Can't be turned down: it is how the owner of an account notices that somebody else is in it. `before` is the
    address of whoever entered the details that were replaced; it and the contractor's own hear of it too."""
    to = detail.contractor.user
    if to is None:
        return
    others = {address.lower(): address for address in (before, detail.contractor.email) if address}
    others.pop(to.email.lower(), None)
    with override(to.language):
        for address in ("", *others.values()):
            outbox.enqueue(
                key=f"bank:{detail.pk}:{at.isoformat()}:{address}"[:200],
                kind="bank",
                to=None if address else to,
                address=address,
                subject=_("Your bank details were saved") if is_new else _("Your bank details were changed"),
                template="bank_changed",
                context={"detail": detail, "is_new": is_new, "name": to.first_name},
                at=at,
            )
