"""The admin's pages about people: the five of each write, and the lists."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Invitation
from accounts.services import invitations
from accounts.states import Role
from core.models import OutboxMail
from tests.factories import make_engagement, make_user

pytestmark = pytest.mark.django_db
NOT_ADMIN = [Role.LEAD, Role.MEMBER, Role.FINANCE, Role.CONTRACTOR]
WRITES = ["change_role", "hand_over", "deactivate"]
INVITE = {"name": "Noor", "email": "noor@example.org", "role": Role.LEAD}


@pytest.fixture
def admin(client):
    admin = make_user(Role.ADMIN)
    client.force_login(admin)
    return admin


def invite(by, email="noor@example.org"):
    return invitations.invite(email, name="Noor", role=Role.LEAD, by=by, at=timezone.now(), mail=False)[0]


def act(client, name, person, **data):
    return client.post(reverse(f"accounts:{name}", args=[person.pk]), data)


def test_the_list_shows_everybody_and_open_invitations(client, admin):
    person, invitation = make_user(), invite(admin)
    page = client.get("/people/").content.decode()
    assert person.name in page
    assert invitation.email in page


def test_the_list_costs_the_same_at_any_length(client, admin):
    invite(admin, "a@example.org")
    with CaptureQueriesContext(connection) as few:
        client.get("/people/")
    for n in range(3):
        make_user()
        invite(admin, f"n{n}@example.org")
    with CaptureQueriesContext(connection) as more:
        client.get("/people/")
    assert len(more) == len(few)


def test_the_list_has_pages(client, admin):
    for _n in range(26):
        make_user()
    assert client.get("/people/?page=2").content.count(b"dr-table__lead") == 2
    assert client.get("/people/?page=99999999999999999999").status_code == 200


@pytest.mark.parametrize("role", NOT_ADMIN)
@pytest.mark.parametrize("path", ["/people/", "/people/{own}/"])
def test_only_an_admin_reads_people_pages(client, role, path):
    person = make_user(role)
    client.force_login(person)
    assert client.get(path.format(own=person.pk)).status_code == 403


@pytest.mark.parametrize("role", NOT_ADMIN)
def test_another_person_is_absent_to_everybody_but_an_admin(client, role):
    other = make_user()
    client.force_login(make_user(role))
    assert client.get(reverse("accounts:person", args=[other.pk])).status_code == 404
    assert [act(client, name, other).status_code for name in WRITES] == [404] * 3


@pytest.mark.parametrize("role", NOT_ADMIN)
def test_only_an_admin_acts_on_people(client, role):
    person = make_user(role)
    invitation = invite(make_user(Role.ADMIN))
    client.force_login(person)
    assert [act(client, name, person).status_code for name in WRITES] == [403] * 3
    assert client.post("/people/invite", INVITE).status_code == 403
    assert act(client, "revoke", invitation).status_code == 403


def test_acts_on_people_are_posted(client, admin):
    person, invitation = make_user(), invite(admin)
    paths = [reverse(f"accounts:{name}", args=[person.pk]) for name in WRITES]
    paths += ["/people/invite", reverse("accounts:revoke", args=[invitation.pk])]
    assert [client.get(path).status_code for path in paths] == [405] * 5


def test_acts_on_nobody_are_absent(client, admin):
    names = [*WRITES, "revoke"]
    assert [client.post(reverse(f"accounts:{n}", args=[10**6])).status_code for n in names] == [404] * 4
    assert client.get("/people/99999999999999999999999/").status_code == 404


def test_an_invitation_goes_out_once_even_when_clicked_twice(client, admin):
    data = {**INVITE, "form_key": "0" * 32}
    assert [client.post("/people/invite", data).status_code for _n in range(2)] == [302, 302]
    assert Invitation.objects.count() == 1
    assert OutboxMail.objects.get().address == "noor@example.org"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"email": "x" * 300 + "@example.org"}, "at most 254"),
        ({"email": "nobody"}, "valid email"),
        ({"role": Role.CONTRACTOR}, "not one of the available choices"),
        ({"name": "x" * 121}, "at most 120"),
    ],
)
def test_an_invitation_that_cannot_be_sent_keeps_what_was_typed(client, admin, changes, said):
    response = client.post("/people/invite", {**INVITE, **changes})
    assert response.status_code == 422
    assert said in response.content.decode()
    assert not Invitation.objects.exists()


def test_somebody_who_is_here_already_is_not_invited(client, admin):
    response = client.post("/people/invite", {**INVITE, "email": admin.email})
    assert response.status_code == 409
    assert b"has an account" in response.content


def test_an_invitation_is_revoked_once(client, admin):
    invitation = invite(admin)
    assert [act(client, "revoke", invitation).status_code for _n in range(2)] == [302, 409]
    invitation.refresh_from_db()
    assert invitation.revoked_at


def test_a_person_page_shows_what_is_to_be_done(client, admin):
    lead = make_engagement().lead
    page = client.get(reverse("accounts:person", args=[lead.pk])).content.decode()
    assert "1 open engagement" in page
    assert "Hand over the engagements first" in page


def test_an_admin_sees_oneself_without_acts(client, admin):
    page = client.get(reverse("accounts:person", args=[admin.pk])).content.decode()
    assert reverse("accounts:deactivate", args=[admin.pk]) not in page


def test_a_role_is_changed(client, admin):
    person = make_user(Role.MEMBER)
    assert act(client, "change_role", person, role=Role.LEAD).status_code == 302
    person.refresh_from_db()
    assert person.role == Role.LEAD


@pytest.mark.parametrize("role", ["contractor", "king", ""])
def test_a_role_that_is_none_is_said(client, admin, role):
    assert act(client, "change_role", make_user(Role.MEMBER), role=role).status_code == 422


def test_ones_own_role_stays(client, admin):
    assert act(client, "change_role", admin, role=Role.LEAD).status_code == 409


def test_a_person_is_deactivated_and_cannot_go_on(client, admin):
    person = make_user()
    there = type(client)()
    there.force_login(person)

    assert act(client, "deactivate", person).status_code == 302

    person.refresh_from_db()
    assert not person.is_active
    assert there.get("/settings/").headers["Location"].startswith("/accounts/login/")
    assert client.get(reverse("accounts:person", args=[person.pk])).status_code == 200


def test_somebody_with_open_engagements_is_not_deactivated(client, admin):
    lead = make_engagement().lead
    response = act(client, "deactivate", lead)
    assert response.status_code == 409
    assert b"Hand them over first" in response.content


def test_engagements_are_handed_over(client, admin):
    engagement, to = make_engagement(), make_user()

    assert act(client, "hand_over", engagement.lead, to=to.pk).status_code == 302

    engagement.refresh_from_db()
    assert (engagement.lead, engagement.comms_owner) == (to, to)


@pytest.mark.parametrize("role", [Role.CONTRACTOR, Role.FINANCE])
def test_engagements_go_only_to_somebody_who_can_hold_them(client, admin, role):
    engagement = make_engagement()
    assert act(client, "hand_over", engagement.lead, to=make_user(role).pk).status_code == 422
    assert act(client, "hand_over", engagement.lead, to="x").status_code == 422
    assert act(client, "hand_over", engagement.lead, to=engagement.lead.pk).status_code == 422
