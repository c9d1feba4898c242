import accounts.models
import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from core.first_tables import FirstTables
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        FirstTables(
            [
                migrations.CreateModel(
                    name="User",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("password", models.CharField(max_length=128, verbose_name="password")),
                        ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                        ("email", models.EmailField(max_length=254, unique=True, verbose_name="e-mail")),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("lead", "Team lead"),
                                    ("member", "Member"),
                                    ("admin", "Admin"),
                                    ("finance", "Finance"),
                                    ("contractor", "Contractor"),
                                ],
                                max_length=12,
                                verbose_name="role",
                            ),
                        ),
                        (
                            "pronoun",
                            models.CharField(
                                choices=[("hers", "she / hers"), ("his", "he / his"), ("theirs", "they / theirs")],
                                default="theirs",
                                max_length=8,
                                verbose_name="said of you",
                            ),
                        ),
                        (
                            "zone",
                            models.CharField(
                                default="UTC",
                                max_length=64,
                                validators=[accounts.models.validate_zone],
                                verbose_name="time zone",
                            ),
                        ),
                        ("country", models.CharField(blank=True, max_length=2, verbose_name="country for holidays")),
                        ("region", models.CharField(blank=True, max_length=12, verbose_name="region")),
                        (
                            "language",
                            models.CharField(
                                choices=[("en", "English")], default="en", max_length=8, verbose_name="language"
                            ),
                        ),
                        (
                            "theme",
                            models.CharField(
                                choices=[("auto", "Like my system"), ("light", "Light"), ("dark", "Dark")],
                                default="auto",
                                max_length=5,
                                verbose_name="look",
                            ),
                        ),
                        ("is_active", models.BooleanField(default=True)),
                        ("joined_at", models.DateTimeField()),
                        ("deactivated_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "deactivated_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="ApiToken",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=80)),
                        ("prefix", models.CharField(max_length=16, unique=True)),
                        ("digest", models.CharField(max_length=64)),
                        (
                            "scope",
                            models.CharField(
                                choices=[("read", "read what I see"), ("write", "read, and do what I may do")],
                                max_length=5,
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                        ("expires_at", models.DateTimeField()),
                        ("last_used_at", models.DateTimeField(null=True)),
                        ("revoked_at", models.DateTimeField(null=True)),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="tokens",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="DigestItem",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.CharField(max_length=200, unique=True)),
                        ("subject", models.CharField(max_length=250)),
                        ("path", models.CharField(max_length=300)),
                        ("at", models.DateTimeField()),
                        ("send_at", models.DateTimeField(db_index=True)),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="digest_items",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Invitation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("email", models.EmailField(max_length=254)),
                        ("name", models.CharField(max_length=120)),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("lead", "Team lead"),
                                    ("member", "Member"),
                                    ("admin", "Admin"),
                                    ("finance", "Finance"),
                                    ("contractor", "Contractor"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("token_digest", models.CharField(max_length=64, unique=True)),
                        ("created_at", models.DateTimeField()),
                        ("expires_at", models.DateTimeField()),
                        ("accepted_at", models.DateTimeField(null=True)),
                        ("revoked_at", models.DateTimeField(null=True)),
                        (
                            "accepted_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "invited_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Leave",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("starts_on", models.DateField(verbose_name="first day")),
                        ("ends_on", models.DateField(verbose_name="last day")),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="leaves",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["starts_on"],
                    },
                ),
                migrations.CreateModel(
                    name="NotificationPreference",
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
                                    ("reminder", "Reminders before something is due"),
                                    ("review", "Work to review, and answers to it"),
                                    ("message", "Messages"),
                                    ("quiet", "Somebody went quiet"),
                                    ("money", "Money: funded, accepted, paid"),
                                ],
                                max_length=12,
                            ),
                        ),
                        (
                            "choice",
                            models.CharField(
                                choices=[
                                    ("now", "At once"),
                                    ("digest", "In one mail each working morning"),
                                    ("off", "Not by mail"),
                                ],
                                default="now",
                                max_length=8,
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="preferences",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Organisation",
                    fields=[
                        ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        ("legal_name", models.CharField(max_length=200, verbose_name="legal name")),
                        ("address", models.TextField(max_length=500, verbose_name="address")),
                        ("country", models.CharField(max_length=2, verbose_name="country")),
                        (
                            "home_currency",
                            models.CharField(
                                max_length=3,
                                validators=[accounts.models.validate_currency],
                                verbose_name="home currency",
                            ),
                        ),
                        (
                            "zone",
                            models.CharField(
                                default="UTC",
                                max_length=64,
                                validators=[accounts.models.validate_zone],
                                verbose_name="time zone",
                            ),
                        ),
                        ("logo", models.BinaryField(blank=True, null=True)),
                        ("logo_type", models.CharField(blank=True, max_length=20)),
                        ("created_at", models.DateTimeField()),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("id", 1)), name="organisation_is_one")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="WorkingSpan",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("weekday", models.PositiveSmallIntegerField()),
                        ("start_minute", models.PositiveSmallIntegerField()),
                        ("end_minute", models.PositiveSmallIntegerField()),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="spans",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["weekday", "start_minute"],
                    },
                ),
                migrations.AddConstraint(
                    model_name="user",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("role__in", ["lead", "member", "admin", "finance", "contractor"])),
                        name="user_role_is_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="user",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("deactivated_at", None), ("is_active", True)),
                            models.Q(("deactivated_at__isnull", False), ("is_active", False)),
                            _connector="OR",
                        ),
                        name="user_is_deactivated_iff_dated",
                    ),
                ),
                migrations.AddIndex(
                    model_name="apitoken",
                    index=models.Index(fields=["user", "-created_at"], name="token_newest"),
                ),
                migrations.AddConstraint(
                    model_name="apitoken",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("scope__in", ["read", "write"])), name="token_scope_is_known"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="apitoken",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("created_at"))),
                        name="token_ends_after_it_is_made",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="invitation",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("accepted_at", None), ("accepted_by", None)),
                            models.Q(("accepted_at__isnull", False), ("accepted_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="invitation_accepted_iff_dated",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="leave",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("ends_on__gte", models.F("starts_on"))), name="leave_ends_after_it_starts"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="notificationpreference",
                    constraint=models.UniqueConstraint(fields=("user", "kind"), name="preference_is_one_a_kind"),
                ),
                migrations.AddConstraint(
                    model_name="workingspan",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("weekday__lte", 6)), name="span_weekday_is_a_weekday"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="workingspan",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("start_minute__lt", 1440),
                            ("end_minute__gt", models.F("start_minute")),
                            (
                                "end_minute__lte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("start_minute"), "+", models.Value(1440)
                                ),
                            ),
                        ),
                        name="span_lasts_at_most_a_day",
                    ),
                ),
            ]
        ),
    ]
