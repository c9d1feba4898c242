"""Offers: one is open and has a question, one waits for our signature."""

from datetime import timedelta

from accounts.states import Pronoun
from contractors.models import Contractor
from core.money import Money
from engagements.models import TemplateVersion
from engagements.queries.consent import policy_digest, policy_text
from engagements.services import needs, read_backs
from engagements.states import NeedKind
from milestones.services import estimates, questions
from reminders.demo.acts import add_contractor, offer
from reminders.demo.house import House, Story


def is_offered(house: House, version: TemplateVersion) -> Story:
    tunde = Contractor.objects.create(
        name="Tunde Adeyemi", email="tunde@forge.example", zone="Africa/Lagos", country="NG", created_at=house.ago(9)
    )
    yield 2
    engagement = offer(house, version, tunde, "Search page answers within a second", 2, price=Money(410_000, "EUR"))
    questions.ask_question(
        engagement,
        anchor="goal-2",
        text="Field data of which browsers, and from which countries?",
        by=None,
        link=engagement.links.get(),
        at=house.ago(0.6),
    )


def is_countersigned(house: House, version: TemplateVersion) -> Story:
    iwona = add_contractor(house, "Iwona Zając", "iwona@warsztat.example", "Europe/Warsaw", "PL", Pronoun.HERS)
    yield 3
    engagement = offer(house, version, iwona, "Release notes write themselves", 3, price=Money(300_000, "USD"))
    needs.say_it_stands(engagement.needs.get(kind=NeedKind.ACCESS), by=house.comms, at=house.ago(2))
    user = iwona.user
    assert user is not None
    question = questions.ask_question(
        engagement, anchor="milestone-2", text="Signed with whose key?", by=user, link=None, at=house.ago(2.4)
    )
    questions.answer_question(
        question, text="Ours; you never hold it. The runner asks for it.", by=house.comms, at=house.ago(2.1)
    )
    estimates.estimate_and_sign(
        engagement,
        estimates={m.pk: (24 * 60, m.due_on + timedelta(days=3)) for m in engagement.milestones.all()},
        typed_name=user.name,
        ip=None,
        policy_sha256=policy_digest(policy_text(engagement)),
        by=user,
        at=house.ago(1.2),
    )
    read_backs.say_back(
        engagement,
        text="Anybody of you presses one button on any day, and the notes are there: from the commits, in plain words.",
        questions="Who reads them first, your customers or your support?",
        by=user,
        at=house.ago(1.2),
    )
