from django.db import migrations

from core.triggers import Protect


class Migration(migrations.Migration):
    dependencies = [("milestones", "0002_guards")]
    operations = [Protect("milestones_evidence", ["submission_id", "goal_id", "value", "note"], "", "")]
