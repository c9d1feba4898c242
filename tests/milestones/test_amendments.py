"""Amendments: a difference to what both signed, signed alone, and the plan as it stands on any day."""

import hashlib
import io
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pypdf
import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from accounts.states import Role
from contractors.models import Contractor
from core import history
from core.errors import DomainError, NotAllowed
from core.models import OutboxMail
from core.money import Money
from engagements.models import (
    Amendment,
    AmendmentPaper,
    AmendmentSignature,
    AmendmentText,
    Engagement,
)
from engagements.queries.in_force import agreement_in_force
from engagements.queries.verification import verification_of
from engagements.services.agreements import canonical
from engagements.services.read_backs import accept_read_back, say_back
from engagements.states import AmendmentStatus, EngagementStatus
from milestones.models import EngagementBudget
from milestones.queries.ledger import budget_rest, committed_minor
from milestones.services import amendments, funding, papers, pausing
from milestones.services.document import document_of
from milestones.states import MilestoneStatus
from reminders.models import PlannedNotice
from reminders.queries import sentence, waiting
from reminders.services import sweep
from reminders.states import Rule
from tests.factories import make_contractor, make_measurement, make_user
from tests.milestones.amending import agree, agreed, amended, another, facts_of, propose, sign, wish

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(db: None) -> User:
    return make_user(Role.LEAD, name="Tess Okafor")


@pytest.fixture
def contractor(lead: User) -> Contractor:
    return make_contractor(make_user(Role.CONTRACTOR, name="Ana Sousa", zone="America/Bogota"))


@pytest.fixture
def ana(contractor: Contractor) -> User:
    assert contractor.user is not None
    return contractor.user


@pytest.fixture
def engagement(lead: User, contractor: Contractor) -> Engagement:
    return agreed(lead, contractor)


def fund(engagement: Engagement, position: int = 1) -> None:
    say_back(engagement, text="Pay within a second.", by=engagement.contractor.user, at=timezone.now())
    accept_read_back(engagement, number=1, by=engagement.lead, at=timezone.now())
    funding.fund_milestone(engagement.milestones.get(position=position), by=engagement.lead, at=timezone.now())
    engagement.refresh_from_db()


def stored(engagement: Engagement) -> list[dict[str, Any]]:
    """The plan as the rows have it, in the words of the agreement; what was planned before the estimate is no row."""
    plan = json.loads(canonical(document_of(engagement)))["milestones"]
    return [{**milestone, "planned_for": None} for milestone in plan]


def in_force(engagement: Engagement, **until: Any) -> list[dict[str, Any]]:
    standing = agreement_in_force(engagement, **until)
    assert standing is not None
    return [{**milestone, "planned_for": None} for milestone in standing.document["milestones"]]


# --- proposing --------------------------------------------------------------------------
def test_nothing_changes_until_both_have_signed(engagement: Engagement) -> None:
    before = stored(engagement)
    second = engagement.milestones.get(position=2)

    amendment = propose(engagement, wish(second, amount=Money(300_000, "EUR")), another(engagement))
    proposed = stored(engagement)
    sign(amendment)
    signed = stored(engagement)
    agree(amendment)

    assert proposed == signed == before == in_force(engagement, until=engagement.agreed_at)
    engagement.refresh_from_db()
    assert engagement.price == Money(510_000, "EUR")
    assert [m.amount_minor for m in engagement.milestones.standing()] == [160_000, 300_000, 50_000]
    assert committed_minor(engagement.funding.budget) == 510_000


def test_only_the_difference_is_in_it(engagement: Engagement) -> None:
    first, second = engagement.milestones.all()

    amendment = propose(engagement, wish(first), wish(second, title="The second step"))

    assert [change["position"] for change in amendment.changes] == [2]
    assert amendment.changes[0]["after"] == {**amendment.changes[0]["before"], "title": "The second step"}


