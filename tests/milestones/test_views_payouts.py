import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from milestones.models import Payout
from milestones.services import payouts
from milestones.states import MilestoneStatus, PayoutStatus
from tests.factories import NOW, make_contractor, make_engagement, make_user
from tests.milestones.conftest import IBAN, accept, give_bank, hand_in

pytestmark = pytest.mark.django_db
PAGE = "/payouts/"


def make_due(**facts):
    """A payout of its own engagement, ready to be approved."""
    engagement = make_engagement(milestones=(MilestoneStatus.FUNDED,), **facts)
    give_bank(engagement)
    milestone = engagement.milestones.get()
    hand_in(milestone)
    accept(milestone)
    return Payout.objects.get(milestone=milestone)


def bring(payout, to, finance, other):
    """To the state that the act under test starts from."""
    if to == PayoutStatus.DUE:
        return payout
    payouts.approve(payout, by=other, at=NOW)
    if to != PayoutStatus.APPROVED:
        payouts.export(payout, bank_reference="RUN-1", by=finance, at=NOW)
    if to == PayoutStatus.FAILED:
        payouts.mark_failed(payout, problem="Account closed", by=finance, at=NOW)
    return payout


# address, state before, what else is typed, state after
ACTS = [
    ("payouts_approve", PayoutStatus.DUE, {}, PayoutStatus.APPROVED),
    ("payouts_export", PayoutStatus.APPROVED, {"bank_reference": "RUN-2"}, PayoutStatus.EXPORTED),
    ("payouts_confirm", PayoutStatus.EXPORTED, {}, PayoutStatus.PAID),
    ("payouts_fail", PayoutStatus.EXPORTED, {"problem": "Account closed"}, PayoutStatus.FAILED),
    ("payouts_requeue", PayoutStatus.FAILED, {}, PayoutStatus.DUE),
]
acts = pytest.mark.parametrize(("name", "before", "typed", "after"), ACTS, ids=[a[0] for a in ACTS])


@acts
def test_finance_acts_on_every_ticked_row(client, due, finance, other_finance, name, before, typed, after):
    rows = [bring(p, before, finance, other_finance) for p in (due, make_due())]
    client.force_login(finance)

    response = client.post(reverse(f"milestones:{name}"), {"pick": [p.pk for p in rows], **typed})

    assert response.status_code == 302
    assert set(Payout.objects.values_list("status", flat=True)) == {after}


@acts
def test_what_moved_on_already_is_refused(client, due, finance, other_finance, name, before, typed, after):
    elsewhere = PayoutStatus.DUE if before != PayoutStatus.DUE else PayoutStatus.APPROVED
    bring(due, elsewhere, finance, other_finance)
    client.force_login(finance)

    response = client.post(reverse(f"milestones:{name}"), {"pick": [due.pk], **typed})

    assert response.status_code == 422
    assert "Tick at least one payout" in response.content.decode()
    assert Payout.objects.get().status == elsewhere


@acts
def test_an_admin_only_reads(client, due, admin, finance, other_finance, name, before, typed, after):
    bring(due, before, finance, other_finance)
    client.force_login(admin)

    assert client.post(reverse(f"milestones:{name}"), {"pick": [due.pk], **typed}).status_code == 403
    assert client.get(PAGE).status_code == 200


@acts
@pytest.mark.parametrize("role", ["lead", "member", "contractor"])
def test_for_everybody_else_there_is_nothing_here(client, due, name, before, typed, after, role):
    client.force_login(make_user(role))

    assert client.post(reverse(f"milestones:{name}"), {"pick": [due.pk], **typed}).status_code == 404
    assert client.get(PAGE).status_code == 404


@acts
def test_an_act_is_no_get(client, finance, name, before, typed, after):
    client.force_login(finance)

    assert client.get(reverse(f"milestones:{name}")).status_code == 405


def test_a_visitor_is_asked_to_sign_in(client, db):
    assert client.get(PAGE).status_code == 302


def test_whoever_approved_it_is_refused_to_send_it(client, due, finance):
    payouts.approve(due, by=finance, at=NOW)
    client.force_login(finance)

    response = client.post(reverse("milestones:payouts_export"), {"pick": [due.pk], "bank_reference": "RUN-2"})

    assert response.status_code == 409
    assert "You approved this one" in response.content.decode()


