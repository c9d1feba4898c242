"""Business objectives: made and retired, never rewritten: agreements name them."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core import history
from core.errors import DomainError
from core.use_case import use_case
from engagements.models import Objective


@use_case
def add_objective(*, title: str, measure: str, owner: User, by: User, at: datetime) -> Objective:
    """Raises DomainError when one of this title stands."""
    try:
        with transaction.atomic():
            objective = Objective.objects.create(title=title, measure=measure, owner=owner, created_at=at)
    except IntegrityError as error:
        raise DomainError(_("There is an objective of this title already.")) from error
    history.record(objective, verb="created", by=by, at=at)
    return objective


@use_case
def retire_objective(objective: Objective, *, by: User, at: datetime) -> Objective:
    """Take it out of choice. Goals that serve it keep it."""
    objective = Objective.objects.select_for_update(of=("self",)).get(pk=objective.pk)
    if objective.retired_at is None:
        objective.retired_at = at
        objective.save(update_fields=["retired_at"])
        history.record(objective, verb="retired", by=by, at=at)
    return objective
