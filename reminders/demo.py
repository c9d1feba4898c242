"""The demo's people and contracts, dated back from the moment of loading, each written by the use case that a person
would have used. Holds every state that the first screens show: one side quiet, one milestone late, one bad bank
detail, one open offer, one review waiting, one payout due, one paused, one opening with a half-finished vetting."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from django.contrib.auth.hashers import make_password
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from accounts.services import people
from accounts.states import Pronoun, Role
from contractors.models import Application, Contractor
from contractors.services import applications, decisions, openings, scorecards
from contractors.states import Decision, PricePer
from core import files, history, secrets
from core.money import Money
from core.use_case import use_case
from engagements.models import Capability, Engagement, Measurement, Objective, TemplateVersion
from engagements.queries.consent import policy_digest, policy_text
from engagements.services import capabilities, conversation, measurements, needs, objectives, read_backs, templates
from engagements.services.openings import open_from_template
from engagements.states import Direction, Measurer, NeedKind
from milestones.models import BankDetail, Budget, Milestone
from milestones.queries.amendments import GOAL_FIELDS, GoalWish, Wish
from milestones.services import (
    amendments,
    bank,
    batches,
    budgets,
    completing,
    disputes,
    drafting,
    ending,
    estimates,
    funding,
    offers,
    pausing,
    payment_setup,
    payouts,
    questions,
    reviews,
    signing,
    submissions,
    tax,
)
from milestones.states import Happiness, TaxMode

PASSWORD = "six ducks in a row"  # noqa: S105 (of a demo, printed when it starts)
SIGN_INS = [
    ("Team lead", "tess@millpond.example"),
    ("Comms owner", "priya@millpond.example"),
    ("Contractor", "lan@studio.example"),
    ("Admin", "ada@millpond.example"),
    ("Finance", "joana@millpond.example"),
    ("Finance", "marek@millpond.example"),
]


@dataclass
class House:
    now: datetime
    lead: User
    comms: User
    admin: User
    approver: User
    payer: User
    budgets: dict[str, Budget]

    def ago(self, days: float) -> datetime:
        return self.now - timedelta(days=days)


@use_case
def load(*, now: datetime) -> None:
    """Everything, in one transaction: a broken-off load leaves nothing."""
    house = _house(now)
    fast, build = _templates(house)
    _vetting(house, fast)
    _waits_for_review(house, fast)
    _went_quiet(house, build)
    _is_late(house, fast)
    _is_to_be_paid(house, build)
    _has_a_bad_bank(house, build)
    _is_offered(house, fast)
    _is_countersigned(house, build)
    _is_paid(house, fast)
    _has_a_record(house)
    _is_paused(house, fast)
    _is_completed(house, fast)
    _is_disputed(house, fast)


@cache
def _one_hash() -> str:
    """Hashing is slow on purpose; everybody's password is the same here."""
    return make_password(PASSWORD)


def _person(email: str, name: str, role: str, zone: str, country: str, pronoun: str, at: datetime) -> User:
    user = people.add_person(email, name=name, role=role, password=None, zone=zone, country=country, at=at)
    User.objects.filter(pk=user.pk).update(pronoun=pronoun, password=_one_hash())
    user.refresh_from_db()
    return user