def test_whoever_accepted_it_is_refused_to_approve_it(client, due, lead):
    User.objects.filter(pk=lead.pk).update(role="finance")
    client.force_login(lead)

    response = client.post(reverse("milestones:payouts_approve"), {"pick": [due.pk]})

    assert response.status_code == 409
    assert "You accepted this work" in response.content.decode()


def test_a_bad_row_is_set_aside_with_its_reason_and_the_rest_goes_on(client, due, finance):
    nameless = make_engagement(milestones=(MilestoneStatus.FUNDED,), contractor=make_contractor(True))
    milestone = nameless.milestones.get()
    hand_in(milestone)
    accept(milestone)
    bad = Payout.objects.get(milestone=milestone)
    client.force_login(finance)

    response = client.post(reverse("milestones:payouts_approve"), {"pick": [due.pk, bad.pk]}, follow=True)

    page = response.content.decode()
    assert "1 payout approved." in page
    assert "No bank details yet" in page
    assert [Payout.objects.get(pk=p.pk).status for p in (due, bad)] == [PayoutStatus.APPROVED, PayoutStatus.DUE]


def test_everything_means_also_the_rows_of_other_pages(client, due, finance, monkeypatch):
    make_due()
    monkeypatch.setattr("milestones.views.payouts.A_PAGE", 1)
    client.force_login(finance)
    page = client.get(PAGE).content.decode()

    client.post(reverse("milestones:payouts_approve"), {"everything": "on"})

    assert "All 2, not only those on this page" in page
    assert Payout.objects.filter(status=PayoutStatus.APPROVED).count() == 2


def test_sending_needs_the_banks_reference(client, due, finance, other_finance):
    payouts.approve(due, by=other_finance, at=NOW)
    client.force_login(finance)

    response = client.post(reverse("milestones:payouts_export"), {"pick": [due.pk]})

    assert response.status_code == 422
    assert Payout.objects.get().status == PayoutStatus.APPROVED


@pytest.mark.parametrize("pick", [[], ["x"], ["9" * 30], ["-1"], ["1; DROP TABLE"], ["٣"]])
def test_ticks_that_are_no_rows_are_refused(client, due, finance, pick):
    client.force_login(finance)

    assert client.post(reverse("milestones:payouts_approve"), {"pick": pick}).status_code == 422


def test_a_second_click_changes_nothing(client, due, finance):
    client.force_login(finance)

    answers = [client.post(reverse("milestones:payouts_approve"), {"pick": [due.pk]}).status_code for _ in range(2)]

    assert answers == [302, 422]
    assert Payout.objects.get().approved_by == finance


@pytest.mark.parametrize("tab", ["due", "approved", "sent", "paid", "aside"])
def test_every_tab_shows_its_rows_without_the_number_of_the_account(client, due, finance, other_finance, tab):
    state = {"due": "due", "approved": "approved", "sent": "exported", "aside": "failed", "paid": "exported"}[tab]
    bring(due, PayoutStatus(state), finance, other_finance)
    if tab == "paid":
        payouts.confirm_paid(due, by=finance, at=NOW)
    client.force_login(finance)

    page = client.get(PAGE, {"state": tab}).content.decode()

    assert "ending in 0154" in page
    assert "€2,000.00" in page
    assert IBAN not in page
    assert IBAN.replace(" ", "") not in page


def test_an_unknown_tab_is_not_found(client, finance):
    client.force_login(finance)

    assert client.get(PAGE, {"state": "stolen"}).status_code == 404


def test_who_is_alone_in_finance_is_told_whom_it_takes(client, due, finance):
    client.force_login(finance)
    alone = client.get(PAGE).content.decode()
    second = make_user("finance")

    assert "You are the only one in finance" in alone
    assert second.name in client.get(PAGE).content.decode()


def test_the_list_takes_as_many_queries_for_three_rows_as_for_one(client, due, finance):
    client.force_login(finance)
    client.get(PAGE)
    with CaptureQueriesContext(connection) as one:
        client.get(PAGE)
    make_due()
    make_due()
    with CaptureQueriesContext(connection) as three:
        assert "3 payouts to approve" in client.get(PAGE).content.decode()

    assert len(three) == len(one)
