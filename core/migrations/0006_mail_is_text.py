from django.db import migrations, models


class Migration(migrations.Migration):
    """The page is made of the text when a mail is sent. The column stays while the release before may write it."""

    dependencies = [("core", "0005_tally")]
    operations = [migrations.AlterField("OutboxMail", "html", models.TextField(blank=True, db_default=""))]
