from django.db import migrations

from core.triggers import Protect


class Migration(migrations.Migration):
    dependencies = [("milestones", "0001_initial")]
    operations = [
        Protect(
            "milestones_posting",
            [
                "from_account_id",
                "to_account_id",
                "amount_minor",
                "currency",
                "kind",
                "milestone_id",
                "round",
                "cause",
                "by_id",
                "at",
            ],
            "",
            "",
        ),
        Protect("milestones_estimate", ["milestone_id", "number", "work_minutes", "due_on", "by_id", "at"], "", ""),
        Protect("milestones_submission", ["milestone_id", "number", "note", "link", "by_id", "at"], "", ""),
        Protect("milestones_review", ["submission_id", "outcome", "note", "by_id", "at"], "", ""),
        Protect("milestones_goalverdict", ["review_id", "goal_id", "is_met", "note"], "", ""),
    ]
