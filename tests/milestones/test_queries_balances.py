"""What stood where at an instant is what a replay of everything until then comes to."""

from collections import defaultdict
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from core.errors import DomainError
from core.money import Money
from milestones.models import Posting, Rate
from milestones.queries.ledger import balances_at, standing_at, totals
from milestones.queries.rates import about, converted
from milestones.services import budgets, funding
from milestones.services.rates import type_rate
from milestones.services.sums import write_sums
from tests.factories import NOW, TODAY, make_budget, make_engagement, make_user

ACTS = st.lists(
    st.tuples(st.sampled_from(["top_up", "return", "fund"]), st.integers(0, 1), st.integers(1, 300_000),
              st.integers(0, 3)),
    max_size=12,
)  # fmt: skip


class TestBalances(TestCase):
    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(acts=ACTS)
    def test_balances_of_any_past_instant_are_those_of_a_replay(self, acts):
        finance = make_user("finance")
        kept = [make_budget(finance, minor=0, currency=currency) for currency in ("EUR", "BHD")]
        waiting = [
            list(make_engagement("active", budget=b, currency=b.currency, milestones=["agreed"] * 3).milestones.all())
            for b in kept
        ]
        at, instants = NOW, [NOW]
        for act, which, minor, later in acts:
            at += timedelta(hours=later)
            instants.append(at)
            amount = Money(minor, kept[which].currency)
            try:
                if act == "top_up":
                    budgets.top_up(kept[which], amount=amount, cause="x", by=finance, at=at)
                elif act == "return":
                    budgets.return_money(kept[which], amount=amount, cause="x", by=finance, at=at)
                else:
                    milestone = waiting[which].pop()
                    funding.fund_milestone(milestone, by=milestone.engagement.lead, at=at)
            except (DomainError, IndexError):
                continue

        for instant in instants:
            if instant == instants[len(instants) // 2]:
                write_sums()  # from here on most of it is written down
            replayed, of_budget = defaultdict(int), defaultdict(int)
            for posting in Posting.objects.select_related("from_account__budget", "to_account__budget"):
                if posting.at <= instant:
                    for account, sign in ((posting.from_account, -1), (posting.to_account, 1)):
                        replayed[account.currency, account.kind] += sign * posting.amount_minor
                        of_budget[account.budget] += sign * posting.amount_minor
            found = {
                (currency, kind): minor for (_house, currency, kind), minor in balances_at(instant).items() if minor
            }
            assert found == {k: v for k, v in replayed.items() if v}
            assert [standing_at(b, instant).rest.minor for b in kept] == [of_budget[b] for b in kept]
            assert all(line.sum.minor == 0 for line in totals(instant))


@pytest.mark.parametrize(
    ("minor", "source", "rate", "target", "shown"),
    [
        (120_000, "USD", "1.08", "EUR", Money(129_600, "EUR")),
        (1, "USD", "0.5", "EUR", Money(0, "EUR")),  # half goes to even
        (3, "USD", "0.5", "EUR", Money(2, "EUR")),
        (10**12, "JPY", "0.0061", "EUR", Money(610_000_000_000, "EUR")),
        (1_234, "BHD", "391", "JPY", Money(482, "JPY")),
        (-50_000, "EUR", "163.4", "JPY", Money(-81_700, "JPY")),
    ],
)
def test_an_amount_in_another_currency_keeps_to_its_minor_unit(minor, source, rate, target, shown):
    assert converted(Money(minor, source), Rate(source=source, target=target, rate=rate)) == shown


@pytest.mark.django_db
def test_the_newest_day_counts_and_a_currency_without_a_rate_is_not_guessed():
    finance = make_user("finance")
    for rate, days in (("0.92", 1), ("0.95", 0), ("0.9", 2)):
        type_rate("USD", target="EUR", rate=rate, on=TODAY - timedelta(days=days), by=finance, at=NOW)
    rates = Rate.objects.latest_to("EUR")

    assert about(Money(100, "USD"), rates).money == Money(95, "EUR")
    assert about(Money(100, "JPY"), rates) is None


@pytest.mark.django_db
def test_a_typed_rate_stays():
    from django.db import DatabaseError, transaction

    rate = type_rate("USD", target="EUR", rate="0.92", on=TODAY, by=make_user("finance"), at=NOW)

    with pytest.raises(DatabaseError), transaction.atomic():
        Rate.objects.filter(pk=rate.pk).update(rate="9")
