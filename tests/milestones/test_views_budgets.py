from datetime import timedelta

import pytest
from crispy_forms.templatetags.crispy_forms_filters import as_crispy_form
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.money import Money
from milestones.forms.budget import RulesForm
from milestones.models import Account, Budget, Posting
from milestones.queries import ledger_page, sums
from milestones.queries.budget_page import budget_facts
from milestones.services import budgets
from milestones.states import PostingKind
from milestones.views.budget_forms import rules
from tests.factories import NOW, make_budget, make_engagement, make_objective, make_user

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
    assert client.post(top_up(budget), {"in-amount": "5", "in-cause": "x"}).status_code == 403
    assert client.get(PAGE).status_code == 200


@pytest.mark.parametrize("role", ["member", "contractor"])
def test_budgets_are_hidden_from_the_others(client, budget, role):
    client.force_login(make_user(role))

    assert client.get(PAGE).status_code == 404
    assert client.get(f"/budgets/{budget.pk}/").status_code == 404
    assert client.post(CREATE, {"name": "Mine", "currency": "EUR"}).status_code == 404
    assert client.post(top_up(budget), {"in-amount": "5", "in-cause": "x"}).status_code == 404


def test_writes_are_no_get(client, budget, finance):
    client.force_login(finance)

    assert client.get(CREATE).status_code == 405
    assert client.get(top_up(budget)).status_code == 405


def test_finance_puts_money_in(client, budget, finance):
    client.force_login(finance)

    response = client.post(top_up(budget), {"in-amount": "1,400.50", "in-cause": "Decision 7"})

    assert response.status_code == 302
    assert Account.objects.get(budget=budget).balance_minor == 140_050


def test_a_double_click_puts_it_in_once(client, budget, finance):
    client.force_login(finance)

    for _ in range(2):
        client.post(top_up(budget), {"in-amount": "10", "in-cause": "Decision 7", "form_key": "c" * 32})

    assert Account.objects.get(budget=budget).balance_minor == 1000


def test_nothing_is_no_amount(client, budget, finance):
    client.force_login(finance)

    assert client.post(top_up(budget), {"in-amount": "0", "in-cause": "x"}).status_code == 409


@pytest.mark.parametrize("amount", ["", "-5", "lots", "1.0055", "9" * 25, "NaN", "1..2"])
def test_an_amount_that_can_not_be_read_comes_back_as_typed(client, budget, finance, amount):
    client.force_login(finance)

    response = client.post(top_up(budget), {"in-amount": amount, "in-cause": "Decision 7"})

    assert response.status_code == 422
    assert "Decision 7" in response.content.decode()


def test_the_page_says_what_is_left_and_where_the_rest_stands(client, finance):
    budget = make_budget(finance, minor=500_000)
    make_engagement(budget=budget)
    client.force_login(finance)

    page = client.get(f"/budgets/{budget.pk}/").content.decode()

    assert "€1,000 left to promise" in page
    # Held for the one that is funded, committed to the one that is agreed.
    assert page.count("<dd>€2,000 ") == 2


def test_a_lead_sees_what_is_left_and_no_engagement_of_others(client, finance):
    budget = make_budget(finance)
    make_engagement(budget=budget, title="Somebody else’s secret")
    client.force_login(make_user("lead"))

    page = client.get(f"/budgets/{budget.pk}/").content.decode()

    assert "Where its money is" in page
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


# --- rules, returns, rates -----------------------------------------------------------
def change(budget):
    return reverse("milestones:budget_change", args=[budget.pk])


def give_back(budget):
    return reverse("milestones:budget_return", args=[budget.pk])


RATE = "/rates/create"
A_RATE = {"source": "USD", "rate": "0.92", "target": "EUR", "on": "2026-11-20"}
WRITES = [
    (change, {"team": "Web"}),
    (give_back, {"out-amount": "5", "out-cause": "Left over"}),
    (lambda budget: RATE, A_RATE),
]


def test_finance_changes_the_rules_of_a_budget(client, budget, finance, other_finance):
    client.force_login(finance)

    response = client.post(change(budget), {"team": "Web", "limit": "5,000", "approvers": [other_finance.pk]})

    budget.refresh_from_db()
    assert response.status_code == 302
    assert (budget.team, budget.limit_minor, list(budget.approvers.all())) == ("Web", 500_000, [other_finance])
    page = client.get(f"/budgets/{budget.pk}/").content.decode()
    assert "up to €5,000, finance beyond" in page
    assert other_finance.name in page


@pytest.mark.parametrize("wrong", [{"limit": "lots"}, {"team": "x" * 121}, {"approvers": ["x"]}, {"objective": "-1"}])
def test_rules_that_can_not_be_read_come_back_as_typed(client, budget, finance, wrong):
    client.force_login(finance)

    response = client.post(change(budget), {"team": "Web crew", **wrong})

    assert response.status_code == 422
    assert ("Web crew" in response.content.decode()) or "team" in wrong


def test_an_approver_who_left_finance_meanwhile_is_refused(client, budget, finance, other_finance):
    other_finance.role = "lead"
    other_finance.save()
    client.force_login(finance)

    assert client.post(change(budget), {"approvers": [other_finance.pk]}).status_code == 422


