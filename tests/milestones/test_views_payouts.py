import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from milestones.models import BatchFile, BatchLine, PaymentSetup, Payout, PayoutBatch
from milestones.services import batches
from milestones.states import BatchStatus, MilestoneStatus, PayoutStatus
from tests.factories import NOW, TODAY, make_contractor, make_engagement, make_user
from tests.milestones.conftest import IBAN, accept, bring, give_bank, hand_in
from tests.milestones.test_services_batches import make_due

pytestmark = pytest.mark.django_db
PAGE = "/payouts/"
S = PayoutStatus


def into_batch(payouts, status, maker, second):
    """These payouts in one batch of `maker`, brought to `status`."""
    for payout in payouts:
        batch = batches.approve(payout, by=maker, at=NOW).batch
    if status != BatchStatus.OPEN:
        batches.confirm(batch, by=second, at=NOW)
    if status == BatchStatus.EXPORTED:
        batches.export(batch, by=second, at=NOW)
    return batch


def ticks(batch):
    return {"pick": [line.pk for line in batch.lines.all()]}


# address, state of the batch before, what is typed, state of its payouts after
ACTS = [
    ("batch_confirm", BatchStatus.OPEN, {}, S.APPROVED),
    ("batch_export", BatchStatus.CONFIRMED, {}, S.EXPORTED),
    ("batch_void", BatchStatus.OPEN, {"reason": "Wrong day"}, S.DUE),
    ("batch_take_out", BatchStatus.OPEN, {"reason": "Not yet"}, S.DUE),
    ("batch_paid", BatchStatus.EXPORTED, {}, S.PAID),
    ("batch_failed", BatchStatus.EXPORTED, {"reason": "Account closed"}, S.DUE),
]
acts = pytest.mark.parametrize(("name", "before", "typed", "after"), ACTS, ids=[a[0] for a in ACTS])


def address(name, batch):
    return reverse(f"milestones:{name}", args=[batch.pk])


@acts
def test_finance_acts_on_a_batch(client, due, finance, other_finance, name, before, typed, after):
    batch = into_batch([due, make_due()], before, other_finance, finance)
    client.force_login(finance)

    response = client.post(address(name, batch), {**ticks(batch), **typed})

    assert (response.status_code, response.url) == (302, f"/payouts/batches/{batch.pk}/")
    assert set(Payout.objects.values_list("status", flat=True)) == {after}


@acts
def test_what_moved_on_already_is_refused(client, due, finance, other_finance, name, before, typed, after):
    elsewhere = BatchStatus.EXPORTED if before != BatchStatus.EXPORTED else BatchStatus.CONFIRMED
    batch = into_batch([due], elsewhere, other_finance, finance)
    client.force_login(finance)

    response = client.post(address(name, batch), {**ticks(batch), **typed})

    assert response.status_code == 409
    assert "Reload to see" in response.content.decode()


@acts
def test_an_admin_only_reads(client, due, admin, finance, other_finance, name, before, typed, after):
    batch = into_batch([due], before, other_finance, finance)
    client.force_login(admin)

    assert client.post(address(name, batch), {**ticks(batch), **typed}).status_code == 403
    assert [client.get(path).status_code for path in (PAGE, f"/payouts/batches/{batch.pk}/")] == [200, 200]


@acts
@pytest.mark.parametrize("role", ["lead", "contractor"])
def test_for_everybody_else_there_is_nothing_here(
    client, due, finance, other_finance, name, before, typed, after, role
):
    batch = into_batch([due], before, other_finance, finance)
    client.force_login(make_user(role))

    assert client.post(address(name, batch), {**ticks(batch), **typed}).status_code == 404
    assert client.get(PAGE).status_code == 404


@acts
def test_an_act_is_no_get(client, due, finance, other_finance, name, before, typed, after):
    batch = into_batch([due], before, other_finance, finance)
    client.force_login(finance)

    assert client.get(address(name, batch)).status_code == 405


