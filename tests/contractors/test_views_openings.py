import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.states import Role
from contractors import queries
from contractors.models import Opening
from contractors.services.imports import stage
from tests.factories import NOW, make_application, make_opening, make_organisation, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def organisation():
    return make_organisation()


@pytest.fixture
def lead():
    return make_user(name="Ana Duarte")


@pytest.fixture
def member():
    return make_user(Role.MEMBER, name="Jonas Brandt")


def typed(*reviewers, **changes):
    return {
        "title": "Payment page, faster",
        "brief": "Make it answer within a second.",
        "currency": "EUR",
        "reviewers": [r.pk for r in reviewers],
        "criteria-TOTAL_FORMS": 3,
        "criteria-INITIAL_FORMS": 0,
        "criteria-0-name": "Has done it before",
        "criteria-0-weight": 2,
        "criteria-1-name": "",
        "criteria-1-weight": 1,
        "criteria-2-name": "Writes clearly",
        "criteria-2-weight": 1,
        "questions-TOTAL_FORMS": 1,
        "questions-INITIAL_FORMS": 0,
        "questions-0-text": "What did you speed up last?",
        "questions-0-is_required": "on",
        **changes,
    }


NEW = "/openings/new"


def test_a_lead_makes_an_opening_on_one_page(client, lead, member):
    client.force_login(lead)

    response = client.post(NEW, typed(lead, member))

    opening = Opening.objects.get()
    assert response.headers["Location"] == reverse("contractors:opening", args=[opening.pk])
    assert [c.name for c in opening.criteria.all()] == ["Has done it before", "Writes clearly"]
    assert [q.is_required for q in opening.questions.all()] == [True]
    assert set(opening.reviewers.all()) == {lead, member}
    assert opening.lead == lead


def test_the_same_form_sent_twice_makes_one_opening(client, lead):
    client.force_login(lead)
    form = typed(lead, form_key="0" * 32)

    first, second = client.post(NEW, form), client.post(NEW, form)

    assert Opening.objects.count() == 1
    assert first.headers["Location"] == second.headers["Location"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"title": ""}, "Please fill this in."),
        ({"title": "x" * 161}, "at most 160"),
        ({"brief": "x" * 20_001}, "at most 20000"),
        ({"currency": "XXX"}, "not one of the available choices"),
        ({"reviewers": []}, "Name at least one reviewer"),
        ({"reviewers": ["999999999999999999999999"]}, "not one of the available choices"),
        ({"criteria-0-weight": "11"}, "less than or equal to 10"),
        ({"criteria-0-weight": "9" * 40}, "less than or equal to 10"),
        ({"criteria-0-name": "", "criteria-2-name": ""}, "at least one criterion"),
        ({"criteria-2-name": "has done it BEFORE"}, "same name"),
        ({"criteria-TOTAL_FORMS": "junk"}, "ManagementForm"),
    ],
)
def test_a_wrong_field_is_said_and_nothing_typed_is_lost(client, lead, change, sentence):
    client.force_login(lead)

    response = client.post(NEW, typed(lead, **change))

    assert response.status_code == 422
    page = response.content.decode()
    assert sentence in page
    assert "What did you speed up last?" in page
    assert not Opening.objects.exists()


def test_the_page_to_write_one_names_the_home_currency(client, lead):
    client.force_login(lead)
    page = client.get(NEW).content.decode()
    assert '<option value="EUR" selected>' in page


def test_members_do_not_write_openings(client, member):
    client.force_login(member)
    assert client.get(NEW).status_code == 403
    assert client.post(NEW, typed(member)).status_code == 403


@pytest.mark.parametrize("role", [Role.CONTRACTOR, Role.FINANCE])
@pytest.mark.parametrize("path", ["/openings/", "/openings/new", "/openings/{pk}/", "/openings/{pk}/edit"])
def test_contractors_and_finance_find_nothing_here(client, role, path):
    opening = make_opening()
    client.force_login(make_user(role))
    assert client.get(path.format(pk=opening.pk)).status_code == 404


def test_signed_out_people_are_asked_to_sign_in(client):
    assert client.get("/openings/").status_code == 302
    assert client.post(NEW, {}).status_code == 401


# --- editing -----------------------------------------------------------------------


def test_a_draft_is_edited(client, lead, member):
    opening = make_opening(lead, published=False, reviewers=[lead])
    client.force_login(lead)
    page = client.get(f"/openings/{opening.pk}/edit").content.decode()
    assert "Has done it before" in page

    seen = queries.draft_version(opening)
    response = client.post(f"/openings/{opening.pk}/edit", typed(member, title="Checkout, faster", seen=seen))

    opening.refresh_from_db()
    assert response.status_code == 302
    assert opening.title == "Checkout, faster"
    assert list(opening.reviewers.all()) == [member]


def test_a_stale_tab_is_told_so_and_keeps_what_was_typed(client, lead):
    opening = make_opening(lead, published=False, reviewers=[lead])
    client.force_login(lead)

    response = client.post(f"/openings/{opening.pk}/edit", typed(lead, title="My own title", seen="0" * 32))

    assert response.status_code == 409
    assert "My own title" in response.content.decode()
    opening.refresh_from_db()
    assert opening.title == "Payment page, faster"


