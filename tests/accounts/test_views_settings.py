"""One page for everything that a person chooses."""

from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse

from accounts.forms import SettingsForm
from accounts.forms.settings import format_hours, parse_hours
from accounts.models import Leave
from accounts.states import Role
from tests.factories import NOW, TODAY, make_user

pytestmark = pytest.mark.django_db
URL = "/settings/"


def filled(user, *rows, **changes):
    """The page as it would be sent, with the rows of leave given."""
    data = {name: "" if value is None else value for name, value in SettingsForm.initial_of(user).items()}
    data |= {"leave-TOTAL_FORMS": len(rows), "leave-INITIAL_FORMS": 0}
    for number, (first, last, *removed) in enumerate(rows):
        data |= {f"leave-{number}-starts_on": first, f"leave-{number}-ends_on": last}
        if removed:
            data[f"leave-{number}-DELETE"] = "on"
    return {**data, **changes}


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("", []),
        ("09:00-17:00", [(540, 1020)]),
        ("9-12.30; 13:00 – 17:00", [(540, 750), (780, 1020)]),
        ("22:00-06:00", [(1320, 1800)]),
        ("00:00-24:00", [(0, 1440)]),
        ("16:00-24:00,", [(960, 1440)]),
    ],
)
def test_hours_are_read_as_people_write_them(text, spans):
    assert parse_hours(text) == spans
    assert parse_hours(format_hours(spans)) == spans


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nine to five", "can’t be read"),
        ("09:00", "can’t be read"),
        ("25:00-26:00", "no time of a day"),
        ("09:61-10:00", "no time of a day"),
        ("24:00-06:00", "no time of a day"),
        ("09:00-24:30", "no time of a day"),
        ("09:00-09:00", "same time"),
        (",".join(f"{h}:00-{h}:30" for h in range(9)), "At most 8"),
    ],
)
def test_hours_that_are_none_get_a_sentence(text, said):
    with pytest.raises(ValueError, match=said):
        parse_hours(text)


@pytest.mark.parametrize("role", Role.values)
def test_everybody_has_settings(client, role):
    client.force_login(make_user(role))
    response = client.get(URL)
    assert response.status_code == 200
    assert b"09:00-17:00" in response.content


def test_settings_are_saved(client):
    user = make_user()
    client.force_login(user)
    data = filled(
        user,
        ("2098-12-24", "2098-12-31"),
        ("", ""),
        name="Ana Rojas",
        zone="America/Bogota",
        country="DE",
        region="BY",
        hours_0="09:00-12:30, 13:00-17:00",
        hours_4="22:00-06:00",
        notice_message="digest",
    )

    response = client.post(URL, data)

    assert (response.status_code, response.headers["Location"]) == (302, URL)
    user.refresh_from_db()
    assert (user.name, user.zone, user.country, user.region) == ("Ana Rojas", "America/Bogota", "DE", "BY")
    monday = user.spans.filter(weekday=0).values_list("start_minute", "end_minute")
    assert list(monday) == [(540, 750), (780, 1020)]
    assert user.spans.get(weekday=4).end_minute == 1800
    assert user.leaves.get().ends_on == date(2098, 12, 31)
    assert user.preferences.get(kind="message").choice == "digest"


def test_leave_is_taken_back(client):
    user = make_user()
    Leave.objects.create(user=user, starts_on=date(2098, 12, 1), ends_on=date(2098, 12, 2))
    client.force_login(user)

    client.post(URL, filled(user, ("2098-12-01", "2098-12-02", True), ("2098-12-08", "2098-12-08")))

    assert user.leaves.get().starts_on == date(2098, 12, 8)


def in_days(n):
    return TODAY + timedelta(days=n)


@time_machine.travel(NOW)
def test_leave_is_not_entered_afterwards(client):
    user = make_user()
    client.force_login(user)

    response = client.post(URL, filled(user, (str(in_days(-19)), str(in_days(-1)))))

    assert response.status_code == 422
    said = response.context["leave"].forms[0].errors["starts_on"]
    assert said == [
        "Leave is announced, and days that have passed stay what they were: give a day from 23 Nov 2026 on."
    ]
    assert said[0] in response.content.decode()
    assert not user.leaves.exists()


@time_machine.travel(NOW)
@pytest.mark.parametrize(
    ("first", "last", "field", "said"),
    [
        (-6, 5, "starts_on", "days that have passed"),  # begun a day before
        (-4, 5, "starts_on", "days that have passed"),  # begun a day after
        (-5, -3, "ends_on", "Days that have passed stay leave: give"),
    ],
)
def test_leave_that_has_begun_keeps_its_past(client, first, last, field, said):
    user = make_user()
    Leave.objects.create(user=user, starts_on=in_days(-5), ends_on=in_days(5))
    client.force_login(user)

    response = client.post(URL, filled(user, (str(in_days(first)), str(in_days(last)))))

    assert response.status_code == 422
    assert said in response.context["leave"].forms[0].errors[field][0]
    assert user.leaves.get().starts_on == in_days(-5)


