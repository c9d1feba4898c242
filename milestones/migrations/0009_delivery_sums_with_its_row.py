from django.db import migrations, models


class Migration(migrations.Migration):
    """With the row's own key, by which appeals are found, all that they ask of ten thousand rows is in the index, too."""

    dependencies = [("milestones", "0008_deliveries_by_contractor_alone")]
    operations = [
        migrations.RemoveIndex(model_name="deliveryrow", name="delivery_sums"),
        migrations.AddIndex(
            model_name="deliveryrow",
            index=models.Index(
                fields=["contractor", "template", "delivered_on", "moved_to", "id"], name="delivery_sums"
            ),
        ),
    ]
