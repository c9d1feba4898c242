import django.db.models.deletion
from django.conf import settings
from core.first_tables import FirstTables
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("engagements", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        FirstTables(
            [
                migrations.CreateModel(
                    name="CalendarFeed",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("token_digest", models.CharField(max_length=64, unique=True)),
                        ("made_at", models.DateTimeField()),
                        (
                            "user",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="calendar_feed",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="PlannedNotice",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "rule",
                            models.CharField(
                                choices=[
                                    ("due_soon", "a milestone is due soon"),
                                    ("overdue", "a milestone is late"),
                                    ("review_soon", "a review window ends in three working days"),
                                    ("review_waiting", "a review window ends on the next working day"),
                                    ("review_end", "a review window ends"),
                                    ("dispute_soon", "a dispute is to be decided on the next working day"),
                                    ("dispute_end", "a dispute was to be decided"),
                                    ("stand_in", "the cover reviews while the lead is on leave"),
                                    ("stand_in_end", "the lead reviews again"),
                                    ("offer_expires", "an offer is about to expire"),
                                    ("baseline_due", "a goal has no baseline yet"),
                                    ("countersign", "a signature waits for ours"),
                                    ("amendment_ends", "an amendment is about to end"),
                                    ("amendment_signed", "a signed amendment waits for ours"),
                                    ("quiet", "a side went quiet"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("subject_id", models.BigIntegerField()),
                        ("about_on", models.DateField()),
                        ("fire_at", models.DateTimeField()),
                        ("fired_at", models.DateTimeField(null=True)),
                        (
                            "engagement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="planned_notices",
                                to="engagements.engagement",
                            ),
                        ),
                        (
                            "recipient",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(models.F("fire_at"), condition=models.Q(("fired_at", None)), name="notice_due")
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("rule", "subject_id", "recipient", "about_on"), name="notice_is_planned_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Presence",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("status_since", models.DateTimeField()),
                        ("side", models.CharField(choices=[("ours", "Ours"), ("theirs", "Theirs")], max_length=6)),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("in_touch", "In touch"),
                                    ("nudged", "Nudged"),
                                    ("quiet", "Quiet"),
                                    ("escalated", "Escalated"),
                                    ("waiting_on_other", "Waiting on the other side"),
                                ],
                                default="waiting_on_other",
                                max_length=18,
                            ),
                        ),
                        ("waiting_since", models.DateTimeField(null=True)),
                        ("last_contact_at", models.DateTimeField(null=True)),
                        ("quiet_at", models.DateTimeField(null=True)),
                        (
                            "engagement",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="presences",
                                to="engagements.engagement",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                models.F("quiet_at"),
                                condition=models.Q(("status__in", ("in_touch", "nudged"))),
                                name="presence_falls_quiet",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("engagement", "side"), name="presence_is_one_a_side")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="QuietFlag",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("side", models.CharField(choices=[("ours", "Ours"), ("theirs", "Theirs")], max_length=6)),
                        ("silent_since", models.DateTimeField()),
                        ("raised_at", models.DateTimeField()),
                        ("cleared_at", models.DateTimeField(null=True)),
                        (
                            "cleared_by",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="engagements.contact",
                            ),
                        ),
                        (
                            "engagement",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="flags",
                                to="engagements.engagement",
                            ),
                        ),
                        (
                            "told",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                models.F("raised_at"), condition=models.Q(("cleared_at", None)), name="flag_open"
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("cleared_at", None)),
                                fields=("engagement", "side"),
                                name="flag_is_one_open_a_side",
                            )
                        ],
                    },
                ),
            ]
        ),
    ]
