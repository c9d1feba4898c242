from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import models


class EventQuerySet(models.QuerySet):
    def of(self, root: models.Model) -> "EventQuerySet":
        """The history shown on this record's page."""
        return self.filter(root_type=root._meta.label_lower, root_id=root.pk)

    def of_all(self, model: type[models.Model], roots: Iterable[Any]) -> "EventQuerySet":
        """The histories of several records of one kind."""
        return self.filter(root_type=model._meta.label_lower, root_id__in=roots)

    def for_list(self) -> "EventQuerySet":
        return self.select_related("by").order_by("-seq")


class Event(models.Model):
    """One line of a record's history. Append-only: the database refuses all but erasing the note."""

    root_type = models.CharField(max_length=60)
    root_id = models.BigIntegerField()
    seq = models.PositiveIntegerField()
    subject_type = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    subject_label = models.CharField(max_length=200, blank=True)
    verb = models.CharField(max_length=40)
    was = models.CharField(max_length=30, blank=True)
    became = models.CharField(max_length=30, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    note = models.TextField(blank=True)
    salt = models.CharField(max_length=32)
    note_digest = models.CharField(max_length=64, blank=True)
    previous = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64)

    objects = EventQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["root_type", "root_id", "seq"], name="event_follows_one_event")]

    def __str__(self) -> str:
        return f"{self.subject_label}: {self.verb} {self.became}".strip()
