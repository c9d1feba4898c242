"""States of milestones, payouts and postings, and whose court a milestone is in."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from engagements.states import Court, EngagementStatus


class MilestoneStatus(models.TextChoices):
    PLANNED = "planned", _("Planned")
    ESTIMATED = "estimated", _("Estimated")
    AGREED = "agreed", _("Agreed")
    FUNDED = "funded", _("Funded")
    SUBMITTED = "submitted", _("Submitted")
    CHANGES_REQUESTED = "changes_requested", _("Changes requested")
    ACCEPTED = "accepted", _("Accepted")
    PAID = "paid", _("Paid")
    CANCELLED = "cancelled", _("Cancelled")
    DISPUTED = "disputed", _("Disputed")


_S = MilestoneStatus
MOVES: dict[str, set[str]] = {
    _S.PLANNED: {_S.ESTIMATED, _S.CANCELLED},
    # Sent back with a reason, an estimate is made anew.
    _S.ESTIMATED: {_S.ESTIMATED, _S.PLANNED, _S.AGREED, _S.CANCELLED},
    _S.AGREED: {_S.FUNDED, _S.CANCELLED},
    _S.FUNDED: {_S.SUBMITTED, _S.CANCELLED},
    _S.SUBMITTED: {_S.CHANGES_REQUESTED, _S.ACCEPTED, _S.DISPUTED},
    # Cancelled only when the contract ends before it is handed in again.
    _S.CHANGES_REQUESTED: {_S.SUBMITTED, _S.CANCELLED},
    _S.DISPUTED: {_S.SUBMITTED},
    _S.ACCEPTED: {_S.PAID},
    # The bank sent it back: owed again.
    _S.PAID: {_S.ACCEPTED},
    _S.CANCELLED: set(),
}
COURT: dict[str, str] = {
    _S.PLANNED: Court.THEIRS,
    _S.ESTIMATED: Court.OURS,
    _S.AGREED: Court.OURS,
    _S.FUNDED: Court.THEIRS,
    _S.SUBMITTED: Court.OURS,
    _S.CHANGES_REQUESTED: Court.THEIRS,
    _S.DISPUTED: Court.OURS,
    _S.ACCEPTED: Court.OURS,
    _S.PAID: Court.NOBODY,
    _S.CANCELLED: Court.NOBODY,
}
AT_WORK = (_S.FUNDED, _S.CHANGES_REQUESTED)
# From funded to accepted: the states in which one side waits for the other's work (the waiting ledger).
IN_WORK = (_S.FUNDED, _S.SUBMITTED, _S.CHANGES_REQUESTED, _S.DISPUTED)
DONE = (_S.PAID, _S.CANCELLED)
# Promised by an offer or agreement, and not funded yet.
UNFUNDED = (_S.PLANNED, _S.ESTIMATED, _S.AGREED)
PROMISING = (EngagementStatus.OFFERED, EngagementStatus.AGREED, EngagementStatus.ACTIVE, EngagementStatus.PAUSED)
ACCOUNTED = (_S.ACCEPTED, _S.PAID)  # done, and its money is owed or paid
CLOSED = (*ACCOUNTED, _S.CANCELLED)
UNDECIDED = (_S.SUBMITTED, _S.DISPUTED)
UNFINISHED = (*UNFUNDED, *AT_WORK)


class Origin(models.TextChoices):
    """How a milestone came to be. Only those of the plan carry an estimate of the contractor's own."""

    PLAN = "plan", _("of the plan")
    REST = "rest", _("what was left of another")
    HOLD_BACK = "hold_back", _("held back from another")
    BONUS = "bonus", _("a bonus")


class Happiness(models.TextChoices):
    """Answers to “happy to continue?”."""

    YES = "yes", _("Yes")
    WITH_CHANGES = "with_changes", _("With changes")
    NO = "no", _("No")


class Outcome(models.TextChoices):
    ACCEPTED = "accepted", _("Accepted")
    ACCEPTED_IN_PART = "accepted_in_part", _("Accepted in part")
    CHANGES_REQUESTED = "changes_requested", _("Changes requested")


class TaxMode(models.TextChoices):
    """What a contractor says about tax on the own work. Which one is right is between the person and a tax adviser."""

    REVERSE_CHARGE = "reverse_charge", _("Reverse charge")
    SMALL_BUSINESS = "small_business", _("Small business, exempt")
    NO_TAX = "no_tax", _("No tax applies")
    OWN_INVOICES = "own_invoices", _("Own invoices")


class InvoiceKind(models.TextChoices):
    INVOICE = "invoice", _("Self-billed invoice")
    CREDIT_NOTE = "credit_note", _("Self-billed credit note")
    RECEIPT = "receipt", _("Payment receipt")
    CORRECTION = "correction", _("Correction of a receipt")


# What each kind's numbers begin with: one series a kind and year.
SERIES: dict[str, str] = {
    InvoiceKind.INVOICE: "SB",
    InvoiceKind.CREDIT_NOTE: "SC",
    InvoiceKind.RECEIPT: "PR",
    InvoiceKind.CORRECTION: "PC",
}
# Which kind takes back which.
CREDITS: dict[str, str] = {
    InvoiceKind.INVOICE: InvoiceKind.CREDIT_NOTE,
    InvoiceKind.RECEIPT: InvoiceKind.CORRECTION,
}


class DisputeOutcome(models.TextChoices):
    """How a dispute ends."""

    ACCEPT = "accept", _("For the contractor: accepted")
    IN_PART = "in_part", _("In part")
    CHANGES = "changes", _("For the team: changes are needed")


class AppealOutcome(models.TextChoices):
    """What becomes of a row of the delivery record that was appealed."""

    COUNTS = "counts", _("The row counts")
    DOES_NOT_COUNT = "does_not_count", _("The row doesn’t count")
    CORRECTED = "corrected", _("The row is corrected")


