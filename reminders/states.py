"""Presence of a side, and which notices are planned."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PresenceStatus(models.TextChoices):
    IN_TOUCH = "in_touch", _("In touch")
    NUDGED = "nudged", _("Nudged")
    QUIET = "quiet", _("Quiet")
    ESCALATED = "escalated", _("Escalated")
    WAITING_ON_OTHER = "waiting_on_other", _("Waiting on the other side")


_S = PresenceStatus
MOVES: dict[str, set[str]] = {
    _S.IN_TOUCH: {_S.NUDGED, _S.QUIET, _S.WAITING_ON_OTHER},
    _S.NUDGED: {_S.IN_TOUCH, _S.QUIET, _S.WAITING_ON_OTHER},
    _S.QUIET: {_S.IN_TOUCH, _S.ESCALATED, _S.WAITING_ON_OTHER},
    _S.ESCALATED: {_S.IN_TOUCH, _S.WAITING_ON_OTHER},
    _S.WAITING_ON_OTHER: {_S.IN_TOUCH, _S.QUIET},
}


class Rule(models.TextChoices):
    """One step of a ladder each. `fire_at` always lies in the recipient's own working hours."""

    DUE_SOON = "due_soon", _("a milestone is due soon")
    OVERDUE = "overdue", _("a milestone is late")
    REVIEW_SOON = "review_soon", _("a review window ends in three working days")
    REVIEW_WAITING = "review_waiting", _("a review window ends on the next working day")
    REVIEW_END = "review_end", _("a review window ends")
    DISPUTE_SOON = "dispute_soon", _("a dispute is to be decided on the next working day")
    DISPUTE_END = "dispute_end", _("a dispute was to be decided")
    STAND_IN = "stand_in", _("the cover reviews while the lead is on leave")
    STAND_IN_END = "stand_in_end", _("the lead reviews again")
    OFFER_EXPIRES = "offer_expires", _("an offer is about to expire")
    BASELINE_DUE = "baseline_due", _("a goal has no baseline yet")
    COUNTERSIGN = "countersign", _("a signature waits for ours")
    AMENDMENT_ENDS = "amendment_ends", _("an amendment is about to end")
    AMENDMENT_SIGNED = "amendment_signed", _("a signed amendment waits for ours")
    APPEAL_WAITING = "appeal_waiting", _("an appeal waits for its answer")
    QUIET = "quiet", _("a side went quiet")


# Of what is asked whatever becomes of the engagement; its own sentence is about other things.
BESIDE = (Rule.APPEAL_WAITING,)
# At these instants the clock acts instead of reminding somebody.
ACTS = (Rule.REVIEW_END, Rule.DISPUTE_END, Rule.STAND_IN, Rule.STAND_IN_END)
