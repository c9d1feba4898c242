from datetime import date, timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session

from accounts import queries
from accounts.models import DigestItem, Organisation, User
from accounts.services import people
from accounts.states import Role
from core import history
from core.errors import DomainError
from core.models import Event, Touched
from tests.factories import NOW, PASSWORD, make_organisation, make_user

pytestmark = pytest.mark.django_db

FIRST = {
    "name": "Harbour & Pine",
    "legal_name": "Harbour & Pine Ltd",
    "address": "1 Quay",
    "country": "PT",
    "home_currency": "EUR",
    "zone": "Europe/Lisbon",
    "admin_name": "Tess Ota",
    "admin_email": "Tess@Harbourpine.example",
    "password": PASSWORD,
    "at": NOW,
}
OFFICE = [(day, 540, 1020) for day in range(5)]


def settings_of(user, **changes):
    return {
        "name": user.name,
        "pronoun": "hers",
        "zone": "America/Bogota",
        "country": "CO",
        "region": "",
        "language": "en",
        "theme": "dark",
        "spans": OFFICE,
        "leave": [],
        "preferences": {"message": "digest"},
        "by": user,
        "at": NOW,
        **changes,
    }


def test_first_run_makes_the_organisation_and_an_admin_who_can_sign_in():
    admin = people.start_organisation(**FIRST)

    assert Organisation.objects.get().legal_name == "Harbour & Pine Ltd"
    assert (admin.email, admin.role, admin.check_password(PASSWORD)) == ("tess@harbourpine.example", Role.ADMIN, True)
    assert admin.spans.count() == 5
    assert EmailAddress.objects.get(user=admin).verified
    assert Event.objects.of(Organisation.objects.get()).get().by == admin


def test_first_run_is_refused_once_there_is_an_organisation():
    make_organisation()

    with pytest.raises(DomainError, match="set up here already"):
        people.start_organisation(**FIRST)
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("spans", "clash"),
    [
        ([(0, 540, 720), (0, 780, 1020)], False),
        ([(0, 540, 720), (0, 720, 1020)], False),
        ([(0, 540, 780), (0, 720, 1020)], True),
        ([(0, 1320, 1800), (1, 300, 480)], True),
        ([(0, 1320, 1800), (1, 360, 480)], False),
        ([(6, 1320, 1800), (0, 300, 480)], True),
        ([(6, 1320, 1800), (0, 360, 480)], False),
        ([(0, 0, 1440), (0, 600, 660)], True),
        ([(0, 540, 540 + 1440)], False),
        ([], False),
    ],
)
def test_spans_overlap_also_over_midnight_and_over_the_end_of_the_week(spans, clash):
    assert bool(people.overlapping(spans)) == clash


def test_a_long_span_overlaps_a_later_one_even_behind_a_short_one():
    assert people.overlapping([(0, 0, 1440), (0, 60, 120), (0, 180, 240)]) is not None


def test_settings_are_written_as_a_whole_and_ask_the_clock_side_to_look_again():
    user = make_user()
    leave = [(date(2026, 12, 1), date(2026, 12, 3))]

    user = people.change_settings(user, **settings_of(user, spans=[(0, 1320, 1800), (2, 540, 720)], leave=leave))

    assert list(user.spans.values_list("weekday", "start_minute", "end_minute")) == [(0, 1320, 1800), (2, 540, 720)]
    assert list(user.leaves.values_list("starts_on", "ends_on")) == leave
    assert dict(user.preferences.values_list("kind", "choice")) == {"message": "digest"}
    assert (user.zone, user.country, user.theme, user.pronoun) == ("America/Bogota", "CO", "dark", "hers")
    assert Touched.objects.filter(subject_type="accounts.user", subject_id=user.pk).exists()


def test_settings_from_a_window_that_another_one_overtook_are_refused():
    user = make_user()
    seen = queries.settings_version(user)
    people.change_settings(user, **settings_of(user, seen=seen))

    with pytest.raises(DomainError, match="another window"):
        people.change_settings(user, **settings_of(user, seen=seen, name="Other"))
    user.refresh_from_db()
    assert user.name != "Other"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"spans": []}, "at least one day"),
        ({"spans": [(0, 540, 780), (0, 720, 1020)]}, "overlap"),
        ({"leave": [(date(2026, 11, 23), date(2099, 12, 31))]}, "no working day"),
    ],
)
def test_hours_that_would_leave_no_clock_to_run_are_refused(changes, sentence):
    user = make_user()

    with pytest.raises(DomainError, match=sentence):
        people.change_settings(user, **settings_of(user, **changes))
    assert user.spans.count() == 5


def test_changed_hours_move_the_morning_mail_that_was_planned():
    user = make_user(zone="Europe/Lisbon")
    planned = NOW + timedelta(days=1)
    DigestItem.objects.create(user=user, key="k", subject="s", path="/", at=NOW, send_at=planned)

    people.change_settings(user, **settings_of(user))

    assert DigestItem.objects.get().send_at == NOW.replace(hour=14)  # 09:00 in Bogota


def test_a_deactivated_person_is_signed_out_everywhere_and_hears_nothing(client):
    admin, person = make_user(Role.ADMIN), make_user()
    client.force_login(person)
    key = client.session.session_key
    UserSession.objects.create(user=person, ip="127.0.0.1", session_key=key, user_agent="")
    DigestItem.objects.create(user=person, key="k", subject="s", path="/", at=NOW, send_at=NOW)

    person = people.deactivate(person, by=admin, at=NOW)

    assert (person.is_active, person.deactivated_at, person.deactivated_by) == (False, NOW, admin)
    assert not Session.objects.filter(session_key=key).exists()
    assert not UserSession.objects.exists()
    assert not DigestItem.objects.exists()
    assert history.verify(person) == ""


def test_nobody_deactivates_oneself_or_twice():
    admin, person = make_user(Role.ADMIN), make_user()
    people.deactivate(person, by=admin, at=NOW)

    with pytest.raises(DomainError, match="yourself"):
        people.deactivate(admin, by=admin, at=NOW)
    with pytest.raises(DomainError, match="already"):
        people.deactivate(person, by=admin, at=NOW)


def test_the_last_admin_stays():
    admin, other = make_user(Role.ADMIN), make_user(Role.ADMIN)
    people.deactivate(other, by=admin, at=NOW)

    with pytest.raises(DomainError, match="last admin"):
        people.deactivate(admin, by=other, at=NOW)
    with pytest.raises(DomainError, match="last admin"):
        people.change_role(admin, role=Role.LEAD, by=other, at=NOW)


def test_a_changed_role_is_recorded():
    admin, person = make_user(Role.ADMIN), make_user(Role.MEMBER)

    person = people.change_role(person, role=Role.LEAD, by=admin, at=NOW)

    event = Event.objects.of(person).get()
    assert (person.role, event.was, event.became, event.by) == (Role.LEAD, Role.MEMBER, Role.LEAD, admin)


@pytest.mark.parametrize(("was", "to"), [(Role.CONTRACTOR, Role.LEAD), (Role.LEAD, Role.CONTRACTOR)])
def test_a_contractor_never_becomes_one_of_the_team(was, to):
    with pytest.raises(DomainError, match="contractor"):
        people.change_role(make_user(was), role=to, by=make_user(Role.ADMIN), at=NOW)