def test_finance_returns_what_is_not_promised(client, finance):
    budget = make_budget(finance, minor=100_000)
    client.force_login(finance)

    for _ in range(2):  # a double click
        data = {"out-amount": "400", "out-cause": "Left over", "form_key": "e" * 32}
        assert client.post(give_back(budget), data).status_code == 302

    assert Account.objects.get(budget=budget).balance_minor == 60_000
    assert Posting.objects.get(kind="return").key == f"form:{finance.pk}:{'e' * 32}"


def test_what_is_promised_is_not_returned_and_the_form_keeps_what_was_typed(client, finance):
    budget = make_budget(finance, minor=100_000)
    client.force_login(finance)

    response = client.post(give_back(budget), {"out-amount": "1000.01", "out-cause": "Left over"})

    assert response.status_code == 409
    assert 'value="1000.01"' in response.content.decode()


def test_finance_types_a_rate_and_the_list_shows_what_it_comes_to(client, finance):
    make_budget(finance, minor=100_000, currency="USD")
    client.force_login(finance)

    assert client.post(RATE, A_RATE).status_code == 302

    page = client.get(PAGE).content.decode()
    assert "≈ €920 at 0.92 of" in page
    assert not Posting.objects.filter(currency="EUR").exists()


@pytest.mark.parametrize(
    ("wrong", "status"),
    [({"rate": "0"}, 409), ({"rate": "-1"}, 409), ({"rate": "x"}, 409), ({"target": "USD"}, 409), ({"on": "x"}, 422),
     ({"on": "2999-01-01"}, 409), ({"source": "ZZZ"}, 422), ({"rate": ""}, 422)],
)  # fmt: skip
def test_a_rate_that_can_not_be_is_refused(client, finance, wrong, status):
    client.force_login(finance)

    assert client.post(RATE, {**A_RATE, **wrong}).status_code == status


@pytest.mark.parametrize(("address", "data"), WRITES)
@pytest.mark.parametrize(("role", "status"), [("lead", 403), ("admin", 403), ("member", 404), ("contractor", 404)])
def test_only_finance_writes_them(client, budget, address, data, role, status):
    client.force_login(make_user(role))

    assert client.post(address(budget), data).status_code == status


@pytest.mark.parametrize(("address", "_data"), WRITES)
def test_they_are_no_get(client, budget, finance, address, _data):
    client.force_login(finance)

    assert client.get(address(budget)).status_code == 405


def test_the_page_says_where_the_money_was_at_the_end_of_a_day(client, finance):
    budget = make_budget(finance, minor=300_000)
    make_engagement(budget=budget, milestones=("funded",))
    budgets.top_up(budget, amount=Money(700_000, "EUR"), cause="More", by=finance, at=NOW + timedelta(days=3))
    client.force_login(finance)

    then = client.get(f"/budgets/{budget.pk}/", {"on": "2026-11-23"}).context["then"]

    assert (then.rest, then.held, then.owed) == (Money(100_000, "EUR"), Money(200_000, "EUR"), Money(0, "EUR"))
    assert client.get(f"/budgets/{budget.pk}/", {"on": "2026-11-22"}).context["then"].rest == Money(0, "EUR")
    assert "Choose a day" in client.get(f"/budgets/{budget.pk}/", {"on": "1066-10-14"}).content.decode()


def test_what_a_lead_can_not_fund_waits_for_finance_on_both_its_pages(client, finance):
    budget = make_budget(finance)
    budgets.change_budget(
        budget, team="", objective=None, limit=Money(199_999, "EUR"), approvers=[], by=finance, at=NOW
    )
    milestone = make_engagement("active", budget=budget, milestones=("agreed",)).milestones.get()
    client.force_login(finance)

    for path in (f"/budgets/{budget.pk}/", "/payouts/"):
        assert "Waits for finance to fund" in client.get(path).content.decode()
    assert "Fund €2,000" in client.get(f"/milestones/{milestone.pk}/").content.decode()
    assert client.post(f"/milestones/{milestone.pk}/fund").status_code == 302
    milestone.refresh_from_db()
    assert milestone.funded_by == finance


def test_the_lead_is_told_that_it_waits_for_finance(client, finance):
    budget = make_budget(finance)
    budgets.change_budget(budget, team="", objective=None, limit=Money(0, "EUR"), approvers=[], by=finance, at=NOW)
    engagement = make_engagement("active", budget=budget, milestones=("agreed",))
    client.force_login(engagement.lead)

    page = client.get(f"/milestones/{engagement.milestones.get().pk}/").content.decode()

    assert "Waiting for finance" in page
    assert "Fund €2,000" not in page
    assert client.post(f"/milestones/{engagement.milestones.get().pk}/fund").status_code == 403


