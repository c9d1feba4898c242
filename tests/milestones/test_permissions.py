import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from milestones.models import Milestone
from milestones.permissions import approval_problem, can_approve, can_fund
from milestones.queries import facts_of, payouts_of, with_approvers
from tests.factories import NOW, make_user

pytestmark = pytest.mark.django_db


def name_approvers(payout, *people):
    payout.milestone.engagement.funding.budget.approvers.set(people)


def test_anybody_of_finance_approves_while_the_budget_names_nobody(due, finance):
    assert can_approve(finance, due)


def test_only_those_whom_the_budget_names_approve(due, finance, other_finance):
    name_approvers(due, other_finance)

    assert (can_approve(finance, due), can_approve(other_finance, due)) == (False, True)
    assert other_finance.name in approval_problem(finance, due)


@pytest.mark.parametrize("role", ["lead", "member", "admin", "contractor"])
def test_nobody_but_finance_approves(due, role):
    assert not can_approve(make_user(role), due)


def test_whoever_accepted_the_work_does_not_approve_its_payout_however_small(due, finance):
    Milestone.objects.filter(pk=due.milestone_id).update(accepted_by=finance)
    due.milestone.refresh_from_db()
    name_approvers(due, finance)

    assert approval_problem(finance, due) == "You accepted this work, so somebody else pays it."


def test_whoever_set_the_money_aside_does_not_approve_that_it_is_paid(due, finance):
    due.milestone.funded_by = finance

    assert not can_approve(finance, due)


def test_payouts_of_a_list_cost_no_query_each(due, finance):
    rows = payouts_of([due.pk])
    with_approvers(rows, facts_of(rows, at=NOW))

    with CaptureQueriesContext(connection) as seen:
        assert [can_approve(finance, row) for row in rows] == [True]

    assert len(seen) == 0


@pytest.mark.parametrize(("limit", "lead_may"), [(None, True), (200_000, True), (199_999, False), (0, False)])
def test_the_lead_funds_up_to_the_limit_and_finance_beyond_it(agreed, lead, finance, limit, lead_may):
    budget = agreed.engagement.funding.budget
    budget.limit_minor = limit
    budget.save()

    assert (can_fund(lead, agreed), can_fund(finance, agreed)) == (lead_may, not lead_may)
    assert Milestone.objects.visible_to(finance).contains(agreed) is not lead_may


def test_another_lead_funds_nothing(agreed):
    assert not can_fund(make_user("lead"), agreed)
