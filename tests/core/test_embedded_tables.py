"""A demo that finds another version's tables says so, and what to do."""

import pytest
from django.core.management import CommandError
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from core.embedded import tables

pytestmark = pytest.mark.django_db
CHANGES = {
    "a column less": "ALTER TABLE accounts_organisation RENAME COLUMN zone TO time_zone",
    "a table less": "ALTER TABLE core_outboxmail RENAME TO core_letter",
}


def test_tables_of_this_version_are_taken() -> None:
    tables.migrate()


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_tables_that_lack_something_are_named_and_the_way_out_is_said(change: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(change)

    with pytest.raises(CommandError, match=r"another version of Duckrow.*FRESH=1[\s\S]*(zone|core_outboxmail)"):
        tables.migrate()


def test_steps_of_a_later_version_are_named() -> None:
    MigrationRecorder(connection).record_applied("core", "0099_from_tomorrow")

    with pytest.raises(CommandError, match=r"FRESH=1[\s\S]*core.0099_from_tomorrow"):
        tables.migrate()