def test_who_confirms_makes_the_files_with_the_same_click(client, due, finance, other_finance):
    batch = into_batch([due, make_due()], BatchStatus.OPEN, other_finance, finance)
    client.force_login(finance)

    client.post(address("batch_confirm", batch), {"and_make": "files"})

    batch.refresh_from_db()
    assert (batch.status, batch.files.count()) == (BatchStatus.EXPORTED, 1)
    page = client.get(f"/payouts/batches/{batch.pk}/").content.decode()
    assert "Confirm all 2 as paid" in page


def test_without_our_own_account_it_is_confirmed_and_the_reason_said(client, due, finance, other_finance):
    batch = into_batch([due], BatchStatus.OPEN, other_finance, finance)
    PaymentSetup.objects.all().delete()
    client.force_login(finance)

    answer = client.post(address("batch_confirm", batch), {"and_make": "files"})

    batch.refresh_from_db()
    assert (answer.status_code, batch.status) == (409, BatchStatus.CONFIRMED)
    assert "Make the bank files" in answer.text


@pytest.mark.parametrize("name", ["batch_void", "batch_take_out", "batch_failed"])
def test_a_reason_is_asked_for(client, due, finance, other_finance, name):
    batch = into_batch([due], BatchStatus.EXPORTED if name == "batch_failed" else "open", other_finance, finance)
    client.force_login(finance)

    assert client.post(address(name, batch), ticks(batch)).status_code == 422
    assert Payout.objects.get().status != S.DUE


# --- approving ---------------------------------------------------------------------------
def test_finance_approves_every_ticked_row_into_one_batch(client, due, finance):
    second = make_due()
    client.force_login(finance)

    response = client.post(reverse("milestones:payouts_approve"), {"pick": [due.pk, second.pk]})

    batch = PayoutBatch.objects.get()
    assert (response.status_code, response.url) == (302, f"/payouts/batches/{batch.pk}/")
    assert (batch.created_by, batch.lines.count()) == (finance, 2)


def test_approving_what_moved_on_is_refused(client, due, finance):
    into_batch([due], BatchStatus.OPEN, finance, finance)
    client.force_login(finance)

    response = client.post(reverse("milestones:payouts_approve"), {"pick": [due.pk]})

    assert response.status_code == 422
    assert "Tick at least one payout" in response.content.decode()


def test_whoever_accepted_it_is_refused_to_approve_it(client, due, lead):
    User.objects.filter(pk=lead.pk).update(role="finance")
    client.force_login(lead)

    response = client.post(reverse("milestones:payouts_approve"), {"pick": [due.pk]})

    assert response.status_code == 409
    assert "You accepted this work" in response.content.decode()


def test_an_admin_does_not_approve(client, due, admin):
    client.force_login(admin)

    assert client.post(reverse("milestones:payouts_approve"), {"pick": [due.pk]}).status_code == 403


@pytest.mark.parametrize("role", ["lead", "member", "contractor"])
def test_nobody_else_approves(client, due, role):
    client.force_login(make_user(role))

    assert client.post(reverse("milestones:payouts_approve"), {"pick": [due.pk]}).status_code == 404


def test_approving_is_no_get(client, finance):
    client.force_login(finance)

    assert client.get(reverse("milestones:payouts_approve")).status_code == 405


def test_a_visitor_is_asked_to_sign_in(client, db):
    assert client.get(PAGE).status_code == 302


def test_a_bad_row_is_set_aside_with_its_reason_and_the_rest_goes_on(client, due, finance):
    nameless = make_engagement(milestones=(MilestoneStatus.FUNDED,), contractor=make_contractor(True))
    milestone = nameless.milestones.get()
    hand_in(milestone)
    accept(milestone)
    bad = Payout.objects.get(milestone=milestone)
    client.force_login(finance)
    before = client.get(PAGE).content.decode()

    response = client.post(reverse("milestones:payouts_approve"), {"pick": [due.pk, bad.pk]}, follow=True)

    page = response.content.decode()
    assert f'href="/payees/{nameless.contractor_id}/">Put it right' in before
    assert "1 payout approved." in page
    assert "No bank details yet" in page
    assert [Payout.objects.get(pk=p.pk).status for p in (due, bad)] == [S.APPROVED, S.DUE]


