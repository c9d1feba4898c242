"""Openings: written, published, closed. What is published no longer changes, because people answer to it."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.states import Role
from contractors.models import Criterion, Opening, Question
from contractors.queries import draft_version
from core import history, secrets
from core.errors import DomainError
from core.money import currencies
from core.use_case import use_case

REVIEWERS = (Role.LEAD, Role.MEMBER, Role.ADMIN)
MOST_CRITERIA, MOST_QUESTIONS, MOST_REVIEWERS = 12, 20, 8


@use_case
def create_opening(
    *,
    title: str,
    brief: str,
    currency: str,
    criteria: Sequence[tuple[str, int]],
    questions: Sequence[tuple[str, bool]],
    reviewers: Iterable[User],
    lead: User,
    by: User,
    at: datetime,
) -> Opening:
    """An unpublished opening. `criteria` are (name, weight 1 to 10), at least one; `questions` (text, must be
    answered); `reviewers` the people who mark each application blind, at least one and two as a rule."""
    reviewers = list(reviewers)
    _check(title, currency, criteria, questions, reviewers)
    opening = Opening.objects.create(
        title=title, brief=brief, currency=currency, lead=lead, token=secrets.new_token(), created_at=at
    )
    _write_parts(opening, criteria, questions, reviewers)
    history.record(opening, verb="created", by=by, at=at)
    return opening


@use_case
def edit_opening(
    opening: Opening,
    *,
    title: str,
    brief: str,
    currency: str,
    criteria: Sequence[tuple[str, int]],
    questions: Sequence[tuple[str, bool]],
    reviewers: Iterable[User],
    by: User,
    at: datetime,
    seen: str = "",
) -> Opening:
    """`seen` is the `draft_version` that the page started from; '' skips the check for a stale tab."""
    opening = Opening.objects.lock(opening)
    reviewers = list(reviewers)
    if opening.published_at:
        raise DomainError(
            _("This opening is published: people answer to what stands there. Close it and make another.")
        )
    if opening.applications.exists():
        raise DomainError(_("Applications hang on this opening, so its questions and criteria stay as they are."))
    if seen and seen != draft_version(opening):
        raise DomainError(_("Somebody changed this opening meanwhile. Open it again and add what you meant to change."))
    _check(title, currency, criteria, questions, reviewers)
    opening.title, opening.brief, opening.currency = title, brief, currency
    opening.save(update_fields=["title", "brief", "currency"])
    opening.criteria.all().delete()
    opening.questions.all().delete()
    _write_parts(opening, criteria, questions, reviewers)
    history.record(opening, verb="edited", by=by, at=at)
    return opening


@use_case
def publish_opening(opening: Opening, *, by: User, at: datetime) -> Opening:
    """Open its public page. From now on it can't be edited."""
    opening = Opening.objects.lock(opening)
    if opening.published_at:
        raise DomainError(_("This opening is published already."))
    if not opening.brief.strip():
        raise DomainError(_("Write what it is about first: applicants read it."))
    if not opening.criteria.exists() or not opening.reviewers.exists():
        raise DomainError(_("Name at least one criterion and one reviewer first."))
    opening.published_at = at
    opening.save(update_fields=["published_at"])
    history.record(opening, verb="published", by=by, at=at)
    return opening


@use_case
def close_opening(opening: Opening, *, by: User, at: datetime) -> Opening:
    """Take no more applications. Those that are in are still decided one by one."""
    opening = Opening.objects.lock(opening)
    if not opening.is_public:
        raise DomainError(_("Only a published opening can be closed, and only once."))
    opening.closed_at = at
    opening.save(update_fields=["closed_at"])
    history.record(opening, verb="closed", by=by, at=at)
    return opening


@use_case
def hand_over_openings(person: User, *, to: User, by: User, at: datetime) -> int:
    """Give all openings that `person` leads to `to`, who then decides. Returns how many."""
    if not to.is_active or to.role not in (Role.LEAD, Role.ADMIN):
        raise DomainError(_("%(name)s can’t lead openings. Choose a lead or an admin.") % {"name": to.name})
    led = Opening.objects.filter(lead=person).order_by("pk")
    count = 0
    for opening in led.select_for_update(of=("self",)):
        opening.lead = to
        opening.save(update_fields=["lead"])
        history.record(opening, verb="handed_over", by=by, at=at, note=f"{person.name} → {to.name}")
        count += 1
    return count


def _check(
    title: str,
    currency: str,
    criteria: Sequence[tuple[str, int]],
    questions: Sequence[tuple[str, bool]],
    reviewers: Sequence[User],
) -> None:
    if not title.strip():
        raise DomainError(_("Give the opening a title."))
    if currency not in currencies():
        raise DomainError(_("Choose a currency from the list, such as EUR."))
    if not criteria or len(criteria) > MOST_CRITERIA:
        raise DomainError(_("Give 1 to %(n)d criteria: they are what reviewers mark.") % {"n": MOST_CRITERIA})
    if any(not name.strip() or not 1 <= weight <= 10 for name, weight in criteria):
        raise DomainError(_("Each criterion has a name and weighs 1 to 10."))
    names = [name.strip().casefold() for name, _weight in criteria]
    if len(set(names)) != len(names):
        raise DomainError(_("Two criteria have the same name. Give each its own."))
    if len(questions) > MOST_QUESTIONS:
        raise DomainError(_("Ask at most %(n)d questions.") % {"n": MOST_QUESTIONS})
    if not reviewers or len(reviewers) > MOST_REVIEWERS:
        raise DomainError(_("Name 1 to %(n)d reviewers; two is the rule.") % {"n": MOST_REVIEWERS})
    for person in reviewers:
        if not person.is_active or person.role not in REVIEWERS:
            raise DomainError(_("%(name)s can’t review applications. Choose somebody else.") % {"name": person.name})


def _write_parts(
    opening: Opening,
    criteria: Sequence[tuple[str, int]],
    questions: Sequence[tuple[str, bool]],
    reviewers: Sequence[User],
) -> None:
    Criterion.objects.bulk_create(
        Criterion(opening=opening, name=name.strip(), weight=weight, position=place)
        for place, (name, weight) in enumerate(criteria, start=1)
    )
    Question.objects.bulk_create(
        Question(opening=opening, text=text.strip(), is_required=required, position=place)
        for place, (text, required) in enumerate(questions, start=1)
    )
    opening.reviewers.set(reviewers)
