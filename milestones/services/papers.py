"""The PDF of each agreement that both sides have signed: made by the sweep, once."""

from datetime import datetime

import structlog
from django.conf import settings
from django.utils.translation import override

from core.pdf import typeset
from engagements.models import AgreementPaper
from engagements.services.agreements import keep_paper
from milestones.queries.paper import paper_of

log = structlog.get_logger()
AT_ONCE = 20  # a sweep; the rest waits for the next


def make_due_papers(*, at: datetime) -> int:
    """Each in its own transaction, the typesetting outside of any; returns how many were made. One that fails, or a
    crash between the two, leaves it to be made by the next sweep."""
    made = 0
    due = AgreementPaper.objects.due().select_related("agreement__engagement").order_by("ordered_at", "pk")
    for paper in due[:AT_ONCE]:
        try:
            with override(settings.LANGUAGE_CODE):
                pdf = typeset(paper_of(paper.agreement))
            keep_paper(paper, pdf=pdf, at=at)
        except Exception:
            log.exception("paper_failed", agreement=paper.agreement_id)
        else:
            made += 1
    return made
