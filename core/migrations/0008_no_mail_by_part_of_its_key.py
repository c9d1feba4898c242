from django.db import migrations

INDEX = "core_outboxmail_key_57404507_like"


class Migration(migrations.Migration):
    """Django makes one more index of each unique text, for LIKE. Nobody looks for mails by a part of their key, and it
    was written with each of them."""

    dependencies = [("core", "0007_tries")]
    operations = [migrations.RunSQL(f"DROP INDEX IF EXISTS {INDEX}", migrations.RunSQL.noop)]
