"""States of template versions and engagements, and whose court each is."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Side(models.TextChoices):
    """Seen from the organisation: ours, or the contractor's."""

    OURS = "ours", _("Ours")
    THEIRS = "theirs", _("Theirs")


class Court(models.TextChoices):
    OURS = "ours", _("Ours")
    THEIRS = "theirs", _("Theirs")
    NOBODY = "nobody", _("Nobody’s")


class VersionStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")
    RETIRED = "retired", _("Retired")


VERSION_MOVES: dict[str, set[str]] = {
    VersionStatus.DRAFT: {VersionStatus.PUBLISHED},
    VersionStatus.PUBLISHED: {VersionStatus.RETIRED},
    VersionStatus.RETIRED: set(),
}


class EngagementStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    OFFERED = "offered", _("Offered")
    AGREED = "agreed", _("Agreed")
    ACTIVE = "active", _("Active")
    PAUSED = "paused", _("Paused")
    COMPLETED = "completed", _("Completed")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    EXPIRED = "expired", _("Expired")
    TERMINATED = "terminated", _("Terminated")


_S = EngagementStatus
MOVES: dict[str, set[str]] = {
    _S.DRAFT: {_S.OFFERED},
    _S.OFFERED: {_S.AGREED, _S.DECLINED, _S.WITHDRAWN, _S.EXPIRED},
    _S.AGREED: {_S.ACTIVE},
    _S.ACTIVE: {_S.PAUSED, _S.COMPLETED, _S.TERMINATED},
    _S.PAUSED: {_S.ACTIVE, _S.TERMINATED},
    _S.COMPLETED: set(),
    _S.DECLINED: set(),
    _S.WITHDRAWN: set(),
    _S.EXPIRED: set(),
    _S.TERMINATED: set(),
}
RUNNING = (_S.AGREED, _S.ACTIVE)
MEASURABLE = (_S.AGREED, _S.ACTIVE, _S.PAUSED)  # its goals are measured
ENDED = (_S.COMPLETED, _S.TERMINATED)
ENDABLE = (_S.ACTIVE, _S.PAUSED)
CAME_TO_NOTHING = (_S.DECLINED, _S.WITHDRAWN, _S.EXPIRED)
OPEN = (_S.DRAFT, _S.OFFERED, _S.AGREED, _S.ACTIVE, _S.PAUSED)
# Offered: the contractor's until he signs, then ours to countersign (engagements.queries.court_of_offer).
# Agreed and active: milestones decide. Draft: ours to send.
COURT: dict[str, str] = {
    _S.DRAFT: Court.OURS,
    _S.OFFERED: Court.THEIRS,
    _S.AGREED: Court.OURS,
    _S.ACTIVE: Court.NOBODY,
    _S.PAUSED: Court.NOBODY,
    _S.COMPLETED: Court.NOBODY,
    _S.DECLINED: Court.NOBODY,
    _S.WITHDRAWN: Court.NOBODY,
    _S.EXPIRED: Court.NOBODY,
    _S.TERMINATED: Court.NOBODY,
}


class AmendmentStatus(models.TextChoices):
    PROPOSED = "proposed", _("Proposed")
    AGREED = "agreed", _("Agreed")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    EXPIRED = "expired", _("Expired")


_A = AmendmentStatus
AMENDMENT_MOVES: dict[str, set[str]] = {
    _A.PROPOSED: {_A.AGREED, _A.DECLINED, _A.WITHDRAWN, _A.EXPIRED},
    _A.AGREED: set(),
    _A.DECLINED: set(),
    _A.WITHDRAWN: set(),
    _A.EXPIRED: set(),
}


class PartKind(models.TextChoices):
    """What a milestone delivers besides being done."""

    CODE = "code", _("code")
    DOCS = "docs", _("docs")
    ENVIRONMENT = "environment", _("environment")
    HANDOVER = "handover", _("handover")


class ReviewEnd(models.TextChoices):
    """What happens when a review window ends and nobody has decided."""

    ESCALATE = "escalate", _("Somebody else decides")
    ACCEPT = "accept", _("It counts as accepted")


class StandIn(models.TextChoices):
    """Why somebody reviews in the lead’s place."""

    NAMED = "named", _("named by the lead")
    LEAVE = "leave", _("while the lead is on leave")


class OfferPart(models.TextChoices):
    """What a question about an offer is asked at."""

    WHOLE = "whole", _("the whole offer")
    GOAL = "goal", _("goal")
    MILESTONE = "milestone", _("milestone")
    CLAUSE = "clause", _("clause")


class NeedKind(models.TextChoices):
    """What the contractor needs from us before the work can start."""

    ACCESS = "access", _("access")
    ENVIRONMENT = "environment", _("environment")


class Duck(models.TextChoices):
    """What stands in a row before an offer goes out, in the order in which it is shown."""

    ROLE = "role", _("Role")
    GOALS = "goals", _("Goals")
    DOCS = "docs", _("Docs")
    ENVIRONMENT = "environment", _("Environment")
    ACCESS = "access", _("Access")
    POLICY = "policy", _("Policy")
    COMMS_OWNER = "comms_owner", _("Comms owner")
    BUDGET = "budget", _("Budget")


class GoalKind(models.TextChoices):
    MEASURED = "measured", _("a number")
    BINARY = "binary", _("done or not done")


class Direction(models.TextChoices):
    AT_LEAST = "at_least", _("at least")
    AT_MOST = "at_most", _("at most")
    EXACTLY = "exactly", _("exactly")
    BETWEEN = "between", _("between")


class Measurer(models.TextChoices):
    CONTRACTOR = "contractor", _("the contractor")
    TEAM = "team", _("our team")
    BOTH = "both", _("both together")


class ContactKind(models.TextChoices):
    MESSAGE = "message", _("message")
    CHECK_IN = "check_in", _("check-in")
    ESTIMATE = "estimate", _("estimate")
    SIGNATURE = "signature", _("signature")
    SUBMISSION = "submission", _("submission")
    REVIEW = "review", _("review")
    MEASUREMENT = "measurement", _("measurement")


class MeasurementSource(models.TextChoices):
    NOTED = "noted", _("noted on the goal")
    HANDED_IN = "handed_in", _("handed in")
    REVIEWED = "reviewed", _("measured in a review")


CONFIDENCE = (10, 30, 50, 70, 90)
