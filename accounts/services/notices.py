"""Mail that people may turn down: sent at once, gathered for the morning, or left out, as each chose."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import groupby
from typing import Any, TypeVar

from django.conf import settings
from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from accounts.models import DigestItem, NotificationPreference, User
from accounts.queries import calendar_of, calendars_of
from accounts.states import NoticeChoice
from core import letters, outbox, working_time
from core.models import OutboxMail
from core.prepared import Prepared
from core.text import one_line
from core.use_case import use_case
from core.working_time import Calendar

T = TypeVar("T")


_chosen = Prepared(
    lambda people: NotificationPreference.objects.filter(user__in=people).values_list("user", "kind", "choice")
)


class Post:
    """Notices of one transaction, gathered and then written in a handful of statements; `people` are all that may get
    one."""

    def __init__(self, people: Iterable[User]) -> None:
        self.people = {person.pk: person for person in people}
        chosen = _chosen.rows(self.people) if self.people else ()
        self.choices = {(user, kind): choice for user, kind, choice in chosen}
        self.calendars: dict[int, Calendar] = {}  # of those who want a morning mail, once one is written
        self.writer, self.site = letters.Writer(), settings.SITE_URL
        self.letters: list[outbox.Letter] = []
        self.items: list[DigestItem] = []

    def choice_of(self, user: int, kind: str) -> str:
        return self.choices.get((user, kind), NoticeChoice.NOW)

    def morning_of(self, user: User, *, after: datetime) -> datetime:
        """`next_morning`; the working hours of all who may get one are read together."""
        if user.pk not in self.calendars:
            digests = {pk for (pk, _kind), choice in self.choices.items() if choice == NoticeChoice.DIGEST}
            together = [person for pk, person in self.people.items() if pk in digests]
            self.calendars |= calendars_of([*together, user], after.date())
        return next_morning(user, after=after, calendar=self.calendars[user.pk])

    @use_case
    def write(self) -> None:
        if self.letters:
            outbox.put(self.letters)
        DigestItem.objects.bulk_create(self.items, ignore_conflicts=True)


def chosen_by(person: str, kind: str) -> Coalesce:
    """What whoever a row names in its field `person` chose for this kind of notice, to be read along with the row."""
    chosen = NotificationPreference.objects.filter(user=OuterRef(person), kind=kind).values("choice")[:1]
    return Coalesce(Subquery(chosen), Value(NoticeChoice.NOW.value))


def by_language(rows: Iterable[T], to: Callable[[T], User]) -> Iterator[tuple[str, Iterator[T]]]:
    """The rows grouped by the language of whom each is for, so that a batch changes to a language once."""
    return groupby(sorted(rows, key=lambda row: to(row).language), key=lambda row: to(row).language)


def notify(
    to: User,
    *,
    kind: str,
    key: str,
    subject: str,
    template: str,
    context: dict[str, Any],
    path: str,
    at: datetime,
    not_before: datetime | None = None,
    post: Post | None = None,
    flags: letters.Flags | None = None,
    choice: str = "",
) -> None:
    """Decide one notice of a `NoticeKind` for one person, once a `key`, in the caller's transaction.

    `path` is where it leads, such as `/engagements/7/`. Somebody who was deactivated hears nothing. The person's
    number joins the key, so two people may be told of one thing under one key. With a `post` it is put there, and
    whoever made it writes it. With `flags` the template is one of those that are written by the thousand, the context
    are words (`core.letters.Writer`), and the language of this moment is the person's. `choice` is what the person
    chose for this kind, where that was read already (`chosen_by`).
    """
    if not to.is_active:
        return
    number = to.id
    key = f"{key[:180]}:{number}"
    own = post or Post(() if choice else [to])
    choice = choice or own.choice_of(number, kind)
    if choice == NoticeChoice.NOW and to.email:
        context = {"path": path, "link": own.site + path, **context}
        if flags is None:
            text = letters.text_of(template, {"to": to, "subject": subject, **context})
        else:
            text = own.writer.write(template, context, flags, to.language)
        own.letters.append(outbox.Letter(key, kind, number, to.email, subject, text, at, not_before or at))
    elif choice == NoticeChoice.DIGEST:
        own.items.append(
            DigestItem(
                user=to, key=key, subject=one_line(subject, 240), path=path, at=at, send_at=own.morning_of(to, after=at)
            )
        )
    if post is None:
        own.write()


def next_morning(user: User, *, after: datetime, calendar: Calendar | None = None) -> datetime:
    """When the person's next working day begins, later than `after`."""
    calendar = calendar or calendar_of(user, after.date())
    day = after.astimezone(user.tz).date()
    for ahead in (0, 1):
        midnight = datetime.combine(day + timedelta(days=ahead), time(), user.tz).astimezone(UTC)
        begins = working_time.next_start(midnight, calendar)
        if begins > after:
            break
    return begins


def replan_digest(user: User, *, at: datetime) -> None:
    """The person's hours changed, so the morning mail moves along. What is due already goes out with the next sweep."""
    waiting = DigestItem.objects.filter(user=user, send_at__gt=at)
    if waiting.exists():
        waiting.update(send_at=next_morning(user, after=at))


def send_digests(at: datetime) -> int:
    """One mail to each person whose morning has come. Returns how many; a second run at the same moment sends none."""
    people = list(User.objects.filter(digest_items__send_at__lte=at).distinct().order_by("pk"))
    return sum(_send_digest(person, at=at) for person in people)


@use_case
def _send_digest(person: User, *, at: datetime) -> bool:
    person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    items = DigestItem.objects.filter(user=person, send_at__lte=at).order_by("at", "pk")
    due = list(items)
    if not due or not person.is_active:
        items.delete()
        return False
    key = f"digest:{person.pk}:{at.astimezone(person.tz).date()}"
    if OutboxMail.objects.filter(key=key).exists():  # this morning's went out before the person's hours changed
        items.update(send_at=next_morning(person, after=at))
        return False
    with override(person.language):
        subject = ngettext("%(count)s thing from Duckrow", "%(count)s things from Duckrow", len(due)) % {
            "count": len(due)
        }
        outbox.enqueue(
            key=key,
            kind="digest",
            to=person,
            subject=_("This morning: %(what)s") % {"what": subject},
            template="digest",
            context={"items": due},
            at=at,
        )
    DigestItem.objects.filter(pk__in=[item.pk for item in due]).delete()
    return True
