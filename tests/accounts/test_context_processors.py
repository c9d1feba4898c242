import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from accounts.context_processors import NAV, shell
from accounts.states import Role
from tests.factories import make_contractor, make_organisation, make_user

pytestmark = pytest.mark.django_db


def shell_of(user, path="/"):
    request = RequestFactory().get(path)
    request.user = user
    return shell(request)["shell"]


@pytest.mark.parametrize("role", Role.values)
def test_every_entry_has_an_icon_of_the_sprite_and_leads_to_a_page_of_the_role(client, role):
    sprite = (Path(settings.BASE_DIR) / "static/img/icons.svg").read_text()
    icons = set(re.findall(r'id="i-([a-z-]+)"', sprite))
    user = make_contractor(True).user if role == Role.CONTRACTOR else make_user(role)
    client.force_login(user)

    nav = shell_of(user)["nav"]

    assert {entry["icon"] for entry in nav} <= icons
    assert [entry["url"] for entry in nav if client.get(entry["url"]).status_code != 200] == []
    assert len(nav) == len(NAV[role])


@pytest.mark.parametrize("role", Role.values)
def test_the_phones_bar_has_five_places_and_loses_no_entry(role):
    frame = shell_of(make_user(role))

    assert frame["bar"] + frame["more"] == frame["nav"]
    assert len(frame["bar"]) + bool(frame["more"]) <= 5


def test_an_entry_behind_more_is_marked_there():
    admin = make_user(Role.ADMIN)
    assert shell_of(admin, "/payouts/")["is_in_more"]
    assert not shell_of(admin, "/vetting/")["is_in_more"]


def test_where_one_is_is_marked():
    admin = make_user(Role.ADMIN)
    assert [e["url"] for e in shell_of(admin, "/people/7/")["nav"] if e["is_current"]] == ["/people/"]
    lead = make_user(Role.LEAD)
    assert [e["url"] for e in shell_of(lead, "/")["nav"] if e["is_current"]] == ["/"]


@pytest.mark.parametrize(
    ("role", "path", "entry"),
    [
        (Role.LEAD, "/milestones/7/", "Engagements"),
        (Role.LEAD, "/objectives/", "Templates"),
        (Role.LEAD, "/contractors/7/", "Vetting"),
        (Role.ADMIN, "/ledger/", "Payouts"),
        (Role.FINANCE, "/ledger/", "Ledger"),
        (Role.FINANCE, "/payees/7/", "Payouts"),
        (Role.CONTRACTOR, "/invoices/7/", "Money"),
    ],
)
def test_a_page_below_an_entry_marks_it(role, path, entry):
    assert [e["label"] for e in shell_of(make_user(role), path)["nav"] if e["is_current"]] == [entry]


def test_the_frame_costs_one_query_at_most():
    user = make_user()
    with CaptureQueriesContext(connection) as asked:
        assert shell_of(user)["org"] == "Mill Pond"
    assert len(asked) <= 1


def test_somebody_outside_sees_the_organisation_and_no_navigation():
    make_organisation()
    frame = shell_of(AnonymousUser())
    assert (frame["nav"], frame["person"], frame["clock"], frame["org"]) == ([], None, "", "Mill Pond")


def test_the_demo_says_that_no_second_factor_is_asked_for(settings):
    assert shell_of(AnonymousUser())["demo_note"] == ""
    settings.MODE, settings.MFA_REQUIRED_ROLES = "demo", []
    assert "second factor" in shell_of(AnonymousUser())["demo_note"]
