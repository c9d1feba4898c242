"""Whether somebody may be asked for a faster estimate."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from contractors.models import Contractor
from milestones.queries.record import late_of_last_three, on_time_of

LOOKED_AT, LATE_ENOUGH = 3, 2


@dataclass(frozen=True)
class Pace:
    """`late` of the last `of` finished milestones (at most three) were late, net of our delay."""

    late: int
    of: int

    @property
    def may_ask(self) -> bool:
        return self.of >= LOOKED_AT and self.late >= LATE_ENOUGH

    @property
    def sentence(self) -> str:
        """Why it is open or locked."""
        if self.of < LOOKED_AT:
            return _("Locked: fewer than three finished milestones are known, so the estimate is trusted.")
        if self.late == 0:
            return _("Locked: none of the last three was late, net of our delay, so the estimate is trusted.")
        if not self.may_ask:
            return _("Locked: one of the last three was late, net of our delay. It opens at two.")
        return _("Open: %(late)d of the last three were late, net of our delay.") % {"late": self.late}


def pace_of(contractor: Contractor) -> Pace:
    """Four queries."""
    return Pace(late_of_last_three(contractor), min(LOOKED_AT, on_time_of([contractor])[contractor.pk].of))
