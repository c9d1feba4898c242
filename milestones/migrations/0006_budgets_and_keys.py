import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import accounts.models
from core.triggers import Protect, Unprotect

# The row and both its accounts are kept in one currency.
MIXED = (
    "NEW.currency <> (SELECT currency FROM milestones_account WHERE id = NEW.from_account_id)"
    " OR NEW.currency <> (SELECT currency FROM milestones_account WHERE id = NEW.to_account_id)"
)


class Migration(migrations.Migration):
    dependencies = [
        ("engagements", "0005_template_depth"),
        ("milestones", "0005_split"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Unprotect("milestones_posting"),
        migrations.CreateModel(
            name="Rate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "source",
                    models.CharField(max_length=3, validators=[accounts.models.validate_currency], verbose_name="from"),
                ),
                (
                    "target",
                    models.CharField(max_length=3, validators=[accounts.models.validate_currency], verbose_name="to"),
                ),
                ("rate", models.CharField(max_length=30, verbose_name="rate")),
                ("on", models.DateField(verbose_name="of")),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={"ordering": ["-on", "-id"]},
        ),
        migrations.AddIndex(
            model_name="rate",
            index=models.Index(fields=["target", "source", "-on"], name="rate_latest"),
        ),
        migrations.AddConstraint(
            model_name="rate",
            constraint=models.CheckConstraint(
                condition=~models.Q(source=models.F("target")), name="rate_is_between_two_currencies"
            ),
        ),
        migrations.AddField(
            model_name="budget",
            name="approvers",
            field=models.ManyToManyField(related_name="+", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name="budget",
            name="limit_minor",
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="budget",
            name="objective",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="engagements.objective",
            ),
        ),
        migrations.AddField(
            model_name="budget",
            name="team",
            field=models.CharField(blank=True, max_length=120, default="", verbose_name="team"),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="budget",
            constraint=models.CheckConstraint(
                condition=models.Q(limit_minor=None) | models.Q(limit_minor__gte=0), name="budget_limit_is_no_debt"
            ),
        ),
        migrations.AddField(
            model_name="milestone",
            name="written_off_at",
            field=models.DateTimeField(null=True),
        ),
        # A name for what was posted before there were keys.
        migrations.AddField(
            model_name="posting",
            name="key",
            field=models.CharField(max_length=120, default=""),
            preserve_default=False,
        ),
        migrations.RunSQL("UPDATE milestones_posting SET key = 'posting:' || id", reverse_sql=migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="posting",
            name="key",
            field=models.CharField(max_length=120, unique=True),
        ),
        migrations.AlterField(
            model_name="posting",
            name="kind",
            field=models.CharField(
                choices=[
                    ("top_up", "Top-up"),
                    ("return", "Returned"),
                    ("fund", "Funded"),
                    ("release", "Released"),
                    ("refund", "Refunded"),
                    ("pay", "Paid"),
                    ("write_off", "Written off"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="posting",
            index=models.Index(fields=["at"], name="posting_by_instant"),
        ),
        migrations.AddConstraint(
            model_name="posting",
            constraint=models.UniqueConstraint(
                condition=models.Q(kind__in=("pay", "write_off")),
                fields=("milestone", "round"),
                name="owed_money_ends_once",
            ),
        ),
        migrations.RemoveIndex(model_name="payout", name="payout_open"),
        migrations.AlterField(
            model_name="payout",
            name="status",
            field=models.CharField(
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
        migrations.AddIndex(
            model_name="payout",
            index=models.Index("due_on", condition=~models.Q(status__in=("paid", "written_off")), name="payout_open"),
        ),
        Protect(
            "milestones_posting",
            [
                "from_account_id",
                "to_account_id",
                "amount_minor",
                "currency",
                "kind",
                "milestone_id",
                "round",
                "cause",
                "key",
                "by_id",
                "at",
            ],
            "",
            MIXED,
            revision=3,
        ),
        Protect("milestones_account", ["kind", "currency", "budget_id", "engagement_id"]),
        Protect("milestones_rate", ["source", "target", "rate", "on", "by_id", "at"]),
    ]
