import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.triggers import Protect


class Migration(migrations.Migration):
    dependencies = [
        ("engagements", "0008_agreeing"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="OfferQuestion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField(max_length=5000, verbose_name="answer")),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
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
        Protect(
            "engagements_offerquestion",
            ["engagement_id", "about", "place", "label", "text", "by_id", "link_id", "at"],
        ),
        Protect("engagements_offeranswer", ["question_id", "text", "by_id", "at"]),
    ]
