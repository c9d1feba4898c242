"""Searching a part of a name without reading every row: trigram indexes, on PostgreSQL.

`fastupdate` is off: with it a burst of inserts makes the next searches twenty times slower. SQLite keeps scanning;
at its sizes that is milliseconds.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

COLUMNS = [
    ("engagements_engagement", "title"),
    ("milestones_milestone", "title"),
    ("contractors_contractor", "name"),
    ("contractors_opening", "title"),
    ("engagements_contracttemplate", "name"),
    ("accounts_user", "name"),
]


def make(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor != "postgresql":
        return
    editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    for table, column in COLUMNS:
        # Django asks for UPPER(column) LIKE '%WORD%'.
        editor.execute(
            f"CREATE INDEX {table}_{column}_words ON {table} USING gin (UPPER({column}) gin_trgm_ops) "
            "WITH (fastupdate = off)"
        )


def drop(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        for table, column in COLUMNS:
            editor.execute(f"DROP INDEX {table}_{column}_words")


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0003_cache_table"),
        ("accounts", "__first__"),
        ("contractors", "__first__"),
        ("engagements", "__first__"),
        ("milestones", "__first__"),
    ]

    operations = [migrations.RunPython(make, drop, elidable=False)]
