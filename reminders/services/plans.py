"""One instant to come."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class Plan:
    """A row of PlannedNotice as it shall be."""

    rule: str
    subject_id: int
    recipient_id: int
    about_on: date
    fire_at: datetime

    @property
    def key(self) -> tuple[str, int, int, date]:
        """What makes it the same plan, whenever it fires."""
        return self.rule, self.subject_id, self.recipient_id, self.about_on
