"""The clock's one door. Everything due is found in rows, so a missed tick, two sweeps at once or a week of downtime
change nothing but the hour (promises D4)."""

from datetime import datetime
from functools import cache
from importlib.metadata import version
from typing import Any, NamedTuple

import structlog
from django.db.models import Exists, Q, QuerySet

import milestones.services.lateness as lateness
from accounts.models import DigestItem, User
from accounts.services import notices
from core import history
from core.models import Heartbeat, Touched
from core.prepared import PreparedAt
from core.use_case import use_case
from engagements.models import AgreementPaper, Amendment, AmendmentPaper, Engagement
from milestones.models import Dispute
from milestones.services import amendments, ending, invoice_papers, offers, papers, sums
from reminders.models import PlannedNotice, Presence
from reminders.services import acts, due, planning
from reminders.states import ACTS, PresenceStatus

log = structlog.get_logger()
BATCH = 2000  # at some eight thousand a second their locks are held for a quarter of one
REPLANNED = 500
A_PLAN = 50  # engagements that are replanned, and locked, together: for a quarter of a second as well
AT_MOST = 100_000  # rows of one kind in one sweep


def _falling_quiet(at: datetime) -> QuerySet[Presence]:
    return Presence.objects.filter(status__in=(PresenceStatus.IN_TOUCH, PresenceStatus.NUDGED), quiet_at__lte=at)


def _notices_due(at: datetime) -> QuerySet[PlannedNotice]:
    return PlannedNotice.objects.filter(fired_at=None, fire_at__lte=at)


def _acts_due(at: datetime) -> QuerySet[PlannedNotice]:
    return _notices_due(at).filter(rule__in=ACTS)


class Waiting(NamedTuple):
    """What the clock saw when it looked: whether anything of each kind is due."""

    holidays: str  # the version of the data by which instants were computed
    touched: bool = True
    offers: bool = True
    amendments: bool = True
    endings: bool = True
    late: bool = True
    quiet: bool = True
    notices: bool = True
    papers: bool = True
    invoices: bool = True
    digests: bool = True
    newest_posting: int | None = None
    summed_to: int | None = None


def _looked(at: datetime) -> QuerySet[Heartbeat]:
    """One row of `Waiting`, once there was a first sweep."""
    asked = (
        Touched.objects.all(),
        offers.ended_offers(at),
        Amendment.objects.ended(at),
        ending.due_endings(at),
        lateness.late_payouts(at),
        _falling_quiet(at),
        _notices_due(at),
    )
    papers_due = Exists(AgreementPaper.objects.due()) | Exists(AmendmentPaper.objects.due())
    more = Exists(invoice_papers.due_invoice_papers()), Exists(DigestItem.objects.filter(send_at__lte=at))
    columns: Any = (*(Exists(rows) for rows in asked), papers_due, *more, sums.newest(), sums.marked())
    return Heartbeat.objects.filter(job="sweep").values_list("note", *columns)


LOOK = PreparedAt(_looked)  # to write it anew each minute takes longer than to answer it
_holidays = cache(lambda: version("holidays"))


def sweep(*, at: datetime) -> dict[str, int]:
    """Do everything that is due at `at`; returns how much of each. With nothing due it costs two statements."""
    done: dict[str, int] = {}
    row = LOOK.first(at)
    if row is None:
        Heartbeat.objects.get_or_create(job="sweep", defaults={"at": at})
    waits, holidays = Waiting(*row or ("",)), _holidays()
    if waits.holidays != holidays:
        _touch_everybody(at=at)  # new holiday data moves instants that were computed before
    if waits.holidays != holidays or waits.touched:
        done["replanned"] = _replan(at)
    if done or waits.offers:
        done["expired"] = offers.expire_offers(at=at)
    if done or waits.amendments:
        done["amendments"] = amendments.expire_amendments(at=at)
    if done or waits.endings:
        done["ended"] = ending.end_due(at=at)
    if done or waits.late:
        done["late"] = _in_batches(lateness.tell_late, lateness.late_payouts(at), at)
    if done or waits.quiet:
        done["flagged"] = _in_batches(due.raise_flags, _falling_quiet(at), at)
    if done or waits.notices:
        done["acted"] = sum(_each(acts.perform, _acts_due(at), at))
        if done["acted"]:
            _replan(at)  # what was just decided needs no reminder any more
        done["reminded"] = _in_batches(due.fire, _notices_due(at).exclude(rule__in=ACTS), at)
    if done or waits.papers:
        done["papers"] = papers.make_due_papers(at=at)
    if done or waits.invoices:
        done["invoices"] = invoice_papers.make_due_invoice_papers(at=at)
    if done or waits.digests:
        done["digests"] = notices.send_digests(at=at)
    if row is None or sums.is_worth_it(waits.newest_posting, waits.summed_to):
        done["summed"] = sums.write_sums()
    Heartbeat.objects.filter(job="sweep").update(at=at, note=holidays)
    if any(done.values()):
        log.info("swept", **done)
    return done


