from django.db import models


class Tries(models.Model):
    """How often something was tried in a window of time that is still open, or was: then the next try begins anew.
    Written by core.rates alone."""

    key = models.CharField(max_length=64, primary_key=True)  # digest: who tried stands nowhere
    n = models.IntegerField()
    until = models.DateTimeField()

    class Meta:
        verbose_name_plural = "tries"

    def __str__(self) -> str:
        return f"{self.n} until {self.until:%Y-%m-%d %H:%M}"
