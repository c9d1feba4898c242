"""Signing in, by every way there is, and what happens to allauth's mail."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.adapter import get_adapter as mfa_adapter
from allauth.mfa.models import Authenticator
from django.test import RequestFactory
from django.urls import reverse

from accounts.adapters import AccountAdapter
from accounts.services import people
from accounts.states import Role
from tests.factories import NOW, PASSWORD, make_organisation, make_user

pytestmark = pytest.mark.django_db


def sign_in(client, user, password=PASSWORD, **extra):
    return client.post(reverse("account_login"), {"login": user.email, "password": password}, **extra)


def sure(client, user):
    """Signed in, and the password given once more, as acts on the account's safety ask."""
    sign_in(client, user)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})


def is_in(client):
    return "_auth_user_id" in client.session


@pytest.mark.parametrize(
    "name",
    [
        "account_login",
        "account_signup",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key_done",
        "account_inactive",
        "account_request_login_code",
    ],
)
def test_the_doors_answer(client, name):
    make_organisation()
    response = client.get(reverse(name))
    assert response.status_code == 200
    assert b"<html" in response.content


@pytest.mark.parametrize(
    "name",
    [
        "account_logout",
        "account_change_password",
        "account_reauthenticate",
        "mfa_index",
        "mfa_list_webauthn",
        "usersessions_list",
    ],
)
def test_the_pages_about_signing_in_answer(client, name):
    user = make_user()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    sign_in(client, user)
    assert client.get(reverse(name), follow=True).status_code == 200


@pytest.mark.parametrize("name", ["mfa_activate_totp", "mfa_add_webauthn"])
def test_a_second_factor_can_be_set_up(client, name):
    sure(client, make_user())
    assert client.get(reverse(name)).status_code == 200


def test_recovery_codes_are_shown_to_somebody_with_a_second_factor(client):
    user = make_user()
    sure(client, user)
    Authenticator.objects.create(
        user=user, type=Authenticator.Type.TOTP, data={"secret": mfa_adapter().encrypt("A" * 32)}
    )
    for name in ("mfa_generate_recovery_codes", "mfa_deactivate_totp", "mfa_index"):
        assert client.get(reverse(name)).status_code == 200
    client.post(reverse("mfa_generate_recovery_codes"))
    assert client.get(reverse("mfa_view_recovery_codes")).status_code == 200


def test_somebody_with_a_second_factor_is_asked_for_it(client):
    user = make_user()
    Authenticator.objects.create(
        user=user, type=Authenticator.Type.TOTP, data={"secret": mfa_adapter().encrypt("A" * 32)}
    )
    response = client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD}, follow=True)
    assert response.status_code == 200
    assert not is_in(client)


def test_signing_in_by_password(client):
    assert sign_in(client, make_user()).headers["Location"] == "/"
    assert is_in(client)


def test_a_wrong_password_is_said_on_the_page(client):
    response = sign_in(client, make_user(), "wrong")
    assert response.status_code == 200
    assert not is_in(client)


def test_guessing_is_stopped(client):
    user = make_user()
    answers = {sign_in(client, user, f"wrong {n}").status_code for n in range(12)}
    assert sign_in(client, user).status_code in (200, 429)
    assert not is_in(client)
    assert answers <= {200, 429}


def test_nobody_signs_up(client):
    make_organisation()
    client.post(reverse("account_signup"), {"email": "new@example.org", "password1": PASSWORD})
    assert not is_in(client)
    assert not EmailAddress.objects.exists()


def test_a_mailed_code_signs_in(client, smtp):
    user = make_user()
    response = client.post(reverse("account_request_login_code"), {"email": user.email}, follow=True)
    assert response.status_code == 200
    code = re.search(r"^\s*([A-Z0-9-]{4,12})\s*$", smtp.messages[0].get_body().get_content(), re.M)[1]

    client.post(reverse("account_confirm_login_code"), {"code": code})

    assert is_in(client)
    assert "[" not in smtp.subjects[0]


