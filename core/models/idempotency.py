from django.conf import settings
from django.db import models


class SubmittedForm(models.Model):
    """A form that was carried out, by its hidden key: a second click finds where the first one led (promises D8)."""

    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    outcome = models.CharField(max_length=500)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["actor", "key"], name="form_is_carried_out_once")]

    def __str__(self) -> str:
        return self.key
