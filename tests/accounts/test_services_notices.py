from datetime import timedelta

import pytest

from accounts.models import DigestItem, NotificationPreference
from accounts.services import notices, people
from accounts.states import NoticeChoice, NoticeKind, Role
from core.models import OutboxMail
from tests.factories import NOW, make_user

pytestmark = pytest.mark.django_db
TOMORROW_NINE = NOW + timedelta(days=1)  # NOW is Monday 09:00 in Lisbon


def tell(person, key="k", at=NOW, **facts):
    notices.notify(
        person,
        kind=NoticeKind.MESSAGE,
        key=key,
        subject="Ana wrote",
        template="mail_test",
        context={},
        path="/engagements/7/",
        at=at,
        **facts,
    )


def choose(person, choice):
    NotificationPreference.objects.create(user=person, kind=NoticeKind.MESSAGE, choice=choice)


def test_a_notice_goes_out_at_once_unless_chosen_otherwise():
    tell(make_user())
    assert OutboxMail.objects.get().subject == "Ana wrote"


def test_a_notice_may_wait_for_an_hour():
    tell(make_user(), not_before=TOMORROW_NINE)
    assert OutboxMail.objects.get().not_before == TOMORROW_NINE


def test_one_key_tells_each_person_once():
    one, other = make_user(), make_user()
    for person in (one, other, one):
        tell(person)
    assert OutboxMail.objects.count() == 2


def test_a_notice_turned_down_is_not_sent():
    person = make_user()
    choose(person, NoticeChoice.OFF)
    tell(person)
    assert not OutboxMail.objects.exists()
    assert not DigestItem.objects.exists()


def test_a_deactivated_person_is_told_nothing():
    person = people.deactivate(make_user(), by=make_user(Role.ADMIN), at=NOW)
    tell(person)
    assert not OutboxMail.objects.exists()


@pytest.mark.parametrize(
    ("hours_later", "morning"),
    [(-2, NOW), (0, TOMORROW_NINE), (5, TOMORROW_NINE), (24 * 4 + 1, NOW + timedelta(days=7))],
)
def test_a_digest_waits_for_the_next_working_morning(hours_later, morning):
    person = make_user(zone="Europe/Lisbon")
    choose(person, NoticeChoice.DIGEST)
    tell(person, at=NOW + timedelta(hours=hours_later))
    assert DigestItem.objects.get().send_at == morning


def test_a_lunch_break_is_no_morning():
    person = make_user(hours=False, zone="Europe/Lisbon")
    for start, end in ((540, 720), (780, 1020)):
        person.spans.create(weekday=0, start_minute=start, end_minute=end)
        person.spans.create(weekday=1, start_minute=start, end_minute=end)
    assert notices.next_morning(person, after=NOW + timedelta(hours=3, minutes=30)) == TOMORROW_NINE


def test_a_morning_mail_gathers_everything_once():
    person = make_user()
    choose(person, NoticeChoice.DIGEST)
    for key in ("a", "b", "b"):
        tell(person, key=key)

    assert notices.send_digests(at=NOW) == 0
    assert notices.send_digests(at=TOMORROW_NINE) == 1
    assert notices.send_digests(at=TOMORROW_NINE) == 0

    mail = OutboxMail.objects.get()
    assert mail.text.count("Ana wrote") == 2
    assert "/engagements/7/" in mail.text
    assert not DigestItem.objects.exists()


def test_what_falls_due_after_this_mornings_mail_waits_for_the_next():
    person = make_user()
    for key in ("a", "b"):
        DigestItem.objects.create(user=person, key=key, subject=key, path="/", at=NOW, send_at=NOW)
        notices.send_digests(at=NOW)

    assert OutboxMail.objects.count() == 1
    assert DigestItem.objects.get().send_at == TOMORROW_NINE


def test_items_of_a_deactivated_person_are_dropped():
    person = make_user()
    people.deactivate(person, by=make_user(Role.ADMIN), at=NOW)
    DigestItem.objects.create(user=person, key="a", subject="a", path="/", at=NOW, send_at=NOW)

    assert notices.send_digests(at=NOW) == 0
    assert not DigestItem.objects.exists()
    assert not OutboxMail.objects.exists()
