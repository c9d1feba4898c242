from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.states import Role
from contractors.models import Claim, VettingDecision
from contractors.states import ApplicationStatus, ClaimKind, ClaimStatus
from tests.factories import (
    NOW,
    make_application,
    make_contractor,
    make_opening,
    make_organisation,
    make_user,
    save,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def organisation():
    return make_organisation()


@pytest.fixture
def lead():
    return make_user()


def make_claim(contractor=None, **facts):
    return save(
        Claim,
        **{
            "contractor": contractor or make_contractor(),
            "kind": ClaimKind.ON_TIME,
            "raw": "98%",
            "value_milli": 98_000,
            "n": 52,
            "source": "platform-a",
            "captured_on": date(2026, 11, 1),
            **facts,
        },
    )


def check(client, claim, **changes):
    form = {"status": "verified", "evidence": "27 of 29 in the signed export", "seen": "claimed", **changes}
    return client.post(f"/claims/{claim.pk}/check", form)


def test_checking_a_claim_says_what_was_found(client, lead):
    claim = make_claim()
    client.force_login(lead)
    assert "98 % of 52" in client.get(f"/claims/{claim.pk}/check").content.decode()

    response = check(client, claim)

    assert response.headers["Location"] == f"/contractors/{claim.contractor_id}/#claims"
    claim.refresh_from_db()
    assert (claim.status, claim.evidence) == (ClaimStatus.VERIFIED, "27 of 29 in the signed export")
    assert "Claim checked: Verified" in client.get(f"/contractors/{claim.contractor_id}/").content.decode()


def test_checking_leads_back_to_the_record_it_was_opened_from(client, lead):
    application = make_application(make_opening(lead))
    claim = make_claim(application.contractor)
    client.force_login(lead)
    page = client.get(f"/claims/{claim.pk}/check?application={application.pk}").content.decode()
    assert f'value="{application.pk}"' in page
    response = check(client, claim, application=application.pk)
    assert response.headers["Location"] == f"/applications/{application.pk}/#claims"


def test_a_foreign_record_is_not_led_back_to(client, lead):
    foreign = make_application()
    claim = make_claim(foreign.contractor)
    client.force_login(lead)
    assert check(client, claim, application=foreign.pk).headers["Location"].startswith("/contractors/")


def test_a_stale_tab_is_told_so(client, lead):
    claim = make_claim(status=ClaimStatus.CONTRADICTED)
    client.force_login(lead)
    response = check(client, claim)
    assert response.status_code == 409
    assert "27 of 29 in the signed export" in response.content.decode()


@pytest.mark.parametrize(
    "change", [{"evidence": ""}, {"evidence": "x" * 401}, {"status": "true"}, {"application": "9" * 30}]
)
def test_a_check_that_is_not_whole_is_said(client, lead, change):
    client.force_login(lead)
    assert check(client, make_claim(), **change).status_code == 422


def test_members_do_not_check_claims(client):
    member = make_user(Role.MEMBER)
    application = make_application(make_opening(reviewers=[member]))
    claim = make_claim(application.contractor)
    client.force_login(member)
    assert check(client, claim).status_code == 403


@pytest.mark.parametrize("role", [Role.MEMBER, Role.FINANCE, Role.CONTRACTOR])
def test_claims_and_contractors_of_others_are_not_found(client, role):
    claim = make_claim()
    client.force_login(make_user(role))
    assert check(client, claim).status_code == 404
    assert client.get(f"/contractors/{claim.contractor_id}/").status_code == 404


def test_checking_takes_get_and_post_only(client, lead):
    client.force_login(lead)
    assert client.delete(f"/claims/{make_claim().pk}/check").status_code == 405


def test_a_claim_that_rests_on_nothing_reads_unknown(client, lead):
    claim = make_claim(value_milli=None, n=0, raw="0 %")
    client.force_login(lead)
    assert "unknown" in client.get(f"/contractors/{claim.contractor_id}/").content.decode()


def test_a_contractor_without_an_e_mail_is_said_to_get_no_mail(client, lead):
    contractor = make_contractor(email="", name="", headline="Django developer")
    client.force_login(lead)
    page = client.get(f"/contractors/{contractor.pk}/").content.decode()
    assert "no e-mail: gets no mail" in page
    assert "Django developer" in page


def test_the_contractor_page_shows_only_applications_that_one_may_see(client, lead):
    contractor = make_contractor()
    make_application(make_opening(lead, title="Mine"), contractor)
    make_application(make_opening(title="Another lead’s"), contractor)
    client.force_login(lead)
    page = client.get(f"/contractors/{contractor.pk}/").content.decode()
    assert "Mine" in page
    assert "Another lead’s" not in page


def test_the_bench_lists_those_kept_for_later(client, lead):
    kept = make_application(make_opening(lead), status=ApplicationStatus.DECLINED)
    save(VettingDecision, application=kept, decision="bench", reason="Later", by=lead, at=NOW)
    make_contractor()
    client.force_login(lead)
    assert list(client.get("/contractors/?bench=1").context["page"]) == [kept.contractor]


def test_the_list_costs_the_same_for_one_and_for_three(client, lead):
    def count(path):
        with CaptureQueriesContext(connection) as found:
            assert client.get(path).status_code == 200
        return len(found)

    client.force_login(lead)
    contractor = make_contractor()
    make_application(make_opening(lead), contractor)
    make_claim(contractor)
    one, page = count("/contractors/"), count(f"/contractors/{contractor.pk}/")
    for n in range(2):
        make_contractor()
        make_application(make_opening(lead), contractor)
        make_claim(contractor, captured_on=date(2026, 10, n + 1))
    assert count("/contractors/") == one
    assert count(f"/contractors/{contractor.pk}/") == page
