from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0004_trigram_search")]
    operations = [
        migrations.CreateModel(
            name="Tally",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("table", models.CharField(max_length=60)),
                ("viewer", models.BigIntegerField()),
                ("day", models.DateField()),
                ("n", models.IntegerField()),
            ],
            options={"indexes": [models.Index(fields=["table", "viewer", "day", "n"], name="tally_by_day")]},
        ),
    ]
