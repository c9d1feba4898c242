"""What is to be paid to whom."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from contractors.models import Contractor
from core import secrets
from core.money import Money
from core.transitions import Stateful, actor_field
from milestones import states
from milestones.models.milestone import Milestone
from milestones.querysets.payouts import BankDetailQuerySet, PayoutQuerySet
from milestones.states import AccountForm, AccountType, PayoutStatus


class Sealed:
    """An account that is read only where it is needed: the columns are encrypted."""

    holder_cipher: Any
    account_cipher: Any
    code_cipher: Any

    @property
    def holder(self) -> str:
        return secrets.decrypt(self.holder_cipher)

    @property
    def account(self) -> str:
        return secrets.decrypt(self.account_cipher)

    @property
    def code(self) -> str:
        return secrets.decrypt(self.code_cipher)


class BankDetail(Sealed, models.Model):
    """Where a contractor is paid: encrypted, shown by its last four characters only. `mark` is a keyed digest of the
    account (core.secrets.fingerprint), so that two people with one account are noticed."""

    contractor = models.OneToOneField(Contractor, on_delete=models.CASCADE, related_name="bank_detail")
    form = models.CharField(max_length=5, choices=AccountForm.choices, default=AccountForm.IBAN)
    bank_country = models.CharField(max_length=2, blank=True)
    holder_cipher = models.TextField()
    account_cipher = models.TextField()  # IBAN or account number
    code_cipher = models.TextField(blank=True)  # BIC, routing number or bank code, as the form asks
    account_type = models.CharField(max_length=8, choices=AccountType.choices, blank=True)
    last4 = models.CharField(max_length=4)
    mark = models.CharField(max_length=64, blank=True, db_index=True)
    town = models.CharField(max_length=35, blank=True)  # of the holder; ISO 20022 wants town and country at least
    country = models.CharField(max_length=2, blank=True)
    changed_by = actor_field()
    changed_at = models.DateTimeField()
    holder_checked_by = actor_field(null=True)
    holder_checked_at = models.DateTimeField(null=True)

    objects = BankDetailQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="holder_checked_iff_dated",
                condition=Q(holder_checked_by=None, holder_checked_at=None)
                | Q(holder_checked_by__isnull=False, holder_checked_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return str(_("Bank details"))  # history names them without a digit


class Payout(Stateful):
    """One accepted milestone's money on its way to the contractor; made once a round."""

    MOVES = states.PAYOUT_MOVES
    milestone = models.ForeignKey(Milestone, on_delete=models.PROTECT, related_name="payouts")
    round = models.PositiveSmallIntegerField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    due_on = models.DateField()
    status = models.CharField(max_length=12, choices=PayoutStatus.choices, default=PayoutStatus.DUE)
    approved_by = actor_field(null=True)
    approved_at = models.DateTimeField(null=True)
    seal = models.CharField(max_length=64, blank=True)  # of what was approved: payee, account, amount, currency
    confirmed_by = actor_field(null=True)  # the second person, who confirmed its batch
    exported_at = models.DateTimeField(null=True)
    paid_by = actor_field(null=True)
    paid_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, blank=True)  # why the bank refused it the last time
    failed_at = models.DateTimeField(null=True)  # and when
    late_told_on = models.DateField(null=True)  # the promise whose passing our side was told of

    objects = PayoutQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["milestone", "round"], name="payout_happens_once"),
            models.CheckConstraint(name="payout_amount_is_positive", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(
                name="payout_needs_two_people",
                condition=Q(confirmed_by=None) | Q(approved_by=None) | ~Q(confirmed_by=F("approved_by")),
            ),
            models.CheckConstraint(
                name="payout_paid_iff_dated",
                condition=Q(status="paid", paid_at__isnull=False) | (~Q(status="paid") & Q(paid_at=None)),
            ),
        ]
        indexes = [
            models.Index("due_on", "id", name="payout_open", condition=~Q(status__in=("paid", "written_off"))),
            models.Index("currency", "amount_minor", name="payout_due_sums", condition=Q(status="due")),
            models.Index(
                "due_on",
                name="payout_untold",
                condition=~Q(status__in=("paid", "written_off"))
                & (Q(late_told_on=None) | ~Q(late_told_on=F("due_on"))),
            ),
            models.Index(fields=["-paid_at", "-id"], name="payout_paid_latest", condition=Q(status="paid")),
        ]

    def __str__(self) -> str:
        return _("Payout for %(milestone)s") % {"milestone": self.milestone}

    def history_root(self) -> models.Model:
        return self.milestone.engagement

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def end_to_end(self) -> str:
        """What the bank knows it by: a function of the row, the same in every file (promises D3, D6)."""
        return f"DUCK-{self.pk:09d}"