def test_work_that_changes_is_estimated_anew_by_the_contractor_alone(engagement: Engagement, lead: User) -> None:
    first, second = engagement.milestones.all()
    goal = facts_of(second.goals.get(), target="500")

    amendment = propose(engagement, wish(first, amount=Money(170_000, "EUR")), wish(second, goals=[goal]))

    assert [change["after"]["estimate"] is None for change in amendment.changes] == [False, True]
    with pytest.raises(NotAllowed, match="Only the contractor"):
        sign(amendment, by=lead)
    with pytest.raises(DomainError, match="Give an estimate for “Step 2”"):
        sign(amendment, estimates={})
    sign(amendment, estimates={2: (20 * 60, engagement.starts_on + timedelta(days=30))})
    agree(amendment)
    second.refresh_from_db()
    assert second.due_on == engagement.starts_on + timedelta(days=30)
    assert second.estimates.first().by == engagement.contractor.user
    assert second.goals.get().target == "500"
    assert first.estimates.count() == 1


def test_what_can_not_be_amended_is_refused_with_the_reason(engagement: Engagement, lead: User) -> None:
    first, second = engagement.milestones.all()
    vague = facts_of(second.goals.get(), target="")
    acts: list[tuple[str, Any]] = [
        ("Nothing is changed yet", lambda: propose(engagement, wish(first), wish(second))),
        ("Say why", lambda: propose(engagement, another(engagement), reason=" ")),
        ("give it a target", lambda: propose(engagement, wish(second, goals=[vague]))),
        ("without a goal", lambda: propose(engagement, wish(second, goals=[]))),
        ("an amount in EUR", lambda: propose(engagement, wish(second, amount=Money(1, "USD")))),
        ("left to promise", lambda: propose(engagement, another(engagement, minor=10**9))),
        (
            "Nothing of the agreement would be left",
            lambda: propose(engagement, wish(first, is_dropped=True), wish(second, is_dropped=True)),
        ),
        (
            "Choose a day",
            lambda: propose(engagement, another(engagement, planned_for=engagement.starts_on.replace(2019))),
        ),
    ]

    for told, act in acts:
        with pytest.raises(DomainError, match=told):
            act()

    assert not Amendment.objects.exists()


def test_what_is_funded_stays_as_both_agreed_it(engagement: Engagement) -> None:
    amendment = propose(engagement, wish(engagement.milestones.get(position=1), title="Another"))
    fund(engagement)

    with pytest.raises(DomainError, match="“Step 1” can’t be amended"):
        sign(amendment)
    amendments.withdraw_amendment(amendment, reason="Too late", by=engagement.lead, at=timezone.now())
    with pytest.raises(DomainError, match="can’t be amended"):
        propose(engagement, wish(engagement.milestones.get(position=1), is_dropped=True))
    amended(engagement, [wish(engagement.milestones.get(position=2), is_dropped=True)])

    engagement.refresh_from_db()
    assert engagement.price_minor == 160_000
    assert engagement.milestones.get(position=2).status == MilestoneStatus.CANCELLED
    assert engagement.goals.count() == 1


def test_one_amendment_at_a_time_and_only_of_work_that_runs(engagement: Engagement, lead: User) -> None:
    amendment = propose(engagement, another(engagement))
    with pytest.raises(DomainError, match="open already"):
        propose(engagement, another(engagement))
    fund(engagement)
    pausing.pause(engagement, reason="The board decides.", by=lead, at=timezone.now())

    with pytest.raises(DomainError, match="is paused"):
        sign(amendment)
    engagement.refresh_from_db()
    with pytest.raises(DomainError, match="is paused"):
        propose(engagement, another(engagement))


def test_the_budget_is_asked_again_when_it_is_signed(engagement: Engagement, lead: User) -> None:
    budget = engagement.funding.budget
    rest = budget_rest(budget).minor - committed_minor(budget)
    amendment = propose(engagement, another(engagement, minor=rest))
    EngagementBudget.objects.filter(engagement=agreed(lead, make_contractor(True))).update(budget=budget)

    with pytest.raises(DomainError, match="left to promise"):
        sign(amendment)


