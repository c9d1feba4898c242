"""Mail is decided once and delivered at least once, and a repeat can be recognised."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from typing import Any

import pytest
from django.core.mail.backends.smtp import EmailBackend
from django.db import transaction
from django.utils import timezone

from core import letters, outbox
from core.models import OutboxMail, OutboxStatus
from tests.conftest import Mails, child_env
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def decide(key: str = "k1", **more: object) -> bool:
    facts = {"kind": "test", "to": make_user(), "subject": "Hello", "template": "mail_test", "context": {}}
    return outbox.enqueue(key=key, at=timezone.now(), **{**facts, **more})  # type: ignore[arg-type]


def test_a_mail_is_decided_once() -> None:
    assert decide() is True
    assert decide() is False
    assert OutboxMail.objects.count() == 1


def letter(key: str) -> outbox.Letter:
    now, to = timezone.now(), make_user()
    return outbox.Letter(key, "test", to.pk, to.email, f"Hello {key}", "A word.\n", now, now)


def test_of_many_mails_each_is_decided_once() -> None:
    assert outbox.put([letter("a"), letter("b")]) == 2
    assert outbox.put([letter("b"), letter("c"), letter("c")]) == 1
    assert sorted(OutboxMail.objects.values_list("key", flat=True)) == ["a", "b", "c"]


def test_many_mails_of_which_a_rival_decides_one_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    insert = outbox._insert

    def later(mails: Any) -> int:
        monkeypatch.undo()
        decide("b")
        return insert(mails)

    monkeypatch.setattr(outbox, "_insert", later)

    assert outbox.put([letter("a"), letter("b"), letter("c")]) == 2
    subjects = dict(OutboxMail.objects.values_list("key", "subject"))
    assert subjects == {"a": "Hello a", "b": "Hello", "c": "Hello c"}


def test_a_due_mail_is_sent_with_its_own_message_id(smtp: Mails) -> None:
    decide()

    assert outbox.deliver_due() == 1

    mail = OutboxMail.objects.get()
    assert mail.status == OutboxStatus.SENT
    assert smtp.messages[0]["Message-ID"] == outbox.message_id(mail)
    assert outbox.deliver_due() == 0


def test_the_page_is_made_of_the_text_when_it_is_sent_and_not_kept(smtp: Mails) -> None:
    decide("one")
    outbox.put([letter("a"), letter("b")])
    assert set(OutboxMail.objects.values_list("html", flat=True)) == {""}

    outbox.deliver_due()

    for mail, message in zip(OutboxMail.objects.order_by("not_before", "id"), smtp.messages, strict=True):
        sent = [part.get_payload(decode=True).decode().splitlines() for part in message.get_payload()]
        page = letters.by_parser(mail.text, mail.subject)
        assert sent == [mail.text.splitlines(), page.splitlines()]


def test_a_mail_that_was_decided_with_its_page_is_sent_with_it(smtp: Mails) -> None:
    decide()
    OutboxMail.objects.update(html="<p>As it was.</p>")

    outbox.deliver_due()

    assert "As it was." in smtp.messages[0].as_string()


def test_a_mail_waits_for_its_hour(smtp: Mails) -> None:
    decide(not_before=timezone.now() + timedelta(hours=1))

    assert outbox.deliver_due() == 0


def test_somebody_without_an_address_gets_no_mail() -> None:
    user = make_user()
    user.email = ""

    assert decide(to=user) is False


def test_a_server_that_is_away_is_tried_again_later(settings: object) -> None:
    decide()

    assert outbox.deliver_due() == 0

    mail = OutboxMail.objects.get()
    assert (mail.status, mail.attempt) == (OutboxStatus.NEW, 1)
    assert mail.not_before > timezone.now()


def test_a_mail_that_fails_too_often_is_given_up_and_can_be_revived() -> None:
    decide()
    for _turn in range(len(outbox.RETRY_AFTER) + 1):
        OutboxMail.objects.update(not_before=timezone.now())
        outbox.deliver_due()
    mail = OutboxMail.objects.get()
    assert mail.status == OutboxStatus.DEAD

    outbox.revive(mail, at=timezone.now())

    assert OutboxMail.objects.get().status == OutboxStatus.NEW


def test_a_sender_that_lost_its_lease_cannot_mark_the_mail() -> None:
    decide()
    now = timezone.now()
    slow = outbox.claim(at=now)
    fast = outbox.claim(at=now + timedelta(seconds=91))

    assert slow is not None
    assert fast is not None
    assert outbox.mark_sent(slow, at=now) is False
    assert outbox.mark_sent(fast, at=now) is True


def test_a_subject_cannot_break_the_header(smtp: Mails) -> None:
    decide(subject="Hi\r\nBcc: everybody@example.org")
    outbox.deliver_due()

    assert smtp.messages[0]["Bcc"] is None


SENDER = """
import os, sys, time
import django; django.setup()
from django.utils import timezone
from django.core.mail import get_connection
from core import outbox
mail = outbox.claim(at=timezone.now())
if sys.argv[1] == "sent":
    outbox.send(mail, get_connection())
print("ready", flush=True)
time.sleep(60)
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("killed_after", "received"), [("claimed", 1), ("sent", 2)])
def test_a_sender_that_is_killed_costs_no_mail_and_at_most_one_repeat(
    killed_after: str, received: int, smtp: Mails, settings: object
) -> None:
    decide()
    env = child_env(EMAIL_URL=f"smtp://127.0.0.1:{settings.EMAIL_PORT}")  # type: ignore[attr-defined]
    child = subprocess.Popen([sys.executable, "-c", SENDER, killed_after], env=env, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline().strip() == "ready"
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    assert outbox.deliver_due() == 0  # the lease still stands

    OutboxMail.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert outbox.deliver_due() == 1

    time.sleep(0.1)
    assert len(smtp.messages) == received
    assert len({m["Message-ID"] for m in smtp.messages}) == 1
    assert OutboxMail.objects.get().status == OutboxStatus.SENT


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_came_to_nothing_takes_no_bell_from_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[Any] = []
    monkeypatch.setattr(outbox, "ring_bell", rung.append)

    def comes_to_nothing() -> None:
        with transaction.atomic():
            outbox.ring_after_commit()
            transaction.set_rollback(True)

    comes_to_nothing()
    assert not rung

    with transaction.atomic():
        comes_to_nothing()
        outbox.ring_after_commit()
        with transaction.atomic():
            outbox.ring_after_commit()
        assert not rung

    assert len(rung) == 1


def test_mails_share_a_connection_and_a_failure_begins_a_new_one(smtp: Mails, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Any] = []
    really = EmailBackend.open

    def counted(backend: Any) -> Any:
        is_new = really(backend)
        opened.extend([backend] if is_new else [])
        return is_new

    monkeypatch.setattr(EmailBackend, "open", counted)
    monkeypatch.setattr(outbox, "A_CONNECTION", 3)
    for number in range(7):
        decide(f"k{number}")
    assert outbox.deliver_due() == 7
    assert len(opened) == 3

    for number in range(2):
        decide(f"m{number}")
    smtp.refuse = "451 Not now"
    assert outbox.deliver_due() == 0
    assert len(opened) == 5
