from core.models.event import Event
from core.models.file import StoredFile
from core.models.idempotency import SubmittedForm
from core.models.outbox import OutboxMail, OutboxStatus
from core.models.tally import Tally
from core.models.touched import Heartbeat, Touched
from core.models.tries import Tries

__all__ = [
    "Event",
    "Heartbeat",
    "OutboxMail",
    "OutboxStatus",
    "StoredFile",
    "SubmittedForm",
    "Tally",
    "Touched",
    "Tries",
]
