from django.db import migrations

from core.triggers import Protect


class Migration(migrations.Migration):
    dependencies = [("engagements", "0001_initial")]
    operations = [
        Protect(
            "engagements_templateversion",
            [
                "template_id",
                "number",
                "role",
                "brief",
                "clauses",
                "currency",
                "price_minor",
                "checkin_days",
                "review_days",
                "created_by_id",
                "created_at",
                "published_by_id",
                "published_at",
            ],
            "OLD.status <> 'draft'",
            "",
        ),
        Protect(
            "engagements_templatemilestone",
            ["version_id", "position", "title", "deliverable", "share_bp", "due_after_days"],
            "(SELECT status FROM engagements_templateversion WHERE id = OLD.version_id) <> 'draft'",
            "(SELECT status FROM engagements_templateversion WHERE id = NEW.version_id) <> 'draft'",
        ),
        Protect(
            "engagements_templategoal",
            [
                "version_id",
                "milestone_id",
                "metric",
                "unit",
                "baseline",
                "target",
                "direction",
                "method",
                "measured_by",
                "position",
            ],
            "(SELECT status FROM engagements_templateversion WHERE id = OLD.version_id) <> 'draft'",
            "(SELECT status FROM engagements_templateversion WHERE id = NEW.version_id) <> 'draft'",
        ),
        Protect(
            "engagements_agreement", ["engagement_id", "number", "canonical", "html", "sha256", "created_at"], "", ""
        ),
        Protect("engagements_signature", ["agreement_id", "side", "by_id", "typed_name", "sha256", "ip", "at"], "", ""),
    ]
