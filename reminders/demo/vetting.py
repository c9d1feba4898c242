"""An opening with a half-finished vetting: four applied, one is declined, scorecards are missing."""

from contractors.services import applications, decisions, openings, scorecards
from contractors.states import Decision, PricePer
from core.money import Money
from engagements.models import TemplateVersion
from engagements.services.openings import open_from_template
from reminders.demo.house import House, Story


def is_vetted(house: House, version: TemplateVersion) -> Story:
    yield 14
    opening = open_from_template(
        version,
        title="Checkout, faster",
        brief="Our checkout takes 2.4 s. We look for somebody who has made such a page fast before.",
        currency="EUR",
        reviewers=[house.lead, house.comms],
        questions=[("What did you make fast last, and how do you know?", True)],
        criteria=[("Has done it before", 3), ("Measures before and after", 2), ("Writes clearly", 1)],
        by=house.lead,
        at=house.ago(14),
    )
    opening = openings.publish_opening(opening, by=house.lead, at=house.ago(14))
    question = opening.questions.get()
    came = []
    for days, (name, price, answer) in enumerate(
        [
            ("Amina Diallo", 390_000, "A ticket shop: 3.1 s to 0.9 s, from field data of two weeks."),
            ("Sven Larsen", 450_000, "An internal search; the p95 went from 5 s to 1.1 s."),
            ("Mei Tanaka", 360_000, "A news site. I can show the traces."),
            ("Joe Smith", 150_000, "I am expert in all technologies."),
        ]
    ):
        came.append(
            applications.apply(
                opening,
                name=name,
                email=f"{name.split()[0].lower()}@mail.example",
                price=Money(price, "EUR"),
                per=PricePer.WHOLE,
                answers={question: answer},
                at=house.ago(12 - days),
            )
        )
    criteria = list(opening.criteria.values_list("pk", flat=True))
    for application, reviewer, points in (
        (came[0], house.lead, 5),
        (came[0], house.comms, 4),
        (came[1], house.lead, 4),
        (came[3], house.lead, 1),
        (came[3], house.comms, 2),
    ):
        scorecards.submit(
            application,
            reviewer=reviewer,
            marks=dict.fromkeys(criteria, points),
            evidence="From the answer and the linked work.",
            at=house.ago(6),
        )
    decisions.decide(
        came[3], decision=Decision.DECLINE, reason="No example of a measured result.", by=house.lead, at=house.ago(4)
    )
