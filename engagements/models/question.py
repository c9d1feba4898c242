"""Questions about an offer, asked at the place that they are about, and their answers."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.transitions import actor_field
from engagements.models.agreement import OfferLink
from engagements.models.engagement import Engagement
from engagements.querysets import OfferQuestionQuerySet
from engagements.states import OfferPart


class OfferQuestion(models.Model):
    """Asked by the contractor, or by the link's reader before there is an account. Append-only."""

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="offer_questions")
    about = models.CharField(max_length=9, choices=OfferPart.choices)
    place = models.PositiveSmallIntegerField(default=0)  # of that goal, milestone or clause, from 1; 0 for the whole
    label = models.CharField(max_length=200, blank=True)  # how that part read when it was asked about
    text = models.TextField(_("question"), max_length=2000)
    by = actor_field(null=True)
    link = models.ForeignKey(OfferLink, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = OfferQuestionQuerySet.as_manager()

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(
                name="offer_question_comes_from_a_person_or_a_link",
                condition=Q(by=None, link__isnull=False) | Q(by__isnull=False, link=None),
            ),
            models.CheckConstraint(
                name="offer_question_has_a_place_unless_about_the_whole",
                condition=Q(about="whole", place=0) | (~Q(about="whole") & Q(place__gte=1)),
            ),
        ]

    def __str__(self) -> str:
        return self.text[:80]

    @property
    def anchor(self) -> str:
        return self.about if self.about == OfferPart.WHOLE else f"{self.about}-{self.place}"


class OfferAnswer(models.Model):
    """Our one answer to it. Append-only."""

    question = models.OneToOneField(OfferQuestion, on_delete=models.PROTECT, related_name="answer")
    text = models.TextField(_("answer"), max_length=5000)
    by = actor_field()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.text[:80]