def test_everything_means_also_the_rows_of_other_pages(client, due, finance, monkeypatch):
    make_due()
    monkeypatch.setattr("milestones.views.payouts.A_PAGE", 1)
    client.force_login(finance)
    page = client.get(PAGE).content.decode()

    client.post(reverse("milestones:payouts_approve"), {"everything": "on"})

    assert "All 2, not only those on this page" in page
    assert Payout.objects.filter(status=S.APPROVED).count() == 2


@pytest.mark.parametrize("pick", [[], ["x"], ["9" * 30], ["-1"], ["1; DROP TABLE"], ["٣"]])
def test_ticks_that_are_no_rows_are_refused(client, due, finance, pick):
    client.force_login(finance)

    assert client.post(reverse("milestones:payouts_approve"), {"pick": pick}).status_code == 422


def test_a_second_click_changes_nothing(client, due, finance):
    client.force_login(finance)

    answers = [client.post(reverse("milestones:payouts_approve"), {"pick": [due.pk]}).status_code for _ in range(2)]

    assert answers == [302, 422]
    assert BatchLine.objects.count() == 1


# --- what is shown --------------------------------------------------------------------------
@pytest.mark.parametrize("tab", ["due", "batches", "paid"])
def test_every_tab_shows_its_rows_without_the_number_of_the_account(client, due, finance, other_finance, tab):
    bring(due, {"due": S.DUE, "batches": S.EXPORTED, "paid": S.PAID}[tab], finance, other_finance)
    client.force_login(finance)

    page = client.get(PAGE, {"state": tab}).content.decode()

    assert "€2,000.00" in page
    assert ("In the bank" if tab == "batches" else "ending in 0154") in page
    assert IBAN not in page
    assert IBAN.replace(" ", "") not in page


def test_an_unknown_tab_is_not_found(client, finance):
    client.force_login(finance)

    assert client.get(PAGE, {"state": "stolen"}).status_code == 404


def test_the_second_person_sees_what_waits_for_confirmation_and_the_first_does_not(client, due, finance, other_finance):
    batch = into_batch([due], BatchStatus.OPEN, finance, other_finance)
    client.force_login(other_finance)
    theirs = client.get(PAGE).content.decode()
    client.force_login(finance)
    mine = client.get(PAGE).content.decode()

    assert "Confirm one payout" in theirs
    assert "Confirm one payout" not in mine
    assert f"/payouts/batches/{batch.pk}/" in theirs
    assert client.post(address("batch_confirm", batch)).status_code == 409


def test_who_is_alone_in_finance_is_told_whom_it_takes(client, accepted, finance):
    client.force_login(finance)
    alone = client.get(PAGE).content.decode()
    second = make_user("finance")

    assert "You are the only one in finance" in alone
    assert second.name in client.get(PAGE).content.decode()


@pytest.mark.parametrize("tab", ["due", "batches", "paid"])
def test_a_list_takes_as_many_queries_for_three_rows_as_for_one(client, due, finance, other_finance, tab):
    state = {"due": S.DUE, "batches": S.EXPORTED, "paid": S.PAID}[tab]
    bring(due, state, finance, other_finance)
    client.force_login(finance)
    client.get(PAGE)
    with CaptureQueriesContext(connection) as one:
        client.get(PAGE, {"state": tab})
    for _row in range(2):
        bring(make_due(), state, finance, other_finance)
    with CaptureQueriesContext(connection) as three:
        client.get(PAGE, {"state": tab})

    assert len(three) == len(one)


