"""Each guard of the database on money: with it, damage is refused; without it, the same damage passes and the proof
finds it. So neither the guard nor the proof is there for show (promises A2)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from core.triggers import PROTECTED
from engagements.models import Amendment, Engagement, Pause, Termination
from milestones.models import Account, BatchLine, Dispute, Milestone, Payout, PayoutBatch, Posting
from milestones.services import ledger
from tests.factories import NOW, make_amendment, make_dispute, make_engagement, make_user, save
from tests.milestones.conftest import accept, bring, give_bank
from tests.resilience import oracle

pytestmark = pytest.mark.django_db
IS_SQLITE = connection.vendor == "sqlite"


def by_hand(kind: str, source: Account, target: Account, minor: int = 200_000, **facts: Any) -> None:
    """A posting with its balances, past every rule of ours."""
    facts = {"cause": "x", "key": f"hand:{kind}", "by": None, "at": NOW, "currency": "EUR", **facts}
    Posting.objects.create(from_account=source, to_account=target, amount_minor=minor, kind=kind, **facts)
    for end, change in ((source, -minor), (target, minor)):
        account = Account.objects.get(pk=end.pk)
        Account.objects.filter(pk=end.pk).update(balance_minor=account.balance_minor + change)


def account(kind: str) -> Account:
    return Account.objects.get(kind=kind)


def of(state: str) -> Milestone:
    return Milestone.objects.filter(status=state).order_by("position")[0]


def overdraw() -> None:
    by_hand("return", account("budget"), account("outside"), 10**12)


def fund_again() -> None:
    by_hand("fund", account("budget"), account("held"), milestone=of("funded"), round=1)


def refund_what_was_released() -> None:
    by_hand("refund", account("held"), account("budget"), milestone=of("accepted"), round=1)


def write_off_what_was_paid() -> None:
    by_hand("write_off", account("owed"), account("budget"), milestone=of("paid"), round=1)


def move_nowhere() -> None:
    save(Posting, from_account=account("held"), to_account=account("held"), amount_minor=1, currency="EUR", kind="fund",
         cause="x", key="x", at=NOW)  # fmt: skip


def move_less_than_nothing() -> None:
    by_hand("top_up", account("outside"), account("budget"), -5)


def use_a_key_again() -> None:
    key = Posting.objects.filter(kind="top_up").values_list("key", flat=True)[0]
    by_hand("top_up", account("outside"), account("budget"), key=key)


def change_a_posting() -> None:
    Posting.objects.filter(milestone=of("funded")).update(amount_minor=199_999)


def delete_a_posting() -> None:
    Posting.objects.filter(milestone=of("funded"))._raw_delete("default")


def mix_currencies() -> None:
    by_hand("top_up", account("outside"), account("budget"), currency="JPY")


def owe_it_twice() -> None:
    paid = Payout.objects.get(status="paid")
    save(Payout, milestone=paid.milestone, round=1, amount_minor=200_000, currency="EUR", due_on=NOW.date(),
         status="paid", status_since=NOW, paid_at=NOW)  # fmt: skip


def send_it_twice() -> None:
    payout = Payout.objects.get(status="approved")
    other = save(PayoutBatch, status="open", status_since=NOW, created_by=make_user("finance"), created_at=NOW)
    save(BatchLine, batch=other, payout=payout, amount_minor=payout.amount_minor, currency="EUR")


@dataclass(frozen=True)
class Guard:
    """`off`: what to run, by vendor; a unique index, a check or a trigger."""

    damage: Callable[[], None]
    found: str
    off: str
    table: str = "milestones_posting"


UNIQUE, CHECK, TRIGGER = "unique", "check", "trigger"
GUARDS = {
    "account_is_never_overdrawn": Guard(overdraw, "L2:", CHECK, "milestones_account"),
    "posting_happens_once_a_round": Guard(fund_again, "L4:", UNIQUE),
    "held_money_ends_once": Guard(refund_what_was_released, "L4:", UNIQUE),
    "owed_money_ends_once": Guard(write_off_what_was_paid, "L4:", UNIQUE),
    "posting_moves_money": Guard(move_nowhere, "Route:", CHECK),
    "posting_amount_is_positive": Guard(move_less_than_nothing, "Route:", CHECK),
    "append-only, change": Guard(change_a_posting, "L5:", TRIGGER),
    "append-only, delete": Guard(delete_a_posting, "L5:", TRIGGER),
    "one currency": Guard(mix_currencies, "L1:", TRIGGER),
    "payout_is_in_one_live_batch": Guard(send_it_twice, "L4:", UNIQUE, "milestones_batchline"),
    "payout_happens_once": Guard(owe_it_twice, "L4:", UNIQUE, "milestones_payout"),
}


@pytest.fixture
def room() -> Engagement:
    """A milestone in each state that money knows, and a payout that is on its way."""
    engagement = make_engagement(milestones=("funded", "agreed", "accepted", "submitted", "submitted"))
    give_bank(engagement)
    finance = make_user("finance"), make_user("finance")
    for state, place in (("paid", 4), ("approved", 5)):
        milestone = engagement.milestones.get(position=place)
        milestone.submissions.create(number=1, note="x", by=engagement.contractor.user, at=NOW)
        accept(milestone)
        bring(Payout.objects.get(milestone=milestone), state, *finance)
    return engagement


def switch_off(name: str, guard: Guard) -> None:
    with connection.cursor() as cursor:
        if guard.off == TRIGGER:
            for sql in PROTECTED[guard.table].drops(connection.vendor):
                cursor.execute(sql)
        elif guard.off == CHECK and IS_SQLITE:
            cursor.execute("PRAGMA ignore_check_constraints = ON")
        elif guard.off == CHECK or name == "payout_happens_once":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what waits for the commit would be in the way
            cursor.execute(f'ALTER TABLE {guard.table} DROP CONSTRAINT "{name}"')
        else:
            cursor.execute(f'DROP INDEX "{name}"')


@pytest.mark.parametrize("name", GUARDS)
def test_each_guard_refuses_what_the_proof_would_find(room, name):
    if IS_SQLITE and name == "payout_happens_once":
        pytest.skip("SQLite keeps a unique constraint without a condition inside the table: it can't be taken off")
    guard = GUARDS[name]
    before = ledger.check()
    with pytest.raises(DatabaseError), transaction.atomic():
        guard.damage()
    assert before == ledger.check() == []

    switch_off(name, guard)
    try:
        guard.damage()
        assert [line for line in ledger.check() if line.startswith(guard.found)]
    finally:
        if IS_SQLITE:
            connection.cursor().execute("PRAGMA ignore_check_constraints = OFF")


def test_a_key_is_used_once_whatever_anybody_writes(room):
    with pytest.raises(DatabaseError), transaction.atomic():
        use_a_key_again()

    assert ledger.check() == []


OPEN_ONES = {
    "milestone_has_one_open_dispute": (
        Dispute,
        "One dispute:",
        lambda e: make_dispute(e.milestones.get(position=4), e.lead),
    ),
    "engagement_has_one_open_amendment": (
        Amendment,
        "One amendment:",
        lambda e: make_amendment(e, number=1 + e.amendments.count()),
    ),
    "engagement_has_one_notice": (
        Termination,
        "One notice:",
        lambda e: save(Termination, engagement=e, side="ours", reason="x", given_by=e.lead, given_at=NOW),
    ),
    "engagement_has_one_open_pause": (
        Pause,
        "One pause:",
        lambda e: save(Pause, engagement=e, reason="x", began_at=NOW, began_by=e.lead),
    ),
}


@pytest.mark.parametrize("name", OPEN_ONES)
def test_one_of_each_is_open_and_the_oracle_finds_two(room, name):
    """Negative controls of what the walkers are judged by."""
    model, law, open_another = OPEN_ONES[name]
    open_another(room)
    with pytest.raises(DatabaseError), transaction.atomic():
        open_another(room)
    assert not [found for found in oracle.wrongs() if found.startswith(law)]

    switch_off(name, Guard(lambda: None, law, UNIQUE, model._meta.db_table))
    open_another(room)

    assert [found for found in oracle.wrongs() if found.startswith(law)]
