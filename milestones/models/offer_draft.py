"""What somebody typed on the page from template to offer, before there is an engagement."""

from django.db import models
from django.db.models import Q

from core.transitions import actor_field
from milestones.querysets import OfferDraftQuerySet


class OfferDraft(models.Model):
    """One person's half-filled page. `answers` are the form's raw words by field name, lists for fields with several;
    nothing of it is true yet. It ends when the engagement is made, or when its person throws it away."""

    by = actor_field()
    answers = models.JSONField(default=dict)
    # Counts up with every change; a tab that has seen an earlier one may not write over it.
    number = models.PositiveIntegerField(default=1)
    # The form key of the tab that wrote last: a tab never stands in its own way.
    tab = models.CharField(max_length=32, blank=True)
    created_at = models.DateTimeField()
    saved_at = models.DateTimeField()

    objects = OfferDraftQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="offer_draft_is_saved_after_it_was_made", condition=Q(saved_at__gte=models.F("created_at"))
            ),
            models.UniqueConstraint(fields=["by", "tab"], condition=~Q(tab=""), name="offer_draft_is_one_a_tab"),
        ]
        indexes = [models.Index(fields=["by", "-saved_at"], name="offer_draft_of")]

    def __str__(self) -> str:
        return str(self.answers.get("title") or "")
