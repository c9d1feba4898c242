import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.states import Role
from contractors.models import Scorecard, VettingDecision
from contractors.services import scorecards
from contractors.states import ApplicationStatus
from tests.factories import (
    NOW,
    make_application,
    make_contractor,
    make_engagement,
    make_opening,
    make_organisation,
    make_user,
)

pytestmark = pytest.mark.django_db
SECRET = "Argues from cache headers alone"


@pytest.fixture(autouse=True)
def organisation():
    return make_organisation()


@pytest.fixture
def lead():
    return make_user(name="Ana Duarte")


@pytest.fixture
def jonas():
    return make_user(Role.MEMBER, name="Jonas Brandt")


@pytest.fixture
def mia():
    return make_user(Role.MEMBER, name="Mia Lund")


@pytest.fixture
def application(lead, jonas, mia):
    return make_application(make_opening(lead, reviewers=[jonas, mia]), make_contractor(name="Kwame Boateng"))


def mark(application, *reviewers, points=4):
    for reviewer in reviewers:
        marks = {c.pk: points for c in application.opening.criteria.all()}
        scorecards.submit(application, reviewer=reviewer, marks=marks, evidence=SECRET, at=NOW)
    application.refresh_from_db()


def typed(application, points=4, **changes):
    marks = {f"criterion_{c.pk}": points for c in application.opening.criteria.all()}
    return {**marks, "evidence": "Read the answers.", **changes}


# --- scorecards: the five -----------------------------------------------------------


def test_a_named_reviewer_hands_in_a_scorecard(client, application, jonas):
    client.force_login(jonas)
    assert "Hand in, sealed" in client.get(f"/applications/{application.pk}/scorecard").content.decode()

    response = client.post(f"/applications/{application.pk}/scorecard", typed(application))

    assert response.headers["Location"] == f"/applications/{application.pk}/"
    assert [m.points for m in Scorecard.objects.get().marks.all()] == [4, 4]


def test_a_second_scorecard_is_refused_and_the_same_form_sent_twice_is_not(client, application, jonas):
    client.force_login(jonas)
    form = typed(application, form_key="a" * 32)
    assert client.post(f"/applications/{application.pk}/scorecard", form).status_code == 302
    assert client.post(f"/applications/{application.pk}/scorecard", form).status_code == 302

    response = client.post(f"/applications/{application.pk}/scorecard", typed(application, evidence="Another thought"))

    assert response.status_code == 409
    assert "Another thought" in response.content.decode()
    assert Scorecard.objects.count() == 1


@pytest.mark.parametrize("change", [{"evidence": ""}, {"evidence": "x" * 5001}])
def test_a_scorecard_without_evidence_is_said(client, application, jonas, change):
    client.force_login(jonas)
    assert client.post(f"/applications/{application.pk}/scorecard", typed(application, **change)).status_code == 422


@pytest.mark.parametrize("points", ["", "0", "6", "9" * 40, "four"])
def test_marks_that_are_none_are_said(client, application, jonas, points):
    client.force_login(jonas)
    response = client.post(f"/applications/{application.pk}/scorecard", typed(application, points=points))
    assert response.status_code == 422
    assert "Read the answers." in response.content.decode()


def test_others_do_not_mark(client, application, lead):
    client.force_login(lead)
    assert client.get(f"/applications/{application.pk}/scorecard").status_code == 403
    assert client.post(f"/applications/{application.pk}/scorecard", typed(application)).status_code == 403


def test_the_scorecard_page_leads_back_once_it_is_handed_in(client, application, jonas):
    mark(application, jonas)
    client.force_login(jonas)
    assert client.get(f"/applications/{application.pk}/scorecard").status_code == 302


@pytest.mark.parametrize("page", ["", "scorecard", "decide"])
def test_strangers_find_no_application(client, application, page):
    for stranger in (make_user(), make_user(Role.MEMBER), make_user(Role.FINANCE), make_user(Role.CONTRACTOR)):
        client.force_login(stranger)
        method = client.post if page else client.get
        assert method(f"/applications/{application.pk}/{page}").status_code == 404


def test_a_contractor_does_not_see_the_record_that_is_kept_about_him(client, lead):
    contractor = make_contractor(True)
    application = make_application(make_opening(lead), contractor)
    client.force_login(contractor.user)
    for path in (f"/applications/{application.pk}/", "/vetting/", f"/contractors/{contractor.pk}/", "/contractors/"):
        assert client.get(path).status_code == 404


# --- sealing --------------------------------------------------------------------------