# --- the chain ------------------------------------------------------------------------------
def test_each_amendment_names_the_hash_before_it(engagement: Engagement) -> None:
    agreement = engagement.agreements.get(voided_at=None)
    first = amended(engagement, [another(engagement)])
    second = amended(engagement, [wish(engagement.milestones.get(position=2), title="Two")])

    texts = [AmendmentText.objects.get(amendment=each) for each in (first, second)]
    assert [text.previous_sha256 for text in texts] == [agreement.sha256, texts[0].sha256]
    for text in texts:
        assert hashlib.sha256(text.canonical.encode()).hexdigest() == text.sha256
        assert json.loads(text.canonical)["previous_sha256"] == text.previous_sha256
        assert {(s.side, s.sha256) for s in text.signatures.all()} == {("theirs", text.sha256), ("ours", text.sha256)}
    assert verification_of(agreement).is_whole
    standing = agreement_in_force(engagement)
    assert standing is not None
    assert standing.sha256 == texts[1].sha256


def test_the_database_keeps_what_was_amended(engagement: Engagement) -> None:
    amended(engagement, [another(engagement)])
    papers.make_due_papers(at=timezone.now())

    for model, change in (
        (Amendment, {"reason": "x"}),
        (Amendment, {"status": AmendmentStatus.PROPOSED}),
        (AmendmentText, {"canonical": "x"}),
        (AmendmentText, {"previous_sha256": "0" * 64}),
        (AmendmentSignature, {"typed_name": "x"}),
        (AmendmentPaper, {"pdf": b"x"}),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            model.objects.all().update(**change)
        with pytest.raises(DatabaseError), transaction.atomic():
            model.objects.all()._raw_delete(model.objects.db)


def test_its_pdf_says_all_of_it_and_carries_the_text(engagement: Engagement) -> None:
    amendment = amended(engagement, [wish(engagement.milestones.get(position=2), is_dropped=True), another(engagement)])

    assert papers.make_due_papers(at=timezone.now()) == 2  # the agreement's, and this one's
    reader = pypdf.PdfReader(io.BytesIO(bytes(AmendmentPaper.objects.get().pdf or b"")))
    text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    wanted = ["Amendment 1", "The shop opens in Portugal.", "Step 3", "A page in Portuguese.", "dropped", "Ana Sousa"]
    assert [each for each in wanted if each not in text] == []
    [attached] = reader.attachments["amendment-1.json"]
    assert hashlib.sha256(attached).hexdigest() == AmendmentText.objects.get(amendment=amendment).sha256


# --- in force, on any day ---------------------------------------------------------------------
AMOUNTS = st.integers(1_000, 400_000)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 9), AMOUNTS), min_size=1, max_size=3), max_size=4))
def test_folding_the_differences_in_order_is_the_stored_plan_on_every_day(
    lead: User, script: list[list[tuple[int, int, int]]]
) -> None:
    engagement = agreed(lead, make_contractor(True))
    start = timezone.now()
    seen = [(start, stored(engagement), engagement.price_minor)]
    for day, step in enumerate(script, start=1):
        at = start + timedelta(days=day)
        wishes = {m.pk: w for m, w in (_drawn(engagement, *one) for one in step)}
        try:
            with transaction.atomic():
                amended(engagement, list(wishes.values()), at=at)
        except DomainError:
            continue
        engagement.refresh_from_db()
        seen.append((at, stored(engagement), engagement.price_minor))

    for at, plan, price in seen:
        standing = agreement_in_force(engagement, until=at)
        assert standing is not None
        assert in_force(engagement, until=at) == plan
        assert standing.document["price"]["minor"] == price == sum(m["amount"]["minor"] for m in plan)
    assert in_force(engagement) == seen[-1][1]
    assert agreement_in_force(engagement, until=start - timedelta(days=1)) is None
    assert history.verify(engagement) == ""


