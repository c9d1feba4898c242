from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.services.keys import rotate_keys


class Command(BaseCommand):
    help = "Encrypt everything anew under the first of FIELD_KEYS. Can run while people work, and again."

    def handle(self, *args: Any, **options: Any) -> None:
        rotation = rotate_keys()
        for table, count in sorted(rotation.renewed.items()):
            self.stdout.write(f"{table}: {count} renewed")
        if rotation.unreadable:
            found = ", ".join(rotation.unreadable[:20])
            count = len(rotation.unreadable)
            raise CommandError(f"No key in FIELD_KEYS opens {count} of them: {found}. Keep the old keys.")
        self.stdout.write("Everything is under the first key; the others can go once every process has restarted.")
