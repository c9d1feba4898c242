"""What is typed on the page from template to offer is kept while one types, a person's own tabs beside each other."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import DomainError
from core.use_case import use_case
from milestones.models import OfferDraft

MOST = 20  # drafts a person


class StaleDraftError(DomainError):
    """Another tab wrote in the meantime; `number` is the draft's now, None when there is no such draft any more."""

    def __init__(self, sentence: str, number: int | None) -> None:
        super().__init__(sentence)
        self.number = number


def _locked(pk: int, by: User) -> OfferDraft | None:
    return OfferDraft.objects.visible_to(by).select_for_update().filter(pk=pk).first()


def _must_be_current(draft: OfferDraft | None, *, seen: int, tab: str) -> OfferDraft:
    if draft is None:
        raise StaleDraftError(
            _("This draft is gone: in another tab it became an offer, or was thrown away."), number=None
        )
    if draft.number != seen and draft.tab != tab:
        raise StaleDraftError(
            _(
                "This draft was changed meanwhile: in another tab, or by the last words that you typed before this "
                "page was loaded anew."
            ),
            number=draft.number,
        )
    return draft


@use_case
def begin_offer_draft(answers: Mapping[str, Any], *, tab: str, by: User, at: datetime) -> OfferDraft:
    """A draft of this tab's answers; what the tab has begun already is gone on with. Raises DomainError when the
    person has many drafts."""
    begun = OfferDraft.objects.of_tab(by, tab).first() if tab else None
    if begun is None:
        if OfferDraft.objects.visible_to(by).count() >= MOST:
            raise DomainError(
                _("This is not kept while you type: you have %(n)d drafts. Throw one away first.") % {"n": MOST}
            )
        fresh = {"answers": dict(answers), "created_at": at, "saved_at": at}
        if not tab:
            return OfferDraft.objects.create(by=by, **fresh)
        begun, is_new = OfferDraft.objects.get_or_create(by=by, tab=tab, defaults=fresh)
        if is_new:
            return begun
    return save_offer_draft(begun.pk, answers=answers, seen=begun.number, tab=tab, by=by, at=at)


@use_case
def save_offer_draft(pk: int, *, answers: Mapping[str, Any], seen: int, tab: str, by: User, at: datetime) -> OfferDraft:
    """Write over own draft number `pk`. `seen` is the number that the tab started from. Raises StaleDraftError when
    another tab wrote since, or when the draft is gone."""
    draft = _must_be_current(_locked(pk, by), seen=seen, tab=tab)
    if draft.tab != tab:
        OfferDraft.objects.of_tab(by, tab).update(tab="")  # the tab goes on with this one
    draft.answers, draft.tab, draft.number = dict(answers), tab, draft.number + 1
    draft.saved_at = max(at, draft.created_at)
    draft.save(update_fields=["answers", "tab", "number", "saved_at"])
    return draft


@use_case
def spend_offer_draft(pk: int | None, *, seen: int, tab: str, by: User, at: datetime) -> None:
    """Its answers became an engagement, so it ends, with whatever else the same tab had begun. Raises StaleDraftError
    like `save_offer_draft`; `pk` None means that the tab knew of no draft."""
    if pk is not None:
        _must_be_current(_locked(pk, by), seen=seen, tab=tab)
    own = Q(pk=pk) | (Q(tab=tab) if tab else Q(pk=None))
    OfferDraft.objects.visible_to(by).filter(own).delete()


@use_case
def discard_offer_draft(draft: OfferDraft, *, by: User, at: datetime) -> None:
    """Throw it away."""
    OfferDraft.objects.visible_to(by).filter(pk=draft.pk).delete()
