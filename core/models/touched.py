from django.db import models


class Touched(models.Model):
    """A record that the clock side must look at again: written in the transaction that changed it, deleted by the sweep
    that has recomputed what follows from it. Rows may repeat; recomputing twice changes nothing."""

    subject_type = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "touched"

    def __str__(self) -> str:
        return f"{self.subject_type} {self.subject_id}"


class Heartbeat(models.Model):
    """When a periodic job last ran to its end, for /readyz and the admin's mail test page."""

    job = models.CharField(max_length=40, unique=True)
    at = models.DateTimeField()
    note = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"{self.job} at {self.at:%Y-%m-%d %H:%M}"
