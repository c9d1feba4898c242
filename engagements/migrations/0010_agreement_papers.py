from typing import Any

import django.db.models.deletion
from django.db import migrations, models

from core.triggers import Protect


def order_for_those_signed_before(apps: Any, schema_editor: Any) -> None:
    """Agreements that both sides had signed before papers were made get theirs with the next sweep."""
    agreements, papers = (apps.get_model("engagements", name) for name in ("Agreement", "AgreementPaper"))
    signed = agreements.objects.annotate(names=models.Count("signatures"), last=models.Max("signatures__at"))
    papers.objects.bulk_create(
        (papers(agreement_id=pk, ordered_at=at) for pk, at in signed.filter(names=2).values_list("pk", "last")),
        batch_size=1000,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("engagements", "0009_offer_questions"),
    ]

    operations = [
        migrations.CreateModel(
            name="AgreementPaper",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ordered_at", models.DateTimeField()),
                ("made_at", models.DateTimeField(null=True)),
                ("pdf", models.BinaryField(null=True)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                (
                    "agreement",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="paper", to="engagements.agreement"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("made_at", None)), fields=["ordered_at"], name="agreement_paper_due"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("made_at", None), ("pdf", None), ("sha256", "")),
                            models.Q(
                                ("made_at__isnull", False),
                                ("pdf__isnull", False),
                                models.Q(("sha256", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="agreement_paper_is_made_whole",
                    )
                ],
            },
        ),
        migrations.RunPython(order_for_those_signed_before, migrations.RunPython.noop),
        Protect(
            "engagements_agreementpaper",
            ["agreement_id", "ordered_at", "made_at", "pdf", "sha256"],
            "OLD.made_at IS NOT NULL",
        ),
    ]
