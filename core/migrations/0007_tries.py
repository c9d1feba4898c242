from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0006_mail_is_text")]
    operations = [
        migrations.CreateModel(
            name="Tries",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("n", models.IntegerField()),
                ("until", models.DateTimeField()),
            ],
            options={"verbose_name_plural": "tries"},
        ),
    ]