def pages(application):
    return [
        "/",
        "/vetting/",
        f"/applications/{application.pk}/",
        f"/openings/{application.opening_id}/",
        f"/contractors/{application.contractor_id}/",
        "/openings/",
        "/contractors/",
        "/search/?q=Kwame",
    ]


def everything(client, application):
    texts = []
    for path in pages(application):
        response = client.get(path, follow=True)
        assert response.status_code == 200, path
        texts.append(response.content.decode())
    return "".join(texts)


def test_no_page_shows_or_counts_another_s_marks_before_all_are_in(client, application, lead, jonas, mia):
    def seen_by(viewer):
        client.force_login(viewer)
        record = client.get(f"/applications/{application.pk}/").content.decode()
        return everything(client, application), record

    mark(application, jonas, points=1)
    low = {viewer.pk: seen_by(viewer) for viewer in (mia, lead, make_user(Role.ADMIN))}
    for texts, record in low.values():
        assert SECRET not in texts
        assert "dr-conf" not in record  # no bars at all, so no number made from them
        assert "weighted" not in record
    assert "1 of 2 in, sealed" in low[mia.pk][1]


def test_the_same_pages_whatever_the_sealed_marks_say(client, lead, jonas, mia):
    """The record of two applications that differ only in sealed marks differs in nothing that the marks could tell."""
    opening = make_opening(lead, reviewers=[jonas, mia])
    sizes = set()
    client.force_login(mia)
    for points in (1, 5):
        application = make_application(opening, make_contractor(name="Kwame Boateng"))
        mark(application, jonas, points=points)
        page = client.get(f"/applications/{application.pk}/").content.decode()
        body = page[page.index('id="scorecards"') : page.index("</section>", page.index('id="scorecards"'))]
        sizes.add(body)
    assert len(sizes) == 1


def test_one_sees_one_s_own_marks_and_all_when_the_last_is_in(client, application, jonas, mia):
    mark(application, jonas)
    client.force_login(jonas)
    own = client.get(f"/applications/{application.pk}/").content.decode()
    assert SECRET in own
    assert "weighted" not in own

    mark(application, mia, points=2)
    client.force_login(mia)
    record = client.get(f"/applications/{application.pk}/").content.decode()
    assert SECRET in record
    assert "<b>3.0</b> of 5, weighted, from 2 scorecards and 4 marks" in record
    assert "2 apart, talk first" in record


def test_the_409_of_an_early_decision_tells_who_is_missing_and_no_marks(client, application, lead, jonas):
    mark(application, jonas)
    client.force_login(lead)
    response = client.post(f"/applications/{application.pk}/decide", {"decision": "hire", "reason": "Strong"})
    page = response.content.decode()
    assert response.status_code == 409
    assert "Mia Lund is missing" in page
    assert SECRET not in page


# --- decisions: the five -----------------------------------------------------------------


def test_the_lead_decides_and_the_record_shows_who_and_why(client, application, lead, jonas, mia):
    mark(application, jonas, mia)
    client.force_login(lead)
    assert "Decide, and write it down" in client.get(f"/applications/{application.pk}/").content.decode()

    decision = {"decision": "hire", "reason": "Did it twice before", "form_key": "b" * 32}
    response = client.post(f"/applications/{application.pk}/decide", decision)
    client.post(f"/applications/{application.pk}/decide", decision)

    assert response.headers["Location"] == f"/applications/{application.pk}/"
    made = VettingDecision.objects.get()
    assert (made.decision, made.by, made.reason) == ("hire", lead, "Did it twice before")
    client.force_login(make_user(Role.ADMIN))
    page = client.get(f"/applications/{application.pk}/").content.decode()
    for words in ("Did it twice before", "Decided: Hire, Ana Duarte", "Scorecard handed in, Jonas Brandt"):
        assert words in page


@pytest.mark.parametrize("form", [{}, {"decision": "maybe", "reason": "x"}, {"decision": "hire", "reason": "x" * 5001}])
def test_a_decision_that_is_not_whole_is_said(client, application, lead, jonas, mia, form):
    mark(application, jonas, mia)
    client.force_login(lead)
    assert client.post(f"/applications/{application.pk}/decide", form).status_code == 422
    assert not VettingDecision.objects.exists()


def test_deciding_twice_is_refused_and_keeps_the_reason(client, lead):
    application = make_application(make_opening(lead), status=ApplicationStatus.DECLINED)
    client.force_login(lead)
    response = client.post(
        f"/applications/{application.pk}/decide", {"decision": "hire", "reason": "On second thought"}
    )
    assert response.status_code == 409
    assert "On second thought" in response.content.decode()


