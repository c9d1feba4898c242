"""Work under way: one waits for a review and is amended, one is quiet, one late, one paused, one disputed."""

from datetime import timedelta

from accounts.states import Pronoun
from core.money import Money
from engagements.models import Engagement, TemplateVersion
from engagements.services import conversation, measurements
from milestones.queries.amendments import GOAL_FIELDS, GoalWish, Wish
from milestones.services import amendments, bank, disputes, ending, pausing, reviews, tax
from milestones.states import TaxMode
from reminders.demo.acts import account_of, add_contractor, agree, check_in, fund, measure, submit
from reminders.demo.house import House, Story


def waits_for_review(house: House, version: TemplateVersion) -> Story:
    lan = add_contractor(house, "Lan Nguyễn", "lan@studio.example", "Asia/Ho_Chi_Minh", "VN", Pronoun.HERS)
    bank.save_bank_detail(
        lan,
        holder="Lan Nguyen",
        bank_country="VN",
        account="0071 0012 34471",
        code="BFTVVNVX",
        town="Ho Chi Minh City",
        country="VN",
        by=account_of(lan),
        at=house.ago(60),
    )
    tax.save_tax_detail(
        lan,
        legal_name="Nguyễn Thị Lan",
        street="12 Nguyễn Huệ",
        postcode="700000",
        town="Ho Chi Minh City",
        country="VN",
        mode=TaxMode.NO_TAX,
        vat_id="",
        tax_number="0312345678",
        registration="",
        agrees=True,
        by=account_of(lan),
        at=house.ago(80),
    )
    yield 16
    engagement = agree(house, version, lan, "Payment page answers within a second", 16)
    yield 13
    milestone = fund(house, engagement, 13)
    check_in(house, engagement, 9, progress="First traces are in; the bank call is half of it.", confidence=70)
    conversation.send_message(
        engagement,
        body="Is the staging data from this year?",
        needs_answer=True,
        by=account_of(lan),
        at=house.ago(6),
    )
    conversation.send_message(
        engagement, body="Yes, refreshed in September.", needs_answer=False, by=house.comms, at=house.ago(5.7)
    )
    for days, value in ((9, "2250"), (6, "1900"), (4, "1510")):
        last = measure(house, engagement, 2, days, value, account_of(lan))
    measurements.correct_measurement(
        last,
        value="1640",
        measured_on=last.measured_on,
        evidence="https://example.org/runs/cold",
        reason="The cache was warm in that run.",
        by=account_of(lan),
        at=house.ago(3.5),
    )
    measure(house, engagement, 3, 5, "9", house.comms)
    check_in(house, engagement, 3, progress="Report drafted.", confidence=90, private_note="The VPN drops at night.")
    submit(house, milestone, 1)
    _is_amended(house, engagement)


def _is_amended(house: House, engagement: Engagement) -> None:
    """An open amendment: the next step is worth more and reaches further, and one more is added."""
    step = engagement.milestones.get(position=2)
    goals = [GoalWish(goal, {name: getattr(goal, name) for name in GOAL_FIELDS}) for goal in step.goals.all()]
    first = engagement.goals.get(position=1)
    phones = {**{name: getattr(first, name) for name in GOAL_FIELDS}, "metric": "p95 on a four-year-old phone"}
    amendments.propose_amendment(
        engagement,
        wishes=[
            Wish(
                step,
                title=step.title,
                deliverable=f"{step.deliverable} In Portuguese and in English.",
                amount=Money(step.amount_minor + 40_000, step.currency),
                goals=goals,
            ),
            Wish(
                None,
                title="As fast on old phones",
                deliverable="A trace of the page on a four-year-old phone, before and after.",
                amount=Money(60_000, step.currency),
                planned_for=step.due_on + timedelta(days=14),
                goals=[GoalWish(None, phones)],
            ),
        ],
        reason="Half of our riders pay on old phones, and the shop opens in Portugal in January.",
        by=house.lead,
        at=house.ago(0.4),
    )


def went_quiet(house: House, version: TemplateVersion) -> Story:
    lucia = add_contractor(
        house, "Lucía Sosa", "lucia@taller.example", "America/Argentina/Buenos_Aires", "AR", Pronoun.HERS
    )
    yield 24
    engagement = agree(house, version, lucia, "Android builds on a clean runner", 24, late=21)
    yield 21
    fund(house, engagement, 21)
    check_in(house, engagement, 17, progress="Runner is set up.", confidence=50)
    measure(house, engagement, 2, 20, "11", house.comms)


def is_late(house: House, version: TemplateVersion) -> Story:
    giorgi = add_contractor(house, "Giorgi Beridze", "giorgi@atelier.example", "Asia/Tbilisi", "GE", Pronoun.HIS)
    yield 19
    engagement = agree(
        house, version, giorgi, "Archive search answers within a second", 19, price=Money(380_000, "EUR")
    )
    yield 16
    fund(house, engagement, 16)
    check_in(house, engagement, 6, progress="The index takes longer than I thought.", confidence=30)
    check_in(
        house, engagement, 1, progress="Two of three parts done.", confidence=30, blocker="Waiting for a larger disk."
    )


def is_paused(house: House, version: TemplateVersion) -> Story:
    """Paused by us while the contractor also asked to end it: what both sides see of either."""
    samir = add_contractor(house, "Samir Haddad", "samir@atelier.example", "Africa/Tunis", "TN", Pronoun.HIS)
    yield 18
    engagement = agree(house, version, samir, "Map tiles load within a second", 18)
    yield 15
    fund(house, engagement, 15)
    check_in(house, engagement, 9, progress="Tiles are measured; the cache is next.", confidence=70)
    pausing.pause(
        engagement,
        reason="The map supplier changes its terms. We go on once legal has read them.",
        by=house.lead,
        at=house.ago(6),
    )
    ending.give_notice(
        engagement,
        reason="If the terms stay open, I would rather take other work in the new year.",
        last_on=(house.now + timedelta(days=21)).date(),
        by=account_of(samir),
        at=house.ago(1),
    )


def is_disputed(house: House, version: TemplateVersion) -> Story:
    """Sent back, handed in again as it was, disputed; the comms owner decides, and both sides have spoken."""
    nadia = add_contractor(house, "Nadia Rahal", "nadia@atelier.example", "Asia/Beirut", "LB", Pronoun.HERS)
    yield 20
    engagement = agree(house, version, nadia, "Voucher page answers within a second", 20)
    yield 17
    milestone = fund(house, engagement, 17)
    yield 7
    submit(house, milestone, 7)
    goals = list(milestone.goals.all())
    reviews.request_changes(
        milestone,
        verdicts={goal: (False, "Two slow calls are missing") for goal in goals},
        parts={place: (True, "") for place in range(len(milestone.parts))},
        note="The trace leaves out the two calls to the bank. Please explain those as well.",
        submission_number=1,
        by=house.lead,
        at=house.ago(5),
    )
    submit(house, milestone, 4)
    dispute = disputes.open_dispute(
        milestone,
        reason="The goal says 90 % of load time. Both calls to the bank are in what is left; I explained 93 %.",
        goals=goals,
        submission_number=2,
        by=account_of(nadia),
        at=house.ago(2),
    )
    disputes.add_statement(
        dispute,
        text="We measured again: with a cold cache those calls are 14 % of the page, so 86 % is explained.",
        link="https://example.org/voucher-trace",
        by=house.lead,
        at=house.ago(1.5),
    )