def _drawn(engagement: Engagement, act: int, place: int, minor: int) -> Any:
    """One milestone with what becomes of it; key None is another one."""
    plan = list(engagement.milestones.standing())
    milestone = plan[place % len(plan)]
    amount = Money(minor, "EUR")
    if act == 0:
        return milestone, wish(milestone, amount=amount)
    if act == 1:
        return milestone, wish(milestone, is_dropped=True)
    if act == 2:
        goals = [facts_of(goal, target=str(100 + place)) for goal in milestone.goals.all()]
        return milestone, wish(milestone, title=f"Title {minor}", goals=goals)
    if act == 3:
        one = facts_of(milestone.goals.all()[0], metric=f"Another {minor}")
        more = type(one)(None, one.facts)
        return milestone, wish(milestone, goals=[*(facts_of(g) for g in milestone.goals.all()), more])
    return type(milestone)(pk=-minor), another(engagement, f"Step {minor}", minor)


# --- what was measured ---------------------------------------------------------------------
@pytest.mark.parametrize(
    ("other", "field"),
    [
        ({"unit": "s"}, "unit"),
        ({"direction": "exactly"}, "direction"),
        (
            {"kind": "binary", "criterion": "The nightly test passes", "unit": "", "target": "", "baseline": ""},
            "kind",
        ),
    ],
)
def test_what_was_measured_keeps_how_it_is_judged(
    engagement: Engagement, lead: User, client: Client, other: dict[str, str], field: str
) -> None:
    client.force_login(lead)
    second = engagement.milestones.get(position=2)
    [goal] = second.goals.all()
    url = reverse("milestones:amend", args=[engagement.pk])
    proposed = propose(engagement, wish(second, goals=[facts_of(goal, **other)]))  # before there is a value: as it was
    amendments.withdraw_amendment(proposed, reason="x", by=lead, at=timezone.now())
    make_measurement(goal)

    with pytest.raises(DomainError, match=r"has been measured already, so .* stays"):
        propose(engagement, wish(second, goals=[facts_of(goal, **other)]))
    page = client.post(url, typed(engagement, **{f"goal-{goal.pk}-{name}": value for name, value in other.items()}))

    assert page.status_code == 422
    part = next(part for part in page.context["page"].parts if part.milestone == second)
    assert list(part.goals[0].form.errors) == [field]
    assert "has been measured already" in part.goals[0].form.errors[field][0]
    assert part.goals[0].form.errors[field][0] in page.content.decode()
    assert not engagement.amendments.open().exists()


def test_what_was_measured_is_not_dropped_and_its_target_may_change(
    engagement: Engagement, lead: User, client: Client
) -> None:
    client.force_login(lead)
    second = engagement.milestones.get(position=2)
    [goal] = second.goals.all()
    more = replace(facts_of(goal, metric="p99"), goal=None)
    make_measurement(goal)

    for refused in (wish(second, goals=[more]), wish(second, is_dropped=True)):
        with pytest.raises(DomainError, match="has been measured already, so it can’t be dropped"):
            propose(engagement, refused)
    page = client.get(reverse("milestones:amend", args=[engagement.pk])).content.decode()

    assert f"goal-{goal.pk}-is_dropped" not in page
    assert f"milestone-{second.pk}-is_dropped" not in page
    amended(engagement, [wish(second, goals=[facts_of(goal, target="900"), more])])
    assert set(second.goals.values_list("metric", "target")) == {(goal.metric, "900"), ("p99", goal.target)}


def test_what_is_measured_after_it_was_proposed_holds_the_signature_back(engagement: Engagement) -> None:
    second = engagement.milestones.get(position=2)
    [goal] = second.goals.all()
    amendment = propose(engagement, wish(second, goals=[facts_of(goal, unit="s")]))
    make_measurement(goal)

    with pytest.raises(DomainError, match="its unit stays"):
        sign(amendment)


