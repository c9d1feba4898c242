"""The shared cache (rate limits) lives in a table, so that `migrate` alone makes a whole database."""

from django.core.management import call_command
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def create(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    call_command("createcachetable", "core_cache", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    dependencies = [("core", "0002_guards")]
    operations = [migrations.RunPython(create, migrations.RunPython.noop, elidable=False)]
