"""Before money leaves the house, whoever has been signed in for long shows again who it is, and nothing is lost."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from milestones.models import PaymentSetup, Payout, PayoutBatch
from milestones.services import batches
from milestones.states import BatchStatus, PayoutStatus
from tests.factories import NOW, PASSWORD
from tests.milestones.test_services_batches import make_due
from tests.milestones.test_views_payouts import SETUP

pytestmark = pytest.mark.django_db


@pytest.fixture
def later(client):
    """`later(person)`: signed in, and then two hours at the desk without a question."""
    stopped = []

    def wait(person):
        client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
        travel = time_machine.travel(timezone.now() + timedelta(hours=2), tick=False)
        travel.start()
        stopped.append(travel)

    yield wait
    for travel in stopped:
        travel.stop()


def test_approving_asks_and_then_carries_out_what_was_ticked_once(client, due, finance, later):
    ticked, left = [due, make_due()], make_due()
    later(finance)

    asked = client.post(reverse("milestones:payouts_approve"), {"pick": [payout.pk for payout in ticked]})

    assert asked.status_code == 302
    assert asked.url.startswith("/accounts/reauthenticate/")
    assert not PayoutBatch.objects.exists()
    assert client.post(asked.url, {"password": "wrong"}).status_code == 200
    assert not PayoutBatch.objects.exists()
    done = client.post(asked.url, {"password": PASSWORD, "next": reverse("milestones:payouts_approve")})
    batch = PayoutBatch.objects.get()
    assert (done.status_code, done.url) == (302, f"/payouts/batches/{batch.pk}/")
    assert {line.payout_id for line in batch.lines.all()} == {payout.pk for payout in ticked}
    again = client.post(asked.url, {"password": PASSWORD, "next": reverse("milestones:payouts_approve")})
    assert (again.status_code, batch.lines.count()) == (302, 2)
    # Now it is known: the next is approved at once.
    assert client.post(reverse("milestones:payouts_approve"), {"pick": [left.pk]}).url == done.url


def test_confirming_asks_and_then_confirms_and_makes_the_files(client, due, finance, other_finance, later):
    batch = batches.approve(due, by=finance, at=NOW).batch
    address = reverse("milestones:batch_confirm", args=[batch.pk])
    later(other_finance)

    asked = client.post(address, {"and_make": "1"})

    batch.refresh_from_db()
    assert (asked.status_code, batch.status) == (302, BatchStatus.OPEN)
    done = client.post(asked.url, {"password": PASSWORD, "next": address})
    batch.refresh_from_db()
    assert (done.status_code, batch.status, batch.files.count()) == (302, BatchStatus.EXPORTED, 1)


def test_making_the_files_asks(client, due, finance, other_finance, later):
    batch = batches.approve(due, by=finance, at=NOW).batch
    batches.confirm(batch, by=other_finance, at=NOW)
    later(finance)

    assert client.post(reverse("milestones:batch_export", args=[batch.pk])).url.startswith("/accounts/reauthenticate/")
    assert not batch.files.exists()


def test_writing_off_asks_and_the_reason_is_kept(client, due, finance, later):
    address = f"/milestones/{due.milestone_id}/write-off"
    later(finance)

    asked = client.post(address, {"reason": "The company was wound up"})

    assert asked.url.startswith("/accounts/reauthenticate/")
    assert Payout.objects.get().status == PayoutStatus.DUE
    client.post(asked.url, {"password": PASSWORD, "next": address})
    assert Payout.objects.get().status == PayoutStatus.WRITTEN_OFF


def test_our_own_account_asks_first_and_keeps_nothing_of_it(client, finance, later):
    later(finance)

    assert client.get("/payouts/setup/").url == "/accounts/reauthenticate/?next=%2Fpayouts%2Fsetup%2F"
    typed = client.post("/payouts/setup/", SETUP)

    page = typed.content.decode()
    assert typed.status_code == 409
    assert "what you typed stays" in page
    assert SETUP["name"] in page
    assert not PaymentSetup.objects.exists()
    assert SETUP["iban"] not in str(dict(client.session.items()))


def test_the_wrong_role_is_not_asked_for_a_password_first(client, due, lead, later):
    later(lead)

    assert client.post(reverse("milestones:payouts_approve"), {"pick": [due.pk]}).status_code == 404
