"""About invoices, receipts and what takes them back."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.states import NoticeKind
from milestones.models import Invoice
from milestones.notifications import _contractor, _tell


def credit_note_issued(note: Invoice, *, at: datetime) -> None:
    milestone = note.payout.milestone
    _tell(
        _contractor(milestone),
        milestone,
        kind=NoticeKind.MONEY,
        key=f"credited:{note.pk}",
        subject=lambda: _("%(number)s takes back %(amount)s") % {"number": note, "amount": note.amount},
        template="credit_note",
        context={"note": note},
        at=at,
        path=f"/invoices/{note.pk}/",
    )
