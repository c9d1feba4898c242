from django.db import migrations

from core.tallies import Count


class Migration(migrations.Migration):
    dependencies = [("contractors", "0002_guards"), ("core", "0005_tally")]
    operations = [Count("contractors_contractor", [])]
