import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.triggers import Protect, Unprotect


class Migration(migrations.Migration):
    dependencies = [
        ("engagements", "0007_capabilities"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # SQLite remakes the table for its new column.
        Unprotect("engagements_signature"),
        migrations.AddField(
            model_name="signature",
            name="consent",
            field=models.TextField(default=""),
        ),
        migrations.CreateModel(
            name="ReadBack",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField()),
                ("text", models.TextField(max_length=10000, verbose_name="the goals in your own words")),
                ("questions", models.TextField(blank=True, max_length=5000, verbose_name="open questions")),
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
                        related_name="read_backs",
                        to="engagements.engagement",
                    ),
                ),
            ],
            options={
                "ordering": ["-number"],
            },
        ),
        migrations.CreateModel(
            name="ReadBackReply",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("is_accepted", models.BooleanField()),
                ("note", models.TextField(blank=True, max_length=5000, verbose_name="what was meant")),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "read_back",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="reply", to="engagements.readback"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PolicyAcceptance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField()),
                ("sha256", models.CharField(max_length=64)),
                ("ip", models.GenericIPAddressField(null=True)),
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
                        related_name="policy_acceptances",
                        to="engagements.engagement",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("engagement", "sha256", "by"), name="policy_text_is_accepted_once")
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="readback",
            constraint=models.UniqueConstraint(fields=("engagement", "number"), name="read_back_number_is_used_once"),
        ),
        migrations.AddConstraint(
            model_name="readbackreply",
            constraint=models.CheckConstraint(
                condition=models.Q(("is_accepted", True), models.Q(("note", ""), _negated=True), _connector="OR"),
                name="read_back_asked_again_says_what_was_meant",
            ),
        ),
        Protect(
            "engagements_signature",
            ["agreement_id", "side", "by_id", "typed_name", "consent", "sha256", "ip", "at"],
            revision=2,
        ),
        Protect("engagements_policyacceptance", ["engagement_id", "text", "sha256", "by_id", "ip", "at"]),
        Protect("engagements_readback", ["engagement_id", "number", "text", "questions", "by_id", "at"]),
        Protect("engagements_readbackreply", ["read_back_id", "is_accepted", "note", "by_id", "at"]),
    ]
