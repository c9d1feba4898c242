import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from milestones.models import BankDetail, Payout
from milestones.services.write_offs import write_off
from milestones.states import MilestoneStatus
from tests.factories import NOW, PASSWORD, TODAY, make_engagement, make_milestone, make_user, show_who_it_is
from tests.milestones.conftest import IBAN, give_bank

pytestmark = pytest.mark.django_db
PAGE, BANK = "/money/", "/money/bank/"
TYPED = {
    "holder": "Ana Silva", "bank_country": "PT", "account": IBAN, "code": "", "town": "Lisbon", "country": "PT",
}  # fmt: skip


def test_the_contractor_sees_what_is_set_aside_owed_and_paid(client, accepted, contractor):
    make_milestone(accepted.engagement, MilestoneStatus.PAID)
    client.force_login(contractor)

    page = client.get(PAGE).content.decode()

    assert "€2,000 is owed to you" in page
    assert "With you by Tue 1 Dec" in page
    assert "Enter bank details" in page


def test_what_is_late_or_written_off_promises_no_day_any_more(client, due, contractor, finance):
    client.force_login(contractor)
    Payout.objects.update(due_on=TODAY - timedelta(days=30))
    assert "Accepted. Promised by" in client.get(PAGE).content.decode()

    write_off(due, reason="Waived.", by=finance, at=NOW)

    page = client.get(PAGE).content.decode()
    assert "Accepted. Written off Mon 23 Nov" in page
    assert "With you by" not in page
    milestone = client.get(f"/milestones/{due.milestone_id}/").content.decode()
    assert ("Written off, Mon 23 Nov" in milestone, "will not be" in milestone) == (True, True)
    assert "by Sat 24 Oct" not in milestone


def test_every_currency_stands_for_itself(client, contractor, engagement):
    make_engagement(contractor=engagement.contractor, currency="JPY", milestones=(MilestoneStatus.PAID,))
    client.force_login(contractor)

    page = client.get(PAGE).content.decode()

    assert "¥200,000" in page
    assert "€2,000.00" in page


def test_nobody_sees_the_money_of_another(client, engagement):
    other = make_engagement(title="Other work").contractor.user
    client.force_login(other)

    assert "Payment page, faster" not in client.get(PAGE).content.decode()


@pytest.mark.parametrize("role", ["lead", "member", "finance", "admin"])
@pytest.mark.parametrize("path", [PAGE, BANK])
def test_for_our_own_side_there_is_nothing_here(client, role, path):
    client.force_login(make_user(role))

    assert client.get(path).status_code == 404
    assert client.post(path, TYPED).status_code == (404 if path == BANK else 405)


def test_a_visitor_is_asked_to_sign_in(client, db):
    assert [client.get(path).status_code for path in (PAGE, BANK)] == [302, 302]


def test_the_list_takes_as_many_queries_for_three_rows_as_for_one(client, engagement, contractor):
    client.force_login(contractor)
    client.get(PAGE)
    with CaptureQueriesContext(connection) as one:
        client.get(PAGE)
    make_milestone(engagement, MilestoneStatus.ACCEPTED)
    make_milestone(engagement, MilestoneStatus.PAID)
    with CaptureQueriesContext(connection) as three:
        client.get(PAGE)

    assert len(three) == len(one)
    # Session, person, contractor with bank and tax, sums, the page, its payouts; the organisation is remembered.
    assert sum("accounts_organisation" not in q["sql"] for q in three) == 6


def test_the_list_is_turned_and_ends_with_what_moved_first(client, engagement, contractor, monkeypatch):
    monkeypatch.setattr("milestones.views.money.A_PAGE", 1)
    first = engagement.milestones.get(position=1)
    second = make_milestone(engagement, MilestoneStatus.PAID, status_since=NOW + timedelta(hours=1))
    client.force_login(contractor)

    pages = [client.get(PAGE, {"page": number}).content.decode() for number in ("1", "2", "99", "x")]

    shown = [re.findall(r'data-status="(\w+)"', page) for page in pages]
    assert shown == [[second.status], [first.status], [first.status], [second.status]]


def test_the_contractor_enters_bank_details(client, engagement, contractor):
    show_who_it_is(client, contractor)

    response = client.post(BANK, TYPED)

    assert (response.status_code, response.url) == (302, PAGE)
    detail = BankDetail.objects.get(contractor=engagement.contractor)
    assert (detail.holder, detail.last4) == ("Ana Silva", "0154")
    assert "ending in 0154" in client.get(PAGE).content.decode()