def _house(now: datetime) -> House:
    at = now - timedelta(days=90)
    admin = people.start_organisation(
        name="Mill Pond",
        legal_name="Mill Pond Software, Lda.",
        address="Rua do Lago 12\n1200-109 Lisboa",
        country="PT",
        home_currency="EUR",
        zone="Europe/Lisbon",
        admin_name="Ada Lindqvist",
        admin_email="ada@millpond.example",
        password=PASSWORD,
        at=at,
    )
    lisbon = ("Europe/Lisbon", "PT")
    lead = _person("tess@millpond.example", "Tess Okafor", Role.LEAD, *lisbon, Pronoun.HERS, at)
    comms = _person("priya@millpond.example", "Priya Raman", Role.MEMBER, *lisbon, Pronoun.HERS, at)
    approver = _person("joana@millpond.example", "Joana Reis", Role.FINANCE, *lisbon, Pronoun.HERS, at)
    payer = _person("marek@millpond.example", "Marek Zielak", Role.FINANCE, "Europe/Warsaw", "PL", Pronoun.HIS, at)
    made = {}
    for name, amount in (
        ("Product 2026", Money(6_000_000, "EUR")),
        ("Platform 2026", Money(4_000_000, "USD")),
        ("Tokyo launch", Money(3_000_000, "JPY")),
    ):
        budget = budgets.create_budget(name, currency=amount.currency, by=approver, at=at)
        budgets.top_up(budget, amount=amount, cause="Board decision 14", by=approver, at=at)
        made[amount.currency] = budget
    payment_setup.save_payment_setup(
        name="Mill Pond Software, Lda.",
        iban="PT50002700000001234567833",
        bic="BPIPPTPL",
        street="Rua do Lago 12",
        postcode="1200-109",
        town="Lisboa",
        country="PT",
        weekdays=[4],
        bank_days=2,
        by=approver,
        at=at,
    )
    tax.save_invoice_setup(
        legal_name="Mill Pond Software, Lda.",
        street="Rua do Lago 12",
        postcode="1200-109",
        town="Lisboa",
        country="PT",
        vat_id="PT501964843",
        registration="501964843",
        self_bills=True,
        reverse_charge_note="Reverse charge: the customer accounts for the tax.",
        small_business_note="No tax is charged: small business, exempt.",
        no_tax_note="Not subject to VAT.",
        by=approver,
        at=at,
    )
    return House(now, lead, comms, admin, approver, payer, made)


def _templates(house: House) -> tuple[TemplateVersion, TemplateVersion]:
    at = house.ago(80)
    paying = objectives.add_objective(
        title="Fewer people leave while they pay",
        measure="Abandoned payments under 18 % in the quarter",
        owner=house.lead,
        by=house.lead,
        at=at,
    )
    releasing = objectives.add_objective(
        title="Any of us can release on any day",
        measure="Two releases a week, by three different people",
        owner=house.lead,
        by=house.lead,
        at=at,
    )
    area = capabilities.add_capability(
        "Build and release",
        is_core=True,
        inside_owner=house.lead,
        inside_authors=[house.lead, house.comms],
        by=house.lead,
        at=at,
    )
    capabilities.add_capability(
        "Payments", is_core=True, inside_owner=None, inside_authors=[house.comms], by=house.lead, at=at
    )
    capabilities.add_capability(
        "Web performance", is_core=False, inside_owner=None, inside_authors=[], by=house.lead, at=at
    )
    fast = _template(
        house,
        "Make a page fast",
        role="Web performance engineer",
        price=Money(420_000, "EUR"),
        brief="A page of ours is slow. Find out why, make it fast, and leave us able to keep it so.",
        steps=[
            ("Measured and explained", "A report with profiles of each slow step and what causes it.", 3000, 14),
            ("Fast for everybody", "Merged pull requests, and a dashboard that would show a relapse.", 7000, 35),
        ],
        goals=[
            ("Share of load time explained", "%", "0", "90", Direction.AT_LEAST, "Trace of 200 loads", 1),
            ("p95 load time of the page", "ms", "2400", "1200", Direction.AT_MOST, "Field data of 7 days", 2),
            ("Errors per 10,000 loads", "errors", "14", "5", Direction.AT_MOST, "Error tracker, same 7 days", 2),
        ],
        objective=paying,
        at=at,
    )
    build = _template(
        house,
        "Build and release task",
        role="Build engineer",
        price=Money(240_000, "USD"),
        brief="A build that one person understands becomes one that everybody can run.",
        steps=[
            ("Build on a clean runner", "The pipeline as code, and a page that explains it.", 4000, 12),
            ("Signed release", "A release made by the pipeline alone, signed and installable.", 6000, 30),
        ],
        goals=[
            ("Time of a clean build", "min", "55", "15", Direction.AT_MOST, "Median of 10 runs", 1),
            ("Manual steps of a release", "steps", "", "0", Direction.AT_MOST, "Counted by somebody new", 2),
        ],
        objective=releasing,
        area=area,
        at=at,
    )
    return fast, build


