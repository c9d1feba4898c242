import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.triggers import Protect


class Migration(migrations.Migration):
    dependencies = [
        ("contractors", "0002_guards"),
        ("milestones", "0004_bank_answers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Invoice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("invoice", "Self-billed invoice"),
                            ("credit_note", "Self-billed credit note"),
                            ("receipt", "Payment receipt"),
                            ("correction", "Correction of a receipt"),
                        ],
                        max_length=12,
                    ),
                ),
                ("number", models.CharField(max_length=20, unique=True)),
                ("series", models.CharField(max_length=2)),
                ("year", models.PositiveSmallIntegerField()),
                ("place", models.PositiveIntegerField()),
                ("turn", models.PositiveSmallIntegerField()),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("issued_on", models.DateField()),
                ("canonical", models.TextField()),
                ("sha256", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "contractor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invoices",
                        to="contractors.contractor",
                    ),
                ),
                (
                    "corrects",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credits",
                        to="milestones.invoice",
                    ),
                ),
                (
                    "payout",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="invoices", to="milestones.payout"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="InvoiceCounter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("series", models.CharField(max_length=2)),
                ("year", models.PositiveSmallIntegerField()),
                ("last", models.PositiveIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("series", "year"), name="counter_is_one_a_series_and_year")
                ],
            },
        ),
        migrations.CreateModel(
            name="InvoicePaper",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ordered_at", models.DateTimeField()),
                ("made_at", models.DateTimeField(null=True)),
                ("pdf", models.BinaryField(null=True)),
                ("xml", models.BinaryField(null=True)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                (
                    "invoice",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="paper", to="milestones.invoice"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="InvoiceSetup",
            fields=[
                ("legal_name", models.CharField(max_length=160, verbose_name="legal name")),
                ("street", models.CharField(max_length=140, verbose_name="street and number")),
                ("postcode", models.CharField(blank=True, max_length=20, verbose_name="postcode")),
                ("town", models.CharField(max_length=80, verbose_name="town")),
                ("country", models.CharField(max_length=2, verbose_name="country")),
                ("vat_id", models.CharField(blank=True, max_length=20, verbose_name="VAT number")),
                ("registration", models.CharField(blank=True, max_length=40, verbose_name="company registration")),
                ("changed_at", models.DateTimeField()),
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("self_bills", models.BooleanField(default=False)),
                ("reverse_charge_note", models.CharField(max_length=300)),
                ("small_business_note", models.CharField(max_length=300)),
                ("no_tax_note", models.CharField(max_length=300)),
                (
                    "changed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TaxDetail",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("legal_name", models.CharField(max_length=160, verbose_name="legal name")),
                ("street", models.CharField(max_length=140, verbose_name="street and number")),
                ("postcode", models.CharField(blank=True, max_length=20, verbose_name="postcode")),
                ("town", models.CharField(max_length=80, verbose_name="town")),
                ("country", models.CharField(max_length=2, verbose_name="country")),
                ("vat_id", models.CharField(blank=True, max_length=20, verbose_name="VAT number")),
                ("registration", models.CharField(blank=True, max_length=40, verbose_name="company registration")),
                ("changed_at", models.DateTimeField()),
                (
                    "mode",
                    models.CharField(
                        choices=[
                            ("reverse_charge", "Reverse charge"),
                            ("small_business", "Small business, exempt"),
                            ("no_tax", "No tax applies"),
                            ("own_invoices", "Own invoices"),
                        ],
                        max_length=16,
                    ),
                ),
                ("tax_number", models.CharField(blank=True, max_length=40, verbose_name="tax number")),
                ("consent", models.TextField(blank=True)),
                ("agreed_at", models.DateTimeField(null=True)),
                (
                    "agreed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "changed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "contractor",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tax_detail",
                        to="contractors.contractor",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(fields=["year", "-id"], name="invoice_of_year"),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(fields=["contractor", "-id"], name="invoice_of_contractor"),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["invoice", "credit_note", "receipt", "correction"])),
                name="invoice_kind_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.UniqueConstraint(fields=("series", "year", "place"), name="invoice_number_is_used_once"),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("corrects", None)), fields=("payout", "turn"), name="payment_is_invoiced_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0)), name="invoice_amount_is_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("corrects", None), ("kind__in", ("invoice", "receipt"))),
                    models.Q(
                        ("corrects__isnull", False),
                        ("kind__in", ("credit_note", "correction")),
                        models.Q(("reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="credit_names_what_it_takes_back_and_why",
            ),
        ),
        migrations.AddIndex(
            model_name="invoicepaper",
            index=models.Index(condition=models.Q(("made_at", None)), fields=["ordered_at"], name="invoice_paper_due"),
        ),
        migrations.AddConstraint(
            model_name="invoicepaper",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("made_at", None), ("pdf", None), ("sha256", ""), ("xml", None)),
                    models.Q(
                        ("made_at__isnull", False), ("pdf__isnull", False), models.Q(("sha256", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="invoice_paper_is_made_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoicesetup",
            constraint=models.CheckConstraint(condition=models.Q(("id", 1)), name="invoice_setup_is_one"),
        ),
        migrations.AddConstraint(
            model_name="taxdetail",
            constraint=models.CheckConstraint(
                condition=models.Q(("mode__in", ["reverse_charge", "small_business", "no_tax", "own_invoices"])),
                name="tax_mode_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="taxdetail",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("agreed_at", None), ("agreed_by", None), ("consent", "")),
                    models.Q(
                        ("agreed_at__isnull", False),
                        ("agreed_by__isnull", False),
                        models.Q(("consent", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="self_billing_is_agreed_whole",
            ),
        ),
        Protect(
            "milestones_invoice",
            [
                "kind",
                "number",
                "series",
                "year",
                "place",
                "payout_id",
                "contractor_id",
                "turn",
                "corrects_id",
                "reason",
                "amount_minor",
                "currency",
                "issued_on",
                "canonical",
                "sha256",
                "by_id",
                "at",
            ],
            "",
            # A gap in the numbers, and more taken back than there was.
            "(NEW.place <> 1 + (SELECT COALESCE(MAX(place), 0) FROM milestones_invoice "
            "WHERE series = NEW.series AND year = NEW.year)) "
            "OR (NEW.corrects_id IS NOT NULL AND NEW.amount_minor + (SELECT COALESCE(SUM(amount_minor), 0) "
            "FROM milestones_invoice WHERE corrects_id = NEW.corrects_id) > "
            "(SELECT amount_minor FROM milestones_invoice WHERE id = NEW.corrects_id))",
        ),
        Protect(
            "milestones_invoicepaper",
            ["invoice_id", "ordered_at", "made_at", "pdf", "xml", "sha256"],
            "OLD.made_at IS NOT NULL",
        ),
    ]
