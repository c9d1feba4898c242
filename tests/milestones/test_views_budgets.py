import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from milestones.models import Account, Budget
from milestones.services import budgets
from tests.factories import NOW, make_budget, make_engagement, make_user

pytestmark = pytest.mark.django_db
PAGE = "/budgets/"
CREATE = "/budgets/create"


@pytest.fixture
def budget(finance):
    return budgets.create_budget("Web 2026", currency="EUR", by=finance, at=NOW)


def top_up(budget):
    return reverse("milestones:budget_top_up", args=[budget.pk])


def test_finance_makes_a_budget(client, finance):
    client.force_login(finance)

    response = client.post(CREATE, {"name": "Web 2026", "currency": "JPY"})

    budget = Budget.objects.get()
    assert (response.status_code, response.url) == (302, f"/budgets/{budget.pk}/")
    assert (budget.name, budget.currency, budget.created_by) == ("Web 2026", "JPY", finance)


def test_a_name_that_is_taken_is_refused_and_stays_in_the_field(client, budget, finance):
    client.force_login(finance)

    response = client.post(CREATE, {"name": "Web 2026", "currency": "EUR"})

    assert response.status_code == 409
    assert 'value="Web 2026"' in response.content.decode()


@pytest.mark.parametrize("wrong", [{"name": ""}, {"currency": "XYZ"}, {"currency": ""}, {"name": "x" * 121}])
def test_a_budget_that_says_too_little_comes_back(client, finance, wrong):
    client.force_login(finance)

    assert client.post(CREATE, {"name": "Web", "currency": "EUR", **wrong}).status_code == 422


@pytest.mark.parametrize("role", ["lead", "admin"])
def test_who_only_sees_budgets_may_not_make_or_fill_them(client, budget, role):
    client.force_login(make_user(role))

    assert client.post(CREATE, {"name": "Mine", "currency": "EUR"}).status_code == 403
    assert client.post(top_up(budget), {"amount": "5", "cause": "x"}).status_code == 403
    assert client.get(PAGE).status_code == 200


@pytest.mark.parametrize("role", ["member", "contractor"])
def test_budgets_are_hidden_from_the_others(client, budget, role):
    client.force_login(make_user(role))

    assert client.get(PAGE).status_code == 404
    assert client.get(f"/budgets/{budget.pk}/").status_code == 404
    assert client.post(CREATE, {"name": "Mine", "currency": "EUR"}).status_code == 404
    assert client.post(top_up(budget), {"amount": "5", "cause": "x"}).status_code == 404


def test_writes_are_no_get(client, budget, finance):
    client.force_login(finance)

    assert client.get(CREATE).status_code == 405
    assert client.get(top_up(budget)).status_code == 405


def test_finance_puts_money_in(client, budget, finance):
    client.force_login(finance)

    response = client.post(top_up(budget), {"amount": "1,400.50", "cause": "Decision 7"})

    assert response.status_code == 302
    assert Account.objects.get(budget=budget).balance_minor == 140_050


def test_a_double_click_puts_it_in_once(client, budget, finance):
    client.force_login(finance)

    for _ in range(2):
        client.post(top_up(budget), {"amount": "10", "cause": "Decision 7", "form_key": "c" * 32})

    assert Account.objects.get(budget=budget).balance_minor == 1000


def test_nothing_is_no_amount(client, budget, finance):
    client.force_login(finance)

    assert client.post(top_up(budget), {"amount": "0", "cause": "x"}).status_code == 409


@pytest.mark.parametrize("amount", ["", "-5", "lots", "1.0055", "9" * 25, "NaN", "1..2"])
def test_an_amount_that_can_not_be_read_comes_back_as_typed(client, budget, finance, amount):
    client.force_login(finance)

    response = client.post(top_up(budget), {"amount": amount, "cause": "Decision 7"})

    assert response.status_code == 422
    assert "Decision 7" in response.content.decode()


def test_the_page_says_what_is_left_and_where_the_rest_stands(client, finance):
    budget = make_budget(finance, minor=500_000)
    make_engagement(budget=budget)
    client.force_login(finance)

    page = client.get(f"/budgets/{budget.pk}/").content.decode()

    assert "€3,000 left" in page
    assert page.count("€2,000.00") >= 2


def test_a_lead_sees_what_is_left_and_no_engagement_of_others(client, finance):
    budget = make_budget(finance)
    make_engagement(budget=budget, title="Somebody else’s secret")
    client.force_login(make_user("lead"))

    page = client.get(f"/budgets/{budget.pk}/").content.decode()

    assert "Where it stands" in page
    assert "secret" not in page


@pytest.mark.parametrize("path", [PAGE, "/ledger/"])
def test_the_lists_take_as_many_queries_for_three_rows_as_for_one(client, finance, path):
    make_engagement()
    client.force_login(finance)
    client.get(path)
    with CaptureQueriesContext(connection) as one:
        client.get(path)
    make_engagement()
    make_engagement()
    with CaptureQueriesContext(connection) as three:
        assert client.get(path).status_code == 200

    assert len(three) == len(one)


def test_the_postings_of_a_budget_take_as_many_queries_for_three_rows_as_for_one(client, budget, finance, lead):
    from core.money import Money

    client.force_login(finance)
    budgets.top_up(budget, amount=Money(100, "EUR"), cause="1", by=finance, at=NOW)
    path = f"/budgets/{budget.pk}/"
    client.get(path)
    with CaptureQueriesContext(connection) as one:
        client.get(path)
    for who in (finance, lead):
        budgets.top_up(budget, amount=Money(100, "EUR"), cause="2", by=who, at=NOW)
    with CaptureQueriesContext(connection) as three:
        client.get(path)

    assert len(three) == len(one)


# --- the ledger -----------------------------------------------------------------------
@pytest.mark.parametrize(("role", "status"), [("finance", 200), ("admin", 200), ("lead", 404), ("contractor", 404)])
def test_finance_and_admins_read_the_ledger(client, engagement, role, status):
    client.force_login(make_user(role))

    assert client.get("/ledger/").status_code == status


def test_the_ledger_says_that_it_sums_to_zero(client, engagement, finance):
    client.force_login(finance)

    page = client.get("/ledger/").content.decode()

    assert "The ledger balances" in page
    assert "€0.00" in page


def test_the_ledger_shows_one_engagement_or_one_budget(client, finance):
    first, second = make_engagement(title="First work"), make_engagement(title="Second work")
    client.force_login(finance)

    by_engagement = client.get("/ledger/", {"engagement": first.pk}).content.decode()
    by_budget = client.get("/ledger/", {"budget": second.funding.budget.pk}).content.decode()

    assert ("First work" in by_engagement, "Second work" in by_engagement) == (True, False)
    assert ("First work" in by_budget, "Second work" in by_budget) == (False, True)


@pytest.mark.parametrize("query", ["engagement=x", "budget=999999", "engagement=" + "9" * 40, "budget=-1"])
def test_a_filter_that_names_nothing_is_not_found(client, finance, query):
    client.force_login(finance)

    assert client.get(f"/ledger/?{query}").status_code == 404


def test_the_ledger_is_only_read(client, finance):
    client.force_login(finance)

    assert client.post("/ledger/").status_code == 405