PARTS = {
    "Measured and explained": [
        {"kind": "docs", "what": "A report with the profile of each slow step"},
        {"kind": "code", "what": "Scripts that measure it again"},
    ],
}


def _template(
    house: House,
    name: str,
    *,
    role: str,
    price: Money,
    brief: str,
    steps: list[tuple[str, str, int, int]],
    goals: list[tuple[str, str, str, str, str, str, int]],
    objective: Objective,
    area: Capability | None = None,
    at: datetime,
) -> TemplateVersion:
    """Of one that touches an area of ours the last goal hands the knowledge over."""
    version = templates.create_template(name, role=role, price=price, by=house.lead, at=at)
    version = templates.save_draft(
        version,
        fields={
            "role": role,
            "brief": brief,
            "clauses": "Work belongs to Mill Pond once it is paid.\n\nEither side may end it with ten days’ notice.",
            "currency": price.currency,
            "price_minor": price.minor,
            "checkin_days": 3,
            "review_days": 3,
            "skills": ["Profiling", "PostgreSQL"],
            "guides": [
                {"title": "How we measure a page", "url": "https://docs.millpond.example/measuring", "body": ""},
                {"title": "Who decides what", "url": "", "body": "Tess decides, Priya answers."},
            ],
            "needs": [
                {"kind": "access", "what": "The repository, with the right to open pull requests"},
                {"kind": "environment", "what": "A staging copy with made-up customers"},
            ],
            "branch_rule": "One branch a milestone, from main",
            "version_rule": "The pipeline tags each merge",
            "merged_by": "The comms owner, after one review",
            "why_outside": "Both of us who know it are on the launch until March." if area else "",
        },
        milestones=[
            {"title": t, "deliverable": d, "share_bp": share, "due_after_days": due, "parts": PARTS.get(t, [])}
            for t, d, share, due in steps
        ],
        goals=[
            {
                "metric": metric,
                "unit": unit,
                "baseline": baseline,
                "baseline_by": "" if baseline else Measurer.TEAM,
                "baseline_after_days": None if baseline else 32,
                "target": target,
                "direction": direction,
                "method": method,
                "measured_by": Measurer.CONTRACTOR,
                "objective_id": objective.pk,
                "milestone": number,
                "is_transfer": area is not None and metric == goals[-1][0],
            }
            for metric, unit, baseline, target, direction, method, number in goals
        ],
        areas=[area.pk] if area else [],
        by=house.lead,
        at=at,
    )
    return templates.publish(version, by=house.lead, at=at)


def _contractor(house: House, name: str, email: str, zone: str, country: str, pronoun: str) -> Contractor:
    user = _person(email, name, Role.CONTRACTOR, zone, country, pronoun, house.ago(70))
    return Contractor.objects.create(
        name=name, email=email, user=user, zone=zone, country=country, created_at=house.ago(70)
    )


def _account(contractor: Contractor) -> User:
    """The account of a contractor who was made with one."""
    return User.objects.get(pk=contractor.user_id)