def test_editing_what_is_published_is_refused(client, lead):
    opening = make_opening(lead, reviewers=[lead])
    client.force_login(lead)
    assert client.post(f"/openings/{opening.pk}/edit", typed(lead)).status_code == 409


def test_a_wrong_edit_is_422(client, lead):
    opening = make_opening(lead, published=False, reviewers=[lead])
    client.force_login(lead)
    assert client.post(f"/openings/{opening.pk}/edit", typed(lead, title="")).status_code == 422


# --- publishing and closing: the five of each ------------------------------------------


@pytest.mark.parametrize(
    ("verb", "published", "field"), [("publish", False, "published_at"), ("close", True, "closed_at")]
)
class TestPublishAndClose:
    def test_does_it(self, client, lead, verb, published, field):
        opening = make_opening(lead, published=published, reviewers=[lead])
        client.force_login(lead)
        response = client.post(f"/openings/{opening.pk}/{verb}")
        assert response.headers["Location"] == f"/openings/{opening.pk}/"
        opening.refresh_from_db()
        assert getattr(opening, field) is not None

    def test_an_admin_does_it_too(self, client, lead, verb, published, field):
        opening = make_opening(lead, published=published, reviewers=[lead])
        client.force_login(make_user(Role.ADMIN))
        assert client.post(f"/openings/{opening.pk}/{verb}").status_code == 302

    def test_refuses_when_it_is_not_so(self, client, lead, verb, published, field):
        opening = make_opening(lead, published=not published, reviewers=[lead])
        client.force_login(lead)
        assert client.post(f"/openings/{opening.pk}/{verb}").status_code == 409

    def test_forbids_a_reviewer(self, client, lead, member, verb, published, field):
        opening = make_opening(lead, published=published, reviewers=[member])
        client.force_login(member)
        assert client.post(f"/openings/{opening.pk}/{verb}").status_code == 403

    def test_hides_from_another_lead(self, client, lead, verb, published, field):
        opening = make_opening(lead, published=published, reviewers=[lead])
        client.force_login(make_user())
        assert client.post(f"/openings/{opening.pk}/{verb}").status_code == 404

    def test_rejects_get(self, client, lead, verb, published, field):
        opening = make_opening(lead, published=published)
        client.force_login(lead)
        assert client.get(f"/openings/{opening.pk}/{verb}").status_code == 405


def test_editing_is_hidden_from_another_lead_and_forbidden_to_a_reviewer(client, lead, member):
    opening = make_opening(lead, published=False, reviewers=[member])
    client.force_login(make_user())
    assert client.post(f"/openings/{opening.pk}/edit", typed(member)).status_code == 404
    client.force_login(member)
    assert client.post(f"/openings/{opening.pk}/edit", typed(member)).status_code == 403


def test_an_id_that_no_column_holds_is_not_found(client, lead):
    client.force_login(lead)
    assert client.get("/openings/99999999999999999999999999/").status_code == 404


# --- reading ----------------------------------------------------------------------------


def test_the_page_of_a_published_opening_shows_its_public_link_and_who_applied(client, lead):
    opening = make_opening(lead, reviewers=[lead])
    application = make_application(opening)
    client.force_login(lead)

    page = client.get(f"/openings/{opening.pk}/").content.decode()

    assert f"/apply/{opening.token}/" in page
    assert str(application.contractor) in page
    assert "Waiting for your scorecard" in page


def test_a_draft_shows_no_public_link(client, lead):
    opening = make_opening(lead, published=False, reviewers=[lead])
    client.force_login(lead)
    assert opening.token not in client.get(f"/openings/{opening.pk}/").content.decode()


def test_files_of_the_opening_can_be_found_again_and_stand_in_its_history(client, lead):
    opening = make_opening(lead)
    content = b"name,email\nAda,ada@example.net\n"
    facts = {"file_name": "people.csv", "source": "platform-a", "captured_on": NOW.date()}
    batch = stage(opening, content=content, **facts, by=lead, at=NOW)
    client.force_login(lead)
    page = client.get(f"/openings/{opening.pk}/").content.decode()
    assert f"/imports/{batch.pk}/" in page
    assert "File “people.csv”: Waiting for your confirmation" in page


def count_queries(client, path):
    with CaptureQueriesContext(
        connection,
    ) as found:
        assert client.get(path).status_code == 200
    return len(found)


def test_the_list_costs_the_same_for_one_and_for_three_openings(client, lead):
    client.force_login(lead)
    make_application(make_opening(lead))
    one = count_queries(client, "/openings/")
    for _n in range(2):
        make_application(make_opening(lead))
    assert count_queries(client, "/openings/") == one


def test_the_page_costs_the_same_for_one_and_for_three_applications(client, lead, member):
    opening = make_opening(lead, reviewers=[lead, member])
    client.force_login(lead)
    make_application(opening)
    one = count_queries(client, f"/openings/{opening.pk}/")
    for _n in range(2):
        make_application(opening)
    assert count_queries(client, f"/openings/{opening.pk}/") == one


def test_the_list_counts_who_applied_and_who_is_in_vetting(lead):
    opening = make_opening(lead)
    make_opening(lead)
    make_application(opening)
    make_application(opening, status="hired")
    counted = {o.pk: (o.applied, o.in_vetting) for o in Opening.objects.with_counts()}
    assert counted.pop(opening.pk) == (2, 1)
    assert list(counted.values()) == [(0, 0)]
    assert opening.created_at == NOW
