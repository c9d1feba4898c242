from typing import Any

import django.db.models.deletion
from django.db import migrations, models

from core.triggers import Protect, Unprotect

TABLE = "milestones_deliveryrow"
ROW = [
    "milestone_id",
    "round",
    "contractor_id",
    "template_id",
    "promised_on",
    "delivered_at",
    "delivered_on",
    "funding_wait",
    "our_share",
    "paused",
    "moved_to",
    "theirs",
    "ours",
    "no_overlap",
    "estimated_minutes",
    "at",
]
FILL = """
    UPDATE milestones_deliveryrow SET template_id = (
        SELECT v.template_id FROM milestones_milestone m
        JOIN engagements_engagement e ON e.id = m.engagement_id
        JOIN engagements_templateversion v ON v.id = e.version_id
        WHERE m.id = milestones_deliveryrow.milestone_id)
"""


def fill(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET LOCAL statement_timeout = 0")  # all that was ever delivered
    schema_editor.execute(FILL)


def template(**facts: Any) -> models.ForeignKey:
    return models.ForeignKey(
        db_index=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to="engagements.contracttemplate",
        **facts,
    )


class Migration(migrations.Migration):
    dependencies = [("milestones", "0005_payouts_page_indexes"), ("engagements", "0004_conversation_by_key")]
    operations = [
        Unprotect(TABLE),
        migrations.AddField(model_name="deliveryrow", name="template", field=template(null=True)),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AlterField(model_name="deliveryrow", name="template", field=template()),
        migrations.RemoveIndex(model_name="deliveryrow", name="delivery_of_contractor"),
        migrations.AddIndex(
            model_name="deliveryrow",
            index=models.Index(fields=["contractor", "at", "id"], name="delivery_of_contractor"),
        ),
        Protect(TABLE, ROW, revision=2),
    ]
