from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("engagements", "0003_tally")]
    operations = [
        migrations.RemoveIndex(model_name="checkin", name="checkin_latest"),
        migrations.RemoveIndex(model_name="message", name="message_thread"),
        migrations.AddIndex(
            model_name="checkin", index=models.Index(fields=["engagement", "-at", "-id"], name="checkin_latest")
        ),
        migrations.AddIndex(
            model_name="message", index=models.Index(fields=["engagement", "-at", "-id"], name="message_thread")
        ),
    ]
