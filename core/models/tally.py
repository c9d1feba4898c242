"""How many rows of a long list each person sees, so that nobody counts a hundred thousand of them for one page."""

from django.db import models


class Tally(models.Model):
    """Of one table: `n` more rows of this day that `viewer` sees (0: whoever sees all). Written by the table's own
    triggers (core.tallies.Count). Each change is a row of its own, so that two who add something never wait for each
    other; the hourly tidying adds them up."""

    table = models.CharField(max_length=60)
    viewer = models.BigIntegerField()
    day = models.DateField()  # UTC
    n = models.IntegerField()

    class Meta:
        indexes = [models.Index(fields=["table", "viewer", "day", "n"], name="tally_by_day")]

    def __str__(self) -> str:
        return f"{self.table} {self.viewer} {self.day}: {self.n:+d}"
