"""A row that is written once, whoever else writes it: one statement, and the database says whose it was."""

from django.db import connection, models
from django.db.models.constants import OnConflict
from django.db.models.sql import InsertQuery


def insert_once(row: models.Model) -> bool:
    """Insert `row` unless one with a unique key of its exists. True when it is new (its primary key is not read back).

    A rival that holds the key in an open transaction is waited for; after it has failed, this one is in."""
    fields = [field for field in row._meta.concrete_fields if not isinstance(field, models.AutoField)]
    query = InsertQuery(type(row), on_conflict=OnConflict.IGNORE)
    query.insert_values(fields, [row])
    [(statement, values)] = query.get_compiler(connection=connection).as_sql()
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return bool(cursor.rowcount)
