"""What both sides sign: every fact of the contract as plain data, and the same as a page."""

from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from accounts.models import Organisation
from core.errors import DomainError
from engagements.models import Engagement
from engagements.models.template import POLICY_FIELDS
from engagements.queries.clauses import filled
from milestones.models import Estimate, Milestone

# 2: goals that are done or not done, ranges, the objective. 3: what happens at the end of a review window.
FORMAT = 3


def document_of(engagement: Engagement) -> dict[str, Any]:
    """The agreement's content, in the shape that engagements.services.agreements.canonical takes: no floats, no
    names of columns, nothing that changes by being read again. Needs an estimate for every milestone."""
    organisation = Organisation.objects.first()
    if organisation is None:
        raise DomainError(_("Set up the organisation first: a contract names it."))
    milestones = list(engagement.milestones.standing().prefetch_related("goals"))
    estimates = Estimate.objects.latest_of(milestones)
    version = engagement.version
    return {
        "format": FORMAT,
        "engagement": {"id": engagement.pk, "title": engagement.title, "starts_on": engagement.starts_on},
        "template": {"id": version.pk, "name": version.template.name, "version": version.number},
        "parties": {
            "ours": {
                "legal_name": organisation.legal_name,
                "address": organisation.address,
                "country": organisation.country,
                "lead": engagement.lead.name,
                "comms_owner": engagement.comms_owner.name,
                "cover": engagement.cover.name if engagement.cover else "",
            },
            "theirs": {"name": str(engagement.contractor), "email": engagement.contractor.email},
        },
        "role": version.role,
        "brief": version.brief,
        "clauses": filled(version.clauses, engagement, organisation),
        "price": engagement.price,
        "check_in_every_working_days": engagement.checkin_days,
        "review_within_working_days": engagement.review_days,
        "review_end": engagement.review_end,
        "notice_days": engagement.notice_days,
        "skills": version.skills,
        "guides": version.guides,
        "needs": version.needs,
        "policy": {name: getattr(version, name) for name in POLICY_FIELDS},
        "milestones": [_milestone(m, estimates.get(m.pk)) for m in milestones],
    }


def _milestone(milestone: Milestone, estimate: Estimate | None) -> dict[str, Any]:
    return {
        "position": milestone.position,
        "title": milestone.title,
        "deliverable": milestone.deliverable,
        "parts": milestone.parts,
        "amount": milestone.amount,
        "planned_for": milestone.due_on,
        "estimate": {"work_minutes": estimate.work_minutes, "due_on": estimate.due_on} if estimate else None,
        "goals": [
            {
                "kind": goal.kind,
                "objective": goal.objective.title if goal.objective else "",
                "metric": goal.metric,
                "criterion": goal.criterion,
                "unit": goal.unit,
                "baseline": goal.baseline,
                "baseline_by": goal.baseline_by,
                "baseline_due_on": goal.baseline_due_on,
                "direction": goal.direction,
                "target": goal.target,
                "target_high": goal.target_high,
                "method": goal.method,
                "measured_by": goal.measured_by,
            }
            for goal in milestone.goals.select_related("objective").order_by("position")
        ],
    }


def html_of(engagement: Engagement, document: dict[str, Any]) -> str:
    """The same content as the other side reads it; frozen beside the canonical text."""
    return render_to_string("milestones/_agreement.html", {"engagement": engagement, "paper": document})
