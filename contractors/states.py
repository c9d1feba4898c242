"""States of an application, and the words of vetting."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ApplicationStatus(models.TextChoices):
    RECEIVED = "received", _("Received")
    SCREENING = "screening", _("Screening")
    REVIEW = "review", _("In review")
    TRIAL = "trial", _("Trial")
    OFFERED = "offered", _("Offered")
    HIRED = "hired", _("Hired")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")


_S = ApplicationStatus
_OUT = {_S.DECLINED, _S.WITHDRAWN}
# A later stage may be reached directly: small teams skip a trial. There is no way back.
MOVES: dict[str, set[str]] = {
    _S.RECEIVED: {_S.SCREENING, _S.REVIEW, _S.TRIAL, _S.OFFERED} | _OUT,
    _S.SCREENING: {_S.REVIEW, _S.TRIAL, _S.OFFERED} | _OUT,
    _S.REVIEW: {_S.TRIAL, _S.OFFERED} | _OUT,
    _S.TRIAL: {_S.OFFERED} | _OUT,
    _S.OFFERED: {_S.HIRED} | _OUT,
    _S.HIRED: set(),
    _S.DECLINED: set(),
    _S.WITHDRAWN: set(),
}
OPEN = (_S.RECEIVED, _S.SCREENING, _S.REVIEW, _S.TRIAL, _S.OFFERED)
IN_VETTING = (_S.RECEIVED, _S.SCREENING, _S.REVIEW, _S.TRIAL)


OWN_HISTORY = "own history"  # the source of what our own delivery record says


class ClaimStatus(models.TextChoices):
    CLAIMED = "claimed", _("Claimed")
    VERIFIED = "verified", _("Verified")
    CONTRADICTED = "contradicted", _("Contradicted")


class ClaimKind(models.TextChoices):
    """What a statistic is about. The unit follows from it."""

    SUCCESS_RATE = "success_rate", _("Job success")
    ON_TIME = "on_time", _("On time")
    ON_BUDGET = "on_budget", _("On budget")
    ACCEPT_RATE = "accept_rate", _("Accepts offers")
    REHIRE_RATE = "rehire_rate", _("Hired again")
    RECOMMENDS = "recommends", _("Recommended by clients")
    RATING = "rating", _("Rating")
    REVIEWS = "reviews", _("Reviews")
    JOBS = "jobs", _("Jobs")
    HOURS = "hours", _("Hours worked")
    EARNED = "earned", _("Earned")
    RATE = "rate", _("Hourly rate")
    JOINED = "joined", _("Joined")
    RANK = "rank", _("Rank or badge")
    OTHER = "other", _("Other")


class Decision(models.TextChoices):
    HIRE = "hire", _("Hire")
    BENCH = "bench", _("Bench")
    DECLINE = "decline", _("Decline")


class PricePer(models.TextChoices):
    WHOLE = "whole", _("for the whole contract")
    HOUR = "hour", _("per hour")


class ImportStatus(models.TextChoices):
    STAGED = "staged", _("Waiting for your confirmation")
    RUNNING = "running", _("Importing")
    DONE = "done", _("Imported")
    FAILED = "failed", _("Stopped")
    DISCARDED = "discarded", _("Discarded")


IMPORT_MOVES: dict[str, set[str]] = {
    ImportStatus.STAGED: {ImportStatus.RUNNING, ImportStatus.DISCARDED},
    ImportStatus.RUNNING: {ImportStatus.DONE, ImportStatus.FAILED},
    ImportStatus.FAILED: {ImportStatus.RUNNING, ImportStatus.DISCARDED},
    ImportStatus.DONE: set(),
    ImportStatus.DISCARDED: set(),
}