def _agreed(
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
    engagement = _offered(house, version, contractor, title, days, price=price)
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


def _offered(
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


def _fund(house: House, engagement: Engagement, days: float) -> Milestone:
    milestone = engagement.milestones.filter(status="agreed").order_by("position").first()
    assert milestone is not None
    return funding.fund_milestone(milestone, by=house.lead, at=house.ago(days))


def _submit(house: House, milestone: Milestone, days: float) -> Milestone:
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


def _accept(house: House, milestone: Milestone, days: float) -> Milestone:
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


def _check_in(house: House, engagement: Engagement, days: float, **words: Any) -> None:
    user = engagement.contractor.user
    assert user is not None
    conversation.check_in(engagement, by=user, at=house.ago(days), **words)


def _measure(house: House, engagement: Engagement, number: int, days: float, value: str, by: User) -> Measurement:
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


def _waits_for_review(house: House, version: TemplateVersion) -> None:
    lan = _contractor(house, "Lan Nguyễn", "lan@studio.example", "Asia/Ho_Chi_Minh", "VN", Pronoun.HERS)
    bank.save_bank_detail(
        lan,
        holder="Lan Nguyen",
        bank_country="VN",
        account="0071 0012 34471",
        code="BFTVVNVX",
        town="Ho Chi Minh City",
        country="VN",
        by=_account(lan),
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
        by=_account(lan),
        at=house.ago(80),
    )
    engagement = _agreed(house, version, lan, "Payment page answers within a second", 16)
    milestone = _fund(house, engagement, 13)
    _check_in(house, engagement, 9, progress="First traces are in; the bank call is half of it.", confidence=70)
    conversation.send_message(
        engagement,
        body="Is the staging data from this year?",
        needs_answer=True,
        by=_account(lan),
        at=house.ago(6),
    )
    conversation.send_message(
        engagement, body="Yes, refreshed in September.", needs_answer=False, by=house.comms, at=house.ago(5.7)
    )
    for days, value in ((9, "2250"), (6, "1900"), (4, "1510")):
        last = _measure(house, engagement, 2, days, value, _account(lan))
    measurements.correct_measurement(
        last,
        value="1640",
        measured_on=last.measured_on,
        evidence="https://example.org/runs/cold",
        reason="The cache was warm in that run.",
        by=_account(lan),
        at=house.ago(3.5),
    )
    _measure(house, engagement, 3, 5, "9", house.comms)
    _check_in(house, engagement, 3, progress="Report drafted.", confidence=90, private_note="The VPN drops at night.")
    _submit(house, milestone, 1)
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


def _went_quiet(house: House, version: TemplateVersion) -> None:
    lucia = _contractor(
        house, "Lucía Sosa", "lucia@taller.example", "America/Argentina/Buenos_Aires", "AR", Pronoun.HERS
    )
    engagement = _agreed(house, version, lucia, "Android builds on a clean runner", 24, late=21)
    _fund(house, engagement, 21)
    _check_in(house, engagement, 17, progress="Runner is set up.", confidence=50)
    _measure(house, engagement, 2, 20, "11", house.comms)


def _is_late(house: House, version: TemplateVersion) -> None:
    giorgi = _contractor(house, "Giorgi Beridze", "giorgi@atelier.example", "Asia/Tbilisi", "GE", Pronoun.HIS)
    engagement = _agreed(
        house, version, giorgi, "Archive search answers within a second", 19, price=Money(380_000, "EUR")
    )
    _fund(house, engagement, 16)
    _check_in(house, engagement, 6, progress="The index takes longer than I thought.", confidence=30)
    _check_in(
        house, engagement, 1, progress="Two of three parts done.", confidence=30, blocker="Waiting for a larger disk."
    )


def _is_to_be_paid(house: House, version: TemplateVersion) -> None:
    oksana = _contractor(house, "Oksana Kovalenko", "oksana@werk.example", "Europe/Kyiv", "UA", Pronoun.HERS)
    bank.save_bank_detail(
        oksana,
        holder="Oksana Kovalenko",
        bank_country="GB",
        account="GB82WEST12345698765432",
        town="Kyiv",
        country="UA",
        by=_account(oksana),
        at=house.ago(60),
    )
    engagement = _agreed(
        house, version, oksana, "Windows installer is signed", 30, late=12, price=Money(360_000, "EUR")
    )
    milestone = _submit(house, _fund(house, engagement, 26), 8)
    _accept(house, milestone, 5)
    _fund(house, engagement, 4)
    _check_in(house, engagement, 1, progress="The certificate is ordered.", confidence=90)


def _has_a_bad_bank(house: House, version: TemplateVersion) -> None:
    pavel = _contractor(house, "Pavel Horák", "pavel@dilna.example", "Europe/Prague", "CZ", Pronoun.HIS)
    # As it came from the books of before: nobody checked its digits then.
    detail = BankDetail.objects.create(
        contractor=pavel,
        holder_cipher=secrets.encrypt("Pavel Horak"),
        bank_country="CZ",
        account_cipher=secrets.encrypt("CZ6508000000192000145398"),
        last4="5398",
        town="Brno",
        country="CZ",
        changed_by=_account(pavel),
        changed_at=house.ago(60),
    )
    history.record(detail, verb="created", by=_account(pavel), at=house.ago(60))
    engagement = _agreed(house, version, pavel, "Nightly builds for the field app", 28)
    _measure(house, engagement, 2, 22, "9", house.comms)
    milestone = _submit(house, _fund(house, engagement, 24), 7)
    _accept(house, milestone, 4)


def _is_offered(house: House, version: TemplateVersion) -> None:
    tunde = Contractor.objects.create(
        name="Tunde Adeyemi", email="tunde@forge.example", zone="Africa/Lagos", country="NG", created_at=house.ago(9)
    )
    engagement = _offered(house, version, tunde, "Search page answers within a second", 2, price=Money(410_000, "EUR"))
    questions.ask_question(
        engagement,
        anchor="goal-2",
        text="Field data of which browsers, and from which countries?",
        by=None,
        link=engagement.links.get(),
        at=house.ago(0.6),
    )


def _is_countersigned(house: House, version: TemplateVersion) -> None:
    iwona = _contractor(house, "Iwona Zając", "iwona@warsztat.example", "Europe/Warsaw", "PL", Pronoun.HERS)
    engagement = _offered(house, version, iwona, "Release notes write themselves", 3, price=Money(300_000, "USD"))
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


def _pay(house: House, milestone: Milestone, days: float) -> None:
    payout = milestone.payouts.get()
    line = batches.approve(payout, by=house.approver, at=house.ago(days), knowing=True)
    batches.confirm(line.batch, by=house.payer, at=house.ago(days - 0.5))
    batches.export(line.batch, by=house.payer, at=house.ago(days - 1))
    payouts.confirm_paid(payout, by=house.payer, at=house.ago(days - 3))


# Days from funded to handed in, with us, and from handed in to the promised day; hours of the estimate.
LANS_MILESTONES = ((5, 1.5, 2, 24), (6, 1, 1, 32), (9, 2, -6, 30), (4, 1, 2, 24), (7, 1.5, 1, 40), (5, 1, 2, 28))


def _has_a_record(house: House) -> None:
    """Six milestones that Lan has finished, one of them late: enough for a record and for likely dates."""
    lan = Contractor.objects.get(email="lan@studio.example")
    version = _template(
        house,
        "Keep pages fast",
        role="Web performance engineer",
        price=Money(360_000, "EUR"),
        brief="Each week one page that got slow: find out why, make it fast again, write down what to watch.",
        steps=[
            (f"{page} fast again", "A merged pull request and a page of notes.", share, 7 * week)
            for week, (page, share) in enumerate(
                zip(
                    ("Cart", "Login", "Product pages", "Profile", "Orders", "Front page"),
                    (1700, 1700, 1700, 1700, 1600, 1600),
                    strict=True,
                ),
                start=1,
            )
        ],
        goals=[
            ("p95 load time of the page", "ms", "2000", "1200", Direction.AT_MOST, "Field data of 3 days", number)
            for number in range(1, 7)
        ],
        objective=Objective.objects.get(title="Fewer people leave while they pay"),
        at=house.ago(72),
    )
    start = days = 66.0
    promises = []
    for work, review, margin, hours in LANS_MILESTONES:
        promises.append((hours * 60, house.ago(days - work - margin).date()))
        days -= work + review
    engagement = _agreed(house, version, lan, "Six pages kept fast", start + 3, promises=promises)
    days = start
    for work, review, _margin, _hours in LANS_MILESTONES:
        milestone = _submit(house, _fund(house, engagement, days), days - work)
        days -= work + review
        _pay(house, _accept(house, milestone, days), days)


def _is_paid(house: House, version: TemplateVersion) -> None:
    """In yen, so that a currency without decimals is on the screens too."""
    haruto = _contractor(house, "Haruto Mori", "haruto@koubou.example", "Asia/Tokyo", "JP", Pronoun.HIS)
    bank.save_bank_detail(
        haruto,
        holder="Haruto Mori",
        bank_country="JP",
        account="1234567",
        code="BOTKJPJT",
        town="Tokyo",
        country="JP",
        by=_account(haruto),
        at=house.ago(60),
    )
    # The same plan at a price in yen: its template is a version of its own.
    draft = templates.new_draft(version.template, by=house.lead, at=house.ago(50))
    TemplateVersion.objects.filter(pk=draft.pk).update(currency="JPY", price_minor=480_000)
    draft.refresh_from_db()
    yen = templates.publish(draft, by=house.lead, at=house.ago(50))
    engagement = _agreed(house, yen, haruto, "Checkout in Tokyo answers within a second", 45, late=24)
    milestone = _accept(house, _submit(house, _fund(house, engagement, 42), 25), 22)
    _pay(house, milestone, 12)
    _fund(house, engagement, 8)
    _check_in(house, engagement, 1.5, progress="Half of the requests are fast now.", confidence=70)


def _is_paused(house: House, version: TemplateVersion) -> None:
    """Paused by us while the contractor also asked to end it: what both sides see of either."""
    samir = _contractor(house, "Samir Haddad", "samir@atelier.example", "Africa/Tunis", "TN", Pronoun.HIS)
    engagement = _agreed(house, version, samir, "Map tiles load within a second", 18)
    _fund(house, engagement, 15)
    _check_in(house, engagement, 9, progress="Tiles are measured; the cache is next.", confidence=70)
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
        by=_account(samir),
        at=house.ago(1),
    )


def _is_disputed(house: House, version: TemplateVersion) -> None:
    """Sent back, handed in again as it was, disputed; the comms owner decides, and both sides have spoken."""
    nadia = _contractor(house, "Nadia Rahal", "nadia@atelier.example", "Asia/Beirut", "LB", Pronoun.HERS)
    engagement = _agreed(house, version, nadia, "Voucher page answers within a second", 20)
    milestone = _submit(house, _fund(house, engagement, 17), 7)
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
    _submit(house, milestone, 4)
    dispute = disputes.open_dispute(
        milestone,
        reason="The goal says 90 % of load time. Both calls to the bank are in what is left; I explained 93 %.",
        goals=goals,
        submission_number=2,
        by=_account(nadia),
        at=house.ago(2),
    )
    disputes.add_statement(
        dispute,
        text="We measured again: with a cold cache those calls are 14 % of the page, so 86 % is explained.",
        link="https://example.org/voucher-trace",
        by=house.lead,
        at=house.ago(1.5),
    )


def _is_completed(house: House, version: TemplateVersion) -> None:
    """Done and learnt from; one access is not taken back yet."""
    rasa = _contractor(house, "Rasa Kazlauskaitė", "rasa@dirbtuve.example", "Europe/Vilnius", "LT", Pronoun.HERS)
    bank.save_bank_detail(
        rasa,
        holder="Rasa Kazlauskaite",
        bank_country="LT",
        account="LT121000011101001000",
        town="Vilnius",
        country="LT",
        by=_account(rasa),
        at=house.ago(65),
    )
    engagement = _agreed(house, version, rasa, "Login page answers within a second", 62)
    for funded, handed_in, accepted in ((59, 50, 48), (46, 33, 31)):
        milestone = _submit(house, _fund(house, engagement, funded), handed_in)
        _pay(house, _accept(house, milestone, accepted), accepted)
        _measure(house, engagement, 2, accepted - 3, "1900" if accepted > 40 else "1150", _account(rasa))
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


def _vetting(house: House, version: TemplateVersion) -> None:
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
