"""Invoices that we write for our contractors (self-billing), receipts where we don't, and what takes them back."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from contractors.models import Contractor
from core.money import Money
from core.transitions import actor_field
from milestones.models.payout import Payout
from milestones.querysets.invoices import InvoicePaperQuerySet, InvoiceQuerySet
from milestones.states import InvoiceKind, TaxMode


class PartyFields(models.Model):
    """A side of an invoice as it stands on it."""

    legal_name = models.CharField(_("legal name"), max_length=160)
    street = models.CharField(_("street and number"), max_length=140)
    postcode = models.CharField(_("postcode"), max_length=20, blank=True)
    town = models.CharField(_("town"), max_length=80)
    country = models.CharField(_("country"), max_length=2)
    vat_id = models.CharField(_("VAT number"), max_length=20, blank=True)
    registration = models.CharField(_("company registration"), max_length=40, blank=True)
    changed_by = actor_field()
    changed_at = models.DateTimeField()

    class Meta:
        abstract = True


class InvoiceSetup(PartyFields):
    """Our side of every invoice, whether we write invoices for contractors at all, and the sentence that each tax mode
    puts on them."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    self_bills = models.BooleanField(default=False)
    reverse_charge_note = models.CharField(max_length=300)
    small_business_note = models.CharField(max_length=300)
    no_tax_note = models.CharField(max_length=300)

    class Meta:
        constraints = [models.CheckConstraint(name="invoice_setup_is_one", condition=Q(id=1))]

    def __str__(self) -> str:
        return str(_("Our invoice details"))

    def note_of(self, mode: str) -> str:
        """The sentence that invoices of this tax mode carry."""
        notes = {
            TaxMode.REVERSE_CHARGE: self.reverse_charge_note,
            TaxMode.SMALL_BUSINESS: self.small_business_note,
            TaxMode.NO_TAX: self.no_tax_note,
        }
        return {str(key): note for key, note in notes.items()}[mode]


class TaxDetail(PartyFields):
    """What a contractor says about tax, and the consent that we write the invoices: the sentence, by whom and when."""

    contractor = models.OneToOneField(Contractor, on_delete=models.CASCADE, related_name="tax_detail")
    mode = models.CharField(max_length=16, choices=TaxMode.choices)
    tax_number = models.CharField(_("tax number"), max_length=40, blank=True)
    consent = models.TextField(blank=True)
    agreed_by = actor_field(null=True)
    agreed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="tax_mode_is_known", condition=Q(mode__in=TaxMode.values)),
            models.CheckConstraint(
                name="self_billing_is_agreed_whole",
                condition=Q(agreed_by=None, agreed_at=None, consent="")
                | (Q(agreed_by__isnull=False, agreed_at__isnull=False) & ~Q(consent="")),
            ),
        ]

    def __str__(self) -> str:
        return str(_("Tax details"))  # history names them without a number


class InvoiceCounter(models.Model):
    """The last number of one series and year. Locked by whoever draws the next, in the transaction that writes the
    invoice: one that fails takes its number back, so there is no gap."""

    series = models.CharField(max_length=2)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["series", "year"], name="counter_is_one_a_series_and_year")]

    def __str__(self) -> str:
        return f"{self.series}-{self.year}: {self.last}"


class Invoice(models.Model):
    """One document about one payout: an invoice or receipt when it is paid, a credit note or correction for what came
    back of it (`corrects`). All that stands on it is in `canonical`. Append-only; amounts are positive, also of what
    takes back. `turn` counts the payments of a payout that came back whole and was paid again."""

    kind = models.CharField(max_length=12, choices=InvoiceKind.choices)
    number = models.CharField(max_length=20, unique=True)
    series = models.CharField(max_length=2)
    year = models.PositiveSmallIntegerField()
    place = models.PositiveIntegerField()  # from 1 in its series and year, without a gap
    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, related_name="invoices")
    contractor = models.ForeignKey(Contractor, on_delete=models.PROTECT, related_name="invoices")
    turn = models.PositiveSmallIntegerField()
    corrects = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="credits")
    reason = models.CharField(max_length=300, blank=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    issued_on = models.DateField()  # in the organisation's zone
    canonical = models.TextField()
    sha256 = models.CharField(max_length=64)  # of `canonical`, UTF-8, hex
    by = actor_field(null=True)
    at = models.DateTimeField()

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="invoice_kind_is_known", condition=Q(kind__in=InvoiceKind.values)),
            models.UniqueConstraint(fields=["series", "year", "place"], name="invoice_number_is_used_once"),
            models.UniqueConstraint(
                fields=["payout", "turn"], condition=Q(corrects=None), name="payment_is_invoiced_once"
            ),
            models.CheckConstraint(name="invoice_amount_is_positive", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(
                name="credit_names_what_it_takes_back_and_why",
                condition=Q(kind__in=("invoice", "receipt"), corrects=None)
                | (Q(kind__in=("credit_note", "correction"), corrects__isnull=False) & ~Q(reason="")),
            ),
        ]
        indexes = [
            models.Index(fields=["year", "-id"], name="invoice_of_year"),
            models.Index(fields=["contractor", "-id"], name="invoice_of_contractor"),
        ]

    def __str__(self) -> str:
        return self.number

    def history_root(self) -> models.Model:
        return self.payout.milestone.engagement

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def is_credit(self) -> bool:
        return self.kind in (InvoiceKind.CREDIT_NOTE, InvoiceKind.CORRECTION)


class InvoicePaper(models.Model):
    """The one PDF of an invoice and the XML inside it: ordered with the invoice, made once afterwards, never changed.
    Receipts have no XML, and neither has an amount that EN 16931 can't say."""

    invoice = models.OneToOneField(Invoice, on_delete=models.PROTECT, related_name="paper")
    ordered_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True)
    pdf = models.BinaryField(null=True)
    xml = models.BinaryField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)  # of `pdf`, hex

    objects = InvoicePaperQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="invoice_paper_is_made_whole",
                condition=Q(made_at=None, pdf=None, xml=None, sha256="")
                | (Q(made_at__isnull=False, pdf__isnull=False) & ~Q(sha256="")),
            )
        ]
        indexes = [models.Index(fields=["ordered_at"], name="invoice_paper_due", condition=Q(made_at=None))]

    def __str__(self) -> str:
        return f"{self.invoice} · {self.sha256[:12]}"
