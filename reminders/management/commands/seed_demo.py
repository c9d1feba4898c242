from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import User
from reminders import demo, services


class Command(BaseCommand):
    help = "Load the demo's people and contracts into an empty database."

    def handle(self, *args: Any, **options: Any) -> None:
        if User.objects.exists():
            raise CommandError("There are people in this database already; the demo loads into an empty one.")
        now = timezone.now()
        demo.load(now=now)
        services.sweep(at=now)
        self.stdout.write(f"Loaded. Everybody's password is “{demo.PASSWORD}”.")
