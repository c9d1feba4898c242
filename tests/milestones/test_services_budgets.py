import pytest

from core.errors import DomainError
from core.models import Event
from core.money import Money
from engagements.states import EngagementStatus
from milestones.models import Account
from milestones.queries.ledger import committed_minor
from milestones.services import budgets, funding
from milestones.services.commitments import uncommitted
from milestones.services.offers import send_offer
from milestones.states import MilestoneStatus
from tests.factories import NOW, make_budget, make_engagement, make_objective, make_user

pytestmark = pytest.mark.django_db


def draft(budget, *, minor=200_000, **facts):
    engagement = make_engagement(
        "draft", budget=budget, milestones=(MilestoneStatus.PLANNED,), price_minor=minor, **facts
    )
    engagement.milestones.update(amount_minor=minor)
    return engagement


def send(engagement):
    return send_offer(engagement, by=engagement.lead, at=NOW)


def change(budget, by, **rules):
    rules = {"team": "", "objective": None, "limit": None, "approvers": [], **rules}
    return budgets.change_budget(budget, by=by, at=NOW, **rules)


def test_an_offer_promises_its_price_from_the_budget(finance):
    budget = make_budget(finance, minor=500_000)

    send(draft(budget))

    assert committed_minor(budget) == 200_000
    assert uncommitted(budget) == Money(300_000, "EUR")
    assert Account.objects.get(budget=budget).balance_minor == 500_000


def test_an_offer_over_the_uncommitted_rest_is_stopped_with_what_is_left_what_is_needed_and_who_can_help(finance):
    budget = make_budget(finance, minor=300_000)
    send(draft(budget))
    engagement = draft(budget)

    with pytest.raises(DomainError) as refusal:
        send(engagement)

    assert refusal.value.sentence == (
        f"The budget “{budget}” has €1,000 left to promise; this needs €2,000. {finance.name} can top it up."
    )
    engagement.refresh_from_db()
    assert engagement.status == EngagementStatus.DRAFT


def test_an_offer_of_exactly_the_rest_leaves(finance):
    budget = make_budget(finance, minor=200_000)

    assert send(draft(budget)).status == EngagementStatus.OFFERED
    assert uncommitted(budget) == Money(0, "EUR")


@pytest.mark.parametrize("ended", ["declined", "withdrawn", "expired"])
def test_an_offer_that_came_to_nothing_promises_nothing(finance, ended):
    budget = make_budget(finance, minor=200_000)
    make_engagement(ended, budget=budget, milestones=(MilestoneStatus.PLANNED,))

    assert committed_minor(budget) == 0


def test_funding_moves_a_promise_without_touching_the_uncommitted_rest(finance):
    budget = make_budget(finance, minor=500_000)
    engagement = make_engagement("agreed", budget=budget, milestones=(MilestoneStatus.AGREED, MilestoneStatus.AGREED))
    before = uncommitted(budget)

    funding.fund_milestone(engagement.milestones.get(position=1), by=engagement.lead, at=NOW)

    assert (before, uncommitted(budget)) == (Money(100_000, "EUR"), Money(100_000, "EUR"))


def test_a_lead_does_not_fund_over_the_limit_and_is_told_who_does(finance):
    budget = make_budget(finance)
    change(budget, finance, limit=Money(199_999, "EUR"))
    milestone = make_engagement("agreed", budget=budget, milestones=(MilestoneStatus.AGREED,)).milestones.get()

    with pytest.raises(DomainError) as refusal:
        funding.fund_milestone(milestone, by=milestone.engagement.lead, at=NOW)

    assert refusal.value.sentence.endswith("a lead funds up to €1,999.99; finance funds this one.")


def test_finance_funds_what_is_over_the_limit(finance):
    budget = make_budget(finance)
    change(budget, finance, limit=Money(0, "EUR"))
    milestone = make_engagement("agreed", budget=budget, milestones=(MilestoneStatus.AGREED,)).milestones.get()

    milestone = funding.fund_milestone(milestone, by=finance, at=NOW)

    assert (milestone.status, milestone.funded_by) == (MilestoneStatus.FUNDED, finance)


def test_a_budget_is_of_a_team_or_an_objective_and_names_who_approves(finance, other_finance):
    objective = make_objective()

    budget = budgets.create_budget(
        "Web", currency="EUR", team="Web", objective=objective, limit=Money(500, "EUR"), approvers=[other_finance],
        by=finance, at=NOW,
    )  # fmt: skip

    assert (budget.team, budget.objective, budget.limit) == ("Web", objective, Money(500, "EUR"))
    assert list(budget.approvers.all()) == [other_finance]


def test_what_changes_about_a_budget_is_kept(finance, other_finance):
    budget = make_budget(finance)

    change(budget, finance, team="Web", approvers=[other_finance])

    event = Event.objects.of(budget).get()
    assert event.verb == "changed"
    assert "team –" in event.note
    assert f"team Web, objective –, a lead funds up to the rest, approved by {other_finance.name}" in event.note


def test_a_change_that_changes_nothing_leaves_no_line(finance):
    budget = make_budget(finance)

    change(budget, finance)

    assert not Event.objects.of(budget).exists()


@pytest.mark.parametrize("role", ["lead", "admin", "member"])
def test_who_approves_is_of_finance(finance, role):
    budget = make_budget(finance)

    with pytest.raises(DomainError):
        change(budget, finance, approvers=[make_user(role)])


def test_the_limit_is_in_the_budgets_own_currency(finance):
    budget = make_budget(finance)

    with pytest.raises(DomainError):
        change(budget, finance, limit=Money(1, "JPY"))
