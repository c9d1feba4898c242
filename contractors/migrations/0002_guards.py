from django.db import migrations

from core.triggers import Protect


class Migration(migrations.Migration):
    dependencies = [("contractors", "0001_initial")]
    operations = [
        Protect("contractors_hireagain", ["contractor_id", "would", "about", "by_id", "at"]),
        Protect("contractors_vettingdecision", ["application_id", "decision", "reason", "by_id", "at"]),
    ]
