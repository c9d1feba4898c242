"""What the organisation can do, so that nobody gives away what must stay inside."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from engagements.querysets import CapabilityQuerySet


class Capability(models.Model):
    """One area of what we can do: core, which we must be able to do ourselves, or supporting."""

    name = models.CharField(_("name"), max_length=80)
    is_core = models.BooleanField(_("core"), default=False)
    inside_owner = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    inside_authors = models.ManyToManyField(User, related_name="+")
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    objects = CapabilityQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["name"], condition=Q(retired_at=None), name="capability_is_named_once")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_owned(self) -> bool:
        """Whether somebody who is still here owns it."""
        return self.inside_owner is not None and self.inside_owner.is_active
