"""What a submission brings besides measured values: the parts of the deliverable, and files."""

from django.db import models

from core.models import StoredFile
from engagements.models import Goal
from engagements.states import PartKind
from milestones.models.milestone import Submission
from milestones.querysets import AttachmentQuerySet


class DeliveredPart(models.Model):
    """One part of the deliverable, and where it is. Append-only; written out, since the part may move on."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="parts")
    position = models.PositiveSmallIntegerField()  # in the milestone's parts as they were then
    kind = models.CharField(max_length=11, choices=PartKind.choices)
    what = models.CharField(max_length=300)
    where = models.CharField(max_length=1000, blank=True)  # a link or words

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["submission", "position"], name="part_is_delivered_once")]

    def __str__(self) -> str:
        return self.what


class Attachment(models.Model):
    """A file of a submission: for one goal, for one part, or for the whole. Append-only."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="attachments")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    goal = models.ForeignKey(Goal, null=True, on_delete=models.PROTECT, related_name="+")
    part = models.PositiveSmallIntegerField(null=True)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["submission", "file"], name="file_is_attached_once"),
            models.CheckConstraint(
                name="attachment_is_for_one_thing", condition=models.Q(goal=None) | models.Q(part=None)
            ),
        ]

    def __str__(self) -> str:
        return str(self.file)