# Session, person, what stands around the rows, payouts, checks of these, sums and lines of batches. The organisation is
# remembered outside of tests.
@pytest.mark.parametrize(("tab", "most"), [("due", 6), ("batches", 5), ("paid", 5)])
def test_a_list_takes_few_queries_with_late_payouts_and_a_batch_to_confirm(
    client, due, finance, other_finance, tab, most
):
    into_batch([make_due()], BatchStatus.OPEN, other_finance, finance)
    bring(make_due(), S.PAID, make_user("finance"), other_finance)
    Payout.objects.exclude(status=S.PAID).update(due_on=TODAY - timedelta(days=9))
    client.force_login(finance)
    client.get(PAGE, {"state": tab})
    with CaptureQueriesContext(connection) as seen:
        page = client.get(PAGE, {"state": tab}).content.decode()

    assert "2 payments are late" in page
    assert "Confirm one payout" in page
    statements = [q["sql"] for q in seen if "accounts_organisation" not in q["sql"]]
    assert len(statements) == most


def test_what_was_paid_is_turned_by_the_row_beside_a_page(client, due, finance, other_finance, monkeypatch):
    rows = [due, make_due(), make_due()]
    for row in rows:
        bring(row, S.PAID, finance, other_finance)
    monkeypatch.setattr("milestones.views.payouts.A_PAGE", 1)
    client.force_login(finance)

    def shown(**asked):
        page = client.get(PAGE, {"state": "paid", **asked}).content.decode()
        return [int(pk) for pk in re.findall(r'id="payout-(\d+)"', page)]

    first, second, third = (row.pk for row in rows)
    assert [shown(), shown(before=third), shown(before=second), shown(after=first)] == [
        [third], [second], [first], [second],
    ]  # fmt: skip
    # What leads nowhere means the newest; so does the way back from it.
    assert [shown(before=first), shown(before=10**9), shown(before="x"), shown(after=third)] == [[third]] * 4


@pytest.mark.parametrize(("number", "place"), [("1", 0), ("2", 1), ("99", 1), ("0", 1), ("x", 0), ("9" * 30, 1)])
def test_what_is_due_is_turned_by_the_number_of_a_page(client, due, finance, monkeypatch, number, place):
    rows = [due, make_due()]
    monkeypatch.setattr("milestones.views.payouts.A_PAGE", 1)
    client.force_login(finance)

    page = client.get(PAGE, {"page": number}).content.decode()

    assert re.findall(r'id="payout-(\d+)"', page) == [str(rows[place].pk)]


def test_a_batch_takes_as_many_queries_for_three_lines_as_for_one(client, due, finance, other_finance):
    batch = into_batch([due], BatchStatus.OPEN, finance, other_finance)
    client.force_login(other_finance)
    for path in (f"/payouts/batches/{batch.pk}/", PAGE):
        client.get(path)
    counted = []
    for _turn in range(2):
        with CaptureQueriesContext(connection) as seen:
            page = client.get(f"/payouts/batches/{batch.pk}/").content.decode()
        counted.append(len(seen))
        into_batch([make_due(), make_due()], BatchStatus.OPEN, finance, other_finance)

    assert "Confirm 3 payouts" in page
    assert counted[0] == counted[1]


# --- the files ------------------------------------------------------------------------------
def test_a_file_is_fetched_again_by_the_same_bytes(client, due, finance, other_finance):
    into_batch([due], BatchStatus.EXPORTED, finance, other_finance)
    file = BatchFile.objects.get()
    client.force_login(finance)

    answers = [client.get(f"/payouts/files/{file.pk}") for _ in range(2)]

    assert answers[0].content == answers[1].content == file.content
    assert answers[0]["Content-Disposition"] == f'attachment; filename="{file.name}"'
    assert file.sha256 in client.get(f"/payouts/batches/{file.batch_id}/").content.decode()


@pytest.mark.parametrize(("role", "status"), [("admin", 403), ("lead", 404), ("contractor", 404)])
def test_a_file_with_whole_account_numbers_is_for_finance_only(client, due, finance, other_finance, role, status):
    into_batch([due], BatchStatus.EXPORTED, finance, other_finance)
    client.force_login(make_user(role))

    assert client.get(f"/payouts/files/{BatchFile.objects.get().pk}").status_code == status


