import time

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.states import Role
from tests.factories import make_organisation, make_user

pytestmark = pytest.mark.django_db
HOUR = 3600


def test_a_member_of_the_team_who_was_away_for_too_long_signs_in_again(client):
    client.force_login(make_user())
    with time_machine.travel(time.time() + 8 * HOUR + 60):
        assert client.get("/settings/").headers["Location"].startswith("/accounts/login/?next=")
        assert client.post("/settings/", {}).status_code == 401
    assert "_auth_user_id" not in client.session


def test_whoever_keeps_working_stays_signed_in(client):
    client.force_login(make_user())
    for hours in (3, 6, 9, 12):
        with time_machine.travel(time.time() + hours * HOUR):
            assert client.get("/settings/").status_code == 200


def test_a_contractor_stays_signed_in_for_weeks(client):
    client.force_login(make_user(Role.CONTRACTOR))
    with time_machine.travel(time.time() + 14 * 24 * HOUR):
        assert client.get("/settings/").status_code == 200


def test_a_page_view_writes_nothing(client):
    client.force_login(make_user())
    with CaptureQueriesContext(connection) as asked:
        client.get("/settings/")
    assert not [query for query in asked if query["sql"].startswith(("UPDATE", "INSERT", "DELETE"))]


@pytest.mark.parametrize("role", [Role.ADMIN, Role.FINANCE])
def test_a_role_that_needs_a_second_factor_is_led_to_set_one_up(client, settings, role):
    settings.MFA_REQUIRED_ROLES = ["admin", "finance"]
    client.force_login(make_user(role))

    assert client.get("/settings/").headers["Location"] == "/accounts/2fa/"
    assert client.post("/settings/", {}).headers["Location"] == "/accounts/2fa/"
    assert client.get("/settings/", headers={"HX-Request": "true"}).headers["HX-Redirect"] == "/accounts/2fa/"
    page = client.get("/accounts/2fa/")
    assert page.status_code == 200
    assert b"needs a second factor" in page.content
    assert client.post("/accounts/logout/").status_code == 302


@pytest.mark.parametrize("kind", [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN])
def test_with_a_second_factor_the_way_is_free(client, settings, kind):
    settings.MFA_REQUIRED_ROLES = ["admin"]
    admin = make_user(Role.ADMIN)
    Authenticator.objects.create(user=admin, type=kind, data={})
    client.force_login(admin)
    assert client.get("/settings/").status_code == 200


def test_recovery_codes_alone_are_no_second_factor(client, settings):
    settings.MFA_REQUIRED_ROLES = ["admin"]
    admin = make_user(Role.ADMIN)
    Authenticator.objects.create(user=admin, type=Authenticator.Type.RECOVERY_CODES, data={})
    client.force_login(admin)
    assert client.get("/settings/").status_code == 302


def test_other_roles_need_none(client, settings):
    settings.MFA_REQUIRED_ROLES = ["admin"]
    client.force_login(make_user(Role.LEAD))
    assert client.get("/settings/").status_code == 200


def test_a_page_shows_times_on_the_persons_clock(client):
    make_organisation()
    client.force_login(make_user(zone="Asia/Tokyo"))
    with time_machine.travel("2026-11-24 05:05:00+00:00", tick=False):
        client.force_login(make_user(zone="Asia/Tokyo"))
        assert "Tue 14:05 · Tokyo" in client.get("/settings/").content.decode()
