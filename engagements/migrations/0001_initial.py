import accounts.models
import django.db.models.deletion
from django.conf import settings
from core.first_tables import FirstTables
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("contractors", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        FirstTables(
            [
                migrations.CreateModel(
                    name="Amendment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("status_since", models.DateTimeField()),
                        ("number", models.PositiveSmallIntegerField()),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("proposed", "Proposed"),
                                    ("agreed", "Agreed"),
                                    ("declined", "Declined"),
                                    ("withdrawn", "Withdrawn"),
                                    ("expired", "Expired"),
                                ],
                                default="proposed",
                                max_length=9,
                            ),
                        ),
                        ("reason", models.CharField(max_length=2000)),
                        ("changes", models.JSONField()),
                        ("proposed_at", models.DateTimeField()),
                        ("expires_at", models.DateTimeField()),
                        ("agreed_at", models.DateTimeField(null=True)),
                        ("end_reason", models.CharField(blank=True, max_length=2000)),
                        (
                            "proposed_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="AmendmentText",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("canonical", models.TextField()),
                        ("html", models.TextField()),
                        ("sha256", models.CharField(max_length=64)),
                        ("previous_sha256", models.CharField(max_length=64)),
                        ("at", models.DateTimeField()),
                        (
                            "amendment",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="text",
                                to="engagements.amendment",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Capability",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
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
                    options={
                        "ordering": ["name", "pk"],
                    },
                ),
                migrations.CreateModel(
                    name="ContractTemplate",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=120, unique=True, verbose_name="name")),
                        ("created_at", models.DateTimeField()),
                        (
                            "lead",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Engagement",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("status_since", models.DateTimeField()),
                        ("title", models.CharField(max_length=160, verbose_name="title")),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("draft", "Draft"),
                                    ("offered", "Offered"),
                                    ("agreed", "Agreed"),
                                    ("active", "Active"),
                                    ("paused", "Paused"),
                                    ("completed", "Completed"),
                                    ("declined", "Declined"),
                                    ("withdrawn", "Withdrawn"),
                                    ("expired", "Expired"),
                                    ("terminated", "Terminated"),
                                ],
                                default="draft",
                                max_length=12,
                            ),
                        ),
                        ("currency", models.CharField(max_length=3, validators=[accounts.models.validate_currency])),
                        ("price_minor", models.BigIntegerField()),
                        ("starts_on", models.DateField(verbose_name="starts on")),
                        ("checkin_days", models.PositiveSmallIntegerField(default=5)),
                        ("review_days", models.PositiveSmallIntegerField(default=3)),
                        (
                            "review_end",
                            models.CharField(
                                choices=[("escalate", "Somebody else decides"), ("accept", "It counts as accepted")],
                                default="escalate",
                                max_length=8,
                            ),
                        ),
                        ("notice_days", models.PositiveSmallIntegerField(default=10)),
                        (
                            "why_outside",
                            models.CharField(blank=True, max_length=2000, verbose_name="why it is done outside"),
                        ),
                        ("created_at", models.DateTimeField()),
                        ("offered_at", models.DateTimeField(null=True)),
                        ("offer_expires_at", models.DateTimeField(null=True)),
                        ("agreed_at", models.DateTimeField(null=True)),
                        ("ended_at", models.DateTimeField(null=True)),
                        (
                            "application",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="contractors.application",
                            ),
                        ),
                        ("areas", models.ManyToManyField(related_name="+", to="engagements.capability")),
                        (
                            "comms_owner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "contractor",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="engagements",
                                to="contractors.contractor",
                            ),
                        ),
                        (
                            "cover",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "delegate",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "lead",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Delegation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "cause",
                            models.CharField(
                                choices=[("named", "named by the lead"), ("leave", "while the lead is on leave")],
                                max_length=5,
                            ),
                        ),
                        ("from_on", models.DateField()),
                        ("until_on", models.DateField()),
                        ("at", models.DateTimeField()),
                        ("ended_at", models.DateTimeField(null=True)),
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
                            "ended_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "engagement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="delegations",
                                to="engagements.engagement",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["at", "pk"],
                    },
                ),
                migrations.CreateModel(
                    name="Contact",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("side", models.CharField(choices=[("ours", "Ours"), ("theirs", "Theirs")], max_length=6)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("message", "message"),
                                    ("check_in", "check-in"),
                                    ("estimate", "estimate"),
                                    ("signature", "signature"),
                                    ("submission", "submission"),
                                    ("review", "review"),
                                    ("measurement", "measurement"),
                                ],
                                max_length=12,
                            ),
                        ),
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
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="contacts",
                                to="engagements.engagement",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="CheckIn",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("progress", models.CharField(blank=True, max_length=1000, verbose_name="progress")),
                        (
                            "confidence",
                            models.PositiveSmallIntegerField(null=True, verbose_name="confidence to hit the date"),
                        ),
                        ("blocker", models.CharField(blank=True, max_length=1000, verbose_name="in the way")),
                        (
                            "private_note",
                            models.CharField(blank=True, max_length=1000, verbose_name="private, for the comms owner"),
                        ),
                        ("nothing_new", models.BooleanField(default=False)),
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
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="checkins",
                                to="engagements.engagement",
                            ),
                        ),
                    ],
                ),
                migrations.AddField(
                    model_name="amendment",
                    name="engagement",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="amendments",
                        to="engagements.engagement",
                    ),
                ),
                migrations.CreateModel(
                    name="Agreement",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField()),
                        ("canonical", models.TextField()),
                        ("html", models.TextField()),
                        ("sha256", models.CharField(max_length=64)),
                        ("created_at", models.DateTimeField()),
                        ("voided_at", models.DateTimeField(null=True)),
                        ("void_reason", models.CharField(blank=True, max_length=2000)),
                        (
                            "voided_by",
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
                                related_name="agreements",
                                to="engagements.engagement",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="GateOverride",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("reason", models.CharField(max_length=2000)),
                        ("lacks", models.JSONField()),
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
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="overrides",
                                to="engagements.engagement",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Goal",
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
                                choices=[("measured", "a number"), ("binary", "done or not done")],
                                default="measured",
                                max_length=8,
                                verbose_name="kind",
                            ),
                        ),
                        ("metric", models.CharField(max_length=160, verbose_name="metric")),
                        ("criterion", models.TextField(blank=True, max_length=2000, verbose_name="criterion")),
                        ("unit", models.CharField(max_length=40, verbose_name="unit")),
                        ("baseline", models.CharField(max_length=30, verbose_name="baseline")),
                        (
                            "baseline_by",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("contractor", "the contractor"),
                                    ("team", "our team"),
                                    ("both", "both together"),
                                ],
                                max_length=12,
                                verbose_name="baseline measured by",
                            ),
                        ),
                        ("target", models.CharField(max_length=30, verbose_name="target")),
                        ("target_high", models.CharField(blank=True, max_length=30, verbose_name="and")),
                        (
                            "direction",
                            models.CharField(
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
                        ("method", models.TextField(max_length=2000, verbose_name="method")),
                        (
                            "measured_by",
                            models.CharField(
                                choices=[
                                    ("contractor", "the contractor"),
                                    ("team", "our team"),
                                    ("both", "both together"),
                                ],
                                max_length=12,
                                verbose_name="measured by",
                            ),
                        ),
                        ("is_transfer", models.BooleanField(default=False, verbose_name="hands knowledge over to us")),
                        ("position", models.PositiveSmallIntegerField()),
                        ("due_on", models.DateField(verbose_name="due")),
                        ("baseline_due_on", models.DateField(null=True, verbose_name="baseline measured by")),
                        (
                            "engagement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="goals",
                                to="engagements.engagement",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["position"],
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="Measurement",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("value", models.CharField(max_length=30, verbose_name="value")),
                        ("measured_on", models.DateField(verbose_name="measured on")),
                        ("evidence", models.CharField(blank=True, max_length=1000, verbose_name="how one knows")),
                        (
                            "source",
                            models.CharField(
                                choices=[
                                    ("noted", "noted on the goal"),
                                    ("handed_in", "handed in"),
                                    ("reviewed", "measured in a review"),
                                ],
                                max_length=9,
                            ),
                        ),
                        ("side", models.CharField(choices=[("ours", "Ours"), ("theirs", "Theirs")], max_length=6)),
                        ("reason", models.CharField(blank=True, max_length=1000, verbose_name="why it is corrected")),
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
                            "goal",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="measurements",
                                to="engagements.goal",
                            ),
                        ),
                        (
                            "supersedes",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="superseded_by",
                                to="engagements.measurement",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["measured_on", "pk"],
                    },
                ),
                migrations.CreateModel(
                    name="Message",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("side", models.CharField(choices=[("ours", "Ours"), ("theirs", "Theirs")], max_length=6)),
                        ("body", models.TextField(max_length=10000, verbose_name="message")),
                        ("needs_answer", models.BooleanField(default=False, verbose_name="needs an answer")),
                        ("answered_at", models.DateTimeField(null=True)),
                        ("at", models.DateTimeField()),
                        (
                            "author",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "engagement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="messages",
                                to="engagements.engagement",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Need",
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
                                choices=[("access", "access"), ("environment", "environment")], max_length=12
                            ),
                        ),
                        ("what", models.CharField(max_length=300)),
                        ("stands_at", models.DateTimeField(null=True)),
                        ("taken_back_at", models.DateTimeField(null=True)),
                        (
                            "engagement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="needs",
                                to="engagements.engagement",
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
                        (
                            "taken_back_by",
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
                    },
                ),
                migrations.CreateModel(
                    name="Objective",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("title", models.CharField(max_length=160, verbose_name="title")),
                        ("measure", models.CharField(max_length=300, verbose_name="measure")),
                        ("created_at", models.DateTimeField()),
                        ("retired_at", models.DateTimeField(null=True)),
                        (
                            "owner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="engagements.objective",
                    ),
                ),
                migrations.CreateModel(
                    name="OfferLink",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("token_digest", models.CharField(max_length=64, unique=True)),
                        ("created_at", models.DateTimeField()),
                        ("expires_at", models.DateTimeField()),
                        ("first_read_at", models.DateTimeField(null=True)),
                        ("revoked_at", models.DateTimeField(null=True)),
                        (
                            "engagement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="links",
                                to="engagements.engagement",
                            ),
                        ),
                        (
                            "invitation",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.invitation",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="OfferQuestion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "about",
                            models.CharField(
                                choices=[
                                    ("whole", "the whole offer"),
                                    ("goal", "goal"),
                                    ("milestone", "milestone"),
                                    ("clause", "clause"),
                                ],
                                max_length=9,
                            ),
                        ),
                        ("place", models.PositiveSmallIntegerField(default=0)),
                        ("label", models.CharField(blank=True, max_length=200)),
                        ("text", models.TextField(max_length=2000, verbose_name="question")),
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
                            "engagement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="offer_questions",
                                to="engagements.engagement",
                            ),
                        ),
                        (
                            "link",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="engagements.offerlink",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["at", "id"],
                    },
                ),
                migrations.CreateModel(
                    name="OfferAnswer",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("text", models.TextField(max_length=5000, verbose_name="answer")),
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
                            "question",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="answer",
                                to="engagements.offerquestion",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Pause",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("reason", models.CharField(max_length=2000)),
                        ("began_at", models.DateTimeField()),
                        ("ended_at", models.DateTimeField(null=True)),
                        (
                            "began_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "ended_by",
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
                                related_name="pauses",
                                to="engagements.engagement",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["began_at", "pk"],
                    },
                ),
                migrations.CreateModel(
                    name="PolicyAcceptance",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("text", models.TextField()),
                        ("sha256", models.CharField(max_length=64)),
                        ("ip", models.GenericIPAddressField(null=True)),
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
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="policy_acceptances",
                                to="engagements.engagement",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="ReadBack",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField()),
                        ("text", models.TextField(max_length=10000, verbose_name="the goals in your own words")),
                        ("questions", models.TextField(blank=True, max_length=5000, verbose_name="open questions")),
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
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("is_accepted", models.BooleanField()),
                        ("note", models.TextField(blank=True, max_length=5000, verbose_name="what was meant")),
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
                            "read_back",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reply",
                                to="engagements.readback",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Signature",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("side", models.CharField(choices=[("ours", "Ours"), ("theirs", "Theirs")], max_length=6)),
                        ("typed_name", models.CharField(max_length=160)),
                        ("consent", models.TextField(default="")),
                        ("sha256", models.CharField(max_length=64)),
                        ("ip", models.GenericIPAddressField(null=True)),
                        ("at", models.DateTimeField()),
                        (
                            "agreement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="signatures",
                                to="engagements.agreement",
                            ),
                        ),
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
                    name="TemplateVersion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("status_since", models.DateTimeField()),
                        ("number", models.PositiveIntegerField()),
                        (
                            "status",
                            models.CharField(
                                choices=[("draft", "Draft"), ("published", "Published"), ("retired", "Retired")],
                                default="draft",
                                max_length=10,
                            ),
                        ),
                        ("role", models.CharField(max_length=120, verbose_name="role")),
                        ("brief", models.TextField(max_length=20000, verbose_name="what it is about")),
                        ("clauses", models.TextField(blank=True, max_length=50000, verbose_name="clauses")),
                        (
                            "currency",
                            models.CharField(
                                max_length=3, validators=[accounts.models.validate_currency], verbose_name="currency"
                            ),
                        ),
                        ("price_minor", models.BigIntegerField(verbose_name="price")),
                        (
                            "checkin_days",
                            models.PositiveSmallIntegerField(default=5, verbose_name="check-in every … working days"),
                        ),
                        (
                            "review_days",
                            models.PositiveSmallIntegerField(default=3, verbose_name="review within … working days"),
                        ),
                        (
                            "review_end",
                            models.CharField(
                                choices=[("escalate", "Somebody else decides"), ("accept", "It counts as accepted")],
                                default="escalate",
                                max_length=8,
                                verbose_name="when nobody has decided by then",
                            ),
                        ),
                        ("notice_days", models.PositiveSmallIntegerField(default=10, verbose_name="notice in days")),
                        ("skills", models.JSONField(blank=True, default=list, verbose_name="skills")),
                        ("guides", models.JSONField(blank=True, default=list, verbose_name="guides")),
                        ("needs", models.JSONField(blank=True, default=list, verbose_name="needs")),
                        ("repository", models.CharField(blank=True, max_length=200, verbose_name="repository")),
                        ("branch_rule", models.CharField(blank=True, max_length=200, verbose_name="branch rule")),
                        ("version_rule", models.CharField(blank=True, max_length=200, verbose_name="version rule")),
                        ("merged_by", models.CharField(blank=True, max_length=200, verbose_name="who merges")),
                        (
                            "why_outside",
                            models.CharField(blank=True, max_length=2000, verbose_name="why it is done outside"),
                        ),
                        ("created_at", models.DateTimeField()),
                        ("published_at", models.DateTimeField(null=True)),
                        ("areas", models.ManyToManyField(related_name="+", to="engagements.capability")),
                        (
                            "created_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "published_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "template",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="versions",
                                to="engagements.contracttemplate",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="TemplateMilestone",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField()),
                        ("title", models.CharField(max_length=160, verbose_name="title")),
                        ("deliverable", models.TextField(max_length=5000, verbose_name="deliverable")),
                        ("parts", models.JSONField(blank=True, default=list, verbose_name="parts")),
                        ("share_bp", models.PositiveIntegerField(verbose_name="share of the price")),
                        ("due_after_days", models.PositiveSmallIntegerField(verbose_name="due … days after the start")),
                        (
                            "version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="milestones",
                                to="engagements.templateversion",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["position"],
                    },
                ),
                migrations.CreateModel(
                    name="TemplateGoal",
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
                                choices=[("measured", "a number"), ("binary", "done or not done")],
                                default="measured",
                                max_length=8,
                                verbose_name="kind",
                            ),
                        ),
                        ("metric", models.CharField(max_length=160, verbose_name="metric")),
                        ("criterion", models.TextField(blank=True, max_length=2000, verbose_name="criterion")),
                        ("unit", models.CharField(max_length=40, verbose_name="unit")),
                        ("baseline", models.CharField(max_length=30, verbose_name="baseline")),
                        (
                            "baseline_by",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("contractor", "the contractor"),
                                    ("team", "our team"),
                                    ("both", "both together"),
                                ],
                                max_length=12,
                                verbose_name="baseline measured by",
                            ),
                        ),
                        ("target", models.CharField(max_length=30, verbose_name="target")),
                        ("target_high", models.CharField(blank=True, max_length=30, verbose_name="and")),
                        (
                            "direction",
                            models.CharField(
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
                        ("method", models.TextField(max_length=2000, verbose_name="method")),
                        (
                            "measured_by",
                            models.CharField(
                                choices=[
                                    ("contractor", "the contractor"),
                                    ("team", "our team"),
                                    ("both", "both together"),
                                ],
                                max_length=12,
                                verbose_name="measured by",
                            ),
                        ),
                        ("is_transfer", models.BooleanField(default=False, verbose_name="hands knowledge over to us")),
                        ("position", models.PositiveSmallIntegerField()),
                        (
                            "baseline_after_days",
                            models.PositiveSmallIntegerField(
                                null=True, verbose_name="baseline measured … days after the start"
                            ),
                        ),
                        (
                            "objective",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="engagements.objective",
                            ),
                        ),
                        (
                            "milestone",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="goals",
                                to="engagements.templatemilestone",
                            ),
                        ),
                        (
                            "version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="goals",
                                to="engagements.templateversion",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["position"],
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="OpeningOrigin",
                    fields=[
                        (
                            "opening",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="+",
                                serialize=False,
                                to="contractors.opening",
                            ),
                        ),
                        (
                            "version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="engagements.templateversion",
                            ),
                        ),
                    ],
                ),
                migrations.AddField(
                    model_name="engagement",
                    name="version",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="engagements",
                        to="engagements.templateversion",
                    ),
                ),
                migrations.CreateModel(
                    name="Termination",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("side", models.CharField(choices=[("ours", "Ours"), ("theirs", "Theirs")], max_length=6)),
                        ("reason", models.CharField(max_length=2000)),
                        ("last_on", models.DateField(null=True)),
                        ("ends_at", models.DateTimeField(null=True)),
                        ("given_at", models.DateTimeField()),
                        ("agreed_at", models.DateTimeField(null=True)),
                        ("taken_back_at", models.DateTimeField(null=True)),
                        ("carried_out_at", models.DateTimeField(null=True)),
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
                            "engagement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="terminations",
                                to="engagements.engagement",
                            ),
                        ),
                        (
                            "given_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "taken_back_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["pk"],
                    },
                ),
                migrations.CreateModel(
                    name="AgreementPaper",
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
                        ("sha256", models.CharField(blank=True, max_length=64)),
                        (
                            "agreement",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="paper",
                                to="engagements.agreement",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("made_at", None)), fields=["ordered_at"], name="agreement_paper_due"
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("made_at", None), ("pdf", None), ("sha256", "")),
                                    models.Q(
                                        ("made_at__isnull", False),
                                        ("pdf__isnull", False),
                                        models.Q(("sha256", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="agreement_paper_is_made_whole",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AmendmentSignature",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("side", models.CharField(choices=[("ours", "Ours"), ("theirs", "Theirs")], max_length=6)),
                        ("typed_name", models.CharField(max_length=160)),
                        ("consent", models.TextField()),
                        ("sha256", models.CharField(max_length=64)),
                        ("ip", models.GenericIPAddressField(null=True)),
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
                            "text",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="signatures",
                                to="engagements.amendmenttext",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["at", "pk"],
                        "constraints": [
                            models.UniqueConstraint(fields=("text", "side"), name="side_signs_an_amendment_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AmendmentPaper",
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
                        ("sha256", models.CharField(blank=True, max_length=64)),
                        (
                            "text",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="paper",
                                to="engagements.amendmenttext",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("made_at", None)), fields=["ordered_at"], name="amendment_paper_due"
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("made_at", None), ("pdf", None), ("sha256", "")),
                                    models.Q(
                                        ("made_at__isnull", False),
                                        ("pdf__isnull", False),
                                        models.Q(("sha256", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="amendment_paper_is_made_whole",
                            )
                        ],
                    },
                ),
                migrations.AddConstraint(
                    model_name="capability",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("retired_at", None)), fields=("name",), name="capability_is_named_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="delegation",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("engagement",),
                        name="engagement_has_one_delegate",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="delegation",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("cause__in", ["named", "leave"])), name="delegation_cause_is_known"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="delegation",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("until_on__gte", models.F("from_on"))),
                        name="delegation_ends_after_it_begins",
                    ),
                ),
                migrations.AddIndex(
                    model_name="contact",
                    index=models.Index(fields=["engagement", "side", "-at"], name="contact_latest"),
                ),
                migrations.AddIndex(
                    model_name="checkin",
                    index=models.Index(fields=["engagement", "-at"], name="checkin_latest"),
                ),
                migrations.AddConstraint(
                    model_name="checkin",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("confidence", None), ("confidence__in", (10, 30, 50, 70, 90)), _connector="OR"
                        ),
                        name="checkin_confidence_is_a_tap",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="checkin",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("nothing_new", True), ("confidence__isnull", False), _connector="OR"),
                        name="checkin_says_something",
                    ),
                ),
                migrations.AddIndex(
                    model_name="amendment",
                    index=models.Index(
                        models.F("expires_at"), condition=models.Q(("status", "proposed")), name="amendment_ends"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="amendment",
                    constraint=models.UniqueConstraint(
                        fields=("engagement", "number"), name="amendment_number_is_used_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="amendment",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("status", "proposed")),
                        fields=("engagement",),
                        name="engagement_has_one_open_amendment",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="amendment",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("status__in", ["proposed", "agreed", "declined", "withdrawn", "expired"])),
                        name="amendment_status_is_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="amendment",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("agreed_at__isnull", False), ("status", "agreed")),
                            models.Q(models.Q(("status", "agreed"), _negated=True), ("agreed_at", None)),
                            _connector="OR",
                        ),
                        name="amendment_agreed_iff_dated",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="agreement",
                    constraint=models.UniqueConstraint(
                        fields=("engagement", "number"), name="agreement_number_is_used_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="agreement",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("voided_at", None)),
                        fields=("engagement",),
                        name="engagement_has_one_agreement",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="measurement",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("value", ""), _negated=True), name="measurement_has_a_value"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="measurement",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("supersedes", None),
                            models.Q(("supersedes", models.F("id")), _negated=True),
                            _connector="OR",
                        ),
                        name="measurement_supersedes_another",
                    ),
                ),
                migrations.AddIndex(
                    model_name="message",
                    index=models.Index(fields=["engagement", "-at"], name="message_thread"),
                ),
                migrations.AddIndex(
                    model_name="message",
                    index=models.Index(
                        models.F("engagement"),
                        condition=models.Q(("answered_at", None), ("needs_answer", True)),
                        name="message_waiting",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="need",
                    constraint=models.UniqueConstraint(fields=("engagement", "position"), name="need_has_one_place"),
                ),
                migrations.AddConstraint(
                    model_name="objective",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("retired_at", None)), fields=("title",), name="objective_is_named_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="goal",
                    constraint=models.UniqueConstraint(fields=("engagement", "position"), name="goal_has_one_place"),
                ),
                migrations.AddConstraint(
                    model_name="offerquestion",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("by", None), ("link__isnull", False)),
                            models.Q(("by__isnull", False), ("link", None)),
                            _connector="OR",
                        ),
                        name="offer_question_comes_from_a_person_or_a_link",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="offerquestion",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("about", "whole"), ("place", 0)),
                            models.Q(models.Q(("about", "whole"), _negated=True), ("place__gte", 1)),
                            _connector="OR",
                        ),
                        name="offer_question_has_a_place_unless_about_the_whole",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="pause",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("engagement",),
                        name="engagement_has_one_open_pause",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="pause",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("ended_at", None), ("ended_at__gte", models.F("began_at")), _connector="OR"
                        ),
                        name="pause_ends_after_it_began",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="policyacceptance",
                    constraint=models.UniqueConstraint(
                        fields=("engagement", "sha256", "by"), name="policy_text_is_accepted_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="readback",
                    constraint=models.UniqueConstraint(
                        fields=("engagement", "number"), name="read_back_number_is_used_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="readbackreply",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("is_accepted", True), models.Q(("note", ""), _negated=True), _connector="OR"
                        ),
                        name="read_back_asked_again_says_what_was_meant",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="signature",
                    constraint=models.UniqueConstraint(fields=("agreement", "side"), name="side_signs_once"),
                ),
                migrations.AddConstraint(
                    model_name="templateversion",
                    constraint=models.UniqueConstraint(
                        fields=("template", "number"), name="version_number_is_used_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="templateversion",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("status", "draft")), fields=("template",), name="template_has_one_draft"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="templateversion",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("price_minor__gt", 0)), name="version_price_is_positive"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="templateversion",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("checkin_days__gte", 1), ("review_days__gte", 1)),
                        name="version_days_are_positive",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="templateversion",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("review_end__in", ["escalate", "accept"])),
                        name="version_review_end_is_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="templateversion",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("published_at", None), ("status", "draft")),
                            models.Q(models.Q(("status", "draft"), _negated=True), ("published_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="version_published_iff_dated",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="templatemilestone",
                    constraint=models.UniqueConstraint(
                        fields=("version", "position"), name="template_milestone_has_one_place"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="templatemilestone",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("share_bp__gte", 1), ("share_bp__lte", 10000)), name="share_is_of_the_whole"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="templategoal",
                    constraint=models.UniqueConstraint(
                        fields=("version", "position"), name="template_goal_has_one_place"
                    ),
                ),
                migrations.AddIndex(
                    model_name="engagement",
                    index=models.Index(fields=["lead", "status"], name="engagement_of_lead"),
                ),
                migrations.AddIndex(
                    model_name="engagement",
                    index=models.Index(fields=["comms_owner", "status"], name="engagement_of_comms"),
                ),
                migrations.AddIndex(
                    model_name="engagement",
                    index=models.Index(fields=["contractor", "status"], name="engagement_of_contractor"),
                ),
                migrations.AddIndex(
                    model_name="engagement",
                    index=models.Index(fields=["-created_at", "-id"], name="engagement_newest"),
                ),
                migrations.AddIndex(
                    model_name="engagement",
                    index=models.Index(
                        models.F("offer_expires_at"),
                        condition=models.Q(("status", "offered")),
                        name="engagement_offer_ends",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="engagement",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            (
                                "status__in",
                                [
                                    "draft",
                                    "offered",
                                    "agreed",
                                    "active",
                                    "paused",
                                    "completed",
                                    "declined",
                                    "withdrawn",
                                    "expired",
                                    "terminated",
                                ],
                            )
                        ),
                        name="engagement_status_is_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="engagement",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("status__in", ("declined", "withdrawn", "expired")), _negated=True),
                        fields=("application",),
                        name="application_has_one_engagement",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="engagement",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("price_minor__gt", 0)), name="engagement_price_is_positive"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="engagement",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("review_end__in", ["escalate", "accept"])),
                        name="engagement_review_end_is_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="engagement",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("delegate", None), models.Q(("delegate", models.F("lead")), _negated=True), _connector="OR"
                        ),
                        name="engagement_delegate_is_somebody_else",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="engagement",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("status", "draft"),
                            models.Q(("offer_expires_at__isnull", False), ("offered_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="engagement_offered_is_dated",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="engagement",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("cover", None),
                            models.Q(("cover", models.F("comms_owner")), _negated=True),
                            _connector="OR",
                        ),
                        name="engagement_cover_is_somebody_else",
                    ),
                ),
                migrations.AddIndex(
                    model_name="termination",
                    index=models.Index(
                        models.F("ends_at"),
                        condition=models.Q(("carried_out_at", None), ("taken_back_at", None)),
                        name="notice_runs_out",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="termination",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("carried_out_at", None), ("taken_back_at", None)),
                        fields=("engagement",),
                        name="engagement_has_one_notice",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="termination",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ends_at", None), ("last_on", None)),
                            models.Q(("ends_at__isnull", False), ("last_on__isnull", False)),
                            _connector="OR",
                        ),
                        name="notice_for_a_day_ends_with_it",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="termination",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("carried_out_at", None),
                            ("last_on__isnull", False),
                            ("agreed_at__isnull", False),
                            _connector="OR",
                        ),
                        name="notice_at_once_is_agreed_to",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="termination",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("agreed_by", None),
                            models.Q(("agreed_by", models.F("given_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="notice_is_agreed_to_by_the_other",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="termination",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("taken_back_at", None), ("carried_out_at", None), _connector="OR"),
                        name="notice_is_taken_back_or_carried_out",
                    ),
                ),
            ]
        ),
    ]
