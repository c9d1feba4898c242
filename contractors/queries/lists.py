"""Counts for the switches of lists, how a claim reads, and what the edit page of an opening started from."""

import hashlib
from collections import Counter
from decimal import Decimal

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from contractors.models import Application, Claim, Opening
from contractors.states import IN_VETTING, ApplicationStatus, ClaimKind

# What the queue's switch offers: the word in the address → the states that it shows.
STAGES: dict[str, tuple[str, ...]] = {
    "vetting": IN_VETTING,
    "offered": (ApplicationStatus.OFFERED,),
    "hired": (ApplicationStatus.HIRED,),
    "closed": (ApplicationStatus.DECLINED, ApplicationStatus.WITHDRAWN),
}


def stage_counts(applications: QuerySet[Application]) -> dict[str, int]:
    """How many of these stand in each stage of the switch. One query."""
    by_status = Counter(dict(applications.order_by().values_list("status").annotate(n=Count("pk"))))
    return {stage: sum(by_status[s] for s in statuses) for stage, statuses in STAGES.items()}


def status_counts(opening: Opening) -> list[tuple[str, int]]:
    """(word, number) of every state that somebody is in, in the order of the path."""
    found = dict(opening.applications.order_by().values_list("status").annotate(n=Count("pk")))
    return [(str(s.label), found[s.value]) for s in ApplicationStatus if s.value in found]


def draft_version(opening: Opening) -> str:
    """A digest of what the edit page writes: two tabs that started from different ones differ here."""
    facts = [
        (opening.title, opening.brief, opening.currency),
        list(opening.criteria.values_list("name", "weight")),
        list(opening.questions.values_list("text", "is_required")),
        sorted(opening.reviewers.values_list("pk", flat=True)),
    ]
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:32]


PERCENTAGES = {
    ClaimKind.SUCCESS_RATE,
    ClaimKind.ON_TIME,
    ClaimKind.ON_BUDGET,
    ClaimKind.ACCEPT_RATE,
    ClaimKind.REHIRE_RATE,
    ClaimKind.RECOMMENDS,
}


def reading(claim: Claim) -> str:
    """What the stated words amount to: `98 % of 52`, `4.9`, `USD 60,000`, or “unknown” when they rest on
    nothing."""
    if claim.value_milli is None:
        return str(_("unknown"))
    number = (Decimal(claim.value_milli) / 1000).normalize()
    text = f"{number:,f}"
    if claim.kind in PERCENTAGES:
        text = f"{number:,.1f}".removesuffix(".0") + " %"
    elif claim.currency:
        text = f"{claim.currency}\u00a0{text}"
    return text if claim.n is None else _("%(value)s of %(n)s") % {"value": text, "n": f"{claim.n:,}"}
