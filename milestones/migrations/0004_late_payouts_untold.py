from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("milestones", "0003_sums_of_the_ledger")]
    operations = [
        migrations.AddIndex(
            model_name="payout",
            index=models.Index(
                models.F("due_on"),
                condition=models.Q(
                    models.Q(("status__in", ("paid", "written_off")), _negated=True),
                    models.Q(
                        ("late_told_on", None),
                        models.Q(("late_told_on", models.F("due_on")), _negated=True),
                        _connector="OR",
                    ),
                ),
                name="payout_untold",
            ),
        ),
        migrations.AddIndex(
            model_name="milestone",
            index=models.Index(
                models.F("accepted_at"),
                models.F("id"),
                condition=models.Q(("status", "accepted"), ("written_off_at", None)),
                name="milestone_unpaid",
            ),
        ),
    ]
