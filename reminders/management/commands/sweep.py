from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from core import outbox
from reminders import services


class Command(BaseCommand):
    help = (
        "What beat does each minute, once: for cron, and for when the worker is down. Sends the mail that is due, too."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        done = services.sweep(at=timezone.now())
        sent = outbox.deliver_due()
        self.stdout.write(", ".join(f"{n} {what}" for what, n in done.items()) or "Nothing was due.")
        self.stdout.write(f"{sent} mails sent.")
