"""The demo's people and contracts, dated back from the moment of loading, each written by the use case that a person
would have used. Holds every state that the first screens show: one side quiet, one milestone late, one bad bank
detail, one open offer, one review waiting, one payout due, one paused, one opening with a half-finished vetting."""

from datetime import datetime

from core.use_case import use_case
from reminders.demo.finished import has_a_record, is_completed
from reminders.demo.house import PASSWORD, open_house
from reminders.demo.offering import is_countersigned, is_offered
from reminders.demo.paying import has_a_bad_bank, is_paid, is_to_be_paid
from reminders.demo.plans import publish_plans
from reminders.demo.under_way import is_disputed, is_late, is_paused, waits_for_review, went_quiet
from reminders.demo.vetting import is_vetted

__all__ = ["PASSWORD", "SIGN_INS", "load"]

SIGN_INS = [
    ("Team lead", "tess@millpond.example"),
    ("Comms owner", "priya@millpond.example"),
    ("Contractor", "lan@studio.example"),
    ("Admin", "ada@millpond.example"),
    ("Finance", "joana@millpond.example"),
    ("Finance", "marek@millpond.example"),
]


@use_case
def load(*, now: datetime) -> None:
    """Everything, in one transaction: a broken-off load leaves nothing."""
    house = open_house(now)
    fast, build = publish_plans(house)
    for story in (
        is_vetted(house, fast),
        waits_for_review(house, fast),
        went_quiet(house, build),
        is_late(house, fast),
        is_to_be_paid(house, build),
        has_a_bad_bank(house, build),
        is_offered(house, fast),
        is_countersigned(house, build),
        is_paid(house, fast),
        has_a_record(house),
        is_paused(house, fast),
        is_completed(house, fast),
        is_disputed(house, fast),
    ):
        house.begin(story)
    house.tell()
