"""What the business wants, so that every goal can say what it is for."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.transitions import actor_field
from engagements.querysets import ObjectiveQuerySet


class Objective(models.Model):
    """A business objective: who wants it, and the number by which the house sees that it came true."""

    title = models.CharField(_("title"), max_length=160)
    owner = actor_field()
    measure = models.CharField(_("measure"), max_length=300)
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    objects = ObjectiveQuerySet.as_manager()

    class Meta:
        ordering = ["title", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["title"], condition=Q(retired_at=None), name="objective_is_named_once")
        ]

    def __str__(self) -> str:
        return self.title
