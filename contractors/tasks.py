"""Clock edge of vetting: confirmed imports are taken in the background."""

import structlog
from celery import shared_task
from django.utils import timezone

from contractors.models import ImportBatch
from contractors.services import imports

log = structlog.get_logger()


@shared_task
def run_imports() -> None:
    """Take every confirmed batch to its end. Two workers at once share the chunks; nothing is taken twice."""
    for batch in ImportBatch.objects.running().select_related("opening", "by"):
        try:
            imports.run(batch, at=timezone.now())
        except Exception:
            log.exception("import_failed", batch=batch.pk)
