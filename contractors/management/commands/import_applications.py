from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from contractors.models import Opening
from contractors.services import imports
from core.errors import DomainError


class Command(BaseCommand):
    help = "Import applications to an opening from a CSV file: a preview first, then, with --yes, the rows."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("opening", type=int, help="number of the opening")
        parser.add_argument("file", type=Path)
        parser.add_argument("--source", default="", help="where the file comes from; its name without one")
        parser.add_argument("--map", action="append", default=[], metavar="COLUMN=FIELD", help="correct the guess")
        parser.add_argument("--yes", action="store_true", help="store it; without this only the preview is shown")

    def handle(self, *args: Any, **options: Any) -> None:
        opening = Opening.objects.select_related("lead").filter(pk=options["opening"]).first()
        if opening is None:
            raise CommandError("There is no such opening.")
        file: Path = options["file"]
        if not file.is_file():
            raise CommandError(f"{file} is no file.")
        now = timezone.now()
        try:
            batch = imports.stage(
                opening,
                content=file.read_bytes(),
                file_name=file.name,
                source=options["source"] or file.stem[:80],
                captured_on=now.date(),
                by=opening.lead,
                at=now,
            )
            if options["map"]:
                changes = dict(pair.split("=", 1) for pair in options["map"] if "=" in pair)
                batch = imports.map_columns(batch, mapping={**batch.mapping, **changes})
            rows, counts = imports.preview(batch)
            for column, target in batch.mapping.items():
                self.stdout.write(f"  {column} → {target or '(left out)'}")
            for verdict in [v for v in rows if v.verdict == "bad"][:20]:
                self.stdout.write(f"  row {verdict.number}: {verdict.text}")
            self.stdout.write(", ".join(f"{n} {what}" for what, n in sorted(counts.items())))
            if not options["yes"]:
                imports.discard(batch, by=opening.lead, at=now)
                self.stdout.write("Nothing was stored. Add --yes to import.")
                return
            imports.confirm(batch, by=opening.lead, at=now)
            batch = imports.run(batch, at=now)
        except DomainError as error:
            raise CommandError(error.sentence) from error
        self.stdout.write(f"Imported: {batch.outcome}")
