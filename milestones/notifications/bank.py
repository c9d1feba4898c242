"""Mail about where a contractor is paid, and about payments that are late."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from accounts.queries import calendars_of
from accounts.services import notices
from accounts.services.notices import by_language
from accounts.states import NoticeKind, Role
from contractors.models import Contractor
from core import outbox, working_time
from core.templatetags.duckrow import day, money
from milestones.models import BankDetail, Payout


def payouts_late(late: Sequence[tuple[Payout, bool]], *, at: datetime) -> None:
    """To the leads, who gave the contractors the word, and to finance, each in own working hours; in a fixed number of
    statements. The payouts come `for_mail`, each with whether it is in the bank."""
    finance = {person.pk: person for person in User.objects.active().with_role(Role.FINANCE)}
    leads = User.objects.in_bulk({payout.milestone.engagement.lead_id for payout, _is_in_bank in late})
    people = finance | leads
    calendars, post = calendars_of(people.values()), notices.Post(people.values())
    starts = {pk: working_time.next_start(at, calendar) for pk, calendar in calendars.items()}
    each = [
        (people[pk], payout, is_in_bank)
        for payout, is_in_bank in late
        for pk in {**finance, payout.milestone.engagement.lead_id: None}
    ]
    for language, theirs in by_language(each, lambda letter: letter[0]):
        with override(language):
            for person, payout, is_in_bank in theirs:
                _late(person, payout, is_in_bank, post, at=at, not_before=starts[person.pk])
    post.write()


def _late(
    person: User, payout: Payout, is_in_bank: bool, post: notices.Post, *, at: datetime, not_before: datetime
) -> None:
    milestone = payout.milestone
    notices.notify(
        person,
        kind=NoticeKind.MONEY,
        key=f"late:{payout.pk}:{payout.due_on}",
        subject=_("“%(what)s” should have been paid by now") % {"what": milestone},
        template="payout_late",
        context={
            "first_name": person.first_name,
            "amount": money(payout.amount),
            "milestone": milestone.title,
            "engagement": milestone.engagement.title,
            "contractor": milestone.engagement.contractor.name,
            "promised_on": day(payout.due_on),
            "exported_on": day(payout.exported_at),
        },
        flags=(("is_in_bank", is_in_bank),),
        path=f"/milestones/{milestone.pk}/",
        at=at,
        not_before=not_before,
        post=post,
    )


def bank_detail_wanted(contractor: Contractor, *, problem: str, by: User, at: datetime) -> None:
    """What is wrong with the details, and where to put it right; once a day."""
    to = contractor.user
    if to is None:
        return
    with override(to.language):
        outbox.enqueue(
            key=f"bank-wanted:{contractor.pk}:{at.date()}",
            kind="bank",
            to=to,
            subject=_("Your bank details need a look before we can pay you"),
            template="bank_wanted",
            context={"problem": problem, "by": by},
            at=at,
        )


def bank_detail_changed(detail: BankDetail, *, is_new: bool, before: str, at: datetime) -> None:
    """Can't be turned down: it is how the owner of an account notices that somebody else is in it. `before` is the
    address of whoever entered the details that were replaced; it and the contractor's own hear of it too."""
    to = detail.contractor.user
    if to is None:
        return
    others = {address.lower(): address for address in (before, detail.contractor.email) if address}
    others.pop(to.email.lower(), None)
    with override(to.language):
        for address in ("", *others.values()):
            outbox.enqueue(
                key=f"bank:{detail.pk}:{at.isoformat()}:{address}"[:200],
                kind="bank",
                to=None if address else to,
                address=address,
                subject=_("Your bank details were saved") if is_new else _("Your bank details were changed"),
                template="bank_changed",
                context={"detail": detail, "is_new": is_new, "name": to.first_name},
                at=at,
            )
