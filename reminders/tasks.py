"""Beat calls this and nothing else of the domain."""

from celery import shared_task
from django.utils import timezone

from reminders import services


@shared_task
def sweep() -> None:
    """Look at what is due now."""
    services.sweep(at=timezone.now())
