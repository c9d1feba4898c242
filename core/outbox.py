"""Mail: a row in the transaction of what it tells, decided once, delivered at least once (promises D3).

claim (lease 90 s) → send → mark, fenced by the attempt number: a sender that lost its lease can't mark the mail.
The Message-ID is a function of the row, so a repeat after a crash can be recognised by the receiver.
"""

import smtplib
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

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
    text = letters.text_of(template, {"to": to, "subject": subject, **context})
    return bool(put([Letter(key[:200], str(kind), to and to.pk, where, subject, text, at, not_before or at)]))


class Letter(NamedTuple):
    """A mail to decide; the fields as in `enqueue`, `recipient_id` the number of `to`."""

    key: str
    kind: str
    recipient_id: int | None
    address: str
    subject: str
    text: str
    created_at: datetime
    not_before: datetime


# What every new mail says.
FIRST: dict[str, Any] = {"status": OutboxStatus.NEW.value, "attempt": 0, "last_error": ""}


def put(letters_: Sequence[Letter]) -> int:
    """Decide these mails in the caller's transaction, in one statement however many, and say how many were new. Where
    some were decided before, it takes two more."""
    mails = [
        (key, kind, to, address, one_line(subject, 240), text, created_at, not_before)
        for key, kind, to, address, subject, text, created_at, not_before in letters_
    ]
    if len({mail[0] for mail in mails}) < len(mails):
        by_key: dict[str, tuple[Any, ...]] = {}
        for mail in mails:
            by_key.setdefault(mail[0], mail)  # of two the first
        mails = [*by_key.values()]
    new = _insert(mails)
    if new:
        ring_after_commit()
    return new


def _insert(mails: Sequence[tuple[Any, ...]]) -> int:
    if _insert_new(mails):
        return len(mails)
    if len(mails) > 1:
        before = OutboxMail.objects.filter(key__in=among([mail[0] for mail in mails], "text"))
        known = set(before.values_list("key", flat=True))
        mails = [mail for mail in mails if mail[0] not in known]
        if _insert_new(mails):
            return len(mails)
    # Of two rivals that both found nothing, the unique key lets one row in.
    return sum(insert_once(OutboxMail(**dict(zip(Letter._fields, mail, strict=True)), **FIRST)) for mail in mails)


def _insert_new(mails: Sequence[tuple[Any, ...]]) -> bool:
    """False, and nothing written, where one of them is there already."""
    if len(mails) > 1:
        with suppress(IntegrityError), transaction.atomic():
            insert_many(OutboxMail, Letter._fields, mails, FIRST)
            return True
    return False


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
    message.attach_alternative(mail.html or letters.html_of(mail.text, mail.subject), "text/html")
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
