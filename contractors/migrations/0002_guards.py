from django.db import migrations

from core.triggers import Protect


class Migration(migrations.Migration):
    dependencies = [("contractors", "0001_initial")]
    operations = [
        Protect("contractors_vettingdecision", ["application_id", "decision", "reason", "by_id", "at"], "", ""),
    ]
