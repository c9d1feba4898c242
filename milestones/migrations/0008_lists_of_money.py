from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("milestones", "0007_late_told")]

    operations = [
        migrations.AddIndex(
            model_name="payout",
            index=models.Index(
                fields=["-paid_at", "-id"], name="payout_paid_latest", condition=models.Q(("status", "paid"))
            ),
        ),
        migrations.AddIndex(
            model_name="posting",
            index=models.Index(fields=["kind", "-id"], name="posting_by_kind"),
        ),
    ]
