import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.triggers import Protect, Unprotect


class Migration(migrations.Migration):
    dependencies = [
        ("engagements", "0004_objectives"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # The guards of the plan and the goals name the version's table, which SQLite remakes.
        Unprotect("engagements_templategoal"),
        Unprotect("engagements_templatemilestone"),
        Unprotect("engagements_templateversion"),
        migrations.AddField(
            model_name="engagement",
            name="notice_days",
            field=models.PositiveSmallIntegerField(default=10),
        ),
        migrations.AddField(
            model_name="templatemilestone",
            name="parts",
            field=models.JSONField(blank=True, default=list, verbose_name="parts"),
        ),
        migrations.AddField(
            model_name="templateversion",
            name="branch_rule",
            field=models.CharField(blank=True, max_length=200, verbose_name="branch rule"),
        ),
        migrations.AddField(
            model_name="templateversion",
            name="guides",
            field=models.JSONField(blank=True, default=list, verbose_name="guides"),
        ),
        migrations.AddField(
            model_name="templateversion",
            name="merged_by",
            field=models.CharField(blank=True, max_length=200, verbose_name="who merges"),
        ),
        migrations.AddField(
            model_name="templateversion",
            name="needs",
            field=models.JSONField(blank=True, default=list, verbose_name="needs"),
        ),
        migrations.AddField(
            model_name="templateversion",
            name="notice_days",
            field=models.PositiveSmallIntegerField(default=10, verbose_name="notice in days"),
        ),
        migrations.AddField(
            model_name="templateversion",
            name="repository",
            field=models.CharField(blank=True, max_length=200, verbose_name="repository"),
        ),
        migrations.AddField(
            model_name="templateversion",
            name="skills",
            field=models.JSONField(blank=True, default=list, verbose_name="skills"),
        ),
        migrations.AddField(
            model_name="templateversion",
            name="version_rule",
            field=models.CharField(blank=True, max_length=200, verbose_name="version rule"),
        ),
        migrations.CreateModel(
            name="Need",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "kind",
                    models.CharField(choices=[("access", "access"), ("environment", "environment")], max_length=12),
                ),
                ("what", models.CharField(max_length=300)),
                ("stands_at", models.DateTimeField(null=True)),
                (
                    "engagement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="needs", to="engagements.engagement"
                    ),
                ),
                (
                    "stands_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["position"],
                "constraints": [models.UniqueConstraint(fields=("engagement", "position"), name="need_has_one_place")],
            },
        ),
        Protect(
            "engagements_templateversion",
            [
                "template_id",
                "number",
                "role",
                "brief",
                "clauses",
                "currency",
                "price_minor",
                "checkin_days",
                "review_days",
                "created_by_id",
                "created_at",
                "published_by_id",
                "published_at",
                "notice_days",
                "skills",
                "guides",
                "needs",
                "repository",
                "branch_rule",
                "version_rule",
                "merged_by",
            ],
            "OLD.status <> 'draft'",
            revision=2,
        ),
        Protect(
            "engagements_templatemilestone",
            ["version_id", "position", "title", "deliverable", "share_bp", "due_after_days", "parts"],
            "(SELECT status FROM engagements_templateversion WHERE id = OLD.version_id) <> 'draft'",
            "(SELECT status FROM engagements_templateversion WHERE id = NEW.version_id) <> 'draft'",
            revision=2,
        ),
        Protect(
            "engagements_templategoal",
            [
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
            ],
            "(SELECT status FROM engagements_templateversion WHERE id = OLD.version_id) <> 'draft'",
            "(SELECT status FROM engagements_templateversion WHERE id = NEW.version_id) <> 'draft'",
            revision=3,
        ),
    ]
