"""Where a contractor's money is: the way from acceptance to the account, whose turn it is, and whether we are late."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.queries import organisation
from accounts.states import Role
from contractors.models import Contractor
from milestones.models import BankDetail, Milestone, Payout
from milestones.queries.answers.reasons import is_for_the_payee
from milestones.queries.banks import BANK_HOLD, bank_of, replaced_banks
from milestones.queries.checks import is_wrong
from milestones.queries.payouts import due_of, payouts_of
from milestones.states import MoneyTurn, PayoutStatus

SHOWN = 10


@dataclass(frozen=True)
class Stop:
    """One stop of the way: done on a day, or ahead ('' where no day is known)."""

    label: str
    is_done: bool
    day: str


@dataclass(frozen=True)
class Timeline:
    """`says` is a whole sentence for the viewer. `is_late`: the promised day is past, not by the payee."""

    payout: Payout
    stops: Sequence[Stop]
    turn: str
    says: str
    is_late: bool
    is_viewers: bool
    whose: str  # turn it is, in a word or two; '' when nobody has anything to do


def house_day(at: datetime) -> date:
    """The day it is at the organisation, whose calendar promises are made on."""
    house = organisation()
    return at.astimezone(ZoneInfo(house.zone if house else "UTC")).date()


def timelines(
    payouts: Sequence[Payout], viewer: User, *, at: datetime, replaced: Collection[int] | None = None
) -> dict[int, Timeline]:
    """By payout. In a fixed number of queries, however many; they come with contractor and bank selected. `replaced`:
    `replaced_banks` of these, where they are known."""
    if replaced is None:
        details = [d for d in (bank_of(p.milestone.engagement.contractor) for p in payouts) if d]
        replaced = replaced_banks(details, at=at)
    today = house_day(at)
    return {payout.pk: _timeline(payout, viewer, replaced=replaced, today=today) for payout in payouts}


def turn_of(payout: Payout, *, replaced: Collection[int]) -> str:
    """Whose turn it is, by the payout's state and the payee's bank details."""
    if payout.status in (PayoutStatus.PAID, PayoutStatus.WRITTEN_OFF):
        return MoneyTurn.NOBODY
    if payout.status == PayoutStatus.EXPORTED:
        return MoneyTurn.BANK
    detail = bank_of(payout.milestone.engagement.contractor)
    if detail is None or (payout.status == PayoutStatus.DUE and (_was_refused(payout, detail) or is_wrong(detail))):
        return MoneyTurn.PAYEE
    if payout.status == PayoutStatus.DUE and detail.pk in replaced:
        return MoneyTurn.HELD
    return MoneyTurn.FINANCE


def waiting_on_payees(milestones: Iterable[Milestone]) -> dict[int, datetime]:
    """By milestone, since when its payout waits for bank details that can be paid to. One query."""
    return payees_asked(due_of(milestone.pk for milestone in milestones))


def payees_asked(payouts: Iterable[Payout]) -> dict[int, datetime]:
    """By milestone, of payouts that are due: since when one waits for bank details that can be paid to. No query."""
    return {
        payout.milestone_id: payout.failed_at or payout.status_since
        for payout in payouts
        if turn_of(payout, replaced=set()) == MoneyTurn.PAYEE
    }


def _was_refused(payout: Payout, detail: BankDetail) -> bool:
    """For a reason that new details put right, and they haven't come yet."""
    return _is_refused_at(payout, detail) and bool(is_for_the_payee(payout.problem))


def _is_refused_at(payout: Payout, detail: BankDetail) -> bool:
    """The account that it would go to is still the one that the bank refused."""
    return payout.failed_at is not None and detail.changed_at < payout.failed_at


def _timeline(payout: Payout, viewer: User, *, replaced: Collection[int], today: date) -> Timeline:
    contractor = payout.milestone.engagement.contractor
    turn = turn_of(payout, replaced=replaced)
    is_payee = contractor.user_id == viewer.pk
    is_late = payout.due_on < today and turn in (MoneyTurn.FINANCE, MoneyTurn.BANK)
    return Timeline(
        payout=payout,
        stops=_stops(payout, viewer),
        turn=turn,
        says=_says(payout, contractor, turn, is_payee=is_payee, viewer=viewer),
        is_late=is_late,
        is_viewers=is_payee and turn == MoneyTurn.PAYEE,
        whose=_whose(turn, contractor, is_payee=is_payee),
    )


def _whose(turn: str, contractor: Contractor, *, is_payee: bool) -> str:
    if turn == MoneyTurn.PAYEE:
        return _("Yours") if is_payee else str(contractor)
    return {MoneyTurn.FINANCE: _("Finance’s"), MoneyTurn.BANK: _("The bank’s")}.get(MoneyTurn(turn), "")


