"""Tax details on their two pages: ours, and the contractor's own."""

from typing import Any

import pytest
from django.test import Client

from milestones.models import InvoiceSetup, TaxDetail
from tests.factories import make_contractor, make_invoice_setup, make_tax_detail, make_user

pytestmark = pytest.mark.django_db
OURS, THEIRS = "/invoices/setup/", "/money/tax/"
PARTY = {"street": "Rua do Lago 12", "postcode": "1200-109", "town": "Lisboa", "country": "PT", "registration": ""}
SETUP = {
    **PARTY,
    "legal_name": "Mill Pond Software Lda",
    "vat_id": "PT 501 964 843",
    "self_bills": "on",
    "reverse_charge_note": "Reverse charge.",
    "small_business_note": "Small business.",
    "no_tax_note": "No tax.",
}
DETAIL = {
    **PARTY,
    "legal_name": "Ana Silva",
    "mode": "small_business",
    "vat_id": "",
    "tax_number": "501 964 843",
    "agrees": "on",
}


@pytest.fixture
def person(client: Client) -> Any:
    """A contractor, signed in."""
    contractor = make_contractor(True)
    client.force_login(contractor.user)  # type: ignore[arg-type]
    return contractor


@pytest.mark.parametrize("role", ["finance", "admin"])
def test_finance_and_admins_enter_our_side(client: Client, role: str) -> None:
    client.force_login(make_user(role))

    answer = client.post(OURS, SETUP)

    setup = InvoiceSetup.objects.get()
    assert (answer.status_code, setup.vat_id, setup.self_bills) == (302, "PT501964843", True)
    assert "We write invoices for contractors who agreed" in client.get(OURS).content.decode()


@pytest.mark.parametrize("role", ["lead", "member", "contractor"])
def test_our_side_is_hidden_from_the_others(client: Client, role: str) -> None:
    client.force_login(make_user(role))

    assert client.get(OURS).status_code == 404
    assert client.post(OURS, SETUP).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [{"legal_name": ""}, {"country": "ZZ"}, {"vat_id": "PT501964840"}, {"no_tax_note": ""}, {"town": "x" * 81}],
)
def test_what_can_not_be_right_of_ours_comes_back_as_typed(client: Client, wrong: dict[str, str]) -> None:
    client.force_login(make_user("finance"))

    answer = client.post(OURS, {**SETUP, **wrong})

    assert answer.status_code == 422
    assert "Rua do Lago 12" in answer.content.decode()
    assert not InvoiceSetup.objects.exists()


def test_neither_page_gives_tax_advice_and_both_say_so(client: Client, person: Any) -> None:
    theirs = client.get(THEIRS).content.decode()
    client.force_login(make_user("finance"))

    assert "This is no tax advice." in theirs
    assert "This is no tax advice." in client.get(OURS).content.decode()


def test_a_contractor_enters_the_own_details_and_agrees(client: Client, person: Any) -> None:
    make_invoice_setup()

    answer = client.post(THEIRS, DETAIL)

    detail = TaxDetail.objects.get()
    assert (answer.status_code, detail.contractor, detail.agreed_by) == (302, person, person.user)
    assert "We write your invoices" in client.get(THEIRS).content.decode()


def test_the_page_says_why_there_is_only_a_receipt(client: Client, person: Any) -> None:
    make_tax_detail(person)

    page = client.get(THEIRS).content.decode()

    assert "Each payment gets you a receipt" in page
    assert "Our own invoice details aren’t entered yet." in page
    assert "writes no invoices for contractors yet" in page


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"tax_number": ""}, "needs your VAT number"),
        ({"mode": ""}, "Choose one of the four."),
        ({"mode": "free"}, "Select a valid choice"),
        ({"mode": "no_tax", "vat_id": "PT501964843"}, "carries no VAT number"),
        ({"mode": "own_invoices"}, "Either you write the invoices or we do"),
        ({"vat_id": "DE136695976"}, "begins with the two letters"),
    ],
)
def test_what_can_not_be_right_of_theirs_comes_back_as_typed(
    client: Client, person: Any, wrong: dict[str, str], why: str
) -> None:
    answer = client.post(THEIRS, {**DETAIL, **wrong})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert why in page
    assert "Rua do Lago 12" in page
    assert not TaxDetail.objects.exists()


@pytest.mark.parametrize("role", ["finance", "admin", "lead", "member"])
def test_nobody_else_has_such_a_page(client: Client, role: str) -> None:
    client.force_login(make_user(role))

    assert client.get(THEIRS).status_code == 404
    assert client.post(THEIRS, DETAIL).status_code == 404
