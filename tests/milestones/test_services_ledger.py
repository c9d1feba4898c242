import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction

from core.errors import DomainError
from core.money import Money, parse_money
from milestones.models import Account, Posting
from milestones.services import budgets, funding, ledger
from milestones.states import AccountKind, MilestoneStatus, PostingKind
from tests.factories import NOW, make_budget, make_engagement

pytestmark = pytest.mark.django_db


def test_a_posting_moves_money_between_two_accounts_and_keeps_who_when_and_why(finance):
    budget = budgets.create_budget("Web 2026", currency="EUR", by=finance, at=NOW)

    posting = budgets.top_up(budget, amount=Money(30_000, "EUR"), cause="Decision 7", by=finance, at=NOW)

    assert (posting.kind, posting.amount, posting.cause, posting.by, posting.at) == (
        PostingKind.TOP_UP, Money(30_000, "EUR"), "Decision 7", finance, NOW,
    )  # fmt: skip
    assert Account.objects.get(budget=budget).balance == Money(30_000, "EUR")
    assert Account.objects.get(kind=AccountKind.OUTSIDE, currency="EUR").balance == Money(-30_000, "EUR")


@pytest.mark.usefixtures("breaks_the_books")  # promised more than it holds, as no offer could
def test_an_overdrawn_budget_is_refused_with_what_is_left(finance):
    budget = make_budget(finance, minor=30_000)
    engagement = make_engagement(budget=budget, milestones=(MilestoneStatus.AGREED,))

    with pytest.raises(DomainError) as refusal:
        funding.fund_milestone(engagement.milestones.get(), by=engagement.lead, at=NOW)

    assert "has €300 left; this needs €2,000" in refusal.value.sentence
    assert engagement.milestones.get().status == MilestoneStatus.AGREED


def test_the_same_step_of_a_round_is_posted_once(funded, lead):
    with pytest.raises(DomainError):
        ledger.move_milestone(funded, PostingKind.FUND, by=lead, at=NOW)

    assert Posting.objects.filter(milestone=funded).count() == 1


def test_held_money_ends_once(accepted, lead):
    account = Account.objects.get(kind=AccountKind.HELD, engagement=accepted.engagement)
    Account.objects.filter(pk=account.pk).update(balance_minor=account.balance_minor + 200_000)

    with pytest.raises(DomainError):
        ledger.move_milestone(accepted, PostingKind.REFUND, by=lead, at=NOW)

    Account.objects.filter(pk=account.pk).update(balance_minor=account.balance_minor)


def test_a_posting_follows_the_route_of_its_kind(funded, lead):
    held = Account.objects.get(kind=AccountKind.HELD, engagement=funded.engagement)
    budget = Account.objects.get(kind=AccountKind.BUDGET)

    with pytest.raises(ValueError):
        ledger.post(
            PostingKind.FUND,
            amount=funded.amount,
            source=held,
            target=budget,
            by=lead,
            at=NOW,
            cause="wrong way",
            key="k",
        )


def test_a_posting_keeps_to_one_currency(funded, lead):
    budget = Account.objects.get(kind=AccountKind.BUDGET)
    held = Account.objects.get(kind=AccountKind.HELD)

    with pytest.raises(ValueError):
        ledger.post(
            PostingKind.FUND, amount=Money(1, "JPY"), source=budget, target=held, by=lead, at=NOW, cause="yen", key="k"
        )


def test_the_database_itself_refuses_a_negative_balance(engagement):
    with pytest.raises(IntegrityError), transaction.atomic():
        Account.objects.filter(kind=AccountKind.HELD, engagement=engagement).update(balance_minor=-1)


def test_the_database_refuses_to_change_a_posting(funded):
    with pytest.raises(DatabaseError), transaction.atomic():
        Posting.objects.filter(milestone=funded).update(amount_minor=1)


@pytest.mark.parametrize("place", ["row", "from_account", "to_account"])
def test_the_database_refuses_a_posting_in_mixed_currencies(funded, lead, place):
    held, budget = Account.objects.get(kind=AccountKind.HELD), Account.objects.get(kind=AccountKind.BUDGET)
    yen = Account.objects.create(kind=AccountKind.OUTSIDE, currency="JPY")
    mixed = {"row": {"currency": "JPY"}, "from_account": {"from_account": yen}, "to_account": {"to_account": yen}}
    facts = {"from_account": budget, "to_account": held, "currency": "EUR", **mixed[place]}

    with pytest.raises(DatabaseError), transaction.atomic():
        Posting.objects.create(amount_minor=1, kind="fund", cause="x", key="x", by=lead, at=NOW, **facts)


def test_the_database_refuses_to_change_the_currency_of_an_account(funded):
    with pytest.raises(DatabaseError), transaction.atomic():
        Account.objects.filter(kind=AccountKind.HELD).update(currency="JPY")


def test_the_database_refuses_a_second_posting_with_one_key(funded, lead):
    posting = Posting.objects.get(milestone=funded)
    posting.pk, posting.round = None, 2

    with pytest.raises(IntegrityError), transaction.atomic():
        posting.save(force_insert=True)


def test_a_key_asked_twice_moves_the_money_once(finance):
    budget = make_budget(finance, minor=0)

    once, again = (
        budgets.top_up(budget, amount=Money(500, "EUR"), cause="Decision 7", key="form:1", by=finance, at=NOW)
        for _ in range(2)
    )

    assert once == again
    assert Account.objects.get(budget=budget).balance_minor == 500


def test_a_key_used_for_another_amount_is_refused(finance):
    budget = make_budget(finance, minor=0)
    budgets.top_up(budget, amount=Money(500, "EUR"), cause="Decision 7", key="form:1", by=finance, at=NOW)

    with pytest.raises(DomainError):
        budgets.top_up(budget, amount=Money(600, "EUR"), cause="Decision 7", key="form:1", by=finance, at=NOW)

    assert Account.objects.get(budget=budget).balance_minor == 500


