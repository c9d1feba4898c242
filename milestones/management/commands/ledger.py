"""`manage.py ledger verify`: the proof that the books hold, for cron and after a restore."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from milestones.models import Posting
from milestones.services import ledger


class Command(BaseCommand):
    help = "Prove that the ledger balances, never overdrew and agrees with the states of milestones and payouts."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("act", choices=["verify"])

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        wrong = ledger.check()
        if wrong:
            more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
            raise CommandError(f"The ledger does not hold. {wrong[0]}{more}")
        took = time.monotonic() - started
        self.stdout.write(
            f"The ledger holds: {Posting.objects.count():,} postings, every currency sums to zero, nothing was ever "
            f"overdrawn, every milestone’s money stands where its state says, and every balance is the sum of its "
            f"postings ({took:.1f} s)."
        )
