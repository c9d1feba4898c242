"""People and records of the money room."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from accounts.states import Role
from contractors.models import Contractor
from engagements.models import Engagement
from milestones.models import BankDetail, Milestone, PaymentSetup, Payout
from milestones.queries.record import (
    DeliveryRecord,
    counted,
    delivery_records,
    late_of_last_three,
    on_time_of,
    record_sums,
)
from milestones.services import bank, batches, ledger, payment_setup, payouts, reviews, submissions
from milestones.states import PayoutStatus
from tests.factories import NOW, make_engagement, make_user

IBAN = "PT50 0002 0123 1234 5678 9015 4"


@pytest.fixture
def engagement(db: None) -> Engagement:
    """Active: one milestone funded, one agreed; each of €2,000."""
    return make_engagement()


@pytest.fixture
def lead(engagement: Engagement) -> User:
    return engagement.lead


@pytest.fixture
def contractor(engagement: Engagement) -> User:
    return engagement.contractor.user


@pytest.fixture
def finance(db: None) -> User:
    return make_user(Role.FINANCE)


@pytest.fixture
def other_finance(db: None) -> User:
    return make_user(Role.FINANCE)


@pytest.fixture
def admin(db: None) -> User:
    return make_user(Role.ADMIN)


@pytest.fixture
def funded(engagement: Engagement) -> Milestone:
    return engagement.milestones.get(position=1)


@pytest.fixture
def agreed(engagement: Engagement) -> Milestone:
    return engagement.milestones.get(position=2)


def evidence_for(milestone: Milestone, value: str = "1100") -> dict[Any, tuple[str, str]]:
    return {goal: (value, "run 8812") for goal in milestone.goals.all()}


def verdicts_for(milestone: Milestone, is_met: bool = True) -> dict[Any, tuple[bool, str]]:
    return {goal: (is_met, "") for goal in milestone.goals.all()}


def hand_in(milestone: Milestone, **facts: Any) -> Any:
    facts = {
        "note": "Done.",
        "link": "https://example.org/pr/1",
        "evidence": evidence_for(milestone),
        "parts": {place: submissions.Delivered("https://example.org/pr/1") for place in range(len(milestone.parts))},
        "by": milestone.engagement.contractor.user,
        "at": NOW,
        **facts,
    }
    return submissions.submit_milestone(milestone, **facts)


def accept(milestone: Milestone, **facts: Any) -> Milestone:
    facts = {
        "verdicts": verdicts_for(milestone),
        "note": "",
        "submission_number": milestone.submissions.count(),
        "by": milestone.engagement.lead,
        "at": NOW,
        **facts,
    }
    return reviews.accept_milestone(milestone, **facts)


def make_iban(n: int) -> str:
    """A German one that is nobody else's."""
    bare = f"37040044{n:010}"
    return f"DE{98 - int(bare + '131400') % 97:02}{bare}"


def give_bank(engagement: Engagement, **facts: Any) -> Any:
    """In the contractor's own name; the first contractor gets IBAN, everybody else one of their own."""
    owner = engagement.contractor
    iban = facts.pop("iban", None)
    if iban is None:
        is_first = not BankDetail.objects.exclude(contractor=owner).exists()
        iban = IBAN if is_first else make_iban(owner.pk)
    facts = {
        "holder": owner.name,
        "bank_country": iban[:2],
        "account": iban,
        "town": "Lisbon",
        "country": "PT",
        "by": owner.user,
        "at": NOW,
        **facts,
    }
    return bank.save_bank_detail(owner, **facts)


def set_up_payment(by: User | None = None, **facts: Any) -> Any:
    facts = {
        "name": "Mill Pond Software Lda",
        "iban": "DE89370400440532013000",
        "bic": "COBADEFF",
        "street": "Rua do Lago 1",
        "postcode": "1100-001",
        "town": "Lisbon",
        "country": "PT",
        "weekdays": [4],
        "bank_days": 2,
        "by": by or make_user(Role.FINANCE),
        "at": NOW,
        **facts,
    }
    return payment_setup.save_payment_setup(**facts)


def bring(payout: Payout, to: str, approver: User, confirmer: User) -> Payout:
    """Along its way to the state `to`, in a batch of its own approver."""
    if to == PayoutStatus.DUE:
        return payout
    if not PaymentSetup.objects.exists():
        set_up_payment(approver)
    line = batches.approve(payout, by=approver, at=NOW, knowing=True)
    if to != PayoutStatus.APPROVED:
        batches.confirm(line.batch, by=confirmer, at=NOW)
        batches.export(line.batch, by=confirmer, at=NOW)
    if to == PayoutStatus.PAID:
        payouts.confirm_paid(payout, by=confirmer, at=NOW)
    payout.refresh_from_db()
    return payout


@pytest.fixture
def submitted(funded: Milestone) -> Milestone:
    hand_in(funded)
    funded.refresh_from_db()
    return funded


@pytest.fixture
def accepted(submitted: Milestone) -> Milestone:
    return accept(submitted)


@pytest.fixture
def due(accepted: Milestone) -> Payout:
    """A payout that waits for approval, of a contractor with bank details; our own account is entered."""
    set_up_payment()
    give_bank(accepted.engagement)
    return Payout.objects.get(milestone=accepted)


def recount(contractor: Contractor) -> DeliveryRecord:
    """The delivery record, counted from its rows; what the database counts says the same."""
    found = delivery_records([contractor])[contractor.pk]
    sums = record_sums(contractor)
    assert (list(sums.by_kind), sums.dropped, sums.size) == (found.by_kind, found.dropped, len(found.rows))
    assert sums.on_time == on_time_of([contractor])[contractor.pk] == counted(found.rows)
    assert late_of_last_three(contractor) == sum(not r.is_on_time for r in [r for r in found.rows if r.counts][:3])
    return found


@pytest.fixture
def books() -> Callable[[], None]:
    """Call it to see that L1–L5 hold."""

    def hold() -> None:
        assert ledger.check() == []

    return hold


@pytest.fixture
def breaks_the_books() -> None:
    """For a test that breaks them on purpose."""


@pytest.fixture(autouse=True)
def _books_hold_afterwards(request: pytest.FixtureRequest) -> Any:
    """Every test of money ends with books that hold."""
    marker = request.node.get_closest_marker("django_db")
    if marker is None or "breaks_the_books" in request.fixturenames:
        yield
        return
    request.getfixturevalue("transactional_db" if marker.kwargs.get("transaction") else "db")
    yield
    assert ledger.check() == []
