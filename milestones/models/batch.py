"""Batches: what goes to the bank together, the files made of it, and what the bank answered."""

import hashlib

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core import secrets
from core.money import Money
from core.transitions import Stateful, actor_field
from milestones import states
from milestones.models.payout import Payout, Sealed
from milestones.querysets.payouts import BatchFileQuerySet, BatchLineQuerySet, BatchQuerySet
from milestones.states import BatchStatus, FileKind, LineOutcome


class PayoutBatch(Stateful):
    """One person puts approved payouts in, another confirms it. One open batch a person, so that two people who
    approve at the same time can confirm each other's."""

    MOVES = states.BATCH_MOVES
    status = models.CharField(max_length=9, choices=BatchStatus.choices, default=BatchStatus.OPEN)
    created_by = actor_field()
    created_at = models.DateTimeField()
    confirmed_by = actor_field(null=True)
    confirmed_at = models.DateTimeField(null=True)
    exported_by = actor_field(null=True)
    exported_at = models.DateTimeField(null=True)
    voided_by = actor_field(null=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="batch_status_is_known", condition=Q(status__in=BatchStatus.values)),
            models.CheckConstraint(
                name="batch_needs_two_people", condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("created_by"))
            ),
            models.CheckConstraint(
                name="batch_confirmed_iff_dated",
                condition=Q(status="open", confirmed_by=None, confirmed_at=None)
                | Q(status="voided")
                | Q(
                    status__in=("confirmed", "exported", "settled"),
                    confirmed_by__isnull=False,
                    confirmed_at__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="batch_exported_iff_dated",
                condition=Q(status__in=("exported", "settled"), exported_by__isnull=False, exported_at__isnull=False)
                | Q(status__in=("open", "confirmed", "voided"), exported_by=None, exported_at=None),
            ),
            models.UniqueConstraint(
                fields=["created_by"], condition=Q(status="open"), name="open_batch_is_one_a_person"
            ),
        ]
        indexes = [
            models.Index("status", name="batch_unsettled", condition=Q(status__in=("open", "confirmed", "exported"))),
        ]

    def __str__(self) -> str:
        return _("Batch %(n)d") % {"n": self.pk}


class BatchLine(Sealed, models.Model):
    """One payout in a batch, frozen as it was approved; only what became of it is written later. The encryption may be
    renewed under a new key; that the line still says what was approved is proved by its `seal`, at each step."""

    batch = models.ForeignKey(PayoutBatch, on_delete=models.PROTECT, related_name="lines")
    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, related_name="lines")
    payee = models.CharField(max_length=160)
    holder_cipher = models.TextField()
    form = models.CharField(max_length=5)
    bank_country = models.CharField(max_length=2)
    account_cipher = models.TextField()
    code_cipher = models.TextField(blank=True)
    account_type = models.CharField(max_length=8, blank=True)
    last4 = models.CharField(max_length=4)
    town = models.CharField(max_length=35)
    country = models.CharField(max_length=2)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    seal = models.CharField(max_length=64)
    outcome = models.CharField(max_length=9, choices=LineOutcome.choices, default=LineOutcome.LIVE)
    reason = models.CharField(max_length=300, blank=True)
    ended_at = models.DateTimeField(null=True)

    objects = BatchLineQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["payout"], condition=Q(outcome__in=("live", "paid")), name="payout_is_in_one_live_batch"
            ),
            models.CheckConstraint(name="line_outcome_is_known", condition=Q(outcome__in=LineOutcome.values)),
            models.CheckConstraint(
                name="line_ended_iff_dated",
                condition=Q(outcome="live", ended_at=None) | (~Q(outcome="live") & Q(ended_at__isnull=False)),
            ),
            models.CheckConstraint(name="line_amount_is_positive", condition=Q(amount_minor__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.payee}, {self.amount}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class BatchFile(models.Model):
    """Made once, in the transaction that exports the batch; fetched again it is the same bytes, which `sha256` proves.
    Append-only; only the encryption of the content may be renewed, under a new key."""

    batch = models.ForeignKey(PayoutBatch, on_delete=models.PROTECT, related_name="files")
    kind = models.CharField(max_length=8, choices=FileKind.choices)
    message_id = models.CharField(max_length=35, unique=True)
    name = models.CharField(max_length=80)
    content_cipher = models.TextField()
    sha256 = models.CharField(max_length=64)
    payments = models.PositiveIntegerField()
    sum_minor = models.BigIntegerField()  # the control sum
    currency = models.CharField(max_length=3)
    made_at = models.DateTimeField()

    objects = BatchFileQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "kind", "currency"], name="batch_file_is_made_once"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def content(self) -> bytes:
        """Raises ValueError when it is not what was made."""
        content = secrets.decrypt(self.content_cipher).encode()
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise ValueError(f"{self.name} is not the file that was made.")
        return content

    @property
    def sum(self) -> Money:
        return Money(self.sum_minor, self.currency)


class BankAnswer(models.Model):
    """What a bank or payment service sent back, encrypted; the same text is read once. Append-only, as files are."""

    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=8, choices=FileKind.choices)  # of the file that it answers
    content_cipher = models.TextField()
    sha256 = models.CharField(max_length=64, unique=True)
    paid = models.PositiveIntegerField()
    failed = models.PositiveIntegerField()
    by = actor_field()
    at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.name


class PaymentSetup(models.Model):
    """The account that we pay from, and the days on which we do: one row. The account is encrypted."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    name = models.CharField(_("name on the account"), max_length=70)
    iban_cipher = models.TextField()
    bic_cipher = models.TextField()
    last4 = models.CharField(max_length=4)
    street = models.CharField(max_length=70, blank=True)
    postcode = models.CharField(max_length=16, blank=True)
    town = models.CharField(max_length=35)
    country = models.CharField(max_length=2)
    weekdays = models.JSONField(default=list)  # on which batches leave, 0 = Monday
    bank_days = models.PositiveSmallIntegerField()  # working days that the bank takes
    changed_by = actor_field()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="payment_setup_is_one", condition=Q(id=1)),
            models.CheckConstraint(name="bank_takes_0_to_10_days", condition=Q(bank_days__lte=10)),
        ]

    def __str__(self) -> str:
        return str(_("Payment setup"))

    @property
    def iban(self) -> str:
        return secrets.decrypt(self.iban_cipher)

    @property
    def bic(self) -> str:
        return secrets.decrypt(self.bic_cipher)
