"""The PDF of each agreement and amendment that both sides have signed: made by the sweep, once."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import structlog
from django.conf import settings
from django.utils.translation import override

from core.pdf import typeset
from engagements.models import AgreementPaper, AmendmentPaper
from engagements.services import agreements, amendments
from milestones.queries.paper import paper_of, paper_of_amendment

log = structlog.get_logger()
AT_ONCE = 20  # a sweep; the rest waits for the next


def make_due_papers(*, at: datetime) -> int:
    """Each in its own transaction, the typesetting outside of any; returns how many were made. One that fails, or a
    crash between the two, leaves it to be made by the next sweep."""
    of_agreements = AgreementPaper.objects.due().select_related("agreement__engagement").order_by("ordered_at", "pk")
    of_amendments = AmendmentPaper.objects.due().select_related("text__amendment__engagement")
    made = _make(of_agreements[:AT_ONCE], lambda paper: paper_of(paper.agreement), agreements.keep_paper, at)
    due = of_amendments.order_by("ordered_at", "pk")[:AT_ONCE]
    return made + _make(due, lambda paper: paper_of_amendment(paper.text), amendments.keep_paper, at)


def _make(
    due: Iterable[Any], document_of: Callable[[Any], dict[str, Any]], keep: Callable[..., Any], at: datetime
) -> int:
    made = 0
    for paper in due:
        try:
            with override(settings.LANGUAGE_CODE):
                pdf = typeset(document_of(paper))
            keep(paper, pdf=pdf, at=at)
        except Exception:
            log.exception("paper_failed", paper=str(paper))
        else:
            made += 1
    return made
