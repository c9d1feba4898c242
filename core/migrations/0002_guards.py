from django.db import migrations

from core.triggers import Protect


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]
    operations = [
        Protect(
            "core_event",
            [
                "root_type",
                "root_id",
                "seq",
                "subject_type",
                "subject_id",
                "verb",
                "was",
                "became",
                "by_id",
                "at",
                "note_digest",
                "previous",
                "digest",
            ],
        ),
    ]
