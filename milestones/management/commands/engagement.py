"""`engagement create FILE.yaml --as lead@example.com [--plan] [--send]`."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation

from accounts.models import User
from core.errors import DomainError
from engagements.files.reading import FileError
from milestones.files import engagements as files
from milestones.permissions import can_create_engagement


class Command(BaseCommand):
    help = "Make an engagement from a file, and send its offer."

    def add_arguments(self, parser: ArgumentParser) -> None:
        create = parser.add_subparsers(dest="act", required=True).add_parser("create", help="from a file")
        create.add_argument("file", help="a file, or - for standard input")
        create.add_argument("--as", dest="email", required=True, help="e-mail of the lead in whose name")
        create.add_argument("--plan", action="store_true", help="say what would be made, and make nothing")
        create.add_argument("--send", action="store_true", help="send the offer, too")

    def handle(self, *args: Any, **options: Any) -> None:
        by = User.objects.filter(email__iexact=options["email"], is_active=True).first()
        if by is None or not can_create_engagement(by):
            raise CommandError(f"{options['email']} is no lead here, so can make no engagement.")
        try:
            text = sys.stdin.read() if options["file"] == "-" else Path(options["file"]).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{options['file']} can’t be read: {error}") from error
        act = files.plan if options["plan"] else files.create
        try:
            with timezone.override(by.tz), translation.override(by.language):
                made = act(text, send=options["send"], by=by, at=timezone.now())
        except FileError as error:
            raise CommandError("\n".join(f"{options['file']}: {one}" for one in error.sentences)) from error
        except DomainError as error:
            raise CommandError(error.sentence) from error
        self._tell(made, is_plan=options["plan"])

    def _tell(self, made: files.Made, *, is_plan: bool) -> None:
        engagement = made.engagement
        number = f"Engagement {engagement.pk}" if not (is_plan and made.is_new) else "An engagement"
        self.stdout.write(
            f"{number}: “{engagement}”, {engagement.contractor}, {engagement.price}, from {engagement.version}, "
            f"{engagement.get_status_display().lower()}."
        )
        for lack in made.lacks:
            self.stdout.write(f"  before it is sent: {lack}")
        if not made.is_new:
            self.stdout.write("This key made it before. Nothing was changed.")
            if not made.is_same_text:
                self.stdout.write("The file says something else by now; that is not looked at.")
        elif is_plan:
            self.stdout.write("Nothing was made: this was a look ahead.")