class AccountKind(models.TextChoices):
    OUTSIDE = "outside", _("Outside")
    BUDGET = "budget", _("Budget")
    HELD = "held", _("Held")
    OWED = "owed", _("Owed")
    PAID = "paid", _("Paid")


class PostingKind(models.TextChoices):
    TOP_UP = "top_up", _("Top-up")
    RETURN = "return", _("Returned")
    FUND = "fund", _("Funded")
    RELEASE = "release", _("Released")
    REFUND = "refund", _("Refunded")
    PAY = "pay", _("Paid")
    WRITE_OFF = "write_off", _("Written off")
    BOUNCE = "bounce", _("Sent back by the bank")


# Which account each kind of posting leaves and which it reaches.
ROUTE: dict[str, tuple[str, str]] = {
    PostingKind.TOP_UP: (AccountKind.OUTSIDE, AccountKind.BUDGET),
    PostingKind.RETURN: (AccountKind.BUDGET, AccountKind.OUTSIDE),
    PostingKind.FUND: (AccountKind.BUDGET, AccountKind.HELD),
    PostingKind.RELEASE: (AccountKind.HELD, AccountKind.OWED),
    PostingKind.REFUND: (AccountKind.HELD, AccountKind.BUDGET),
    PostingKind.PAY: (AccountKind.OWED, AccountKind.PAID),
    PostingKind.WRITE_OFF: (AccountKind.OWED, AccountKind.BUDGET),
    PostingKind.BOUNCE: (AccountKind.PAID, AccountKind.OWED),
}


class PayoutStatus(models.TextChoices):
    DUE = "due", _("Due")
    APPROVED = "approved", _("Approved")
    EXPORTED = "exported", _("Sent to the bank")
    PAID = "paid", _("Paid")
    FAILED = "failed", _("Failed")
    WRITTEN_OFF = "written_off", _("Written off")


PAYOUT_MOVES: dict[str, set[str]] = {
    PayoutStatus.DUE: {PayoutStatus.APPROVED, PayoutStatus.WRITTEN_OFF},
    # Back to due: the batch was voided, or what was approved has changed since.
    PayoutStatus.APPROVED: {PayoutStatus.EXPORTED, PayoutStatus.DUE},
    PayoutStatus.EXPORTED: {PayoutStatus.PAID, PayoutStatus.FAILED},
    PayoutStatus.FAILED: {PayoutStatus.DUE, PayoutStatus.WRITTEN_OFF},
    PayoutStatus.PAID: {PayoutStatus.FAILED},
    PayoutStatus.WRITTEN_OFF: set(),
}
SETTLED = (PayoutStatus.PAID, PayoutStatus.WRITTEN_OFF)


class BatchStatus(models.TextChoices):
    OPEN = "open", _("Open")
    CONFIRMED = "confirmed", _("Confirmed")
    EXPORTED = "exported", _("In the bank")
    SETTLED = "settled", _("Settled")
    VOIDED = "voided", _("Voided")


BATCH_MOVES: dict[str, set[str]] = {
    BatchStatus.OPEN: {BatchStatus.CONFIRMED, BatchStatus.VOIDED},
    BatchStatus.CONFIRMED: {BatchStatus.EXPORTED, BatchStatus.VOIDED},
    BatchStatus.EXPORTED: {BatchStatus.SETTLED},
    BatchStatus.SETTLED: set(),
    BatchStatus.VOIDED: set(),
}


class LineOutcome(models.TextChoices):
    """What became of a payout in a batch. A payout is in one line of the first two at most."""

    LIVE = "live", _("On its way")
    PAID = "paid", _("Paid")
    FAILED = "failed", _("Refused by the bank")
    TAKEN_OUT = "taken_out", _("Taken out")


class AnswerEffect(models.TextChoices):
    """What one entry of the bank's answer does to its payout."""

    PAID = "paid", _("Paid")
    FAILED = "failed", _("Due again")
    RETURNED = "returned", _("Came back")
    NOTHING = "nothing", _("Nothing yet")
    KNOWN = "known", _("Known already")
    REFUSED = "refused", _("Set aside")


class MoneyTurn(models.TextChoices):
    """Who has to act before a payout arrives. Held: nobody, a new account is waited for."""

    PAYEE = "payee", _("The contractor")
    FINANCE = "finance", _("Finance")
    BANK = "bank", _("The bank")
    HELD = "held", _("Held")
    NOBODY = "nobody", _("Nobody")


class AccountForm(models.TextChoices):
    """How an account is written, which its country decides."""

    IBAN = "iban", _("IBAN")
    US = "us", _("Routing number and account")
    VN = "vn", _("Bank code and account")
    SWIFT = "swift", _("SWIFT code and account")


class AccountType(models.TextChoices):
    """Payment services ask for it in the United States."""

    CHECKING = "checking", _("Checking")
    SAVINGS = "savings", _("Savings")


class FileKind(models.TextChoices):
    PAIN = "pain.001", _("Bank file (SEPA)")
    CSV = "csv", _("List for a payment service")


class SizeClass(models.TextChoices):
    """Of work, by the hours that were estimated for it."""

    SMALL = "small", _("up to 16 hours")
    MEDIUM = "medium", _("up to 80 hours")
    LARGE = "large", _("up to 240 hours")
    HUGE = "huge", _("more than 240 hours")


def size_of(minutes: int | None) -> str:
    """'' for work that nobody estimated."""
    if minutes is None:
        return ""
    limits = ((16, SizeClass.SMALL), (80, SizeClass.MEDIUM), (240, SizeClass.LARGE))
    return next((size for hours, size in limits if minutes <= hours * 60), SizeClass.HUGE)
