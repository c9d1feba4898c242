"""What is to be paid to whom."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from contractors.models import Contractor
from core import secrets
from core.money import Money
from core.transitions import Stateful, actor_field
from milestones import states
from milestones.models.milestone import Milestone
from milestones.querysets import PayoutQuerySet
from milestones.states import PayoutStatus


class BankDetail(models.Model):
    """Where a contractor is paid: encrypted, shown by its last four characters only."""

    contractor = models.OneToOneField(Contractor, on_delete=models.CASCADE, related_name="bank_detail")
    holder_cipher = models.TextField()
    iban_cipher = models.TextField()
    last4 = models.CharField(max_length=4)
    changed_by = actor_field()
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(_("Bank details"))  # history names them without a digit

    @property
    def holder(self) -> str:
        return secrets.decrypt(self.holder_cipher)

    @property
    def iban(self) -> str:
        return secrets.decrypt(self.iban_cipher)


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
    exported_by = actor_field(null=True)
    exported_at = models.DateTimeField(null=True)
    bank_reference = models.CharField(_("bank reference"), max_length=70, blank=True)
    paid_by = actor_field(null=True)
    paid_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, blank=True)  # why the bank refused it

    objects = PayoutQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["milestone", "round"], name="payout_happens_once"),
            models.CheckConstraint(name="payout_amount_is_positive", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(
                name="payout_needs_two_people",
                condition=Q(exported_by=None) | Q(approved_by=None) | ~Q(exported_by=F("approved_by")),
            ),
            models.CheckConstraint(
                name="payout_paid_iff_dated",
                condition=Q(status="paid", paid_at__isnull=False) | (~Q(status="paid") & Q(paid_at=None)),
            ),
        ]
        indexes = [models.Index("due_on", name="payout_open", condition=~Q(status__in=("paid", "written_off")))]

    def __str__(self) -> str:
        return _("Payout for %(milestone)s") % {"milestone": self.milestone}

    def history_root(self) -> models.Model:
        return self.milestone.engagement

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)