@pytest.mark.parametrize(
    "wrong",
    [
        {"account": "PT50000201231234567890155"},
        {"account": "hello"},
        {"account": ""},
        {"holder": ""},
        {"account": "1" * 90},
        {"bank_country": "DE"},
        {"bank_country": "US"},
        {"bank_country": "XX"},
        {"town": ""},
        {"country": "Portugal"},
    ],
    ids=["checksum", "word", "empty", "nobody", "long", "abroad", "no-routing", "no-country", "no-town", "no-code"],
)
def test_an_account_that_can_not_be_right_comes_back_with_a_sentence(client, engagement, contractor, wrong):
    show_who_it_is(client, contractor)

    response = client.post(BANK, {**TYPED, **wrong})

    assert response.status_code == 422
    assert not BankDetail.objects.exists()


def test_the_page_never_shows_the_number_again(client, engagement, contractor):
    give_bank(engagement)
    show_who_it_is(client, contractor)

    page = client.get(BANK).content.decode()

    assert "ending in 0154" in page
    assert IBAN.replace(" ", "")[4:20] not in page.replace(" ", "").replace("PT50000201231234567890154", "")


def test_a_contractor_without_any_work_sees_an_empty_page(client):
    from tests.factories import make_contractor

    client.force_login(make_contractor(True).user)

    assert "No money has moved yet" in client.get(PAGE).content.decode()


def test_one_thing_that_is_missing_is_said_once(client, engagement, contractor):
    show_who_it_is(client, contractor)

    page = client.post(BANK, {**TYPED, "bank_country": "VN", "account": "0071 0012 34471"}).content.decode()

    assert "Give the bank’s code" in page
    assert "Please fill this in." not in page


def test_the_country_of_the_bank_decides_what_is_asked(client, engagement, contractor):
    show_who_it_is(client, contractor)

    here = client.get(BANK, {"bank_country": "PT"}).content.decode()
    there = client.get(BANK, {"bank_country": "US"}, headers={"HX-Request": "true"}).content.decode()

    assert "IBAN" in here
    assert "Routing number" not in here
    assert "Routing number" in there
    assert there.startswith("<form")


def test_an_account_without_an_iban_is_taken(client, engagement, contractor):
    show_who_it_is(client, contractor)
    typed = {**TYPED, "bank_country": "US", "account": "123456789", "code": "021000021", "account_type": "savings"}

    assert client.post(BANK, typed).status_code == 302
    detail = BankDetail.objects.get()
    assert (detail.form, detail.account, detail.code, detail.account_type) == (
        "us", "123456789", "021000021", "savings",
    )  # fmt: skip


def test_a_change_asks_again_who_it_is_and_then_leads_back(client, engagement, contractor):
    give_bank(engagement)
    client.post("/accounts/login/", {"login": contractor.email, "password": PASSWORD})  # just now, and yet

    asked = client.get(BANK)

    assert (asked.status_code, asked.url) == (302, f"/accounts/reauthenticate/?next={BANK.replace('/', '%2F')}")
    assert client.post(asked.url, {"password": PASSWORD, "next": BANK}).url == BANK
    assert client.get(BANK).status_code == 200


def test_for_the_first_account_having_just_signed_in_is_enough(client, engagement, contractor):
    client.post("/accounts/login/", {"login": contractor.email, "password": PASSWORD})

    assert client.post(BANK, TYPED).status_code == 302


def test_a_session_that_somebody_left_open_changes_nothing_and_what_was_typed_stays(client, engagement, contractor):
    give_bank(engagement)
    client.force_login(contractor)

    response = client.post(BANK, {**TYPED, "holder": "Evil Eve"})

    page = response.content.decode()
    assert (response.status_code, BankDetail.objects.get().holder) == (409, contractor.name)
    assert "Evil Eve" in page
    assert "/accounts/reauthenticate/?next=" in page


def test_it_is_forgotten_after_a_while(client, engagement, contractor, settings):
    give_bank(engagement)
    show_who_it_is(client, contractor)
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0

    assert client.get(BANK).status_code == 302


def test_the_payments_say_where_the_money_is_and_whose_turn_it_is(client, accepted, contractor):
    client.force_login(contractor)

    page = client.get(PAGE).content.decode()

    assert "Enter your bank details, so that it can be sent." in page
