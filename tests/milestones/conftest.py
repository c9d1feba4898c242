"""People and records of the money room."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from accounts.states import Role
from engagements.models import Engagement
from milestones.models import Milestone, Payout
from milestones.services import bank, ledger, reviews, submissions
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


def give_bank(engagement: Engagement, **facts: Any) -> Any:
    owner = engagement.contractor
    return bank.save_bank_detail(owner, **{"holder": "Ana Silva", "iban": IBAN, "by": owner.user, "at": NOW, **facts})


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
    """A payout that waits for approval, of a contractor with bank details."""
    give_bank(accepted.engagement)
    return Payout.objects.get(milestone=accepted)


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
