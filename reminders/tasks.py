"""Beat calls this and nothing else of the domain."""

import gc
from functools import cache

from celery import shared_task
from django.utils import timezone

from reminders import services


@shared_task
def sweep() -> None:
    """Look at what is due now."""
    services.sweep(at=timezone.now())
    settle()


@cache
def settle() -> None:
    """Once in a process: what its first sweep has loaded stays for good (the application, the world's holidays, kept
    statements). A collector that looks at all of it again and again takes a tenth of a sweep with much due."""
    gc.collect()
    gc.freeze()