def _each(act: Any, rows: QuerySet[Any], at: datetime) -> list[bool]:
    """Each due row in its own transaction: one that fails is logged and keeps nobody else waiting."""
    results = []
    for pk in list(rows.order_by("pk").values_list("pk", flat=True)[:AT_MOST]):
        try:
            results.append(bool(act(pk, at=at)))
        except Exception:
            log.exception("sweep_step_failed", step=act.__name__, pk=pk)
    return results


def _in_batches(act: Any, rows: QuerySet[Any], at: datetime) -> int:
    """Due rows by the thousand, each batch in one transaction."""
    due = list(rows.order_by("pk").values_list("pk", flat=True)[:AT_MOST])
    return sum(_batch(act, due[start : start + BATCH], at) for start in range(0, len(due), BATCH))


def _batch(act: Any, due: list[int], at: datetime) -> int:
    """Where one row fails, the halves are tried, down to the one: it is logged and keeps nobody else waiting."""
    try:
        return int(act(due, at=at))
    except Exception:
        if len(due) == 1:
            log.exception("sweep_step_failed", step=act.__name__, pk=due[0])
            return 0
        log.exception("sweep_batch_failed", step=act.__name__, first=due[0], rows=len(due))
    middle = len(due) // 2
    return _batch(act, due[:middle], at) + _batch(act, due[middle:], at)


def _replan(at: datetime) -> int:
    """Consume the touched rows that are there now. They are deleted after the work and by id, so one written
    meanwhile, or a crash between the two, leads to another look and never to none."""
    engagement_type, user_type = history.label(Engagement()), history.label(User())
    replanned = 0
    while rows := list(Touched.objects.order_by("pk").values("pk", "subject_type", "subject_id")[:REPLANNED]):
        people = {r["subject_id"] for r in rows if r["subject_type"] == user_type}
        engagements = {r["subject_id"] for r in rows if r["subject_type"] == engagement_type}
        if people:
            theirs = _theirs(people)
            if len(theirs) > REPLANNED:
                _spread([r["pk"] for r in rows if r["subject_type"] == user_type], theirs, at=at)
                continue
            engagements |= theirs
        failed = set()
        for start in range(0, len(engagements), A_PLAN):
            each = sorted(engagements)[start : start + A_PLAN]
            seen, wrong = _planned(each, at)
            replanned += seen
            failed |= wrong
        done = [r["pk"] for r in rows if not (r["subject_type"] == engagement_type and r["subject_id"] in failed)]
        Touched.objects.filter(pk__in=done).delete()
        if failed:
            break  # the failing ones stay for the next tick instead of turning this one into a loop
    return replanned


def _planned(engagements: list[int], at: datetime) -> tuple[int, set[int]]:
    """How many of these were replanned, and which could not be. Together where that goes; one that somebody else is
    changing is waited for by itself, and one that fails keeps nobody else waiting."""
    free, failed, alone = set(), set(), 0
    try:
        free = planning.replan_free(engagements, at=at)
    except Exception:
        log.exception("replan_batch_failed", first=engagements[0], engagements=len(engagements))
    for pk in engagements:
        if pk in free:
            continue
        try:
            planning.replan(pk, at=at)
            alone += 1
        except Engagement.DoesNotExist:
            continue
        except Exception:
            log.exception("replan_failed", engagement=pk)
            failed.add(pk)
    return len(free) + alone, failed


def _theirs(people: set[int]) -> set[int]:
    """Open engagements in which one of these people has a part."""
    has_part = Q(contractor__user__in=people) | Q(lead__in=people) | Q(comms_owner__in=people) | Q(cover__in=people)
    found = set(Engagement.objects.open().filter(has_part).values_list("pk", flat=True))
    found |= set(Engagement.objects.open().filter(delegate__in=people).values_list("pk", flat=True))
    return found | set(Dispute.objects.open().decided_by(people).values_list("milestone__engagement", flat=True))


@use_case
def _spread(rows: list[int], theirs: set[int], *, at: datetime) -> None:
    """Put a row for each of their engagements in place of these people's rows. Behind one row there is as much work as
    the person has engagements; a sweep that ends in the middle of it would begin again from the first, for ever."""
    if Touched.objects.filter(pk__in=rows).delete()[0]:  # else another sweep has done it
        label = history.label(Engagement())
        Touched.objects.bulk_create(
            [Touched(subject_type=label, subject_id=pk, at=at) for pk in sorted(theirs)], batch_size=1000
        )


@use_case
def _touch_everybody(*, at: datetime) -> None:
    for user in User.objects.active():
        history.touch(user, at=at)
