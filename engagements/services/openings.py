"""An opening made from a template version: the brief is copied, where it came from is written down here."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from contractors.models import Opening
from contractors.services.openings import create_opening
from core.errors import DomainError
from core.use_case import use_case
from engagements.models import OpeningOrigin, TemplateVersion
from engagements.states import VersionStatus


@use_case
def open_from_template(
    version: TemplateVersion,
    *,
    title: str,
    brief: str,
    currency: str,
    reviewers: Iterable[User],
    questions: Sequence[tuple[str, bool]],
    criteria: Sequence[tuple[str, int]],
    by: User,
    at: datetime,
) -> Opening:
    """An unpublished opening, led by whoever makes it. `questions` are (text, must be answered), `criteria` (name,
    weight 1 to 10)."""
    version = TemplateVersion.objects.lock(version)
    if version.status != VersionStatus.PUBLISHED:
        raise DomainError(
            _("“%(what)s” is %(state)s. Only a published version can be posted.")
            % {"what": version, "state": version.get_status_display().lower()}
        )
    opening = create_opening(
        title=title,
        brief=brief,
        currency=currency,
        criteria=criteria,
        questions=questions,
        reviewers=reviewers,
        lead=by,
        by=by,
        at=at,
    )
    OpeningOrigin.objects.create(opening=opening, version=version)
    return opening