def test_every_posting_of_a_milestone_has_a_key_of_its_own(accepted):
    keys = Posting.objects.filter(milestone=accepted, kind=PostingKind.RELEASE).values_list("key", flat=True)

    assert list(keys) == [f"milestone:{accepted.pk}:1:release"]


def test_money_returns_to_where_it_came_from(finance):
    budget = make_budget(finance, minor=30_000)

    posting = budgets.return_money(budget, amount=Money(10_000, "EUR"), cause="Left over", by=finance, at=NOW)

    assert (posting.kind, posting.amount, posting.cause) == (PostingKind.RETURN, Money(10_000, "EUR"), "Left over")
    assert Account.objects.get(budget=budget).balance_minor == 20_000


def test_what_is_promised_does_not_return(finance):
    budget = make_budget(finance, minor=300_000)
    make_engagement(budget=budget, milestones=(MilestoneStatus.AGREED,))

    with pytest.raises(DomainError) as refusal:
        budgets.return_money(budget, amount=Money(150_000, "EUR"), cause="Left over", by=finance, at=NOW)

    assert "has €1,000 left to promise; this needs €1,500" in refusal.value.sentence


def test_a_return_asked_twice_leaves_once_even_when_nothing_is_left_then(finance):
    budget = make_budget(finance, minor=300)

    for _ in range(2):
        budgets.return_money(budget, amount=Money(300, "EUR"), cause="All", key="form:9", by=finance, at=NOW)

    assert Account.objects.get(budget=budget).balance_minor == 0


def test_the_database_refuses_to_delete_a_posting(funded):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM milestones_posting")


@pytest.mark.usefixtures("breaks_the_books")
def test_check_says_which_balance_is_not_the_sum_of_its_postings(engagement):
    account = Account.objects.get(kind=AccountKind.HELD, engagement=engagement)
    Account.objects.filter(pk=account.pk).update(balance_minor=7)

    found = ledger.check()

    assert f"L5: account {account.pk} (held) shows 7, its postings sum to 200000." in found
    assert [line for line in found if line.startswith("L1")]


@pytest.mark.usefixtures("breaks_the_books")
def test_check_says_which_state_the_money_does_not_match(engagement, agreed):
    type(agreed).objects.filter(pk=agreed.pk).update(status=MilestoneStatus.FUNDED)

    assert ledger.check() == [f"L3: milestone {agreed.pk} is funded, but its money is not set aside."]


@pytest.mark.usefixtures("breaks_the_books")
def test_check_says_which_posting_took_a_wrong_way(funded, lead):
    held = Account.objects.get(kind=AccountKind.HELD)
    budget = Account.objects.get(kind=AccountKind.BUDGET)
    Posting.objects.create(
        from_account=held, to_account=budget, amount_minor=1, currency="EUR", kind=PostingKind.PAY, by=lead, at=NOW,
        cause="by hand", key="by hand",
    )  # fmt: skip

    assert [line for line in ledger.check() if line.startswith("Route")]


@pytest.mark.usefixtures("breaks_the_books")
def test_check_says_which_account_was_overdrawn_on_the_way(funded, lead):
    held = Account.objects.get(kind=AccountKind.HELD)
    budget = Account.objects.get(kind=AccountKind.BUDGET)
    for source, target, kind in ((held, budget, PostingKind.REFUND), (budget, held, PostingKind.FUND)):
        Posting.objects.create(
            from_account=source, to_account=target, amount_minor=300_000, currency="EUR", kind=kind, by=lead, at=NOW,
            cause="by hand", key=f"by hand {kind}",
        )  # fmt: skip

    assert [line for line in ledger.check() if line.startswith("L2")]


@pytest.mark.parametrize(("currency", "typed", "minor"), [("JPY", "500000", 500_000), ("BHD", "1200.125", 1_200_125)])
def test_currencies_with_other_decimals_keep_every_unit(finance, currency, typed, minor):
    budget = budgets.create_budget("Elsewhere", currency=currency, by=finance, at=NOW)
    budgets.top_up(budget, amount=parse_money(typed, currency), cause="start", by=finance, at=NOW)
    engagement = make_engagement(budget=budget, currency=currency, milestones=(MilestoneStatus.AGREED,))

    funding.fund_milestone(engagement.milestones.get(), by=engagement.lead, at=NOW)

    assert Account.objects.get(budget=budget).balance_minor == minor - 200_000
    assert Account.objects.get(kind=AccountKind.HELD, engagement=engagement).balance == Money(200_000, currency)


def test_a_budget_name_is_used_once(finance):
    budgets.create_budget("Web", currency="EUR", by=finance, at=NOW)

    with pytest.raises(DomainError):
        budgets.create_budget("Web", currency="USD", by=finance, at=NOW)


def test_a_budget_takes_only_its_own_currency(finance):
    budget = budgets.create_budget("Web", currency="EUR", by=finance, at=NOW)

    with pytest.raises(DomainError):
        budgets.top_up(budget, amount=Money(100, "USD"), cause="dollars", by=finance, at=NOW)


def test_the_command_says_that_the_ledger_holds(engagement, capsys):
    call_command("ledger", "verify")

    assert "The ledger holds" in capsys.readouterr().out


@pytest.mark.usefixtures("breaks_the_books")
def test_the_command_fails_with_the_first_that_does_not_hold(engagement):
    Account.objects.filter(kind=AccountKind.HELD).update(balance_minor=7)

    with pytest.raises(CommandError, match=r"L1: EUR sums to -?\d+, not to zero. \(and 1 more\)"):
        call_command("ledger", "verify")
