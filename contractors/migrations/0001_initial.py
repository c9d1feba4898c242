import accounts.models
import django.db.models.deletion
from django.conf import settings
from core.first_tables import FirstTables
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        FirstTables(
            [
                migrations.CreateModel(
                    name="Skill",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=80, unique=True)),
                    ],
                ),
                migrations.CreateModel(
                    name="Contractor",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(blank=True, max_length=160, verbose_name="name")),
                        ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail")),
                        ("source", models.CharField(blank=True, max_length=80, verbose_name="source")),
                        ("profile_id", models.CharField(blank=True, max_length=200)),
                        ("headline", models.CharField(blank=True, max_length=300)),
                        (
                            "zone",
                            models.CharField(
                                blank=True,
                                max_length=64,
                                validators=[accounts.models.validate_zone],
                                verbose_name="time zone",
                            ),
                        ),
                        ("country", models.CharField(blank=True, max_length=2)),
                        ("created_at", models.DateTimeField()),
                        (
                            "invitation",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="accounts.invitation",
                            ),
                        ),
                        (
                            "user",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="contractor",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "skills",
                            models.ManyToManyField(blank=True, related_name="contractors", to="contractors.skill"),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="ImportBatch",
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
                                    ("staged", "Waiting for your confirmation"),
                                    ("running", "Importing"),
                                    ("done", "Imported"),
                                    ("failed", "Stopped"),
                                    ("discarded", "Discarded"),
                                ],
                                default="staged",
                                max_length=10,
                            ),
                        ),
                        ("source", models.CharField(max_length=80)),
                        ("captured_on", models.DateField()),
                        ("file_name", models.CharField(max_length=200)),
                        ("content", models.BinaryField()),
                        ("sha256", models.CharField(max_length=64)),
                        ("mapping", models.JSONField(default=dict)),
                        ("created_at", models.DateTimeField()),
                        ("rows_total", models.PositiveIntegerField(default=0)),
                        ("rows_done", models.PositiveIntegerField(default=0)),
                        ("outcome", models.JSONField(default=dict)),
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
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="BadRow",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        ("reason", models.CharField(max_length=300)),
                        ("cells", models.JSONField()),
                        (
                            "batch",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="bad_rows",
                                to="contractors.importbatch",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["number"],
                    },
                ),
                migrations.CreateModel(
                    name="Opening",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("title", models.CharField(max_length=160, verbose_name="title")),
                        ("brief", models.TextField(max_length=20000, verbose_name="what it is about")),
                        (
                            "currency",
                            models.CharField(
                                max_length=3, validators=[accounts.models.validate_currency], verbose_name="currency"
                            ),
                        ),
                        ("token", models.CharField(max_length=40, unique=True)),
                        ("created_at", models.DateTimeField()),
                        ("published_at", models.DateTimeField(null=True)),
                        ("closed_at", models.DateTimeField(null=True)),
                        (
                            "lead",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("reviewers", models.ManyToManyField(related_name="+", to=settings.AUTH_USER_MODEL)),
                    ],
                ),
                migrations.AddField(
                    model_name="importbatch",
                    name="opening",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="imports", to="contractors.opening"
                    ),
                ),
                migrations.CreateModel(
                    name="Criterion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=120)),
                        ("weight", models.PositiveSmallIntegerField(default=1)),
                        ("position", models.PositiveSmallIntegerField()),
                        (
                            "opening",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="criteria",
                                to="contractors.opening",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["position"],
                    },
                ),
                migrations.CreateModel(
                    name="Application",
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
                                    ("received", "Received"),
                                    ("screening", "Screening"),
                                    ("review", "In review"),
                                    ("trial", "Trial"),
                                    ("offered", "Offered"),
                                    ("hired", "Hired"),
                                    ("declined", "Declined"),
                                    ("withdrawn", "Withdrawn"),
                                ],
                                default="received",
                                max_length=12,
                            ),
                        ),
                        ("asked_minor", models.BigIntegerField(null=True)),
                        ("asked_currency", models.CharField(blank=True, max_length=3)),
                        (
                            "asked_per",
                            models.CharField(
                                choices=[("whole", "for the whole contract"), ("hour", "per hour")],
                                default="whole",
                                max_length=6,
                            ),
                        ),
                        ("received_at", models.DateTimeField()),
                        ("came_by", models.CharField(blank=True, max_length=80)),
                        (
                            "contractor",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="applications",
                                to="contractors.contractor",
                            ),
                        ),
                        (
                            "opening",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="applications",
                                to="contractors.opening",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Question",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("text", models.CharField(max_length=300)),
                        ("is_required", models.BooleanField(default=True)),
                        ("position", models.PositiveSmallIntegerField()),
                        (
                            "opening",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="questions",
                                to="contractors.opening",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["position"],
                    },
                ),
                migrations.CreateModel(
                    name="Answer",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("text", models.TextField(blank=True, max_length=5000)),
                        (
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="answers",
                                to="contractors.application",
                            ),
                        ),
                        (
                            "question",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="contractors.question"
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Scorecard",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("evidence", models.TextField(max_length=5000)),
                        ("submitted_at", models.DateTimeField()),
                        (
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="scorecards",
                                to="contractors.application",
                            ),
                        ),
                        (
                            "reviewer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Mark",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("points", models.PositiveSmallIntegerField()),
                        (
                            "criterion",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="contractors.criterion",
                            ),
                        ),
                        (
                            "scorecard",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="marks",
                                to="contractors.scorecard",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="VettingDecision",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "decision",
                            models.CharField(
                                choices=[("hire", "Hire"), ("bench", "Bench"), ("decline", "Decline")], max_length=8
                            ),
                        ),
                        ("reason", models.TextField(max_length=5000)),
                        ("at", models.DateTimeField()),
                        (
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="decisions",
                                to="contractors.application",
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
                    options={
                        "ordering": ["-at"],
                    },
                ),
                migrations.CreateModel(
                    name="HireAgain",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("would", models.BooleanField()),
                        ("about", models.CharField(max_length=200)),
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
                            "contractor",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="hire_again",
                                to="contractors.contractor",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-at", "-pk"],
                        "indexes": [models.Index(fields=["contractor", "-at", "-id"], name="hire_again_latest")],
                    },
                ),
                migrations.CreateModel(
                    name="Claim",
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
                                    ("success_rate", "Job success"),
                                    ("on_time", "On time"),
                                    ("on_budget", "On budget"),
                                    ("accept_rate", "Accepts offers"),
                                    ("rehire_rate", "Hired again"),
                                    ("recommends", "Recommended by clients"),
                                    ("rating", "Rating"),
                                    ("reviews", "Reviews"),
                                    ("jobs", "Jobs"),
                                    ("hours", "Hours worked"),
                                    ("earned", "Earned"),
                                    ("rate", "Hourly rate"),
                                    ("joined", "Joined"),
                                    ("rank", "Rank or badge"),
                                    ("other", "Other"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("raw", models.CharField(max_length=200)),
                        ("value_milli", models.BigIntegerField(null=True)),
                        ("n", models.BigIntegerField(null=True)),
                        ("currency", models.CharField(blank=True, max_length=3)),
                        ("source", models.CharField(max_length=80)),
                        ("captured_on", models.DateField()),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("claimed", "Claimed"),
                                    ("verified", "Verified"),
                                    ("contradicted", "Contradicted"),
                                ],
                                default="claimed",
                                max_length=14,
                            ),
                        ),
                        ("evidence", models.CharField(blank=True, max_length=500)),
                        (
                            "contractor",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="claims",
                                to="contractors.contractor",
                            ),
                        ),
                        (
                            "batch",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="contractors.importbatch",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["kind", "-captured_on"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("contractor", "kind", "source", "captured_on", "raw"),
                                name="claim_is_stated_once",
                            )
                        ],
                    },
                ),
                migrations.AddConstraint(
                    model_name="opening",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("closed_at", None), ("published_at__isnull", False), _connector="OR"),
                        name="opening_closed_after_published",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="criterion",
                    constraint=models.UniqueConstraint(fields=("opening", "position"), name="criterion_has_one_place"),
                ),
                migrations.AddConstraint(
                    model_name="criterion",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("weight__gte", 1), ("weight__lte", 10)), name="criterion_weighs_1_to_10"
                    ),
                ),
                migrations.AddIndex(
                    model_name="application",
                    index=models.Index(fields=["opening", "status", "-received_at"], name="application_queue"),
                ),
                migrations.AddConstraint(
                    model_name="application",
                    constraint=models.UniqueConstraint(
                        fields=("opening", "contractor"), name="application_is_one_a_person"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="application",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            (
                                "status__in",
                                [
                                    "received",
                                    "screening",
                                    "review",
                                    "trial",
                                    "offered",
                                    "hired",
                                    "declined",
                                    "withdrawn",
                                ],
                            )
                        ),
                        name="application_status_is_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="application",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("asked_minor", None),
                            models.Q(("asked_minor__gte", 0), models.Q(("asked_currency", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="asked_price_has_a_currency",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="question",
                    constraint=models.UniqueConstraint(fields=("opening", "position"), name="question_has_one_place"),
                ),
                migrations.AddConstraint(
                    model_name="answer",
                    constraint=models.UniqueConstraint(
                        fields=("application", "question"), name="question_is_answered_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="scorecard",
                    constraint=models.UniqueConstraint(
                        fields=("application", "reviewer"), name="scorecard_is_one_a_reviewer"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="mark",
                    constraint=models.UniqueConstraint(
                        fields=("scorecard", "criterion"), name="criterion_is_marked_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="mark",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("points__gte", 1), ("points__lte", 5)), name="mark_is_1_to_5"
                    ),
                ),
                migrations.AddIndex(
                    model_name="contractor",
                    index=models.Index(fields=["name", "id"], name="contractor_by_name"),
                ),
                migrations.AddConstraint(
                    model_name="contractor",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("profile_id", ""), _negated=True),
                        fields=("source", "profile_id"),
                        name="contractor_is_one_profile_of_a_source",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="contractor",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("email", ""), _negated=True),
                        fields=("email",),
                        name="contractor_email_is_one_person",
                    ),
                ),
            ]
        ),
    ]
