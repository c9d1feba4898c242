import pytest

from milestones.models import Payout
from milestones.states import PayoutStatus
from tests.factories import make_user
from tests.milestones.conftest import bring

pytestmark = pytest.mark.django_db
REASON = {"reason": "Waived by mail of 3 May."}


def address(payout):
    return f"/milestones/{payout.milestone_id}/write-off"


def test_finance_writes_off_what_will_never_be_paid(client, due, finance):
    client.force_login(finance)
    assert "Write off €2,000" in client.get(f"/milestones/{due.milestone_id}/").content.decode()

    response = client.post(address(due), REASON)

    assert (response.status_code, response.url) == (302, f"/milestones/{due.milestone_id}/")
    assert Payout.objects.get(pk=due.pk).status == PayoutStatus.WRITTEN_OFF
    assert "Write off €2,000" not in client.get(f"/milestones/{due.milestone_id}/").content.decode()


def test_an_approved_payout_is_not_written_off_and_what_was_typed_stays(client, due, finance, other_finance):
    bring(due, PayoutStatus.APPROVED, other_finance, finance)
    client.force_login(finance)

    response = client.post(address(due), REASON)

    assert response.status_code == 409
    assert "Waived by mail" in response.content.decode()


def test_it_needs_a_reason(client, due, finance):
    client.force_login(finance)

    assert client.post(address(due), {"reason": " "}).status_code == 422


def test_the_lead_may_not(client, due):
    client.force_login(due.milestone.engagement.lead)

    assert client.post(address(due), REASON).status_code == 403


def test_it_is_hidden_from_others(client, due):
    client.force_login(make_user("lead"))

    assert client.post(address(due), REASON).status_code == 404


def test_there_is_nothing_to_write_off_before_acceptance(client, engagement, finance):
    client.force_login(finance)

    assert client.post(f"/milestones/{engagement.milestones.first().pk}/write-off", REASON).status_code == 404


def test_it_is_no_get(client, due, finance):
    client.force_login(finance)

    assert client.get(address(due)).status_code == 405


def test_the_oldest_unpaid_stands_on_the_first_page_of_finance_and_lead(client, due, finance):
    for person in (finance, due.milestone.engagement.lead):
        client.force_login(person)
        assert "Oldest accepted and not paid: €2,000" in client.get("/", follow=True).content.decode()

    client.force_login(finance)
    client.post(address(due), REASON)
    assert "Oldest accepted" not in client.get("/payouts/").content.decode()
