from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("milestones", "0003_evidence_stays"),
    ]

    operations = [
        migrations.AddField(
            model_name="milestone",
            name="parts",
            field=models.JSONField(blank=True, default=list, verbose_name="parts"),
        ),
    ]
