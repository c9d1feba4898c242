"""Mail: a row in the transaction of what it tells, decided once, delivered at least once (promises D3).

claim (lease 90 s) → send → mark, fenced by the attempt number: a sender that lost its lease can't mark the mail.
The Message-ID is a function of the row, so a repeat after a crash can be recognised by the receiver.
"""

import smtplib
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import get_language, override

from core import letters
from core.inserting import insert_many, insert_once
from core.models import OutboxMail, OutboxStatus
from core.prepared import among
from core.text import one_line
from core.use_case import use_case

log = structlog.get_logger()
LEASE = timedelta(seconds=90)
A_CONNECTION = 50  # mails: some servers take no more over one
# After the n-th failure wait so long; then the mail is dead and shown to the admin, who can send it again.
RETRY_AFTER = [timedelta(minutes=m) for m in (1, 5, 30, 120, 300, 600, 840)]


def mail_host() -> str:
    return urlsplit(settings.SITE_URL).hostname or "localhost"


def enqueue(
    *,
    key: str,
    kind: str,
    to: Any,
    subject: str,
    template: str,
    context: dict[str, Any],
    at: datetime,
    not_before: datetime | None = None,
    address: str = "",
) -> bool:
    """Decide one mail, in the caller's transaction. `to` is a person (or None with an `address`).

    `template` names `templates/mail/<template>.txt`; its words are the whole message, also of the HTML part. Returns
    False when the person has no address or the mail `key` was decided before.
    """
    where = address or getattr(to, "email", "")
    if not where:
        return False
    return bool(put([Letter(key[:200], kind, to, where, subject, template, context, at, not_before or at)]))


class Letter(NamedTuple):
    """A mail to decide, its words not written yet; the fields as in `enqueue`. `language` is the one it is written in,
    '' for that of the caller."""

    key: str
    kind: str
    to: Any
    address: str
    subject: str
    template: str
    context: dict[str, Any]
    at: datetime
    not_before: datetime
    language: str = ""
    flags: letters.Flags | None = None  # given for a template that is written by the thousand (core.letters.drawn)


def put(letters_: Sequence[Letter]) -> int:
    """Decide these mails in the caller's transaction, one in one statement, more in two however many, and say how many
    were new."""
    if len(letters_) == 1:
        [letter] = letters_
        with override(letter.language) if letter.language else nullcontext():
            is_new = insert_once(OutboxMail(**_written(letter)))
        if is_new:
            ring_after_commit()
        return int(is_new)
    by_key: dict[str, Letter] = {}
    for letter in letters_:
        by_key.setdefault(letter.key, letter)  # of two with one key the first
    known = set(OutboxMail.objects.filter(key__in=among(by_key, "text")).values_list("key", flat=True))
    mails = []
    for language, same in groupby((by_key[key] for key in by_key if key not in known), key=lambda x: x.language):
        with override(language) if language else nullcontext():
            mails += [_written(letter) for letter in same]
    if not mails:
        return 0
    try:
        with transaction.atomic():
            insert_many(OutboxMail, tuple(mails[0]), [tuple(mail.values()) for mail in mails])
    except IntegrityError:
        # Of two rivals that both found nothing, the unique key lets one row in.
        return sum(insert_once(OutboxMail(**mail)) for mail in mails)
    finally:
        ring_after_commit()
    return len(mails)


def _written(letter: Letter) -> dict[str, Any]:
    """The columns of the mail, its words written in the language of this moment."""
    if letter.flags is not None:
        language = letter.language or get_language() or ""
        text, html = letters.drawn(letter.template, letter.context, letter.flags, letter.subject, language)
    else:
        text = letters.text_of(letter.template, {"to": letter.to, "subject": letter.subject, **letter.context})
        html = letters.html_of(text, letter.subject)
    return {
        "key": letter.key,
        "kind": str(letter.kind),
        "recipient_id": letter.to and letter.to.pk,
        "address": letter.address,
        "subject": one_line(letter.subject, 240),
        "text": text,
        "html": html,
        "created_at": letter.at,
        "not_before": letter.not_before,
        "status": OutboxStatus.NEW.value,
        "attempt": 0,
        "last_error": "",
    }


