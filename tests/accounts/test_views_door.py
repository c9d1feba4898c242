"""First run, the logo and the invitation's link."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import Organisation, User
from accounts.services import invitations
from accounts.states import Role
from tests.factories import NOW, PASSWORD, make_organisation, make_user

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 100
FIRST = {
    "name": "Harbour & Pine",
    "legal_name": "Harbour & Pine Ltd",
    "address": "1 Quay",
    "country": "AU",
    "home_currency": "AUD",
    "zone": "Australia/Brisbane",
    "admin_name": "Tess Ota",
    "admin_email": "tess@harbourpine.example",
    "password": PASSWORD,
}


def start(client, **changes):
    return client.post(reverse("accounts:first_run"), {**FIRST, **changes})


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/settings/", "/apply/nosuchtoken/", "/nowhere"])
def test_before_first_run_everything_leads_there(client, path):
    assert client.get(path).headers["Location"] == "/first-run/"


def test_the_load_balancer_is_answered_before_first_run(client):
    assert client.get("/healthz").status_code == 200


def test_first_run_starts_the_organisation_and_signs_its_admin_in(client):
    response = start(client, logo=SimpleUploadedFile("x.svg", PNG, "image/svg+xml"))

    assert (response.status_code, response.headers["Location"]) == (302, "/")
    assert int(client.session["_auth_user_id"]) == User.objects.get(role=Role.ADMIN).pk
    organisation = Organisation.objects.get()
    assert (organisation.home_currency, organisation.logo_type) == ("AUD", "image/png")
    logo = client.get("/logo")
    assert (logo.status_code, logo.headers["Content-Type"], logo.content) == (200, "image/png", PNG)


def test_first_run_happens_once(client):
    make_organisation()
    assert client.get("/first-run/").headers["Location"] == "/"
    response = start(client)
    assert response.status_code == 409
    assert b"set up here already" in response.content
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": ""}, "required"),
        ({"name": "x" * 1_000_000}, "at most 120"),
        ({"address": "x" * 501}, "at most 500"),
        ({"country": "XX"}, "country from the list"),
        ({"home_currency": "XXX"}, "currency from the list"),
        ({"zone": "Mars/Olympus"}, "time zone from the list"),
        ({"admin_email": "nobody"}, "valid email"),
        ({"password": "short"}, "too short"),
        ({"password": "tess@harbourpine.example"}, "similar"),
        ({"password": "x" * 129}, "at most 128"),
        ({"logo": SimpleUploadedFile("a.png", b"<svg onload=alert(1)>")}, "no PNG, JPEG or WebP"),
        ({"logo": SimpleUploadedFile("a.png", PNG + b"\0" * 200_000)}, "larger than 200 kB"),
    ],
)
def test_what_cannot_be_taken_is_said_beside_the_field_and_nothing_is_lost(client, changes, said):
    response = start(client, **changes)

    page = response.content.decode()
    assert response.status_code == 422
    assert said in page
    assert "Harbour &amp; Pine Ltd" in page
    assert not Organisation.objects.exists()


def test_no_logo_is_absent(client):
    make_organisation()
    assert client.get("/logo").status_code == 404


@pytest.fixture
def invited():
    make_organisation()
    return invitations.invite(
        "noor@example.org", name="Noor", role=Role.LEAD, by=make_user(Role.ADMIN), at=now(), mail=False
    )


def now():
    from django.utils import timezone

    return timezone.now()


def join(client, token, **changes):
    facts = {"name": "Noor Haddad", "password": PASSWORD, "zone": "Asia/Amman", **changes}
    return client.post(reverse("accounts:join", args=[token]), facts)


def test_the_link_shows_the_form_and_looking_uses_nothing_up(client, invited):
    _invitation, token = invited
    for _turn in range(2):
        response = client.get(reverse("accounts:join", args=[token]))
        assert response.status_code == 200
        assert b"noor@example.org" in response.content


def test_joining_opens_the_account_and_signs_in(client, invited):
    response = join(client, invited[1])

    user = User.objects.get(email="noor@example.org")
    assert (response.status_code, response.headers["Location"]) == (302, "/")
    assert (int(client.session["_auth_user_id"]), user.zone, user.role) == (user.pk, "Asia/Amman", Role.LEAD)


def test_the_link_works_once(client, invited):
    join(client, invited[1])
    client.logout()
    for response in (client.get(reverse("accounts:join", args=[invited[1]])), join(client, invited[1])):
        assert response.status_code == 410
        assert b"used already" in response.content
    assert User.objects.filter(email="noor@example.org").count() == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "x" * 121}, "at most 120"),
        ({"password": "1234567890"}, "too common"),
        ({"zone": "Nowhere"}, "time zone from the list"),
    ],
)
def test_what_cannot_be_joined_with_is_said_and_kept(client, invited, changes, said):
    response = join(client, invited[1], **changes)
    assert response.status_code == 422
    assert said in response.content.decode()
    assert (changes.get("name") or "Noor Haddad") in response.content.decode()


def test_an_expired_and_a_revoked_link_say_what_to_do(client):
    admin = make_user(Role.ADMIN)
    _old, expired = invitations.invite("a@example.org", name="A", role=Role.LEAD, by=admin, at=NOW.replace(year=2020))
    invitation, revoked = invitations.invite("b@example.org", name="B", role=Role.LEAD, by=admin, at=now())
    invitations.revoke(invitation, by=admin, at=now())

    for token in (expired, revoked):
        response = client.get(reverse("accounts:join", args=[token]))
        assert response.status_code == 410
        assert b"new one" in response.content


@pytest.mark.parametrize("token", ["nosuchtoken", "x" * 3000, "%00", "ünïcode"])
def test_an_unknown_link_is_absent(client, token):
    make_organisation()
    assert client.get(f"/invitations/{token}/").status_code in (400, 404)


def test_a_contractor_is_sent_to_the_offer(client):
    _row, token = invitations.invite(
        "c@example.net", name="C", role=Role.CONTRACTOR, by=make_user(Role.ADMIN), at=now(), mail=False
    )
    response = join(client, token)
    assert response.status_code == 410
    assert b"link of your offer" in response.content
    assert not User.objects.filter(email="c@example.net").exists()


def test_somebody_signed_in_does_not_join_as_another_by_accident(client, invited):
    client.force_login(make_user())
    assert join(client, invited[1]).status_code == 410
    assert not User.objects.filter(email="noor@example.org").exists()
