"""The bench: people whom we would ask again."""

from datetime import datetime

from accounts.models import User
from contractors.models import Contractor, HireAgain
from core import history
from core.use_case import use_case


@use_case
def say_hire_again(contractor: Contractor, *, would: bool, about: str, by: User, at: datetime) -> HireAgain:
    """After work that was completed: yes puts the person on the bench, no takes her or him off it. A further word is a
    further row; the latest counts."""
    said = HireAgain.objects.create(contractor=contractor, would=would, about=about[:200], by=by, at=at)
    history.record(contractor, verb="hire_again", became="yes" if would else "no", by=by, at=at, note=about[:200])
    return said
