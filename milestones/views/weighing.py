"""What a decision would do, said on the button before it is pressed."""

from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from core.money import MoneyError
from milestones.forms.review import ACCEPT, CHANGES, HOLD_BACK, IN_PART, ReviewForm
from milestones.models import Milestone
from milestones.services.reviews import earned, moved_on, nothing_is_open
from milestones.states import MilestoneStatus, Origin

UNDER_REVIEW = (MilestoneStatus.SUBMITTED, MilestoneStatus.DISPUTED)


@dataclass(frozen=True)
class Weight:
    """`act` is the button's name, `line` what follows or what is missing still."""

    act: str
    line: str


def weigh(milestone: Milestone, form: ReviewForm, promised: date) -> Weight:
    if milestone.status not in UNDER_REVIEW:
        return Weight(_("Send my decision"), moved_on(milestone))
    decision, met, unmet, open_ones = form.chosen()
    whole = milestone.amount
    facts = {"whole": whole, "day": date_format(promised, "D j M")}
    missing = _("Judge every goal and part first.") if open_ones else ""
    if decision == CHANGES:
        if met and not unmet and not missing:
            missing = nothing_is_open()
        return Weight(
            _("Ask for changes, keep %(whole)s held") % facts, missing or _("Say in a line what would meet the goal.")
        )
    if decision == ACCEPT:
        if unmet:
            missing = _("Something is not met: accept in part, or ask for changes.")
        line = _("It is owed today and paid by %(day)s.") % facts
        if milestone.origin == Origin.HOLD_BACK and milestone.due_on > localdate():
            facts["until"] = date_format(milestone.due_on, "j M Y")
            line = _("It is held back until %(until)s. Accepted now, it is owed today and paid by %(day)s.") % facts
        return Weight(_("Accept and release %(whole)s") % facts, missing or line)
    if decision == IN_PART:
        return _in_part(milestone, form, met, unmet, missing, facts)
    if decision == HOLD_BACK:
        try:
            held = form.money("hold_amount")
        except MoneyError as unread:
            return Weight(_("Accept, hold some back"), str(unread))
        if unmet:
            missing = missing or _("Something is not met: accept in part, or ask for changes.")
        if missing or held is None or not 0 < held.minor < whole.minor:
            return Weight(_("Accept, hold some back"), missing or _("Say how much of %(whole)s stays held.") % facts)
        facts |= {"now": whole - held, "held": held}
        return Weight(
            _("Accept: release %(now)s, hold %(held)s") % facts,
            _("%(held)s becomes a milestone of its own, with the same goals.") % facts,
        )
    return Weight(_("Send my decision"), _("Judge each goal, then choose."))


def _in_part(
    milestone: Milestone, form: ReviewForm, met: int, unmet: int, missing: str, facts: dict[str, object]
) -> Weight:
    if not missing and not unmet:
        missing = _("Everything is met: accept it whole.")
    if not missing and not met:
        missing = _("Nothing is met yet: ask for changes.")
    whole = milestone.amount
    try:
        typed = form.money("amount")
    except MoneyError as unread:
        return Weight(_("Accept in part"), str(unread))
    if typed is not None and not typed:
        return Weight(_("Accept in part"), missing or _("Release more than nothing."))
    now = typed or earned(whole, met, unmet)
    if missing or not 0 < now.minor < whole.minor:
        return Weight(_("Accept in part"), missing or _("Release less than %(whole)s.") % facts)
    facts |= {"now": now, "rest": whole - now}
    return Weight(
        _("Accept in part: release %(now)s") % facts,
        _("%(rest)s stays set aside for the rest, as a milestone of its own. %(now)s is paid by %(day)s.") % facts,
    )
