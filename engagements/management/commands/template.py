"""`template export NAME`, `template apply FILE.yaml --as lead@example.com [--plan] [--publish]`."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import User
from core.errors import DomainError
from engagements.files import applying
from engagements.files.reading import FileError
from engagements.files.templates import write
from engagements.models import TemplateVersion
from engagements.permissions import can_write_templates


class Command(BaseCommand):
    help = "Write a contract template to a file, or make one say what a file says."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        export = acts.add_parser("export", help="the latest version, to standard output")
        export.add_argument("name")
        export.add_argument("--version-number", type=int, help="another version than the latest")
        apply = acts.add_parser("apply", help="a file, or - for standard input")
        apply.add_argument("file")
        apply.add_argument("--as", dest="email", required=True, help="e-mail of the lead in whose name")
        apply.add_argument("--plan", action="store_true", help="say what would change, and change nothing")
        apply.add_argument("--publish", action="store_true", help="publish what changed")

    def handle(self, *args: Any, **options: Any) -> None:
        self._export(options) if options["act"] == "export" else self._apply(options)

    def _export(self, options: dict[str, Any]) -> None:
        versions = TemplateVersion.objects.filter(template__name=options["name"]).select_related("template")
        if number := options["version_number"]:
            versions = versions.filter(number=number)
        version = versions.order_by("-number").first()
        if version is None:
            raise CommandError(f"There is no such version of a template “{options['name']}”.")
        self.stdout.write(write(version), ending="")

    def _apply(self, options: dict[str, Any]) -> None:
        by = User.objects.filter(email__iexact=options["email"], is_active=True).first()
        if by is None or not can_write_templates(by):
            raise CommandError(f"{options['email']} is no lead here, so can write no template.")
        try:
            text = sys.stdin.read() if options["file"] == "-" else Path(options["file"]).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{options['file']} can’t be read: {error}") from error
        now = timezone.now()
        try:
            if options["plan"]:
                done = applying.plan(text, by=by, at=now)
            else:
                done = applying.apply(text, by=by, at=now, publish=options["publish"])
        except FileError as error:
            raise CommandError("\n".join(f"{options['file']}: {one}" for one in error.sentences)) from error
        except DomainError as error:
            raise CommandError(error.sentence) from error
        for change in done.differences:
            self.stdout.write(f"{change.sign} {change.where}")
            if change.sign == "~":
                self.stdout.write(f"    {change.before}\n    → {change.after}")
        if not done.differences:
            self.stdout.write(f"{done.version} says this already.")
        elif options["plan"]:
            self.stdout.write("Nothing was changed: this was a look ahead.")
        else:
            done.version.refresh_from_db()
            self.stdout.write(f"{done.version} is {done.version.get_status_display().lower()}.")
