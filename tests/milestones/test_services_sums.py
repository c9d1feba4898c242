"""Sums that are written down: equal to the postings at any moment, and proved so."""

import random
import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from core.money import Money
from milestones.models import Account, LedgerMark, LedgerSum, Posting
from milestones.queries.ledger import budget_lines, totals
from milestones.queries.proof import check
from milestones.queries.sums import sums_of_budgets, sums_of_house
from milestones.services import budgets, funding, sums
from reminders.services import sweep
from tests.factories import NOW, make_budget, make_engagement, make_user


def by_the_accounts():
    """The same as sums_of_house and sums_of_budgets of all, straight from the balances."""
    found = {}
    for account in Account.objects.select_related("engagement__funding"):
        budget = account.budget_id or (account.engagement and account.engagement.funding.budget_id)
        for key in (None, budget) if budget else (None,):
            place = (key, account.currency, account.kind)
            found[place] = found.get(place, 0) + account.balance_minor
    return {key: minor for key, minor in found.items() if minor}


def shown():
    pks = set(Account.objects.exclude(budget=None).values_list("budget", flat=True))
    return {key: minor for key, minor in (sums_of_house() | sums_of_budgets(pks)).items() if minor}


def some_movement(seed: int) -> None:
    chance = random.Random(seed)
    finance = make_user("finance")
    for currency in ("EUR", "JPY"):
        budget = make_budget(finance, minor=10_000_000, currency=currency)
        states = [chance.choice(["agreed", "funded", "accepted", "paid"]) for _turn in range(4)]
        make_engagement(budget=budget, currency=currency, milestones=states)
        budgets.return_money(budget, amount=Money(7, currency), cause="Back", by=finance, at=NOW)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [1, 2])
def test_what_is_shown_is_the_sum_of_the_accounts_before_and_after_the_mark_moved(seed, monkeypatch):
    monkeypatch.setattr(sums, "A_STEP", 3)
    some_movement(seed)
    assert shown() == by_the_accounts()

    assert sums.write_sums() == Posting.objects.count()
    assert LedgerMark.objects.get().posting_id == Posting.objects.order_by("pk").last().pk
    assert shown() == by_the_accounts()

    some_movement(seed + 10)
    assert shown() == by_the_accounts()
    assert check() == []
    assert sums.write_sums() > 0
    assert sums.write_sums() == 0
    assert shown() == by_the_accounts()
    assert check() == []


@pytest.mark.django_db
def test_inside_a_transaction_its_own_postings_count():
    lead = make_user()
    budget = make_budget(minor=1_000_000)
    milestone = make_engagement("active", lead=lead, budget=budget, milestones=["agreed"]).milestones.get()
    sums.write_sums()

    with transaction.atomic():
        funding.fund_milestone(milestone, by=lead, at=NOW)
        line = budget_lines([budget])[0]
        assert (line.rest.minor, line.held.minor) == (800_000, 200_000)
        transaction.set_rollback(True)

    line = budget_lines([budget])[0]
    assert (line.rest.minor, line.held.minor) == (1_000_000, 0)


@pytest.mark.django_db
@pytest.mark.parametrize("of_house", [True, False])
def test_the_proof_finds_a_sum_that_is_off(breaks_the_books, of_house):
    budget = make_budget(minor=500)
    sums.write_sums()
    LedgerSum.objects.filter(kind="budget", budget=None if of_house else budget).update(minor=499)

    place = "the house" if of_house else f"budget “{budget}”"
    assert check() == [f"L5: the sum kept of budget in {place} is -1 EUR off."]


@pytest.mark.django_db
def test_the_proof_finds_a_posting_that_the_mark_passed_over(breaks_the_books):
    make_budget(minor=500)
    sums.write_sums()
    LedgerMark.objects.update(posting_id=10**9)  # and so what comes now is in no sum
    make_budget(minor=300)

    assert any(said.startswith("L5: the sum kept of outside in the house") for said in check())


@pytest.mark.django_db
def test_the_sweep_moves_the_mark_once_it_is_worth_it(monkeypatch):
    monkeypatch.setattr(sums, "WORTH_IT", 3)
    finance = make_user("finance")
    budget = make_budget(finance, minor=500)
    sweep(at=NOW)  # the first of all looks at everything

    found = []
    for turn in range(1, 6):
        budgets.top_up(budget, amount=Money(1, "EUR"), cause="x", by=finance, at=NOW + timedelta(hours=turn))
        found.append(sweep(at=NOW + timedelta(hours=turn)).get("summed"))

    assert found == [None, None, None, 4, None]
    assert totals()[0].budget == Money(505, "EUR")


@pytest.mark.django_db
@pytest.mark.parametrize("others", [0, 3])
def test_a_budget_is_read_in_three_statements_however_much_moved(others, django_assert_num_queries):
    budget = make_budget(minor=10_000_000)
    for _turn in range(others):
        make_engagement(budget=budget, milestones=["paid", "funded"])
    sums.write_sums()

    with django_assert_num_queries(3):
        budget_lines([budget])


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="SQLite has one writer, so none is ever under way")
def test_a_posting_that_is_still_under_way_keeps_the_mark_back():
    finance = make_user("finance")
    slow, quick = make_budget(finance, minor=100), make_budget(finance, minor=100)
    has_moved, may_end = threading.Event(), threading.Event()

    def move_slowly() -> None:
        try:
            with transaction.atomic():
                budgets.return_money(slow, amount=Money(1, "EUR"), cause="x", by=finance, at=NOW)
                has_moved.set()
                may_end.wait(20)
        finally:
            connection.close()

    thread = threading.Thread(target=move_slowly)
    thread.start()
    assert has_moved.wait(20)
    # `outside` is one account of all, so the quick one moves money without it.
    lead = make_user()
    engagement = make_engagement("active", lead=lead, budget=quick, milestones=["agreed"], price_minor=50)
    milestone = engagement.milestones.get()
    type(milestone).objects.filter(pk=milestone.pk).update(amount_minor=50)
    funding.fund_milestone(milestone.pk, by=lead, at=NOW)  # drew the higher number, and is there first
    passed = sums.write_sums()
    may_end.set()
    thread.join(20)

    assert passed == 0
    assert sums.write_sums() == Posting.objects.count()
    assert shown() == by_the_accounts()
    assert check() == []
