"""What people do in every story: offer, agree, fund, hand in, accept, pay; each so many days ago."""

from datetime import date, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from accounts.states import Role
from contractors.models import Application, Contractor
from core import files
from core.money import Money
from engagements.models import Engagement, Measurement, TemplateVersion
from engagements.queries.consent import policy_digest, policy_text
from engagements.services import conversation, measurements, needs, read_backs
from milestones.models import Milestone
from milestones.services import batches, drafting, estimates, funding, offers, payouts, reviews, signing, submissions
from milestones.states import Happiness
from reminders.demo.house import House, Story, add_person


def add_contractor(house: House, name: str, email: str, zone: str, country: str, pronoun: str) -> Contractor:
    user = add_person(email, name, Role.CONTRACTOR, zone, country, pronoun, house.ago(70))
    return Contractor.objects.create(
        name=name, email=email, user=user, zone=zone, country=country, created_at=house.ago(70)
    )


def account_of(contractor: Contractor) -> User:
    """The account of a contractor who was made with one."""
    return User.objects.get(pk=contractor.user_id)


def offer(
    house: House,
    version: TemplateVersion,
    contractor: Contractor,
    title: str,
    days: float,
    *,
    price: Money | None = None,
    application: Application | None = None,
) -> Engagement:
    at = house.ago(days)
    price = price or version.price
    engagement = drafting.draft_engagement(
        version,
        contractor=contractor,
        application=application,
        title=title,
        lead=house.lead,
        comms_owner=house.comms,
        cover=None,
        starts_on=at.date(),
        price=price,
        budget=house.budgets[price.currency],
        by=house.lead,
        at=at,
    )
    return offers.send_offer(engagement, days=7, by=house.lead, at=at)


def agree(
    house: House,
    version: TemplateVersion,
    contractor: Contractor,
    title: str,
    days: float,
    *,
    price: Money | None = None,
    late: int = 0,
    promises: list[tuple[int, date]] | None = None,
) -> Engagement:
    """Offered `days` ago and signed by both within three days. `late` moves the estimated dates that many days;
    `promises` are minutes and date of each milestone instead."""
    engagement = offer(house, version, contractor, title, days, price=price)
    user = contractor.user
    assert user is not None
    given = {
        m.pk: ((16 + 8 * m.position) * 60, max(m.due_on + timedelta(days=late), engagement.starts_on))
        for m in engagement.milestones.all()
    }
    if promises:
        given = dict(zip(given, promises, strict=True))
    agreement = estimates.estimate_and_sign(
        engagement,
        estimates=given,
        typed_name=user.name,
        ip=None,
        policy_sha256=policy_digest(policy_text(engagement)),
        by=user,
        at=house.ago(days - 1),
    )
    for need in engagement.needs.all():
        needs.say_it_stands(need, by=house.comms, at=house.ago(days - 1.5))
    goal = engagement.goals.get(position=1)
    text = f"You want this to become true and to stay so: {goal.metric}, {goal.target} {goal.unit}. I show the numbers."
    read_backs.say_back(engagement, text=text, by=user, at=house.ago(days - 1))
    read_backs.accept_read_back(engagement, number=1, by=house.lead, at=house.ago(days - 1.5))
    return signing.agree_and_sign(
        engagement, sha256=agreement.sha256, typed_name=house.lead.name, ip=None, by=house.lead, at=house.ago(days - 2)
    )


def fund(house: House, engagement: Engagement, days: float) -> Milestone:
    milestone = engagement.milestones.filter(status="agreed").order_by("position").first()
    assert milestone is not None
    return funding.fund_milestone(milestone, by=house.lead, at=house.ago(days))


def submit(house: House, milestone: Milestone, days: float) -> Milestone:
    user = milestone.engagement.contractor.user
    assert user is not None
    runs = SimpleUploadedFile("runs.csv", b"run;ms\n1;1104\n2;1181\n3;1097\n")
    submissions.submit_milestone(
        milestone,
        note="Everything is merged; the measurements are in the linked page.",
        link="https://example.org/measurements",
        evidence={goal: (goal.target, "Measured on three days") for goal in milestone.goals.all()},
        parts={
            place: submissions.Delivered(f"https://example.org/{part['kind']}")
            for place, part in enumerate(milestone.parts)
        },
        files=[files.keep(runs, by=user, at=house.ago(days))],
        happy=Happiness.YES,
        by=user,
        at=house.ago(days),
    )
    return Milestone.objects.get(pk=milestone.pk)


def accept(house: House, milestone: Milestone, days: float) -> Milestone:
    return reviews.accept_milestone(
        milestone,
        verdicts={goal: (True, "") for goal in milestone.goals.all()},
        parts={place: (True, "") for place in range(len(milestone.parts))},
        happy=Happiness.YES,
        note="Clear work, thank you.",
        submission_number=1,
        by=house.lead,
        at=house.ago(days),
    )


def pay(house: House, milestone: Milestone, days: float) -> Story:
    yield days
    payout = milestone.payouts.get()
    line = batches.approve(payout, by=house.approver, at=house.ago(days), knowing=True)
    batches.confirm(line.batch, by=house.payer, at=house.ago(days - 0.5))
    batches.export(line.batch, by=house.payer, at=house.ago(days - 1))
    yield days - 3
    payouts.confirm_paid(payout, by=house.payer, at=house.ago(days - 3))


def check_in(house: House, engagement: Engagement, days: float, **words: Any) -> None:
    user = engagement.contractor.user
    assert user is not None
    conversation.check_in(engagement, by=user, at=house.ago(days), **words)


def measure(house: House, engagement: Engagement, number: int, days: float, value: str, by: User) -> Measurement:
    goal = engagement.goals.get(position=number)
    at = house.ago(days)
    return measurements.record_measurement(
        goal,
        value=value,
        measured_on=at.astimezone(by.tz).date(),
        evidence="https://example.org/runs",
        by=by,
        at=at,
    )
