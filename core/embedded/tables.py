"""The demo's tables, brought to those of this checkout."""

from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.db.migrations.exceptions import InconsistentMigrationHistory
from django.db.migrations.loader import MigrationLoader


def migrate() -> None:
    """Raises CommandError, with what to do, for data that another version of Duckrow made: steps of a version are
    folded into its first ones now and then, so such tables can lack what Django takes for done."""
    loader = MigrationLoader(connection)
    applied, ours = set(loader.applied_migrations), {config.label for config in apps.get_app_configs()}
    try:
        for app, name in sorted(applied - set(loader.disk_migrations)):
            if app in ours:
                raise _OtherVersion(f"{app}.{name} is not known here")
        call_command("migrate", verbosity=0)
        if applied:
            _read_every_column()
    except (DatabaseError, InconsistentMigrationHistory, _OtherVersion) as error:
        if not applied:
            raise
        raise CommandError(
            "This demo's data was made by another version of Duckrow. Start over with “make demo FRESH=1” (it forgets"
            " that data), or set DUCKROW_VAR to another folder."
            f"\nWhat does not fit: {str(error).splitlines()[0]}"
        ) from error


class _OtherVersion(Exception):
    pass


def _read_every_column() -> None:
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            table = quote(model._meta.db_table)
            # With its table: SQLite takes a quoted word that is no column for a piece of text.
            columns = ", ".join(f"{table}.{quote(str(field.column))}" for field in model._meta.local_concrete_fields)
            cursor.execute(f"SELECT {columns} FROM {table} WHERE 1 = 0")  # noqa: S608 (our names)
