from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import backup


class Command(BaseCommand):
    help = "Put the backup FILE in the place of this database and its uploads. Stop web, worker and beat first."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--force", action="store_true", help="also when there are people in the database")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            manifest = backup.restore(options["file"], force=options["force"])
        except backup.BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Restored what was saved at {manifest['made_at']}. Run migrate if this version is newer.")
