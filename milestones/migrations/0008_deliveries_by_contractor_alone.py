import django.db.models.deletion
from django.db import migrations, models

# Both indexes of what a person delivered begin with the contractor. PostgreSQL took this one as soon as it believed that
# somebody has few rows, and looked at ten thousand to find the latest two hundred.
INDEX = "milestones_deliveryrow_contractor_id_52174d72"


class Migration(migrations.Migration):
    dependencies = [("milestones", "0007_delivery_sums_index")]
    operations = [
        migrations.RunSQL(
            f"DROP INDEX IF EXISTS {INDEX}",
            f"CREATE INDEX {INDEX} ON milestones_deliveryrow (contractor_id)",
            state_operations=[
                migrations.AlterField(
                    model_name="deliveryrow",
                    name="contractor",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contractors.contractor",
                    ),
                ),
            ],
        ),
    ]
