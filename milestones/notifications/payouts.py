"""Mail to contractors about what became of their payouts: many at a time, in a fixed number of statements."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.services import notices
from accounts.services.notices import by_language
from accounts.states import NoticeKind
from core.templatetags.duckrow import money
from milestones.models import Payout
from milestones.queries.answers.reasons import is_for_the_payee


def payouts_paid(payouts: Sequence[Payout], *, at: datetime) -> None:
    """They come with milestone, engagement, contractor and the contractor's user."""
    post = _post(payouts)
    for language, theirs in by_language(_told(payouts), _whom):
        with override(language):
            for payout in theirs:
                milestone = payout.milestone
                notices.notify(
                    _whom(payout),
                    kind=NoticeKind.MONEY,
                    key=f"paid:{payout.pk}:{payout.round}",
                    subject=_("“%(what)s” is paid") % {"what": milestone},
                    template="milestone_paid",
                    context={**_words(payout), "reference": payout.end_to_end},
                    flags=(),
                    path=f"/milestones/{milestone.pk}/",
                    at=at,
                    post=post,
                )
    post.write()


def payouts_failed(payouts: Sequence[Payout], *, at: datetime, was_paid: bool = False) -> None:
    """Why, their `problem` says. They come as above."""
    post = _post(payouts)
    for language, theirs in by_language(_told(payouts), _whom):
        with override(language):
            for payout in theirs:
                milestone = payout.milestone
                words = _("The payment for “%(what)s” came back") if was_paid else _refused()
                notices.notify(
                    _whom(payout),
                    kind=NoticeKind.MONEY,
                    key=f"failed:{payout.pk}:{at.isoformat()}",
                    subject=words % {"what": milestone},
                    template="payout_failed",
                    context={**_words(payout), "problem": payout.problem},
                    flags=(("is_for_the_payee", is_for_the_payee(payout.problem)), ("was_paid", was_paid)),
                    path=f"/milestones/{milestone.pk}/",
                    at=at,
                    post=post,
                )
    post.write()


def _refused() -> str:
    return _("The bank refused the payment for “%(what)s”")


def _whom(payout: Payout) -> notices.User:
    user = payout.milestone.engagement.contractor.user
    assert user is not None
    return user


def _told(payouts: Sequence[Payout]) -> list[Payout]:
    """Those of people who have an account here."""
    return [payout for payout in payouts if payout.milestone.engagement.contractor.user]


def _post(payouts: Sequence[Payout]) -> notices.Post:
    return notices.Post(map(_whom, _told(payouts)))


def _words(payout: Payout) -> dict[str, str]:
    milestone = payout.milestone
    return {
        "first_name": _whom(payout).first_name,
        "amount": money(payout.amount),
        "milestone": milestone.title,
        "engagement": milestone.engagement.title,
    }
