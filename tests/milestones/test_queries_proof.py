"""Each law of the ledger is broken once, with the guards off, and found."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from core import triggers
from core.money import Money
from engagements.models import Engagement
from milestones.models import Account, Budget, Milestone, Payout, Posting
from milestones.queries.proof import check
from milestones.services.payouts import mark_returned
from milestones.services.splitting import split_off
from milestones.services.write_offs import write_off
from milestones.states import AccountKind, MilestoneStatus, Origin, PayoutStatus, PostingKind
from tests.factories import NOW, TODAY, make_user
from tests.milestones.conftest import bring

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("breaks_the_books")]


@pytest.fixture
def tampering():
    """As somebody with the database's own password could; what it does is rolled back with the test."""
    triggers.drop_all(connection)


def move(kind: str, source: Account, target: Account, minor: int = 200_000, **facts: Any) -> None:
    """A posting by hand, with its balances."""
    facts = {"cause": "x", "key": f"hand:{kind}:{minor}", "by": None, "at": NOW, "currency": "EUR", **facts}
    Posting.objects.create(from_account=source, to_account=target, amount_minor=minor, kind=kind, **facts)
    for account, change in ((source, -minor), (target, minor)):
        account.balance_minor += change
        Account.objects.filter(pk=account.pk).update(balance_minor=account.balance_minor)


def account(kind: str) -> Account:
    return Account.objects.get(kind=kind)


def twice_funded(milestone: Milestone) -> None:
    """In a round that has not begun, where no unique constraint is in the way."""
    move("fund", account("budget"), account("held"), milestone=milestone, round=2)


def another_amount(milestone: Milestone) -> None:
    Milestone.objects.filter(pk=milestone.pk).update(amount_minor=199_999)


def another_currency(milestone: Milestone) -> None:
    Milestone.objects.filter(pk=milestone.pk).update(currency="JPY")


def a_mixed_posting(milestone: Milestone) -> None:
    Posting.objects.filter(milestone=milestone).update(currency="JPY")


def a_wrong_way(milestone: Milestone) -> None:
    Posting.objects.filter(milestone=milestone).update(kind=PostingKind.PAY)


def a_lost_state(milestone: Milestone) -> None:
    Milestone.objects.filter(pk=milestone.pk).update(status=MilestoneStatus.AGREED)


def a_changed_balance(milestone: Milestone) -> None:
    Account.objects.filter(kind=AccountKind.HELD).update(balance_minor=1)


def a_deleted_posting(milestone: Milestone) -> None:
    Posting.objects.filter(milestone=milestone)._raw_delete("default")


def a_release_before_its_funding(milestone: Milestone) -> None:
    owed = Account.objects.create(kind=AccountKind.OWED, engagement=milestone.engagement, currency="EUR")
    Posting.objects.filter(milestone=milestone).update(kind=PostingKind.RELEASE)
    Posting.objects.filter(milestone=milestone).update(from_account=account("held"), to_account=owed)
    move("fund", account("budget"), account("held"), milestone=milestone, round=1)


def a_release_without_funding(milestone: Milestone) -> None:
    owed = Account.objects.create(kind=AccountKind.OWED, engagement=milestone.engagement, currency="EUR")
    Posting.objects.filter(milestone=milestone).update(round=None, milestone=None)
    move("release", account("held"), owed, milestone=milestone, round=1)


def an_overdrawn_moment(milestone: Milestone) -> None:
    ends = account("budget"), account("outside")
    for kind, source, target in (("return", *ends), ("top_up", *ends[::-1])):
        Posting.objects.create(
            from_account=source, to_account=target, kind=kind, amount_minor=10**9, currency="EUR", cause="x", key=kind,
            at=NOW,
        )  # fmt: skip


def too_much_promised(milestone: Milestone) -> None:
    Milestone.objects.filter(status=MilestoneStatus.AGREED).update(amount_minor=10**9)


def a_round_that_never_was(milestone: Milestone) -> None:
    Milestone.objects.filter(pk=milestone.pk).update(round=2)


def money_back_that_never_left(milestone: Milestone) -> None:
    paid, owed = (
        Account.objects.create(kind=kind, engagement=milestone.engagement, currency="EUR", balance_minor=minor)
        for kind, minor in (("paid", 200_000), ("owed", 0))
    )
    Milestone.objects.filter(pk=milestone.pk).update(round=2)
    move("bounce", paid, owed, milestone=milestone, round=2)


@pytest.mark.usefixtures("tampering")
@pytest.mark.parametrize(
    ("law", "tamper"),
    [
        ("Route:", a_wrong_way),
        ("L1:", a_mixed_posting),
        ("L1:", a_changed_balance),
        ("L2:", an_overdrawn_moment),
        ("L2: budget", too_much_promised),
        ("L3:", another_amount),
        ("L3:", another_currency),
        ("L3:", a_lost_state),
        ("L3:", a_deleted_posting),
        ("L3:", a_round_that_never_was),
        ("L4:", a_round_that_never_was),
        ("L4:", twice_funded),
        ("L4:", a_release_before_its_funding),
        ("L4:", a_release_without_funding),
        ("L4:", money_back_that_never_left),
        ("L5:", a_deleted_posting),
        ("L5:", a_changed_balance),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_each_law_that_is_broken_is_found(funded, law, tamper: Callable[[Milestone], None]):
    assert check() == []

    tamper(funded)

    assert [line for line in check() if line.startswith(law)]


@pytest.mark.parametrize("facts", [{"amount_minor": 1}, {"currency": "JPY"}, {"status": "written_off"}])
def test_a_payout_that_differs_from_its_milestone_is_found(due, facts):
    Payout.objects.filter(pk=due.pk).update(**facts)

    assert [line for line in check() if line.startswith(f"L4: payout {due.pk}")]


def test_a_written_off_milestone_is_in_order(due, finance):
    write_off(due, reason="Waived.", by=finance, at=NOW)

    assert check() == []


def test_money_that_came_back_is_in_order_until_the_round_that_paid_it_is_gone(due, finance):
    paid = bring(due, PayoutStatus.PAID, finance, make_user("finance"))
    mark_returned(paid, problem="Closed", by=finance, at=NOW)
    assert check() == []

    triggers.drop_all(connection)
    Posting.objects.filter(kind=PostingKind.PAY).update(kind=PostingKind.WRITE_OFF)

    about = [line for line in check() if line.startswith("L4:")]
    of = f"milestone {due.milestone_id}, round"
    assert [f"{of} {n}" in line for n, line in zip((1, 2), about, strict=True)] == [True, True]


def test_a_split_is_in_order_until_a_half_changes(submitted):
    milestone = Milestone.objects.lock(submitted)
    rest = split_off(
        milestone, amount=Money(50_000, "EUR"), origin=Origin.REST, title="Rest", goals=[], parts=[], due_on=TODAY,
        reason="x", by=milestone.engagement.lead, at=NOW,
    )  # fmt: skip
    assert check() == []

    Milestone.objects.filter(pk=rest.pk).update(amount_minor=49_999)

    assert [line for line in check() if line.startswith("L3: split")]


def test_an_installation_without_money_is_in_order():
    assert (Engagement.objects.count(), Budget.objects.count(), check()) == (0, 0, [])
