import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Each was written with every flag. What is looked for is found by the indexes of the constraints."""

    dependencies = [("engagements", "0003_tally"), ("reminders", "0001_initial")]
    operations = [
        migrations.AlterField(
            "Presence",
            "engagement",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="presences",
                to="engagements.engagement",
            ),
        ),
        migrations.AlterField(
            "QuietFlag",
            "engagement",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="flags",
                to="engagements.engagement",
            ),
        ),
        migrations.AlterField(
            "QuietFlag",
            "told",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            "QuietFlag",
            "cleared_by",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="engagements.contact",
            ),
        ),
    ]
