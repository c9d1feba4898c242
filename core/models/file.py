"""Files that people handed over, kept outside anything that is served."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q


class StoredFileQuerySet(models.QuerySet):
    def drafts_of(self, user: Any) -> "StoredFileQuerySet":
        """Uploaded, but not part of anything yet."""
        return self.filter(uploaded_by=user, attached_at=None)

    def drafts(self) -> "StoredFileQuerySet":
        return self.filter(attached_at=None)


class StoredFile(models.Model):
    """One file: its bytes lie under a random name, its facts here. A draft until it is part of a record."""

    storage_name = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)  # as shown and downloaded
    content_type = models.CharField(max_length=60)  # by its content (core.filetypes)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    attached_at = models.DateTimeField(null=True)

    objects = StoredFileQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(name="file_is_not_empty", condition=Q(size__gt=0))]
        indexes = [models.Index("uploaded_at", name="file_draft", condition=Q(attached_at=None))]

    def __str__(self) -> str:
        return self.name