# --- whose turn -------------------------------------------------------------------------------
def test_the_sentence_today_and_reminders_say_whose_turn_it_is(engagement: Engagement, lead: User, ana: User) -> None:
    def kinds() -> list[tuple[str, str]]:
        owed = waiting([engagement])[engagement.pk].obligations
        return [(o.kind, o.side) for o in owed if o.kind == "answer_amendment"]

    amendment = propose(engagement, another(engagement))
    first = kinds(), [m.subject for m in OutboxMail.objects.filter(recipient=ana, key__startswith="amendment-")]
    sweep(at=timezone.now())
    planned = set(PlannedNotice.objects.values_list("rule", "subject_id", "recipient"))
    sign(amendment)
    second = kinds(), OutboxMail.objects.filter(recipient=lead, key__startswith="amendment-signed").count()
    sweep(at=timezone.now())
    later = set(PlannedNotice.objects.filter(fired_at=None).values_list("rule", "subject_id", "recipient"))
    agree(amendment)

    assert first == ([("answer_amendment", "theirs")], ["A change to “Payment page, faster” is proposed"])
    assert (Rule.AMENDMENT_ENDS, amendment.pk, ana.pk) in planned
    assert second == ([("answer_amendment", "ours")], 1)
    assert (Rule.AMENDMENT_SIGNED, amendment.pk, lead.pk) in later
    assert kinds() == []
    assert OutboxMail.objects.filter(recipient=ana, key__startswith="amendment-agreed").count() == 1


def test_the_sentence_names_the_end(engagement: Engagement, ana: User) -> None:
    propose(engagement, another(engagement))
    found = waiting([engagement])[engagement.pk]
    owed = [each for each in found.obligations if each.kind == "answer_amendment"]

    line = sentence(replace(found, obligations=owed), ana, timezone.now())

    assert "Waiting for you to sign the amendment" in line
    assert "it ends" in line


def test_it_ends_by_the_clock_unless_it_was_signed(engagement: Engagement, lead: User) -> None:
    unsigned = propose(engagement, another(engagement))
    later = timezone.now() + timedelta(days=8)

    with pytest.raises(DomainError, match="has ended"):
        sign(unsigned, at=later)
    ended = amendments.expire_amendments(at=later)
    unsigned.refresh_from_db()
    signed = propose(engagement, another(engagement), at=later)
    sign(signed, at=later)

    assert (ended, unsigned.status) == (1, AmendmentStatus.EXPIRED)
    assert amendments.expire_amendments(at=later + timedelta(days=30)) == 0
    assert agree(signed, at=later + timedelta(days=30)).status == AmendmentStatus.AGREED
    assert OutboxMail.objects.filter(recipient=lead, key__startswith="amendment-expired").count() == 1


def test_reminders_reach_whoever_it_waits_for(engagement: Engagement, lead: User, ana: User) -> None:
    amendment = propose(engagement, another(engagement))
    sweep(at=timezone.now())
    fired_at = PlannedNotice.objects.get(rule=Rule.AMENDMENT_ENDS).fire_at
    sweep(at=fired_at)
    sign(amendment)
    sweep(at=timezone.now())
    sweep(at=PlannedNotice.objects.get(rule=Rule.AMENDMENT_SIGNED, fired_at=None).fire_at)

    mails = OutboxMail.objects.filter(key__startswith="amendment_").order_by("pk")
    assert [(mail.recipient, f"/amendments/{amendment.pk}/" in mail.text) for mail in mails] == [
        (ana, True),
        (lead, True),
    ]


def test_it_ends_with_its_engagement_and_rests_in_a_pause(engagement: Engagement, lead: User) -> None:
    amendment = propose(engagement, another(engagement))
    fund(engagement)
    pausing.pause(engagement, reason="The board decides.", by=lead, at=timezone.now())
    paused = amendments.expire_amendments(at=timezone.now() + timedelta(days=30))
    Engagement.objects.filter(pk=engagement.pk).update(status=EngagementStatus.TERMINATED)

    ended = amendments.expire_amendments(at=timezone.now())

    amendment.refresh_from_db()
    assert (paused, ended, amendment.status) == (0, 1, AmendmentStatus.EXPIRED)
    engagement.refresh_from_db()
    assert engagement.milestones.count() == 2