def _stops(payout: Payout, viewer: User) -> list[Stop]:
    def day(instant: datetime | None) -> str:
        return date_format(localtime(instant, viewer.tz), "D j M") if instant else ""

    accepted = Stop(_("Accepted"), True, day(payout.milestone.accepted_at))
    if payout.status == PayoutStatus.WRITTEN_OFF:  # here the way ends
        return [accepted, Stop(payout.get_status_display(), True, day(payout.status_since))]
    arrival = day(payout.paid_at) or _("by %(day)s") % {"day": date_format(payout.due_on, "D j M")}
    return [
        accepted,
        Stop(_("Approved by finance"), payout.approved_at is not None, day(payout.approved_at)),
        Stop(_("Sent to the bank"), payout.exported_at is not None, day(payout.exported_at)),
        Stop(_("Paid"), payout.status == PayoutStatus.PAID, arrival),
    ]


def _says(payout: Payout, contractor: Contractor, turn: str, *, is_payee: bool, viewer: User) -> str:
    facts = {"who": contractor, "why": payout.problem}
    detail = bank_of(contractor)
    if payout.status == PayoutStatus.PAID:
        return _("It is with you.") if is_payee else _("It is with %(who)s.") % facts
    if payout.status == PayoutStatus.WRITTEN_OFF:
        return _("It will not be paid.")
    if turn == MoneyTurn.BANK:
        return _("It is on its way.")
    if turn == MoneyTurn.PAYEE and detail is None:
        if is_payee:
            return _("Enter your bank details, so that it can be sent.")
        return _("%(who)s has no bank details yet.") % facts
    if turn == MoneyTurn.PAYEE and detail and not _was_refused(payout, detail):
        return _("The account number can’t be right, so it has to be entered again.")
    if turn == MoneyTurn.PAYEE:
        if is_payee:
            return _("The bank refused it: %(why)s Correct your bank details.") % facts
        return _("The bank refused it: %(why)s %(who)s corrects the bank details.") % facts
    if turn == MoneyTurn.HELD and detail:
        until = date_format(localtime(detail.changed_at + BANK_HOLD, viewer.tz), "D j M, H:i")
        return _("The account is new: nothing is sent to it before %(until)s, for safety.") % {"until": until}
    if payout.status == PayoutStatus.APPROVED:
        return _("A second person confirms it, then it goes to the bank.")
    if detail and _is_refused_at(payout, detail):
        if is_payee and is_for_the_payee(payout.problem) is None:
            return _("The bank refused it: %(why)s Finance sends it again; look at your bank details first.") % facts
        return _("The bank refused it: %(why)s Finance sends it again.") % facts
    return _("It waits for approval.")


def timeline_of(
    payout: Payout, milestone: Milestone, viewer: User, *, at: datetime, replaced: Collection[int] | None = None
) -> Timeline:
    """Of one payout, whose milestone was read for its page. `replaced` as in `timelines`."""
    payout.milestone = milestone
    return timelines([payout], viewer, at=at, replaced=replaced)[payout.pk]


def timelines_ahead(viewer: User, *, at: datetime) -> list[Timeline]:
    """Of what is not paid yet and the viewer is owed, the earliest promise first."""
    ahead = Payout.objects.visible_to(viewer).open().order_by("due_on", "pk").values_list("pk", flat=True)[:SHOWN]
    return list(timelines(payouts_of(list(ahead)), viewer, at=at).values())


def late_promises(viewer: User, *, at: datetime) -> QuerySet[Payout]:
    """Promises that may be broken so far: a lead's own engagements, all for finance and admins; the oldest first."""
    payouts = Payout.objects.owed_longest().promised_before(house_day(at))
    return payouts if viewer.role in (Role.FINANCE, Role.ADMIN) else payouts.led_by(viewer)


def late_timelines(viewer: User, *, at: datetime) -> list[Timeline]:
    """Those that our side or the bank has broken so far, of the oldest ten `late_promises`."""
    payouts = payouts_of(list(late_promises(viewer, at=at).values_list("pk", flat=True)[:SHOWN]))
    return broken(payouts, viewer, at=at)


def broken(
    payouts: Sequence[Payout], viewer: User, *, at: datetime, replaced: Collection[int] | None = None
) -> list[Timeline]:
    """As `timelines`, of promises that are past: those that our side or the bank has broken."""
    today = house_day(at)
    past = [payout for payout in payouts if payout.due_on < today and _is_with_us(payout)]
    return [found for found in timelines(past, viewer, at=at, replaced=replaced).values() if found.is_late]


def _is_with_us(payout: Payout) -> bool:
    """As far as is known without what became of the payee's bank details."""
    return turn_of(payout, replaced=()) in (MoneyTurn.FINANCE, MoneyTurn.BANK)