@time_machine.travel(NOW)
@pytest.mark.parametrize(("last", "removed", "until"), [(9, [], 9), (-1, [], -1), (5, [True], -1), (0, [], 0)])
def test_leave_that_has_begun_ends_when_one_is_back(client, last, removed, until):
    user = make_user()
    Leave.objects.create(user=user, starts_on=in_days(-5), ends_on=in_days(5))
    client.force_login(user)

    client.post(URL, filled(user, (str(in_days(-5)), str(in_days(last)), *removed)))

    kept = user.leaves.get()
    assert (kept.starts_on, kept.ends_on) == (in_days(-5), in_days(until))


@time_machine.travel(NOW)
def test_leave_that_is_over_is_kept_and_not_shown(client):
    user = make_user()
    Leave.objects.create(user=user, starts_on=in_days(-9), ends_on=in_days(-5))
    client.force_login(user)

    page = client.get(URL).content.decode()
    client.post(URL, filled(user, name="Ana"))

    assert str(in_days(-9)) not in page
    assert user.leaves.get().ends_on == in_days(-5)


@pytest.mark.parametrize(
    ("changes", "rows", "said"),
    [
        ({"name": "x" * 100_000}, [], "at most 120"),
        ({"name": ""}, [], "required"),
        ({"zone": "Mars/Olympus"}, [], "time zone from the list"),
        ({"country": "XX"}, [], "country from the list"),
        ({"country": "PT", "region": "BY"}, [], "region of the country"),
        ({"pronoun": "xyz"}, [], "not one of the available choices"),
        ({"notice_message": "never"}, [], "not one of the available choices"),
        ({"hours_1": "nine"}, [], "can’t be read as hours"),
        ({"hours_1": "09:00-13:00, 12:00-17:00"}, [], "This overlaps with Tuesday 09:00-13:00"),
        ({"hours_0": "22:00-10:00"}, [], "This overlaps with Monday 22:00-10:00"),
        ({f"hours_{day}": "" for day in range(7)}, [], "at least one day"),
        ({}, [("2026-12-02", "2026-12-01")], "before the first"),
        ({}, [("0001-01-01", "2026-12-01")], "Give a day between"),
        ({}, [("2026-12-01", "9999-12-31")], "Give a day between"),
        ({}, [("tomorrow", "2026-12-01")], "Enter a valid date"),
        ({}, [("2026-12-01", "")], "Give this day too"),
        ({}, [("", "2026-12-01")], "Give this day too"),
        ({"leave-TOTAL_FORMS": "x"}, [], "ManagementForm"),
        ({"leave-TOTAL_FORMS": "9999"}, [], "at most 100"),
    ],
)
def test_what_cannot_be_taken_is_said_and_nothing_is_lost(client, changes, rows, said):
    user = make_user()
    client.force_login(user)

    response = client.post(URL, filled(user, *rows, **{"hours_6": "10:00-11:00", **changes}))

    page = response.content.decode()
    assert response.status_code == 422
    assert said in page
    assert "10:00-11:00" in page or changes.get("hours_6") == ""
    assert all(value in page for row in rows for value in row)
    assert user.spans.count() == 5


def test_a_second_tab_that_was_overtaken_is_refused(client):
    user = make_user()
    client.force_login(user)
    first, second = filled(user, name="First"), filled(user, name="Second")
    client.post(URL, first)

    response = client.post(URL, second)

    assert response.status_code == 409
    assert b"another window" in response.content
    user.refresh_from_db()
    assert user.name == "First"


def test_control_characters_are_taken_out_of_a_name(client):
    user = make_user()
    client.force_login(user)
    client.post(URL, filled(user, name="An\x00a \u202eRojas"))
    user.refresh_from_db()
    assert user.name == "Ana Rojas"


@pytest.mark.parametrize(("country", "shown"), [("DE", "Bayern"), ("XX", "Whole country"), ("", "Whole country")])
def test_regions_follow_the_country(client, country, shown):
    client.force_login(make_user())
    response = client.get(reverse("accounts:regions"), {"country": country})
    assert response.status_code == 200
    assert shown in response.content.decode()


def test_settings_want_a_sign_in(client):
    make_user()
    assert client.get(URL).headers["Location"].startswith("/accounts/login/")
    assert client.post(URL, {}).status_code == 401


def test_ten_megabytes_are_answered_with_a_page_and_change_nothing(client):
    user = make_user()
    client.force_login(user)
    response = client.post(URL, filled(user, name="x" * 10_000_000))
    assert response.status_code == 413