def test_the_parts_of_what_is_delivered_are_amended_too(engagement: Engagement, lead: User, client: Client) -> None:
    client.force_login(lead)
    second = engagement.milestones.get(position=2)
    name = f"milestone-{second.pk}-parts"
    url = reverse("milestones:amend", args=[engagement.pk])

    odd = client.post(url, typed(engagement, **{name: "poem: of the sea"}))
    done = client.post(url, typed(engagement, **{name: "code: a merged pull request\ndocs: a page"}))

    assert (odd.status_code, done.status_code) == (422, 302)
    amendment = Amendment.objects.get()
    assert "Code: a merged pull request" in client.get(done["Location"]).content.decode()
    sign(amendment)
    agree(amendment)
    second.refresh_from_db()
    assert [part["kind"] for part in second.parts] == ["code", "docs"]


def test_either_side_can_leave_it(engagement: Engagement, lead: User, ana: User) -> None:
    before = stored(engagement)
    declined = amendments.decline_amendment(
        propose(engagement, another(engagement)), reason="Too much", by=ana, at=timezone.now()
    )
    taken_back = propose(engagement, another(engagement))
    sign(taken_back)
    with pytest.raises(DomainError, match="You have signed it"):
        amendments.decline_amendment(taken_back, reason="", by=ana, at=timezone.now())
    amendments.withdraw_amendment(taken_back, reason="Plans changed", by=lead, at=timezone.now())

    with pytest.raises(DomainError, match="withdrawn"):
        agree(taken_back)
    assert (declined.status, declined.end_reason) == (AmendmentStatus.DECLINED, "Too much")
    assert stored(engagement) == before


# --- pages ----------------------------------------------------------------------------------
def typed(engagement: Engagement, **other: Any) -> dict[str, Any]:
    """What the page sends when nothing is touched, but for what is named."""
    client = Client()
    client.force_login(engagement.lead)
    page = client.get(reverse("milestones:amend", args=[engagement.pk])).context["page"]
    forms = [page.reason, page.new.form, *(goal.form for goal in page.new.goals)]
    for part in page.parts:
        forms += [part.form, part.more.form, *(goal.form for goal in part.goals)]
    data = {form[name].html_name: form[name].value() for form in forms for name in form.fields if form[name].value()}
    return {**{name: value for name, value in data.items() if value is not True}, "reason": "Because.", **other}


def test_the_page_writes_only_what_was_changed(engagement: Engagement, lead: User, client: Client) -> None:
    client.force_login(lead)
    second = engagement.milestones.get(position=2)
    url = reverse("milestones:amend", args=[engagement.pk])

    untouched = client.post(url, typed(engagement))
    unreasoned = client.post(url, typed(engagement, reason=""))
    wrong = client.post(url, typed(engagement, **{f"milestone-{second.pk}-amount": "much"}))
    done = client.post(url, typed(engagement, **{f"milestone-{second.pk}-amount": "2,600"}))

    assert (untouched.status_code, unreasoned.status_code, wrong.status_code, done.status_code) == (409, 422, 422, 302)
    assert "Nothing is changed yet" in untouched.content.decode()
    assert 'value="much"' in wrong.content.decode()
    amendment = Amendment.objects.get()
    assert done["Location"] == reverse("milestones:amendment", args=[amendment.pk])
    [change] = amendment.changes
    assert change["after"] == {**change["before"], "amount": {"currency": "EUR", "minor": 260_000}}
    assert client.get(url)["Location"] == done["Location"]


def test_both_sides_walk_it_on_one_page(engagement: Engagement, lead: User, ana: User, client: Client) -> None:
    amendment = propose(engagement, another(engagement), wish(engagement.milestones.get(position=1), title="One"))
    page, sign_url, agree_url = (
        reverse(f"milestones:{name}", args=[amendment.pk])
        for name in ("amendment", "amendment_sign", "amendment_agree")
    )
    due = (engagement.starts_on + timedelta(days=50)).isoformat()
    client.force_login(ana)
    assert page in client.get(reverse("home")).content.decode()
    shown = client.get(page).content.decode()
    assert "<del>Step 1</del>" in shown
    assert "<ins>One</ins>" in shown
    assert client.post(sign_url, {"typed_name": ana.name}).status_code == 422
    facts = {"hours-3": "12", "due-3": due}
    assert client.post(sign_url, {**facts, "typed_name": "Eve"}).status_code == 409
    assert client.post(sign_url, {**facts, "typed_name": ana.name}).status_code == 302
    client.force_login(lead)
    text = AmendmentText.objects.get()
    assert page in client.get(reverse("home")).content.decode()
    assert text.sha256 in client.get(page).content.decode()
    assert client.post(agree_url, {"typed_name": lead.name, "sha256": "0" * 64}).status_code == 409
    assert client.post(agree_url, {"typed_name": lead.name, "sha256": text.sha256}).status_code == 302
    pdf = reverse("milestones:amendment_pdf", args=[amendment.pk])
    assert client.get(pdf).status_code == 409
    papers.make_due_papers(at=timezone.now())
    assert client.get(pdf).content.startswith(b"%PDF")
    assert (
        "Signed by both under it"
        in client.get(reverse("engagements:agreement_verify", args=[engagement.pk])).content.decode()
    )


