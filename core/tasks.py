"""Clock edge of core. Tasks carry no payload; each asks the database what there is to do."""

from datetime import timedelta

from celery import shared_task
from django.contrib.sessions.models import Session
from django.utils import timezone

from core import files, outbox, rates, tallies
from core.models import Heartbeat, SubmittedForm


@shared_task
def deliver() -> None:
    """Send the mail that is due."""
    outbox.deliver_due()
    beat("deliver")


@shared_task
def tidy() -> None:
    """Forget what has served its time: form keys after a week, expired sessions, tries whose window is over, files
    that became part of nothing; and add up what long lists counted since."""
    now = timezone.now()
    SubmittedForm.objects.filter(at__lt=now - timedelta(days=7)).delete()
    Session.objects.filter(expire_date__lt=now).delete()
    rates.forget(at=now)
    files.forget(at=now)
    tallies.fold()
    beat("tidy")


def beat(job: str) -> None:
    """Note that the job ran to its end, for /readyz."""
    Heartbeat.objects.update_or_create(job=job, defaults={"at": timezone.now()})