# --- payees ---------------------------------------------------------------------------------
def test_finance_sees_what_is_wrong_asks_and_vouches(client, due, finance):
    contractor = due.milestone.engagement.contractor
    give_bank(due.milestone.engagement, holder="Bogus Ltd", at=NOW.replace(month=10))
    client.force_login(finance)
    page = client.get(f"/payees/{contractor.pk}/").content.decode()

    asked = client.post(f"/payees/{contractor.pk}/ask")
    vouched = client.post(f"/payees/{contractor.pk}/vouch")

    assert "holder is “Bogus Ltd”" in page
    assert IBAN.replace(" ", "") not in page
    assert [asked.status_code, vouched.status_code] == [302, 302]
    assert "can be paid" in client.get(f"/payees/{contractor.pk}/").content.decode()


def test_where_nothing_is_wrong_nothing_is_asked(client, due, finance):
    client.force_login(finance)

    response = client.post(f"/payees/{due.milestone.engagement.contractor_id}/ask")

    assert response.status_code == 409
    assert "nothing to ask" in response.content.decode()


def test_without_details_there_is_nothing_to_vouch_for(client, accepted, finance):
    client.force_login(finance)

    response = client.post(f"/payees/{accepted.engagement.contractor_id}/vouch")

    assert response.status_code == 409


@pytest.mark.parametrize("act", ["ask", "vouch"])
@pytest.mark.parametrize(("role", "status"), [("admin", 403), ("lead", 404), ("contractor", 404)])
def test_only_finance_asks_and_vouches(client, due, role, status, act):
    client.force_login(make_user(role))

    assert client.post(f"/payees/{due.milestone.engagement.contractor_id}/{act}").status_code == status


@pytest.mark.parametrize("act", ["ask", "vouch"])
def test_asking_and_vouching_is_no_get(client, due, finance, act):
    client.force_login(finance)

    assert client.get(f"/payees/{due.milestone.engagement.contractor_id}/{act}").status_code == 405


# --- our own account ----------------------------------------------------------------------------
SETUP = {
    "name": "Mill Pond", "iban": "DE89 3704 0044 0532 0130 00", "bic": "COBADEFF", "street": "", "postcode": "",
    "town": "Lisbon", "country": "PT", "weekdays": ["1", "4"], "bank_days": "2",
}  # fmt: skip


@pytest.mark.parametrize("role", ["finance", "admin"])
def test_our_account_is_entered_and_not_shown_again(client, db, role):
    client.force_login(make_user(role))

    first = client.post("/payouts/setup/", SETUP)
    kept = client.post("/payouts/setup/", {**SETUP, "iban": "", "bic": "", "name": "Mill Pond Lda"})

    page = client.get("/payouts/setup/").content.decode()
    assert [first.status_code, kept.status_code] == [302, 302]
    assert "ending in 3000" in page
    assert "Mill Pond Lda" in page
    assert "DE89" not in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"iban": "DE00370400440532013000"}, {"bic": "x"}, {"bic": "BNPAFRPP"}, {"weekdays": []}, {"weekdays": ["6"]},
        {"bank_days": "99"}, {"town": ""}, {"country": "ZZ"}, {"iban": ""},
    ],
)  # fmt: skip
def test_a_wrong_setup_comes_back_with_a_sentence(client, finance, wrong):
    client.force_login(finance)

    assert client.post("/payouts/setup/", {**SETUP, **wrong}).status_code == 422


def test_for_everybody_else_there_is_no_setup(client, lead, contractor):
    for person in (lead, contractor):
        client.force_login(person)
        assert [client.get("/payouts/setup/").status_code, client.post("/payouts/setup/", SETUP).status_code] == [
            404, 404,
        ]  # fmt: skip
