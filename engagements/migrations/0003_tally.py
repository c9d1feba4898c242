from django.db import migrations

from core.tallies import Count


class Migration(migrations.Migration):
    dependencies = [("engagements", "0002_guards"), ("core", "0005_tally")]
    operations = [Count("engagements_engagement", ["lead_id", "comms_owner_id", "cover_id", "delegate_id"])]
