import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.triggers import Protect, Unprotect

OF_DRAFT = "(SELECT status FROM engagements_templateversion WHERE id = OLD.{0}) <> 'draft'"
TO_DRAFT = "(SELECT status FROM engagements_templateversion WHERE id = NEW.{0}) <> 'draft'"


class Migration(migrations.Migration):
    dependencies = [
        ("engagements", "0006_pauses"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # The guards of the plan and the goals name the version's table, which SQLite remakes.
        Unprotect("engagements_templategoal"),
        Unprotect("engagements_templatemilestone"),
        Unprotect("engagements_templateversion"),
        migrations.CreateModel(
            name="Capability",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("is_core", models.BooleanField(default=False, verbose_name="core")),
                ("created_at", models.DateTimeField()),
                ("retired_at", models.DateTimeField(null=True)),
                ("inside_authors", models.ManyToManyField(related_name="+", to=settings.AUTH_USER_MODEL)),
                (
                    "inside_owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"ordering": ["name", "pk"]},
        ),
        migrations.AddConstraint(
            model_name="capability",
            constraint=models.UniqueConstraint(
                condition=models.Q(("retired_at", None)), fields=("name",), name="capability_is_named_once"
            ),
        ),
        migrations.AddField(
            model_name="engagement",
            name="why_outside",
            field=models.CharField(blank=True, default="", max_length=2000, verbose_name="why it is done outside"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="goal",
            name="is_transfer",
            field=models.BooleanField(default=False, verbose_name="hands knowledge over to us"),
        ),
        migrations.AddField(
            model_name="templategoal",
            name="is_transfer",
            field=models.BooleanField(default=False, verbose_name="hands knowledge over to us"),
        ),
        migrations.AddField(
            model_name="templateversion",
            name="why_outside",
            field=models.CharField(blank=True, default="", max_length=2000, verbose_name="why it is done outside"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="engagement",
            name="areas",
            field=models.ManyToManyField(related_name="+", to="engagements.capability"),
        ),
        migrations.AddField(
            model_name="templateversion",
            name="areas",
            field=models.ManyToManyField(related_name="+", to="engagements.capability"),
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
                "why_outside",
            ],
            "OLD.status <> 'draft'",
            revision=3,
        ),
        Protect(
            "engagements_templatemilestone",
            ["version_id", "position", "title", "deliverable", "share_bp", "due_after_days", "parts"],
            OF_DRAFT.format("version_id"),
            TO_DRAFT.format("version_id"),
            revision=3,
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
                "is_transfer",
            ],
            OF_DRAFT.format("version_id"),
            TO_DRAFT.format("version_id"),
            revision=4,
        ),
        Protect(
            "engagements_templateversion_areas",
            ["templateversion_id", "capability_id"],
            OF_DRAFT.format("templateversion_id"),
            TO_DRAFT.format("templateversion_id"),
        ),
    ]