def test_a_reviewer_does_not_decide(client, application, jonas, mia):
    mark(application, jonas, mia)
    client.force_login(jonas)
    response = client.post(f"/applications/{application.pk}/decide", {"decision": "hire", "reason": "Mine"})
    assert response.status_code == 403
    assert "Decide, and write it down" not in client.get(f"/applications/{application.pk}/").content.decode()


def test_deciding_and_other_methods_reject_get(client, application, lead):
    client.force_login(lead)
    assert client.get(f"/applications/{application.pk}/decide").status_code == 405
    assert client.post(f"/applications/{application.pk}/").status_code == 405
    assert client.delete(f"/applications/{application.pk}/scorecard").status_code == 405


def test_an_offered_application_can_be_declined_but_not_hired_again(client, lead):
    application = make_application(make_opening(lead), status=ApplicationStatus.OFFERED)
    client.force_login(lead)
    page = client.get(f"/applications/{application.pk}/").content.decode()
    assert 'value="bench"' in page
    assert 'value="hire"' not in page
    assert client.post(f"/applications/{application.pk}/decide", {"decision": "hire", "reason": "x"}).status_code == 422
    assert (
        client.post(f"/applications/{application.pk}/decide", {"decision": "decline", "reason": "x"}).status_code == 302
    )


def test_a_hire_leads_to_the_engagement(client, lead):
    application = make_application(make_opening(lead), status=ApplicationStatus.OFFERED)
    client.force_login(lead)
    assert (
        f"/engagements/new?application={application.pk}"
        in client.get(f"/applications/{application.pk}/").content.decode()
    )

    engagement = make_engagement(lead=lead, contractor=application.contractor, application=application)

    page = client.get(f"/applications/{application.pk}/").content.decode()
    assert f"/engagements/{engagement.pk}/" in page
    assert "/engagements/new?" not in page
    assert "Decide, and write it down" not in page  # first the open offer is taken back


# --- the record and the queue ------------------------------------------------------------------


def test_the_record_says_that_somebody_without_an_e_mail_gets_no_mail(client, lead):
    application = make_application(make_opening(lead), make_contractor(email=""))
    client.force_login(lead)
    assert "gets no mail" in client.get(f"/applications/{application.pk}/").content.decode()


def test_the_queue_shows_first_what_waits_for_me(client, application, jonas, lead, mia):
    client.force_login(jonas)
    page = client.get("/vetting/").content.decode()
    assert "One scorecard waits for you" in page
    assert f"/applications/{application.pk}/scorecard" in page

    mark(application, jonas, mia)
    client.force_login(lead)
    assert "One decision waits for you" in client.get("/vetting/").content.decode()


def test_the_queue_filters_by_opening_and_stage(client, lead):
    first, second = make_opening(lead, title="First"), make_opening(lead, title="Second")
    make_application(first, make_contractor(name="Ada"))
    make_application(second, make_contractor(name="Bela"))
    make_application(second, make_contractor(name="Cleo"), status=ApplicationStatus.HIRED)
    client.force_login(lead)

    def names(query):
        page = client.get(f"/vetting/{query}").context["page"]
        return sorted(str(a.contractor) for a in page)

    assert names("") == ["Ada", "Bela"]
    assert names(f"?opening={second.pk}") == ["Bela"]
    assert names("?stage=hired") == ["Cleo"]
    assert names("?stage=nonsense&opening=99999999999999999999999&page=-7") == ["Ada", "Bela"]


def count_queries(client, path):
    with CaptureQueriesContext(connection) as found:
        assert client.get(path).status_code == 200
    return len(found)


def test_the_queue_costs_the_same_for_one_and_for_three(client, lead, jonas, mia):
    client.force_login(lead)
    one_opening = make_opening(lead, reviewers=[lead, jonas])
    mark(make_application(one_opening), jonas)
    one = count_queries(client, "/vetting/")
    for _n in range(2):
        mark(make_application(make_opening(lead, reviewers=[jonas, mia, lead])), jonas)
    assert count_queries(client, "/vetting/") == one
    assert one <= 12


def test_the_record_costs_the_same_however_much_was_marked(client, lead, jonas, mia):
    client.force_login(lead)
    sparse = make_application(make_opening(lead, reviewers=[jonas]))
    mark(sparse, jonas)
    full = make_application(make_opening(lead, reviewers=[jonas, mia, make_user(Role.MEMBER)]))
    mark(full, *full.opening.reviewers.all())
    one = count_queries(client, f"/applications/{sparse.pk}/")
    assert count_queries(client, f"/applications/{full.pk}/") == one
