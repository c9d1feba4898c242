import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.states import Role
from core import secrets
from milestones.models import BankAnswer, Payout
from milestones.services import payouts
from milestones.states import PayoutStatus
from tests.factories import NOW, make_user
from tests.milestones.conftest import bring
from tests.milestones.test_queries_answers import entry, report, sent_file
from tests.milestones.test_services_answers import take as carry_out

pytestmark = pytest.mark.django_db
PAGE, READ, TAKE = "/payouts/answers/", "/payouts/answers/read", "/payouts/answers/take"


@pytest.fixture
def sent(due, finance, other_finance):
    return bring(due, PayoutStatus.EXPORTED, finance, other_finance)


def upload(text, name="answer.xml"):
    return {"file": SimpleUploadedFile(name, text if isinstance(text, bytes) else text.encode())}


def paid(sent):
    return report(sent_file().message_id, entry(sent.end_to_end, "ACSC"))


def hidden(response):
    """The fields of the preview's form."""
    found = re.findall(r'<input type="hidden" name="(\w+)"(?: value="([^"]*)")?', response.content.decode())
    return {name: value for name, value in found if name in ("sealed", "seen")}


def test_finance_looks_at_an_answer_and_carries_it_out(client, sent, finance):
    client.force_login(finance)
    looked = client.post(READ, upload(paid(sent)))
    assert (looked.status_code, Payout.objects.get().status) == (200, PayoutStatus.EXPORTED)
    assert not BankAnswer.objects.exists()  # nothing is stored by looking

    response = client.post(TAKE, hidden(looked))

    assert (response.status_code, response.url) == (302, PAGE)
    assert Payout.objects.get().status == PayoutStatus.PAID
    assert "One payout is paid" in looked.content.decode()
    assert "answer.xml" in client.get(PAGE).content.decode()


def test_the_preview_shows_each_row_its_reason_and_what_is_set_aside(client, sent, finance):
    client.force_login(finance)
    text = report(
        sent_file().message_id,
        entry(sent.end_to_end, "RJCT", "AC04"),
        entry("<script>quack", "ACSC").replace("<s", "s", 1),
    )

    page = client.post(READ, upload(text)).content.decode()

    assert "The account is closed (AC04)." in page
    assert "is no payment of the file" in page
    assert "<script>quack" not in page


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"x" * 2_200_000, "2 MB"),
        (b"<!DOCTYPE a []><a/>", "document type"),
        (report("DUCK-7-SEPA-1", group="ACSC"), "DUCK-7-SEPA-1"),
    ],
)
def test_a_file_that_is_no_answer_comes_back_with_a_sentence(client, sent, finance, content, why):
    client.force_login(finance)

    response = client.post(READ, upload(content))

    assert (response.status_code, why in response.content.decode()) == (422, True)


@pytest.mark.parametrize(
    "sealed", ["", "x", secrets.encrypt("another secret"), secrets.encrypt("a\0b\0c")], ids=range(4)
)
def test_a_preview_that_was_changed_is_refused(client, sent, finance, sealed):
    client.force_login(finance)

    response = client.post(TAKE, {"sealed": sealed, "seen": ""})

    assert (response.status_code, "Choose the file again" in response.content.decode()) == (422, True)
    assert Payout.objects.get().status == PayoutStatus.EXPORTED


def test_what_moved_in_between_is_refused_and_shown_anew(client, sent, finance):
    client.force_login(finance)
    looked = client.post(READ, upload(report(sent_file().message_id, entry(sent.end_to_end, "RJCT", "AC04"))))
    payouts.confirm_paid(sent, by=finance, at=NOW)

    response = client.post(TAKE, hidden(looked))

    assert response.status_code == 409
    assert "Something moved" in response.content.decode()
    assert "Came back" in response.content.decode()
    assert client.post(TAKE, hidden(response)).status_code == 302  # now it was seen
    assert Payout.objects.get().status == PayoutStatus.DUE


def test_the_same_answer_again_is_refused_by_name(client, sent, finance):
    client.force_login(finance)
    looked = client.post(READ, upload(paid(sent)))
    carry_out(paid(sent), finance)

    response = client.post(TAKE, hidden(looked))

    assert (response.status_code, "this very answer already" in response.content.decode()) == (409, True)
    assert client.post(READ, upload(paid(sent))).status_code == 422


def test_a_double_click_has_one_effect(client, sent, finance):
    client.force_login(finance)
    given = {**hidden(client.post(READ, upload(paid(sent)))), "form_key": "a" * 32}

    answers = [client.post(TAKE, given) for _ in range(2)]

    assert [(a.status_code, a.url) for a in answers] == [(302, PAGE)] * 2
    assert BankAnswer.objects.count() == 1


def test_an_admin_only_reads(client, sent, admin):
    client.force_login(admin)

    assert client.get(PAGE).status_code == 200
    assert [client.post(path).status_code for path in (READ, TAKE)] == [403, 403]


@pytest.mark.parametrize("role", [Role.LEAD, Role.CONTRACTOR, Role.MEMBER])
def test_for_everybody_else_there_is_nothing_here(client, role):
    client.force_login(make_user(role))

    assert [client.get(PAGE).status_code, client.post(READ).status_code, client.post(TAKE).status_code] == [404] * 3


def test_reading_and_carrying_out_is_no_get(client, finance):
    client.force_login(finance)

    assert [client.get(path).status_code for path in (READ, TAKE)] == [405, 405]


def test_the_list_takes_as_many_queries_for_three_answers_as_for_one(client, finance, django_assert_max_num_queries):
    client.force_login(finance)
    facts = {"name": "a", "kind": "csv", "content_cipher": "", "paid": 1, "failed": 0, "by": finance, "at": NOW}
    BankAnswer.objects.create(sha256="1", **facts)
    with django_assert_max_num_queries(40) as one:
        client.get(PAGE)
    for n in "23":
        BankAnswer.objects.create(sha256=n, **facts)

    with django_assert_max_num_queries(len(one)):
        assert client.get(PAGE).content.decode().count("Read by") == 3