@pytest.mark.parametrize("limit", [None, 0, 150_050])
@pytest.mark.parametrize("is_full", [True, False])
def test_the_rules_are_drawn_as_a_form_with_what_holds(client, finance, other_finance, limit, is_full):
    make_objective(title="Another <goal>")
    budget = make_budget(finance)
    budget.limit_minor = limit
    if is_full:
        budget.team, budget.objective = "Wéb <b> & “sons” 'so'", make_objective()
        budget.approvers.set([other_finance, finance])
    budget.save()
    people = [person.pk for person in budget.approvers.all()]
    typed = {None: "", 0: "0.00", 150_050: "1500.50"}[limit]
    initial = {"team": budget.team, "objective": budget.objective_id, "approvers": people, "limit": typed}

    assert rules(budget, budget_facts([budget])) == as_crispy_form(RulesForm(initial=initial))


def test_forms_offer_what_there_is_now(client, finance):
    client.force_login(finance)
    assert "A new aim" not in client.get(PAGE).content.decode()

    make_objective(title="A new aim")
    make_user("finance", name="Nora New")

    page = client.get(PAGE).content.decode()
    assert "A new aim" in page
    assert "Nora New" in page


@pytest.mark.parametrize(
    ("number", "shown"), [("", 25), ("1", 25), ("2", 2), ("x", 25), ("3", 2), ("-1", 2), ("0", 2), ("9" * 30, 2)]
)
def test_pages_of_budgets_are_found_as_djangos_are(client, finance, number, shown):
    for _turn in range(27):
        make_budget(finance, minor=0)
    client.force_login(finance)

    page = client.get(PAGE, {"page": number} if number else {}).context["page"]

    there = Paginator(Budget.objects.for_list(), 25).get_page(number)
    assert [budget.pk for budget in page.object_list] == [budget.pk for budget in there.object_list]
    assert (page.number, page.paginator.count, len(page.object_list)) == (there.number, 27, shown)


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


def test_the_ledger_says_what_stood_where_at_the_end_of_a_day(client, finance):
    budget = make_budget(finance, minor=300_000)
    budgets.top_up(budget, amount=Money(700_000, "EUR"), cause="Later", by=finance, at=NOW + timedelta(days=3))
    client.force_login(finance)

    answer = client.get("/ledger/", {"on": "2026-11-24"})

    assert [line.budget for line in answer.context["totals"]] == [Money(300_000, "EUR")]
    assert "Later" not in answer.content.decode()
    assert "The ledger balanced on" in answer.content.decode()


def test_the_ledger_shows_one_kind_from_a_day_on(client, finance):
    budget = make_budget(finance, minor=300_000)
    budgets.return_money(budget, amount=Money(700, "EUR"), cause="Way back", by=finance, at=NOW + timedelta(days=3))
    client.force_login(finance)

    since = {"since": "2026-11-25"}
    queries = ({}, {"kind": "return"}, since, {"since": "2026-11-27"}, {"kind": "top_up", **since})
    shown = [client.get("/ledger/", query).context["page"].count for query in queries]

    assert shown == [2, 1, 1, 0, 0]


@pytest.mark.parametrize("kind", PostingKind.values)
def test_a_budgets_postings_of_one_kind_are_those_with_its_account_at_an_end(client, finance, kind):
    budget = make_budget(finance)
    make_engagement(budget=budget, milestones=("accepted", "paid", "cancelled"))
    budgets.return_money(budget, amount=Money(700, "EUR"), cause="Way back", by=finance, at=NOW)
    account = Account.objects.get(budget=budget)
    client.force_login(finance)

    shown = client.get("/ledger/", {"budget": budget.pk, "kind": kind}).context["page"].count

    assert shown == Posting.objects.filter(Q(from_account=account) | Q(to_account=account), kind=kind).count()


def test_when_much_has_moved_since_the_sums_were_written_all_of_it_counts(client, finance, engagement, monkeypatch):
    client.force_login(finance)
    told = client.get("/ledger/").context["totals"]
    for module in (sums, ledger_page):
        monkeypatch.setattr(module, "FEW", 1)
    ledger_page._facts.cache_clear()

    try:
        assert client.get("/ledger/").context["totals"] == told
        assert told[0].held == Money(200_000, "EUR")
    finally:
        ledger_page._facts.cache_clear()


@pytest.mark.parametrize("query", [{"on": "soon"}, {"since": "0001-01-01"}, {"kind": "theft"}])
def test_a_filter_that_can_not_be_read_says_what_to_do(client, finance, query):
    client.force_login(finance)

    answer = client.get("/ledger/", query)

    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()


def test_a_budget_that_promised_too_much_says_what_is_missing_and_what_helps(client, finance):
    engagement = make_engagement(budget=make_budget(minor=150_000), milestones=("agreed",))
    budget = engagement.funding.budget
    client.force_login(finance)

    text = client.get(reverse("milestones:budget", args=[budget.pk])).content.decode()

    assert "€500 is missing: put it in, or withdraw an offer" in text
    assert "Nothing is left that is not promised." in text
    budgets.top_up(budget, amount=Money(50_000, "EUR"), cause="What was missing", by=finance, at=NOW)
    assert "is missing" not in client.get(reverse("milestones:budget", args=[budget.pk])).content.decode()


def test_an_empty_budget_shows_no_chart(client, budget, finance):
    client.force_login(finance)

    assert "dr-stacked" not in client.get(reverse("milestones:budget", args=[budget.pk])).content.decode()
