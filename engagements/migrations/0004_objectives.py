import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.triggers import Protect, Unprotect

GOAL_COLUMNS = [
    "version_id",
    "milestone_id",
    "metric",
    "unit",
    "baseline",
    "target",
    "direction",
    "method",
    "measured_by",
    "position",
    "kind",
    "objective_id",
    "criterion",
    "baseline_by",
    "target_high",
    "baseline_after_days",
]


class Migration(migrations.Migration):
    dependencies = [
        ("engagements", "0003_offer_again"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Unprotect("engagements_templategoal"),
        migrations.AddField(
            model_name="goal",
            name="baseline_by",
            field=models.CharField(
                blank=True,
                choices=[("contractor", "the contractor"), ("team", "our team"), ("both", "both together")],
                max_length=12,
                verbose_name="baseline measured by",
            ),
        ),
        migrations.AddField(
            model_name="goal",
            name="baseline_due_on",
            field=models.DateField(null=True, verbose_name="baseline measured by"),
        ),
        migrations.AddField(
            model_name="goal",
            name="criterion",
            field=models.TextField(blank=True, max_length=2000, verbose_name="criterion"),
        ),
        migrations.AddField(
            model_name="goal",
            name="kind",
            field=models.CharField(
                choices=[("measured", "a number"), ("binary", "done or not done")],
                default="measured",
                max_length=8,
                verbose_name="kind",
            ),
        ),
        migrations.AddField(
            model_name="goal",
            name="target_high",
            field=models.CharField(blank=True, max_length=30, verbose_name="and"),
        ),
        migrations.AddField(
            model_name="templategoal",
            name="baseline_after_days",
            field=models.PositiveSmallIntegerField(null=True, verbose_name="baseline measured … days after the start"),
        ),
        migrations.AddField(
            model_name="templategoal",
            name="baseline_by",
            field=models.CharField(
                blank=True,
                choices=[("contractor", "the contractor"), ("team", "our team"), ("both", "both together")],
                max_length=12,
                verbose_name="baseline measured by",
            ),
        ),
        migrations.AddField(
            model_name="templategoal",
            name="criterion",
            field=models.TextField(blank=True, max_length=2000, verbose_name="criterion"),
        ),
        migrations.AddField(
            model_name="templategoal",
            name="kind",
            field=models.CharField(
                choices=[("measured", "a number"), ("binary", "done or not done")],
                default="measured",
                max_length=8,
                verbose_name="kind",
            ),
        ),
        migrations.AddField(
            model_name="templategoal",
            name="target_high",
            field=models.CharField(blank=True, max_length=30, verbose_name="and"),
        ),
        migrations.AlterField(
            model_name="goal",
            name="direction",
            field=models.CharField(
                choices=[
                    ("at_least", "at least"),
                    ("at_most", "at most"),
                    ("exactly", "exactly"),
                    ("between", "between"),
                ],
                max_length=10,
                verbose_name="direction",
            ),
        ),
        migrations.AlterField(
            model_name="templategoal",
            name="direction",
            field=models.CharField(
                choices=[
                    ("at_least", "at least"),
                    ("at_most", "at most"),
                    ("exactly", "exactly"),
                    ("between", "between"),
                ],
                max_length=10,
                verbose_name="direction",
            ),
        ),
        migrations.CreateModel(
            name="GateOverride",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(max_length=2000)),
                ("lacks", models.JSONField()),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "engagement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="overrides",
                        to="engagements.engagement",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Objective",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=160, verbose_name="title")),
                ("measure", models.CharField(max_length=300, verbose_name="measure")),
                ("created_at", models.DateTimeField()),
                ("retired_at", models.DateTimeField(null=True)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["title", "pk"],
            },
        ),
        migrations.AddField(
            model_name="goal",
            name="objective",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="engagements.objective"
            ),
        ),
        migrations.AddField(
            model_name="templategoal",
            name="objective",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="engagements.objective"
            ),
        ),
        migrations.AddConstraint(
            model_name="objective",
            constraint=models.UniqueConstraint(
                condition=models.Q(("retired_at", None)), fields=("title",), name="objective_is_named_once"
            ),
        ),
        Protect(
            "engagements_templategoal",
            GOAL_COLUMNS,
            "(SELECT status FROM engagements_templateversion WHERE id = OLD.version_id) <> 'draft'",
            "(SELECT status FROM engagements_templateversion WHERE id = NEW.version_id) <> 'draft'",
            revision=2,
        ),
        Protect("engagements_gateoverride", ["engagement_id", "reason", "lacks", "by_id", "at"]),
    ]
