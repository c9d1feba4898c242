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


def shape_of(user, path="/"):
    return shell_of(user, path)["shape"]


@pytest.mark.parametrize("role", Role.values)
def test_every_entry_has_an_icon_of_the_sprite_and_leads_to_a_page_of_the_role(client, role):
    sprite = (Path(settings.BASE_DIR) / "static/img/icons.svg").read_text()
    icons = set(re.findall(r'id="i-([a-z-]+)"', sprite))
    user = make_contractor(True).user if role == Role.CONTRACTOR else make_user(role)
    client.force_login(user)

    nav = shape_of(user).nav

    assert {entry.icon for entry in nav} <= icons
    assert [entry.url for entry in nav if client.get(entry.url).status_code != 200] == []
    assert len(nav) == len(NAV[role])


@pytest.mark.parametrize("role", Role.values)
def test_the_phones_bar_has_five_places_and_loses_no_entry(role):
    shape = shape_of(make_user(role))

    assert shape.bar + shape.more == shape.nav
    assert len(shape.bar) + bool(shape.more) <= 5


def test_an_entry_behind_more_is_marked_there():
    admin = make_user(Role.ADMIN)
    assert shape_of(admin, "/payouts/").is_in_more
    assert not shape_of(admin, "/vetting/").is_in_more


def test_where_one_is_is_marked():
    admin = make_user(Role.ADMIN)
    assert [e.url for e in shape_of(admin, "/people/7/").nav if e.is_current] == ["/people/"]
    lead = make_user(Role.LEAD)
    assert [e.url for e in shape_of(lead, "/").nav if e.is_current] == ["/"]


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
    assert [e.label for e in shape_of(make_user(role), path).nav if e.is_current] == [entry]


def test_the_frame_costs_one_query_at_most():
    user = make_user()
    with CaptureQueriesContext(connection) as asked:
        assert shell_of(user)["org"] == "Mill Pond"
    assert len(asked) <= 1


def test_somebody_outside_sees_the_organisation_and_no_navigation():
    make_organisation()
    frame = shell_of(AnonymousUser())
    assert (frame["shape"].nav, frame["person"], frame["clock"], frame["org"]) == ([], None, "", "Mill Pond")


def test_the_demo_says_that_no_second_factor_is_asked_for(settings):
    assert shell_of(AnonymousUser())["demo_note"] == ""
    settings.MODE, settings.MFA_REQUIRED_ROLES = "demo", []
    assert "second factor" in shell_of(AnonymousUser())["demo_note"]


def test_what_is_kept_of_a_frame_is_nobodys_own(client):
    """Two people of one shape, one after the other: the second sees nothing of the first."""
    one, other = make_user(Role.LEAD, name="Ana <b>Reyes</b>"), make_user(Role.LEAD, name="Bo Lindqvist")
    assert shape_of(one) == shape_of(other)

    client.force_login(one)
    first = client.get("/search/?q=heron").content.decode()
    client.force_login(other)
    second = client.get("/search/").content.decode()

    assert "Ana &lt;b&gt;Reyes&lt;/b&gt;" in first
    assert 'value="heron"' in first
    assert "Bo Lindqvist" in second
    assert [word for word in ("Reyes", "heron", f'data-person="{one.pk}"') if word in second] == []
    tokens = [re.findall(r'name="csrf-token" content="(\w+)"', page) for page in (first, second)]
    assert len(tokens[0]) == len(tokens[1]) == 1
    assert tokens[0] != tokens[1]


def test_themes_and_roles_have_frames_of_their_own(client):
    user = make_user(Role.LEAD)
    client.force_login(user)
    assert 'data-bs-theme="light"' in client.get("/settings/").content.decode()
    user.theme = "dark"
    user.save()
    dark = client.get("/settings/").content.decode()
    assert 'data-bs-theme="dark"' in dark
    assert 'content="dark"' in dark
    client.force_login(make_user(Role.FINANCE))
    assert 'href="/ledger/"' in client.get("/settings/").content.decode()
