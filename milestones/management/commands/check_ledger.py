"""Replays every posting and says what does not hold; for cron and after a restore."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from milestones.services import ledger


class Command(BaseCommand):
    help = "Check that the ledger balances, never overdrew and agrees with the states of milestones and payouts."

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = ledger.check()
        for line in wrong:
            self.stderr.write(line)
        if wrong:
            raise CommandError(f"The ledger does not hold: {len(wrong)} findings.")
        self.stdout.write("The ledger holds: every currency sums to zero and every balance is the sum of its postings.")
