from django.db import migrations

INDEXES = (
    "reminders_presence_engagement_id_ee2dfc23",
    "reminders_quietflag_engagement_id_be8cae34",
    "reminders_quietflag_told_id_7cb2f159",
    "reminders_quietflag_cleared_by_id_b82d2096",
)


class Migration(migrations.Migration):
    """Each was written with every flag. What is looked for is found by the indexes of the constraints. The first tables
    come without them: to take them off one column after another would take a first start half a second."""

    dependencies = [("reminders", "0001_initial")]
    operations = [migrations.RunSQL(f"DROP INDEX IF EXISTS {name}", migrations.RunSQL.noop) for name in INDEXES]
