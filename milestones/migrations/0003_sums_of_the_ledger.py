import django.db.models.deletion
from django.db import migrations, models

from core.triggers import Protect, Unprotect

KINDS = [("outside", "Outside"), ("budget", "Budget"), ("held", "Held"), ("owed", "Owed"), ("paid", "Paid")]
POSTING = [
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
]


def account(name: str) -> models.ForeignKey:
    return models.ForeignKey(
        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name=name, to="milestones.account"
    )


class Migration(migrations.Migration):
    dependencies = [("milestones", "0002_guards")]
    operations = [
        migrations.CreateModel(
            name="LedgerMark",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("posting_id", models.BigIntegerField(default=0)),
            ],
            options={"constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="ledger_mark_is_one")]},
        ),
        migrations.CreateModel(
            name="LedgerSum",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("currency", models.CharField(max_length=3)),
                ("kind", models.CharField(choices=KINDS, max_length=8)),
                ("minor", models.BigIntegerField()),
                (
                    "budget",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sums",
                        to="milestones.budget",
                    ),
                ),
                (
                    "mark",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sums",
                        to="milestones.ledgermark",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("budget__isnull", False)),
                        fields=("budget", "kind"),
                        name="ledger_sum_is_one_a_budget_and_kind",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("budget", None)),
                        fields=("currency", "kind"),
                        name="ledger_sum_is_one_a_currency_and_kind",
                    ),
                ]
            },
        ),
        migrations.RemoveIndex(model_name="payout", name="payout_open"),
        migrations.AddIndex(
            model_name="payout",
            index=models.Index(
                models.F("due_on"),
                models.F("id"),
                condition=models.Q(("status__in", ("paid", "written_off")), _negated=True),
                name="payout_open",
            ),
        ),
        Unprotect("milestones_posting"),
        migrations.RemoveIndex(model_name="posting", name="posting_by_instant"),
        migrations.RemoveIndex(model_name="posting", name="posting_by_kind"),
        migrations.AlterField(model_name="posting", name="from_account", field=account("out_postings")),
        migrations.AlterField(model_name="posting", name="to_account", field=account("in_postings")),
        migrations.AddIndex(model_name="posting", index=models.Index(fields=["at", "id"], name="posting_by_instant")),
        migrations.AddIndex(
            model_name="posting", index=models.Index(fields=["kind", "at", "id"], name="posting_by_kind")
        ),
        migrations.AddIndex(
            model_name="posting", index=models.Index(fields=["from_account", "at", "id"], name="posting_out_of")
        ),
        migrations.AddIndex(
            model_name="posting", index=models.Index(fields=["to_account", "at", "id"], name="posting_into")
        ),
        Protect(
            "milestones_posting",
            POSTING,
            "",
            "NEW.currency <> (SELECT currency FROM milestones_account WHERE id = NEW.from_account_id)"
            " OR NEW.currency <> (SELECT currency FROM milestones_account WHERE id = NEW.to_account_id)",
            2,
        ),
    ]
