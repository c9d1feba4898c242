from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("milestones", "0006_deliveries_by_kind")]
    operations = [
        migrations.AddIndex(
            model_name="deliveryrow",
            index=models.Index(
                fields=["contractor", "template", "delivered_on", "moved_to", "id"], name="delivery_sums"
            ),
        ),
    ]
