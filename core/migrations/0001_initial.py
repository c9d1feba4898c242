import django.db.models.deletion
from django.conf import settings
from core.first_tables import FirstTables
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        FirstTables(
            [
                migrations.CreateModel(
                    name="Heartbeat",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("job", models.CharField(max_length=40, unique=True)),
                        ("at", models.DateTimeField()),
                        ("note", models.CharField(blank=True, max_length=200)),
                    ],
                ),
                migrations.CreateModel(
                    name="Touched",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("subject_type", models.CharField(max_length=60)),
                        ("subject_id", models.BigIntegerField()),
                        ("at", models.DateTimeField()),
                    ],
                    options={
                        "verbose_name_plural": "touched",
                    },
                ),
                migrations.CreateModel(
                    name="Event",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("root_type", models.CharField(max_length=60)),
                        ("root_id", models.BigIntegerField()),
                        ("seq", models.PositiveIntegerField()),
                        ("subject_type", models.CharField(max_length=60)),
                        ("subject_id", models.BigIntegerField()),
                        ("subject_label", models.CharField(blank=True, max_length=200)),
                        ("verb", models.CharField(max_length=40)),
                        ("was", models.CharField(blank=True, max_length=30)),
                        ("became", models.CharField(blank=True, max_length=30)),
                        ("at", models.DateTimeField()),
                        ("note", models.TextField(blank=True)),
                        ("salt", models.CharField(max_length=32)),
                        ("note_digest", models.CharField(blank=True, max_length=64)),
                        ("previous", models.CharField(blank=True, max_length=64)),
                        ("digest", models.CharField(max_length=64)),
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
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("root_type", "root_id", "seq"), name="event_follows_one_event"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OutboxMail",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.CharField(max_length=200, unique=True)),
                        ("kind", models.CharField(max_length=40)),
                        ("address", models.EmailField(max_length=254)),
                        ("subject", models.CharField(max_length=250)),
                        ("text", models.TextField()),
                        ("html", models.TextField(blank=True)),
                        ("created_at", models.DateTimeField()),
                        ("not_before", models.DateTimeField()),
                        (
                            "status",
                            models.CharField(
                                choices=[("new", "New"), ("sending", "Sending"), ("sent", "Sent"), ("dead", "Gave up")],
                                default="new",
                                max_length=10,
                            ),
                        ),
                        ("lease_until", models.DateTimeField(null=True)),
                        ("attempt", models.PositiveSmallIntegerField(default=0)),
                        ("sent_at", models.DateTimeField(null=True)),
                        ("last_error", models.CharField(blank=True, max_length=300)),
                        (
                            "recipient",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                models.F("not_before"), condition=models.Q(("status", "new")), name="outbox_new"
                            ),
                            models.Index(
                                models.F("lease_until"),
                                condition=models.Q(("status", "sending")),
                                name="outbox_sending",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("status", "sent"), _negated=True),
                                    ("sent_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="sent_mail_is_dated",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StoredFile",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("storage_name", models.CharField(max_length=64, unique=True)),
                        ("name", models.CharField(max_length=200)),
                        ("content_type", models.CharField(max_length=60)),
                        ("size", models.BigIntegerField()),
                        ("sha256", models.CharField(max_length=64)),
                        ("uploaded_at", models.DateTimeField()),
                        ("attached_at", models.DateTimeField(null=True)),
                        (
                            "uploaded_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                models.F("uploaded_at"), condition=models.Q(("attached_at", None)), name="file_draft"
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("size__gt", 0)), name="file_is_not_empty")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SubmittedForm",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.CharField(max_length=64)),
                        ("digest", models.CharField(max_length=64)),
                        ("outcome", models.CharField(max_length=500)),
                        ("at", models.DateTimeField()),
                        (
                            "actor",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("actor", "key"), name="form_is_carried_out_once")
                        ],
                    },
                ),
            ]
        ),
    ]
