import accounts.models
import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from core.first_tables import FirstTables
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("contractors", "0001_initial"),
        ("core", "0001_initial"),
        ("engagements", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        FirstTables(
            [
                migrations.CreateModel(
                    name="BankAnswer",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=120)),
                        (
                            "kind",
                            models.CharField(
                                choices=[("pain.001", "Bank file (SEPA)"), ("csv", "List for a payment service")],
                                max_length=8,
                            ),
                        ),
                        ("content_cipher", models.TextField()),
                        ("sha256", models.CharField(max_length=64, unique=True)),
                        ("paid", models.PositiveIntegerField()),
                        ("failed", models.PositiveIntegerField()),
                        ("at", models.DateTimeField()),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-pk"],
                    },
                ),
                migrations.CreateModel(
                    name="Budget",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=120, unique=True, verbose_name="name")),
                        (
                            "currency",
                            models.CharField(
                                max_length=3, validators=[accounts.models.validate_currency], verbose_name="currency"
                            ),
                        ),
                        ("team", models.CharField(blank=True, max_length=120, verbose_name="team")),
                        ("limit_minor", models.BigIntegerField(blank=True, null=True)),
                        ("created_at", models.DateTimeField()),
                        ("approvers", models.ManyToManyField(related_name="+", to=settings.AUTH_USER_MODEL)),
                        (
                            "created_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "objective",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="engagements.objective",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Account",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("outside", "Outside"),
                                    ("budget", "Budget"),
                                    ("held", "Held"),
                                    ("owed", "Owed"),
                                    ("paid", "Paid"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("currency", models.CharField(max_length=3)),
                        ("balance_minor", models.BigIntegerField(default=0)),
                        (
                            "engagement",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="accounts",
                                to="engagements.engagement",
                            ),
                        ),
                        (
                            "budget",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="accounts",
                                to="milestones.budget",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Completion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("went_well", models.TextField(blank=True, max_length=2000, verbose_name="what went well")),
                        (
                            "otherwise",
                            models.TextField(blank=True, max_length=2000, verbose_name="what we would do otherwise"),
                        ),
                        ("would_hire_again", models.BooleanField(verbose_name="would hire again")),
                        ("results", models.JSONField(default=list)),
                        ("at", models.DateTimeField()),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "engagement",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="completion",
                                to="engagements.engagement",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Dispute",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("side", models.CharField(choices=[("ours", "Ours"), ("theirs", "Theirs")], max_length=6)),
                        ("reason", models.TextField(max_length=5000, verbose_name="reason")),
                        ("parts", models.JSONField(blank=True, default=list)),
                        ("at", models.DateTimeField()),
                        ("asked_at", models.DateTimeField()),
                        ("asked_before", models.JSONField(blank=True, default=list)),
                        ("closed_at", models.DateTimeField(null=True)),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "decider",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("goals", models.ManyToManyField(related_name="+", to="engagements.goal")),
                    ],
                    options={
                        "ordering": ["at", "pk"],
                    },
                ),
                migrations.CreateModel(
                    name="DisputeDecision",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "outcome",
                            models.CharField(
                                choices=[
                                    ("accept", "For the contractor: accepted"),
                                    ("in_part", "In part"),
                                    ("changes", "For the team: changes are needed"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("note", models.TextField(max_length=10000, verbose_name="reason")),
                        ("at", models.DateTimeField()),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "dispute",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="decision",
                                to="milestones.dispute",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="DisputeStatement",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("side", models.CharField(choices=[("ours", "Ours"), ("theirs", "Theirs")], max_length=6)),
                        ("text", models.TextField(max_length=10000, verbose_name="statement")),
                        ("link", models.URLField(blank=True, max_length=500, verbose_name="link")),
                        ("at", models.DateTimeField()),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "dispute",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="statements",
                                to="milestones.dispute",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["at", "pk"],
                    },
                ),
                migrations.CreateModel(
                    name="EngagementBudget",
                    fields=[
                        (
                            "engagement",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="funding",
                                serialize=False,
                                to="engagements.engagement",
                            ),
                        ),
                        (
                            "budget",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="engagements",
                                to="milestones.budget",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="EngagementFile",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.CharField(max_length=120)),
                        ("sha256", models.CharField(max_length=64)),
                        ("at", models.DateTimeField()),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "engagement",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="file",
                                to="engagements.engagement",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Invoice",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
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
                    ],
                ),
                migrations.CreateModel(
                    name="InvoiceCounter",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
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
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("ordered_at", models.DateTimeField()),
                        ("made_at", models.DateTimeField(null=True)),
                        ("pdf", models.BinaryField(null=True)),
                        ("xml", models.BinaryField(null=True)),
                        ("sha256", models.CharField(blank=True, max_length=64)),
                        (
                            "invoice",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="paper",
                                to="milestones.invoice",
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
                        (
                            "registration",
                            models.CharField(blank=True, max_length=40, verbose_name="company registration"),
                        ),
                        ("changed_at", models.DateTimeField()),
                        ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                        ("self_bills", models.BooleanField(default=False)),
                        ("reverse_charge_note", models.CharField(max_length=300)),
                        ("small_business_note", models.CharField(max_length=300)),
                        ("no_tax_note", models.CharField(max_length=300)),
                        (
                            "changed_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Milestone",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("status_since", models.DateTimeField()),
                        ("position", models.PositiveSmallIntegerField()),
                        ("title", models.CharField(max_length=160, verbose_name="title")),
                        ("parts", models.JSONField(blank=True, default=list, verbose_name="parts")),
                        ("deliverable", models.TextField(max_length=5000, verbose_name="deliverable")),
                        ("amount_minor", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                        ("due_on", models.DateField(verbose_name="due")),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("planned", "Planned"),
                                    ("estimated", "Estimated"),
                                    ("agreed", "Agreed"),
                                    ("funded", "Funded"),
                                    ("submitted", "Submitted"),
                                    ("changes_requested", "Changes requested"),
                                    ("accepted", "Accepted"),
                                    ("paid", "Paid"),
                                    ("cancelled", "Cancelled"),
                                    ("disputed", "Disputed"),
                                ],
                                default="planned",
                                max_length=18,
                            ),
                        ),
                        ("round", models.PositiveSmallIntegerField(default=1)),
                        (
                            "origin",
                            models.CharField(
                                choices=[
                                    ("plan", "of the plan"),
                                    ("rest", "what was left of another"),
                                    ("hold_back", "held back from another"),
                                    ("bonus", "a bonus"),
                                ],
                                default="plan",
                                max_length=9,
                            ),
                        ),
                        ("reason", models.CharField(blank=True, max_length=2000)),
                        ("agreed_at", models.DateTimeField(null=True)),
                        ("funded_at", models.DateTimeField(null=True)),
                        ("submitted_at", models.DateTimeField(null=True)),
                        ("escalated_at", models.DateTimeField(null=True)),
                        ("accepted_at", models.DateTimeField(null=True)),
                        ("paid_at", models.DateTimeField(null=True)),
                        ("written_off_at", models.DateTimeField(null=True)),
                        (
                            "accepted_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "engagement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="milestones",
                                to="engagements.engagement",
                            ),
                        ),
                        (
                            "escalated_to",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "funded_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("goals", models.ManyToManyField(related_name="milestones", to="engagements.goal")),
                        (
                            "split_from",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="milestones.milestone",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["engagement_id", "position"],
                    },
                ),
                migrations.CreateModel(
                    name="Estimate",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField()),
                        ("work_minutes", models.PositiveIntegerField()),
                        ("due_on", models.DateField()),
                        ("at", models.DateTimeField()),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "milestone",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="estimates",
                                to="milestones.milestone",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-number"],
                    },
                ),
                migrations.AddField(
                    model_name="dispute",
                    name="milestone",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="disputes", to="milestones.milestone"
                    ),
                ),
                migrations.CreateModel(
                    name="DeliveryRow",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("round", models.PositiveSmallIntegerField()),
                        ("promised_on", models.DateField()),
                        ("delivered_at", models.DateTimeField()),
                        ("delivered_on", models.DateField()),
                        ("funding_wait", models.DurationField()),
                        ("our_share", models.DurationField()),
                        ("paused", models.DurationField()),
                        ("moved_to", models.DateField()),
                        ("theirs", models.DurationField()),
                        ("ours", models.DurationField()),
                        ("no_overlap", models.DurationField()),
                        ("estimated_minutes", models.PositiveIntegerField()),
                        ("at", models.DateTimeField()),
                        (
                            "contractor",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="contractors.contractor",
                            ),
                        ),
                        (
                            "milestone",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="delivery_rows",
                                to="milestones.milestone",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="OfferDraft",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("answers", models.JSONField(default=dict)),
                        ("number", models.PositiveIntegerField(default=1)),
                        ("tab", models.CharField(blank=True, max_length=32)),
                        ("created_at", models.DateTimeField()),
                        ("saved_at", models.DateTimeField()),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="PaymentSetup",
                    fields=[
                        ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                        ("name", models.CharField(max_length=70, verbose_name="name on the account")),
                        ("iban_cipher", models.TextField()),
                        ("bic_cipher", models.TextField()),
                        ("last4", models.CharField(max_length=4)),
                        ("street", models.CharField(blank=True, max_length=70)),
                        ("postcode", models.CharField(blank=True, max_length=16)),
                        ("town", models.CharField(max_length=35)),
                        ("country", models.CharField(max_length=2)),
                        ("weekdays", models.JSONField(default=list)),
                        ("bank_days", models.PositiveSmallIntegerField()),
                        ("changed_at", models.DateTimeField()),
                        (
                            "changed_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Payout",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("status_since", models.DateTimeField()),
                        ("round", models.PositiveSmallIntegerField()),
                        ("amount_minor", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                        ("due_on", models.DateField()),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("due", "Due"),
                                    ("approved", "Approved"),
                                    ("exported", "Sent to the bank"),
                                    ("paid", "Paid"),
                                    ("failed", "Failed"),
                                    ("written_off", "Written off"),
                                ],
                                default="due",
                                max_length=12,
                            ),
                        ),
                        ("approved_at", models.DateTimeField(null=True)),
                        ("seal", models.CharField(blank=True, max_length=64)),
                        ("exported_at", models.DateTimeField(null=True)),
                        ("paid_at", models.DateTimeField(null=True)),
                        ("problem", models.CharField(blank=True, max_length=300)),
                        ("failed_at", models.DateTimeField(null=True)),
                        ("late_told_on", models.DateField(null=True)),
                        (
                            "approved_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "confirmed_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "milestone",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="payouts",
                                to="milestones.milestone",
                            ),
                        ),
                        (
                            "paid_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.AddField(
                    model_name="invoice",
                    name="payout",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="invoices", to="milestones.payout"
                    ),
                ),
                migrations.CreateModel(
                    name="PayoutBatch",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("status_since", models.DateTimeField()),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("open", "Open"),
                                    ("confirmed", "Confirmed"),
                                    ("exported", "In the bank"),
                                    ("settled", "Settled"),
                                    ("voided", "Voided"),
                                ],
                                default="open",
                                max_length=9,
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                        ("confirmed_at", models.DateTimeField(null=True)),
                        ("exported_at", models.DateTimeField(null=True)),
                        (
                            "confirmed_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "created_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "exported_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "voided_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="BatchLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("payee", models.CharField(max_length=160)),
                        ("holder_cipher", models.TextField()),
                        ("form", models.CharField(max_length=5)),
                        ("bank_country", models.CharField(max_length=2)),
                        ("account_cipher", models.TextField()),
                        ("code_cipher", models.TextField(blank=True)),
                        ("account_type", models.CharField(blank=True, max_length=8)),
                        ("last4", models.CharField(max_length=4)),
                        ("town", models.CharField(max_length=35)),
                        ("country", models.CharField(max_length=2)),
                        ("amount_minor", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                        ("seal", models.CharField(max_length=64)),
                        (
                            "outcome",
                            models.CharField(
                                choices=[
                                    ("live", "On its way"),
                                    ("paid", "Paid"),
                                    ("failed", "Refused by the bank"),
                                    ("taken_out", "Taken out"),
                                ],
                                default="live",
                                max_length=9,
                            ),
                        ),
                        ("reason", models.CharField(blank=True, max_length=300)),
                        ("ended_at", models.DateTimeField(null=True)),
                        (
                            "payout",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="milestones.payout",
                            ),
                        ),
                        (
                            "batch",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="milestones.payoutbatch",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["pk"],
                    },
                ),
                migrations.CreateModel(
                    name="BatchFile",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("pain.001", "Bank file (SEPA)"), ("csv", "List for a payment service")],
                                max_length=8,
                            ),
                        ),
                        ("message_id", models.CharField(max_length=35, unique=True)),
                        ("name", models.CharField(max_length=80)),
                        ("content_cipher", models.TextField()),
                        ("sha256", models.CharField(max_length=64)),
                        ("payments", models.PositiveIntegerField()),
                        ("sum_minor", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                        ("made_at", models.DateTimeField()),
                        (
                            "batch",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="files",
                                to="milestones.payoutbatch",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["pk"],
                    },
                ),
                migrations.CreateModel(
                    name="Posting",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("amount_minor", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("top_up", "Top-up"),
                                    ("return", "Returned"),
                                    ("fund", "Funded"),
                                    ("release", "Released"),
                                    ("refund", "Refunded"),
                                    ("pay", "Paid"),
                                    ("write_off", "Written off"),
                                    ("bounce", "Sent back by the bank"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("round", models.PositiveSmallIntegerField(null=True)),
                        ("cause", models.CharField(max_length=200)),
                        ("key", models.CharField(max_length=120, unique=True)),
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
                            "from_account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="out_postings",
                                to="milestones.account",
                            ),
                        ),
                        (
                            "milestone",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="postings",
                                to="milestones.milestone",
                            ),
                        ),
                        (
                            "to_account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="in_postings",
                                to="milestones.account",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                    },
                ),
                migrations.CreateModel(
                    name="Pulse",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("side", models.CharField(choices=[("ours", "Ours"), ("theirs", "Theirs")], max_length=6)),
                        (
                            "answer",
                            models.CharField(
                                choices=[("yes", "Yes"), ("with_changes", "With changes"), ("no", "No")],
                                max_length=12,
                                verbose_name="happy to continue?",
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("talked_at", models.DateTimeField(null=True)),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "milestone",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="pulses",
                                to="milestones.milestone",
                            ),
                        ),
                        (
                            "talked_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Rate",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "source",
                            models.CharField(
                                max_length=3, validators=[accounts.models.validate_currency], verbose_name="from"
                            ),
                        ),
                        (
                            "target",
                            models.CharField(
                                max_length=3, validators=[accounts.models.validate_currency], verbose_name="to"
                            ),
                        ),
                        ("rate", models.CharField(max_length=30, verbose_name="rate")),
                        ("on", models.DateField(verbose_name="of")),
                        ("at", models.DateTimeField()),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-on", "-id"],
                    },
                ),
                migrations.CreateModel(
                    name="RecordAppeal",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("reason", models.TextField(max_length=2000, verbose_name="reason")),
                        ("at", models.DateTimeField()),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "row",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="appeals",
                                to="milestones.deliveryrow",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["at", "pk"],
                    },
                ),
                migrations.CreateModel(
                    name="AppealAnswer",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "outcome",
                            models.CharField(
                                choices=[
                                    ("counts", "The row counts"),
                                    ("does_not_count", "The row doesn’t count"),
                                    ("corrected", "The row is corrected"),
                                ],
                                max_length=14,
                            ),
                        ),
                        ("moved_to", models.DateField(null=True)),
                        ("note", models.TextField(max_length=2000)),
                        ("at", models.DateTimeField()),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "appeal",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="answer",
                                to="milestones.recordappeal",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Review",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "outcome",
                            models.CharField(
                                choices=[
                                    ("accepted", "Accepted"),
                                    ("accepted_in_part", "Accepted in part"),
                                    ("changes_requested", "Changes requested"),
                                ],
                                max_length=18,
                            ),
                        ),
                        ("note", models.TextField(blank=True, max_length=10000)),
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
                    ],
                ),
                migrations.CreateModel(
                    name="PartVerdict",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField()),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("code", "code"),
                                    ("docs", "docs"),
                                    ("environment", "environment"),
                                    ("handover", "handover"),
                                ],
                                max_length=11,
                            ),
                        ),
                        ("what", models.CharField(max_length=300)),
                        ("is_accepted", models.BooleanField()),
                        ("note", models.CharField(blank=True, max_length=1000)),
                        (
                            "review",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="parts",
                                to="milestones.review",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["position"],
                    },
                ),
                migrations.CreateModel(
                    name="GoalVerdict",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("is_met", models.BooleanField()),
                        ("value", models.CharField(blank=True, max_length=30)),
                        ("note", models.CharField(blank=True, max_length=1000)),
                        (
                            "goal",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="engagements.goal"
                            ),
                        ),
                        (
                            "review",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="verdicts",
                                to="milestones.review",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["goal__position"],
                    },
                ),
                migrations.CreateModel(
                    name="Split",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("round", models.PositiveSmallIntegerField()),
                        ("whole_minor", models.BigIntegerField()),
                        ("kept_minor", models.BigIntegerField()),
                        ("rest_minor", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                        ("at", models.DateTimeField()),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "milestone",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="splits",
                                to="milestones.milestone",
                            ),
                        ),
                        (
                            "rest",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="split",
                                to="milestones.milestone",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["round"],
                    },
                ),
                migrations.CreateModel(
                    name="StatementFile",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "file",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.storedfile"
                            ),
                        ),
                        (
                            "statement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="files",
                                to="milestones.disputestatement",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["pk"],
                    },
                ),
                migrations.CreateModel(
                    name="Submission",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField()),
                        ("note", models.TextField(max_length=10000)),
                        ("link", models.URLField(blank=True, max_length=500)),
                        ("at", models.DateTimeField()),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "milestone",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="submissions",
                                to="milestones.milestone",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-number"],
                    },
                ),
                migrations.AddField(
                    model_name="review",
                    name="submission",
                    field=models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="review", to="milestones.submission"
                    ),
                ),
                migrations.CreateModel(
                    name="Evidence",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("value", models.CharField(blank=True, max_length=30)),
                        ("note", models.CharField(blank=True, max_length=1000)),
                        (
                            "goal",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="engagements.goal"
                            ),
                        ),
                        (
                            "submission",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="evidence",
                                to="milestones.submission",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["goal__position"],
                    },
                ),
                migrations.AddField(
                    model_name="dispute",
                    name="submission",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="milestones.submission"
                    ),
                ),
                migrations.CreateModel(
                    name="DeliveredPart",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField()),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("code", "code"),
                                    ("docs", "docs"),
                                    ("environment", "environment"),
                                    ("handover", "handover"),
                                ],
                                max_length=11,
                            ),
                        ),
                        ("what", models.CharField(max_length=300)),
                        ("where", models.CharField(blank=True, max_length=1000)),
                        (
                            "submission",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="parts",
                                to="milestones.submission",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["position"],
                    },
                ),
                migrations.CreateModel(
                    name="Attachment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("part", models.PositiveSmallIntegerField(null=True)),
                        (
                            "file",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.storedfile"
                            ),
                        ),
                        (
                            "goal",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="engagements.goal",
                            ),
                        ),
                        (
                            "submission",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="attachments",
                                to="milestones.submission",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["pk"],
                    },
                ),
                migrations.CreateModel(
                    name="TaxDetail",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("legal_name", models.CharField(max_length=160, verbose_name="legal name")),
                        ("street", models.CharField(max_length=140, verbose_name="street and number")),
                        ("postcode", models.CharField(blank=True, max_length=20, verbose_name="postcode")),
                        ("town", models.CharField(max_length=80, verbose_name="town")),
                        ("country", models.CharField(max_length=2, verbose_name="country")),
                        ("vat_id", models.CharField(blank=True, max_length=20, verbose_name="VAT number")),
                        (
                            "registration",
                            models.CharField(blank=True, max_length=40, verbose_name="company registration"),
                        ),
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
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
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
                migrations.CreateModel(
                    name="BankDetail",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "form",
                            models.CharField(
                                choices=[
                                    ("iban", "IBAN"),
                                    ("us", "Routing number and account"),
                                    ("vn", "Bank code and account"),
                                    ("swift", "SWIFT code and account"),
                                ],
                                default="iban",
                                max_length=5,
                            ),
                        ),
                        ("bank_country", models.CharField(blank=True, max_length=2)),
                        ("holder_cipher", models.TextField()),
                        ("account_cipher", models.TextField()),
                        ("code_cipher", models.TextField(blank=True)),
                        (
                            "account_type",
                            models.CharField(
                                blank=True, choices=[("checking", "Checking"), ("savings", "Savings")], max_length=8
                            ),
                        ),
                        ("last4", models.CharField(max_length=4)),
                        ("mark", models.CharField(blank=True, db_index=True, max_length=64)),
                        ("town", models.CharField(blank=True, max_length=35)),
                        ("country", models.CharField(blank=True, max_length=2)),
                        ("changed_at", models.DateTimeField()),
                        ("holder_checked_at", models.DateTimeField(null=True)),
                        (
                            "changed_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "contractor",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="bank_detail",
                                to="contractors.contractor",
                            ),
                        ),
                        (
                            "holder_checked_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("holder_checked_at", None), ("holder_checked_by", None)),
                                    models.Q(
                                        ("holder_checked_at__isnull", False), ("holder_checked_by__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="holder_checked_iff_dated",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BaselineRow",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("kind_of_work", models.CharField(max_length=120)),
                        ("skills", models.JSONField(default=list)),
                        (
                            "size",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("small", "up to 16 hours"),
                                    ("medium", "up to 80 hours"),
                                    ("large", "up to 240 hours"),
                                    ("huge", "more than 240 hours"),
                                ],
                                max_length=6,
                            ),
                        ),
                        ("estimate_minutes", models.PositiveIntegerField(null=True)),
                        ("actual_minutes", models.PositiveIntegerField(null=True)),
                        ("our_minutes", models.PositiveIntegerField(null=True)),
                        ("price_minor", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                        ("at", models.DateTimeField()),
                        (
                            "engagement",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="baseline_row",
                                to="engagements.engagement",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["kind_of_work", "size"], name="baseline_by_kind")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("estimate_minutes", None), ("size", "")),
                                    models.Q(
                                        ("estimate_minutes__isnull", False), models.Q(("size", ""), _negated=True)
                                    ),
                                    _connector="OR",
                                ),
                                name="baseline_size_follows_the_estimate",
                            )
                        ],
                    },
                ),
                migrations.AddConstraint(
                    model_name="budget",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("limit_minor", None), ("limit_minor__gte", 0), _connector="OR"),
                        name="budget_limit_is_no_debt",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="account",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("kind", "outside"), ("balance_minor__gte", 0), _connector="OR"),
                        name="account_is_never_overdrawn",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="account",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("budget__isnull", False), ("engagement", None), ("kind", "budget")),
                            models.Q(
                                ("budget", None), ("engagement__isnull", False), ("kind__in", ("held", "owed", "paid"))
                            ),
                            models.Q(("budget", None), ("engagement", None), ("kind", "outside")),
                            _connector="OR",
                        ),
                        name="account_belongs_where_its_kind_says",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="account",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("kind", "outside")), fields=("currency",), name="outside_is_one_a_currency"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="account",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("kind", "budget")), fields=("budget",), name="budget_has_one_account"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="account",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("engagement__isnull", False)),
                        fields=("engagement", "kind"),
                        name="engagement_account_is_one_a_kind",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="disputedecision",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("outcome__in", ["accept", "in_part", "changes"])),
                        name="dispute_outcome_is_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="engagementfile",
                    constraint=models.UniqueConstraint(fields=("by", "key"), name="file_makes_one_engagement"),
                ),
                migrations.AddIndex(
                    model_name="invoicepaper",
                    index=models.Index(
                        condition=models.Q(("made_at", None)), fields=["ordered_at"], name="invoice_paper_due"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="invoicepaper",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("made_at", None), ("pdf", None), ("sha256", ""), ("xml", None)),
                            models.Q(
                                ("made_at__isnull", False),
                                ("pdf__isnull", False),
                                models.Q(("sha256", ""), _negated=True),
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
                migrations.AddIndex(
                    model_name="milestone",
                    index=models.Index(fields=["status", "due_on"], name="milestone_by_due"),
                ),
                migrations.AddConstraint(
                    model_name="milestone",
                    constraint=models.UniqueConstraint(
                        fields=("engagement", "position"), name="milestone_has_one_place"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="milestone",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            (
                                "status__in",
                                [
                                    "planned",
                                    "estimated",
                                    "agreed",
                                    "funded",
                                    "submitted",
                                    "changes_requested",
                                    "accepted",
                                    "paid",
                                    "cancelled",
                                    "disputed",
                                ],
                            )
                        ),
                        name="milestone_status_is_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="milestone",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("amount_minor__gt", 0)), name="milestone_amount_is_positive"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="milestone",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("accepted_at__isnull", False), ("status__in", ("accepted", "paid"))),
                            models.Q(
                                models.Q(("status__in", ("accepted", "paid")), _negated=True),
                                ("accepted_at", None),
                                ("accepted_by", None),
                            ),
                            _connector="OR",
                        ),
                        name="milestone_accepted_iff_dated",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="milestone",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("escalated_at", None), ("escalated_to", None)),
                            models.Q(("escalated_at__isnull", False), ("escalated_to__isnull", False)),
                            _connector="OR",
                        ),
                        name="milestone_escalated_iff_dated",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="milestone",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("origin__in", ("rest", "hold_back")), ("split_from__isnull", False)),
                            models.Q(("origin__in", ("plan", "bonus")), ("split_from", None)),
                            _connector="OR",
                        ),
                        name="milestone_says_what_it_was_split_from",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="estimate",
                    constraint=models.UniqueConstraint(
                        fields=("milestone", "number"), name="estimate_number_is_used_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="estimate",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("work_minutes__gte", 1)), name="estimate_is_some_work"
                    ),
                ),
                migrations.AddIndex(
                    model_name="deliveryrow",
                    index=models.Index(fields=["contractor", "at"], name="delivery_of_contractor"),
                ),
                migrations.AddConstraint(
                    model_name="deliveryrow",
                    constraint=models.UniqueConstraint(
                        fields=("milestone", "round"), name="delivery_is_reckoned_once_a_round"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="deliveryrow",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("moved_to__gte", models.F("promised_on"))),
                        name="promise_moves_forwards_only",
                    ),
                ),
                migrations.AddIndex(
                    model_name="offerdraft",
                    index=models.Index(fields=["by", "-saved_at"], name="offer_draft_of"),
                ),
                migrations.AddConstraint(
                    model_name="offerdraft",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("saved_at__gte", models.F("created_at"))),
                        name="offer_draft_is_saved_after_it_was_made",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="offerdraft",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("tab", ""), _negated=True),
                        fields=("by", "tab"),
                        name="offer_draft_is_one_a_tab",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="paymentsetup",
                    constraint=models.CheckConstraint(condition=models.Q(("id", 1)), name="payment_setup_is_one"),
                ),
                migrations.AddConstraint(
                    model_name="paymentsetup",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("bank_days__lte", 10)), name="bank_takes_0_to_10_days"
                    ),
                ),
                migrations.AddIndex(
                    model_name="payout",
                    index=models.Index(
                        models.F("due_on"),
                        condition=models.Q(("status__in", ("paid", "written_off")), _negated=True),
                        name="payout_open",
                    ),
                ),
                migrations.AddIndex(
                    model_name="payout",
                    index=models.Index(
                        condition=models.Q(("status", "paid")), fields=["-paid_at", "-id"], name="payout_paid_latest"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="payout",
                    constraint=models.UniqueConstraint(fields=("milestone", "round"), name="payout_happens_once"),
                ),
                migrations.AddConstraint(
                    model_name="payout",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("amount_minor__gt", 0)), name="payout_amount_is_positive"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="payout",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("confirmed_by", None),
                            ("approved_by", None),
                            models.Q(("confirmed_by", models.F("approved_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="payout_needs_two_people",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="payout",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("paid_at__isnull", False), ("status", "paid")),
                            models.Q(models.Q(("status", "paid"), _negated=True), ("paid_at", None)),
                            _connector="OR",
                        ),
                        name="payout_paid_iff_dated",
                    ),
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
                    constraint=models.UniqueConstraint(
                        fields=("series", "year", "place"), name="invoice_number_is_used_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="invoice",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("corrects", None)),
                        fields=("payout", "turn"),
                        name="payment_is_invoiced_once",
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
                migrations.AddConstraint(
                    model_name="payoutbatch",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("status__in", ["open", "confirmed", "exported", "settled", "voided"])),
                        name="batch_status_is_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="payoutbatch",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("confirmed_by", None),
                            models.Q(("confirmed_by", models.F("created_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="batch_needs_two_people",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="payoutbatch",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("confirmed_at", None), ("confirmed_by", None), ("status", "open")),
                            ("status", "voided"),
                            models.Q(
                                ("confirmed_at__isnull", False),
                                ("confirmed_by__isnull", False),
                                ("status__in", ("confirmed", "exported", "settled")),
                            ),
                            _connector="OR",
                        ),
                        name="batch_confirmed_iff_dated",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="payoutbatch",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("exported_at__isnull", False),
                                ("exported_by__isnull", False),
                                ("status__in", ("exported", "settled")),
                            ),
                            models.Q(
                                ("exported_at", None),
                                ("exported_by", None),
                                ("status__in", ("open", "confirmed", "voided")),
                            ),
                            _connector="OR",
                        ),
                        name="batch_exported_iff_dated",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="payoutbatch",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("status", "open")),
                        fields=("created_by",),
                        name="open_batch_is_one_a_person",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="batchline",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("outcome__in", ("live", "paid"))),
                        fields=("payout",),
                        name="payout_is_in_one_live_batch",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="batchline",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("outcome__in", ["live", "paid", "failed", "taken_out"])),
                        name="line_outcome_is_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="batchline",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at", None), ("outcome", "live")),
                            models.Q(models.Q(("outcome", "live"), _negated=True), ("ended_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="line_ended_iff_dated",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="batchline",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("amount_minor__gt", 0)), name="line_amount_is_positive"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="batchfile",
                    constraint=models.UniqueConstraint(
                        fields=("batch", "kind", "currency"), name="batch_file_is_made_once"
                    ),
                ),
                migrations.AddIndex(
                    model_name="posting",
                    index=models.Index(fields=["at"], name="posting_by_instant"),
                ),
                migrations.AddIndex(
                    model_name="posting",
                    index=models.Index(fields=["kind", "-id"], name="posting_by_kind"),
                ),
                migrations.AddConstraint(
                    model_name="posting",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("amount_minor__gt", 0)), name="posting_amount_is_positive"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="posting",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("from_account", models.F("to_account")), _negated=True),
                        name="posting_moves_money",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="posting",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("milestone__isnull", False)),
                        fields=("milestone", "round", "kind"),
                        name="posting_happens_once_a_round",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="posting",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("kind__in", ("release", "refund"))),
                        fields=("milestone", "round"),
                        name="held_money_ends_once",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="posting",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("kind__in", ("pay", "write_off"))),
                        fields=("milestone", "round"),
                        name="owed_money_ends_once",
                    ),
                ),
                migrations.AddIndex(
                    model_name="pulse",
                    index=models.Index(
                        models.F("milestone"),
                        condition=models.Q(("answer", "no"), ("talked_at", None)),
                        name="pulse_opens_a_talk",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="pulse",
                    constraint=models.UniqueConstraint(fields=("milestone", "side"), name="side_is_asked_once"),
                ),
                migrations.AddConstraint(
                    model_name="pulse",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("talked_at", None), ("talked_by", None)),
                            models.Q(("talked_at__isnull", False), ("talked_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="talk_is_dated_by_somebody",
                    ),
                ),
                migrations.AddIndex(
                    model_name="rate",
                    index=models.Index(fields=["target", "source", "-on"], name="rate_latest"),
                ),
                migrations.AddConstraint(
                    model_name="rate",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("source", models.F("target")), _negated=True),
                        name="rate_is_between_two_currencies",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="appealanswer",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("moved_to__isnull", False), ("outcome", "corrected")),
                            models.Q(models.Q(("outcome", "corrected"), _negated=True), ("moved_to", None)),
                            _connector="OR",
                        ),
                        name="appeal_is_corrected_iff_dated",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="partverdict",
                    constraint=models.UniqueConstraint(fields=("review", "position"), name="part_is_judged_once"),
                ),
                migrations.AddConstraint(
                    model_name="goalverdict",
                    constraint=models.UniqueConstraint(fields=("review", "goal"), name="goal_is_judged_once"),
                ),
                migrations.AddConstraint(
                    model_name="split",
                    constraint=models.UniqueConstraint(fields=("milestone", "round"), name="round_is_split_once"),
                ),
                migrations.AddConstraint(
                    model_name="split",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("kept_minor__gt", 0),
                            ("rest_minor__gt", 0),
                            (
                                "whole_minor",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("kept_minor"), "+", models.F("rest_minor")
                                ),
                            ),
                        ),
                        name="split_sums_to_the_whole",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="statementfile",
                    constraint=models.UniqueConstraint(
                        fields=("statement", "file"), name="file_shows_a_statement_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="submission",
                    constraint=models.UniqueConstraint(
                        fields=("milestone", "number"), name="submission_number_is_used_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="evidence",
                    constraint=models.UniqueConstraint(fields=("submission", "goal"), name="goal_is_evidenced_once"),
                ),
                migrations.AddConstraint(
                    model_name="dispute",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("closed_at", None)),
                        fields=("milestone",),
                        name="milestone_has_one_open_dispute",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="deliveredpart",
                    constraint=models.UniqueConstraint(
                        fields=("submission", "position"), name="part_is_delivered_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="attachment",
                    constraint=models.UniqueConstraint(fields=("submission", "file"), name="file_is_attached_once"),
                ),
                migrations.AddConstraint(
                    model_name="attachment",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("goal", None), ("part", None), _connector="OR"),
                        name="attachment_is_for_one_thing",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="taxdetail",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("mode__in", ["reverse_charge", "small_business", "no_tax", "own_invoices"])
                        ),
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
            ]
        ),
    ]