@pytest.mark.parametrize("act", ["sign", "decline", "agree", "withdraw"])
def test_each_act_is_one_sides_alone(engagement: Engagement, lead: User, ana: User, client: Client, act: str) -> None:
    amendment = propose(engagement, another(engagement))
    url = reverse(f"milestones:amendment_{act}", args=[amendment.pk])
    is_theirs = act in ("sign", "decline")

    client.force_login(lead if is_theirs else ana)
    assert client.post(url, {}).status_code == 403
    client.force_login(make_user(Role.LEAD))
    assert client.post(url, {}).status_code == 404
    client.force_login(ana if is_theirs else lead)
    assert client.get(url).status_code == 405
    if act in ("decline", "withdraw"):
        assert client.post(url, {"reason": "Not now"}).status_code == 302
        assert client.post(url, {"reason": "Not now"}).status_code == 409


def test_amending_is_for_the_lead(engagement: Engagement, lead: User, ana: User, client: Client) -> None:
    url = reverse("milestones:amend", args=[engagement.pk])

    client.force_login(ana)
    assert (client.get(url).status_code, client.post(url).status_code) == (403, 403)
    client.force_login(make_user(Role.LEAD))
    assert client.get(url).status_code == 404
    client.force_login(lead)
    fund(engagement)
    assert "what is funded, handed in or accepted stays" in client.get(url).content.decode()
    pausing.pause(engagement, reason="x", by=lead, at=timezone.now())
    assert client.get(url).status_code == 409
    assert client.delete(url).status_code == 405


def test_the_agreement_in_force_is_shown_for_any_day_so_far(engagement: Engagement, lead: User, client: Client) -> None:
    url = reverse("engagements:agreement_in_force", args=[engagement.pk])
    today = timezone.localdate()
    client.force_login(lead)

    def on(days: int) -> str:
        return client.get(url, {"on": (today + timedelta(days=days)).isoformat()}).content.decode()

    assert "Step 3" not in client.get(url).content.decode()
    amended(engagement, [another(engagement)])
    assert "Step 3" in on(0)
    assert "Nothing was in force" in on(-2)
    assert "is still to come. Below stands what is in force today." in on(3)
    for odd in ("yesterday", "9999-12-31", "0001-01-01", (today + timedelta(days=3)).isoformat()):
        assert client.get(url, {"on": odd}).status_code == 422
    client.force_login(make_user(Role.LEAD))
    assert client.get(url).status_code == 404


def test_the_agreement_page_costs_the_same_with_one_amendment_and_with_three(
    engagement: Engagement, lead: User, client: Client, django_assert_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.force_login(lead)
    pages = [
        reverse(f"engagements:{name}", args=[engagement.pk])
        for name in ("agreement", "agreement_in_force", "agreement_verify")
    ]
    amended(engagement, [another(engagement)])
    counts = []
    for page in pages:
        client.get(page)
        with CaptureQueriesContext(connection) as one:
            client.get(page)
        counts.append(len(one))
    for number in (4, 5):
        amended(engagement, [another(engagement, f"Step {number}")])

    for page, count in zip(pages, counts, strict=True):
        with django_assert_num_queries(count):
            client.get(page)
