from django.db import migrations

from core.triggers import Protect


class Migration(migrations.Migration):
    dependencies = [("engagements", "0001_initial")]
    operations = [
        Protect("engagements_agreement", ["engagement_id", "number", "canonical", "html", "sha256", "created_at"]),
        Protect(
            "engagements_agreementpaper",
            ["agreement_id", "ordered_at", "made_at", "pdf", "sha256"],
            "OLD.made_at IS NOT NULL",
        ),
        Protect(
            "engagements_amendment",
            [
                "engagement_id",
                "number",
                "status",
                "status_since",
                "reason",
                "changes",
                "proposed_by_id",
                "proposed_at",
                "expires_at",
                "agreed_at",
                "end_reason",
            ],
            "OLD.status <> 'proposed'",
        ),
        Protect(
            "engagements_amendmentpaper",
            ["text_id", "ordered_at", "made_at", "pdf", "sha256"],
            "OLD.made_at IS NOT NULL",
        ),
        Protect(
            "engagements_amendmentsignature",
            ["text_id", "side", "by_id", "typed_name", "consent", "sha256", "ip", "at"],
        ),
        Protect("engagements_amendmenttext", ["amendment_id", "canonical", "html", "sha256", "previous_sha256", "at"]),
        Protect(
            "engagements_delegation", ["engagement_id", "person_id", "cause", "from_on", "until_on", "by_id", "at"]
        ),
        Protect("engagements_gateoverride", ["engagement_id", "reason", "lacks", "by_id", "at"]),
        Protect(
            "engagements_measurement",
            ["goal_id", "value", "measured_on", "source", "side", "supersedes_id", "by_id", "at"],
        ),
        Protect("engagements_offeranswer", ["question_id", "text", "by_id", "at"]),
        Protect(
            "engagements_offerquestion", ["engagement_id", "about", "place", "label", "text", "by_id", "link_id", "at"]
        ),
        Protect("engagements_pause", ["engagement_id", "began_at", "began_by_id"]),
        Protect("engagements_policyacceptance", ["engagement_id", "text", "sha256", "by_id", "ip", "at"]),
        Protect("engagements_readback", ["engagement_id", "number", "text", "questions", "by_id", "at"]),
        Protect("engagements_readbackreply", ["read_back_id", "is_accepted", "note", "by_id", "at"]),
        Protect(
            "engagements_signature", ["agreement_id", "side", "by_id", "typed_name", "consent", "sha256", "ip", "at"]
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
                "kind",
                "objective_id",
                "criterion",
                "baseline_by",
                "target_high",
                "baseline_after_days",
                "is_transfer",
            ],
            "(SELECT status FROM engagements_templateversion WHERE id = OLD.version_id) <> 'draft'",
            "(SELECT status FROM engagements_templateversion WHERE id = NEW.version_id) <> 'draft'",
        ),
        Protect(
            "engagements_templatemilestone",
            ["version_id", "position", "title", "deliverable", "share_bp", "due_after_days", "parts"],
            "(SELECT status FROM engagements_templateversion WHERE id = OLD.version_id) <> 'draft'",
            "(SELECT status FROM engagements_templateversion WHERE id = NEW.version_id) <> 'draft'",
        ),
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
                "notice_days",
                "skills",
                "guides",
                "needs",
                "repository",
                "branch_rule",
                "version_rule",
                "merged_by",
                "why_outside",
                "review_end",
            ],
            "OLD.status <> 'draft'",
        ),
        Protect(
            "engagements_templateversion_areas",
            ["templateversion_id", "capability_id"],
            "(SELECT status FROM engagements_templateversion WHERE id = OLD.templateversion_id) <> 'draft'",
            "(SELECT status FROM engagements_templateversion WHERE id = NEW.templateversion_id) <> 'draft'",
        ),
        Protect("engagements_termination", ["engagement_id", "side", "last_on", "ends_at", "given_by_id", "given_at"]),
    ]