def test_a_forgotten_password_is_set_anew_by_a_mailed_link(client, smtp):
    user = make_user()
    assert client.post(reverse("account_reset_password"), {"email": user.email}).status_code == 302
    link = re.search(
        r"http://localhost:8000(/accounts/password/reset/key/\S+)", smtp.messages[0].get_body().get_content()
    )

    page = client.get(link[1], follow=True)
    assert page.status_code == 200
    assert client.get("/accounts/password/reset/key/9-nonsense/").status_code == 200
    client.post(page.request["PATH_INFO"], {"password1": "a fresh set of ducks", "password2": "a fresh set of ducks"})

    user.refresh_from_db()
    assert user.check_password("a fresh set of ducks")


@pytest.mark.parametrize("name", ["account_reset_password", "account_request_login_code"])
def test_an_unknown_address_is_answered_like_a_known_one(client, smtp, name):
    user = make_user()
    pair = (user.email, "nobody@example.org")
    answers = [type(client)().post(reverse(name), {"email": email}) for email in pair]
    assert len({(a.status_code, a.headers["Location"]) for a in answers}) == 1
    assert len(smtp.messages) == 2


@pytest.mark.parametrize("name", ["account_reset_password", "account_request_login_code"])
def test_without_a_mail_server_the_page_says_so(client, name):
    response = client.post(reverse(name), {"email": make_user().email})
    assert response.status_code == 409
    assert b"could not be sent" in response.content


@pytest.mark.parametrize("password", [PASSWORD, "wrong"])
def test_a_deactivated_person_does_not_get_in(client, password):
    person = people.deactivate(make_user(), by=make_user(Role.ADMIN), at=NOW)
    response = sign_in(client, person, password, follow=True)
    assert response.status_code == 200
    assert not is_in(client)


def test_a_deactivated_person_gets_no_code(client, smtp):
    person = people.deactivate(make_user(), by=make_user(Role.ADMIN), at=NOW)
    client.post(reverse("account_request_login_code"), {"email": person.email})
    assert not any(re.search(r"^[A-Z0-9-]{4,12}$", m.get_body().get_content(), re.M) for m in smtp.messages)


@pytest.mark.parametrize(
    ("proxies", "header", "believed"),
    [
        (0, "9.9.9.9", "127.0.0.1"),
        (1, "9.9.9.9, 1.2.3.4", "1.2.3.4"),
        (2, "9.9.9.9, 1.2.3.4, 5.6.7.8", "1.2.3.4"),
        (2, "1.2.3.4", "127.0.0.1"),
        (1, "nonsense", "0.0.0.0"),
        (1, "", "127.0.0.1"),
    ],
)
def test_only_our_own_proxies_say_who_calls(settings, proxies, header, believed):
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", headers={"X-Forwarded-For": header} if header else {})
    assert AccountAdapter().get_client_ip(request) == believed


def test_a_socket_without_addresses_is_one_caller():
    assert AccountAdapter().get_client_ip(RequestFactory().get("/", REMOTE_ADDR="")) == "0.0.0.0"


def test_a_second_factors_secret_is_not_readable_in_the_database():
    stored = mfa_adapter().encrypt("JBSWY3DPEHPK3PXP")
    assert "JBSWY3DPEHPK3PXP" not in stored
    assert mfa_adapter().decrypt(stored) == "JBSWY3DPEHPK3PXP"


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_signing_in_leads_nowhere_else(client, target):
    user = make_user()
    response = client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD, "next": target})
    assert response.status_code == 302
    assert "evil" not in response.headers["Location"]
    assert "javascript" not in response.headers["Location"]


@pytest.mark.parametrize("path", ["/accounts/email/", "/accounts/confirm-email/", "/accounts/confirm-email/abc/"])
def test_an_address_is_not_changed_on_a_page(client, path):
    client.force_login(make_user())
    assert client.get(path).status_code == 404
    assert client.post(path, {"email": "other@example.org", "action_add": ""}).status_code == 404
    assert not EmailAddress.objects.exists()
