"""Finished work: a record of six milestones, and an engagement that is completed and learnt from."""

from accounts.states import Pronoun
from contractors.models import Contractor
from core.money import Money
from engagements.models import Objective, TemplateVersion
from engagements.services import needs
from engagements.states import Direction, NeedKind
from milestones.services import bank, completing
from reminders.demo.acts import accept, account_of, add_contractor, agree, fund, measure, pay, submit
from reminders.demo.house import House, Story
from reminders.demo.plans import publish_plan

# The page and its share; days from funded to handed in, with us, and from handed in to the promised day; hours of the
# estimate.
LANS_MILESTONES = (
    ("Cart", 1700, 5, 1.5, 2, 24),
    ("Login", 1700, 6, 1, 1, 32),
    ("Product pages", 1700, 9, 2, -6, 30),
    ("Profile", 1700, 4, 1, 2, 24),
    ("Orders", 1600, 7, 1.5, 1, 40),
    ("Front page", 1600, 5, 1, 2, 28),
)


def has_a_record(house: House) -> Story:
    """Six milestones that Lan has finished, one of them late: enough for a record and for likely dates."""
    yield 72
    lan = Contractor.objects.get(email="lan@studio.example")
    version = publish_plan(
        house,
        "Keep pages fast",
        role="Web performance engineer",
        price=Money(360_000, "EUR"),
        brief="Each week one page that got slow: find out why, make it fast again, write down what to watch.",
        steps=[
            (f"{page} fast again", "A merged pull request and a page of notes.", share, 7 * week)
            for week, (page, share, _work, _review, _margin, _hours) in enumerate(LANS_MILESTONES, start=1)
        ],
        goals=[
            (f"p95 load time: {page.lower()}", "ms", "2000", "1200", Direction.AT_MOST, "Field data of 3 days", number)
            for number, (page, *_numbers) in enumerate(LANS_MILESTONES, start=1)
        ],
        objective=Objective.objects.get(title="Fewer people leave while they pay"),
        at=house.ago(72),
    )
    start = days = 66.0
    promises = []
    for _page, _share, work, review, margin, hours in LANS_MILESTONES:
        promises.append((hours * 60, house.ago(days - work - margin).date()))
        days -= work + review
    yield start + 3
    engagement = agree(house, version, lan, "Six pages kept fast", start + 3, promises=promises)
    days = start
    for _page, _share, work, review, _margin, _hours in LANS_MILESTONES:
        yield days
        milestone = fund(house, engagement, days)
        yield days - work
        milestone = submit(house, milestone, days - work)
        days -= work + review
        yield days
        house.begin(pay(house, accept(house, milestone, days), days))


def is_completed(house: House, version: TemplateVersion) -> Story:
    """Done and learnt from; one access is not taken back yet."""
    rasa = add_contractor(house, "Rasa Kazlauskaitė", "rasa@dirbtuve.example", "Europe/Vilnius", "LT", Pronoun.HERS)
    bank.save_bank_detail(
        rasa,
        holder="Rasa Kazlauskaite",
        bank_country="LT",
        account="LT121000011101001000",
        town="Vilnius",
        country="LT",
        by=account_of(rasa),
        at=house.ago(65),
    )
    yield 62
    engagement = agree(house, version, rasa, "Login page answers within a second", 62)
    for funded, handed_in, accepted in ((59, 50, 48), (46, 33, 31)):
        yield funded
        milestone = fund(house, engagement, funded)
        yield handed_in
        milestone = submit(house, milestone, handed_in)
        yield accepted
        house.begin(pay(house, accept(house, milestone, accepted), accepted))
        measure(house, engagement, 2, accepted - 3, "1900" if accepted > 40 else "1150", account_of(rasa))
    yield 27
    completing.complete(
        engagement,
        went_well="She measured for a week before she changed anything. The report found two unknown calls.",
        otherwise="Give the staging copy the traffic of a Monday from the start.",
        would_hire_again=True,
        our_minutes=11 * 60,
        by=house.lead,
        at=house.ago(27),
    )
    needs.take_back(engagement.needs.get(kind=NeedKind.ACCESS), by=house.comms, at=house.ago(26))
