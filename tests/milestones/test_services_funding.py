import pytest

from core.errors import DomainError
from core.models import Event, OutboxMail, Touched
from engagements.states import EngagementStatus
from milestones.models import EngagementBudget
from milestones.services.funding import fund_milestone
from milestones.states import MilestoneStatus
from tests.factories import NOW, make_engagement

pytestmark = pytest.mark.django_db


def test_funding_records_who_and_when_and_tells_the_contractor(agreed, lead):
    milestone = fund_milestone(agreed, by=lead, at=NOW)

    assert (milestone.status, milestone.funded_by, milestone.funded_at) == (MilestoneStatus.FUNDED, lead, NOW)
    mail = OutboxMail.objects.get()
    assert (mail.recipient, mail.subject) == (
        agreed.engagement.contractor.user,
        "“Step 2” is funded, you can start",
    )


def test_the_first_funding_makes_the_engagement_active():
    engagement = make_engagement(EngagementStatus.AGREED, milestones=(MilestoneStatus.AGREED, MilestoneStatus.AGREED))

    fund_milestone(engagement.milestones.get(position=1), by=engagement.lead, at=NOW)

    engagement.refresh_from_db()
    assert engagement.status == EngagementStatus.ACTIVE


def test_funding_stands_in_the_history_and_wakes_the_clock_side(agreed, lead):
    Touched.objects.all().delete()

    fund_milestone(agreed, by=lead, at=NOW)

    assert [(e.was, e.became, e.by) for e in Event.objects.of(agreed.engagement)] == [("agreed", "funded", lead)]
    assert Touched.objects.filter(subject_id=agreed.engagement_id).exists()


@pytest.mark.parametrize("status", [s for s in EngagementStatus if s not in ("agreed", "active")])
def test_nothing_is_funded_in_an_engagement_that_does_not_run(status):
    engagement = make_engagement(status, milestones=(MilestoneStatus.AGREED,))

    with pytest.raises(DomainError):
        fund_milestone(engagement.milestones.get(), by=engagement.lead, at=NOW)


def test_an_engagement_without_a_budget_is_refused_with_who_can_help(agreed, lead):
    EngagementBudget.objects.all().delete()

    with pytest.raises(DomainError, match="No budget pays"):
        fund_milestone(agreed, by=lead, at=NOW)