def ring_after_commit() -> None:
    """Wake the sender once this transaction is durable. If the broker is away, beat's next tick does it."""
    if not any(waits[1] is _ring for waits in connection.run_on_commit):
        transaction.on_commit(_ring, robust=True)


def _ring() -> None:
    from core.tasks import deliver

    ring_bell(deliver)


def ring_bell(task: Any) -> None:
    """Ask a worker to look now. Nothing depends on it: with the broker away, beat's next tick finds the same rows."""
    if not settings.RING_BROKER:
        return
    try:
        task.apply_async(retry=False, ignore_result=True)
    except Exception as error:
        log.warning("bell_unheard", task=task.name, error=type(error).__name__)


@use_case
def claim(*, at: datetime) -> OutboxMail | None:
    """The next due mail, leased to the caller for 90 s; None when nothing is due."""
    due = OutboxMail.objects.due(at).order_by("not_before", "id")
    if connection.features.has_select_for_update_skip_locked:
        due = due.select_for_update(skip_locked=True)
    mail = due.first()
    if mail is None:
        return None
    mail.attempt += 1
    mail.lease_until = at + LEASE
    OutboxMail.objects.filter(pk=mail.pk).update(
        status=OutboxStatus.SENDING, attempt=mail.attempt, lease_until=mail.lease_until
    )
    return mail


def message_id(mail: OutboxMail) -> str:
    return f"<duckrow-{mail.pk}@{mail_host()}>"


def send(mail: OutboxMail, transport: Any) -> None:
    """Hand the mail to the server; raises what the server says."""
    message = EmailMultiAlternatives(mail.subject, mail.text, settings.DEFAULT_FROM_EMAIL, [mail.address])
    message.extra_headers = {"Message-ID": message_id(mail), "Auto-Submitted": "auto-generated"}
    message.attach_alternative(mail.html, "text/html")
    message.connection = transport
    transport.open()  # else Django opens one for this mail alone
    message.send()


@use_case
def mark_sent(mail: OutboxMail, *, at: datetime) -> bool:
    """False when the lease was lost meanwhile: somebody else answers for this mail now."""
    return bool(
        OutboxMail.objects.filter(pk=mail.pk, attempt=mail.attempt, status=OutboxStatus.SENDING).update(
            status=OutboxStatus.SENT, sent_at=at, lease_until=None, last_error=""
        )
    )


@use_case
def mark_failed(mail: OutboxMail, *, why: str, at: datetime) -> None:
    """Try again later, or give up and let the admin see it."""
    is_dead = mail.attempt > len(RETRY_AFTER)
    changes: dict[str, Any] = {"lease_until": None, "last_error": one_line(why, 290)}
    if is_dead:
        changes["status"] = OutboxStatus.DEAD
    else:
        changes |= {"status": OutboxStatus.NEW, "not_before": at + RETRY_AFTER[mail.attempt - 1]}
    OutboxMail.objects.filter(pk=mail.pk, attempt=mail.attempt, status=OutboxStatus.SENDING).update(**changes)


@use_case
def revive(mail: OutboxMail, *, at: datetime) -> None:
    """An admin sends a dead mail again."""
    OutboxMail.objects.filter(pk=mail.pk, status=OutboxStatus.DEAD).update(
        status=OutboxStatus.NEW, not_before=at, attempt=0
    )
    ring_after_commit()


def deliver_due(limit: int = 500) -> int:
    """Send what is due, at most `limit` mails, A_CONNECTION of them over each. Returns how many were sent."""
    sent = 0
    transport = get_connection()
    try:
        for turn in range(limit):
            if turn % A_CONNECTION == 0:
                transport.close()
            mail = claim(at=timezone.now())
            if mail is None:
                break
            try:
                send(mail, transport)
            except (smtplib.SMTPException, OSError, ValueError) as error:
                transport.close()
                log.warning("mail_failed", mail=mail.pk, attempt=mail.attempt, error=type(error).__name__)
                mark_failed(mail, why=f"{type(error).__name__}: {error}", at=timezone.now())
            else:
                sent += mark_sent(mail, at=timezone.now())
    finally:
        transport.close()
    return sent
