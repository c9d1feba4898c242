from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from core import backup
from core.tasks import beat


class Command(BaseCommand):
    help = "Write one file with the database and all uploads into FOLDER. Can run while people work."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            file = backup.make(options["folder"], at=timezone.now())
        except backup.BackupError as error:
            raise CommandError(str(error)) from error
        beat("backup")
        self.stdout.write(f"{file} ({file.stat().st_size / 1e6:.1f} MB)")
