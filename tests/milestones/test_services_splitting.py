"""Accepting in part, holding back and bonuses: what was one sum is two, and the books hold."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import history
from core.errors import DomainError
from core.models import OutboxMail
from core.money import Money
from engagements.models import Engagement
from engagements.states import EngagementStatus
from milestones.models import Account, Milestone, PartVerdict, Payout, Posting, Review, Split
from milestones.services import ledger, reviews
from milestones.services.bonus import give_bonus
from milestones.states import AccountKind, MilestoneStatus, Origin, Outcome
from tests.factories import NOW, TODAY, make_budget, make_engagement, make_milestone
from tests.milestones.conftest import accept, hand_in

pytestmark = pytest.mark.django_db
SOON = TODAY + timedelta(days=14)
PARTS = [{"kind": "code", "what": "The pull request"}, {"kind": "docs", "what": "A page that explains it"}]


@pytest.fixture
def two_goals(funded):
    """A submitted milestone of €2,000 with two goals and two parts."""
    other = make_milestone(funded.engagement, MilestoneStatus.AGREED)
    funded.goals.add(other.goals.get())
    Milestone.objects.filter(pk=funded.pk).update(parts=PARTS)
    funded.refresh_from_db()
    hand_in(funded)
    funded.refresh_from_db()
    return funded


def judge(milestone, *met):
    return dict(zip(milestone.goals.order_by("position"), ((is_met, "") for is_met in met), strict=False))


def in_part(milestone, **facts):
    facts = {
        "verdicts": judge(milestone, True, False),
        "parts": {0: (True, ""), 1: (True, "")},
        "rest_due_on": SOON,
        "note": "The cold cache is still slow.",
        "submission_number": milestone.submissions.count(),
        "by": milestone.engagement.lead,
        "at": NOW,
        **facts,
    }
    return reviews.accept_in_part(milestone, **facts)


def held_back(milestone, amount=20_000, **facts):
    facts = {
        "verdicts": {goal: (True, "") for goal in milestone.goals.all()},
        "parts": {0: (True, ""), 1: (True, "")},
        "amount": Money(amount, "EUR"),
        "until": SOON,
        "submission_number": milestone.submissions.count(),
        "by": milestone.engagement.lead,
        "at": NOW,
        **facts,
    }
    return reviews.accept_holding_back(milestone, **facts)


def trail(milestone):
    return list(Posting.objects.filter(milestone=milestone).order_by("id").values_list("kind", "round", "amount_minor"))


def test_what_stands_is_accepted_and_the_rest_is_a_funded_milestone_of_its_own(two_goals):
    milestone = in_part(two_goals)
    rest = Milestone.objects.get(split_from=milestone)

    assert (milestone.status, milestone.amount_minor) == (MilestoneStatus.ACCEPTED, 150_000)
    assert (rest.status, rest.amount_minor, rest.origin) == (MilestoneStatus.FUNDED, 50_000, Origin.REST)
    assert (rest.due_on, rest.title, rest.reason) == (SOON, "Step 1: the rest", "The cold cache is still slow.")
    assert Payout.objects.get(milestone=milestone).amount_minor == 150_000


def test_both_halves_have_a_trail_of_postings(two_goals):
    milestone = in_part(two_goals)
    rest = Milestone.objects.get(split_from=milestone)

    assert trail(milestone) == [("fund", 1, 200_000), ("refund", 1, 200_000), ("fund", 2, 150_000),
                                ("release", 2, 150_000)]  # fmt: skip
    assert trail(rest) == [("fund", 1, 50_000)]
    assert Account.objects.get(kind=AccountKind.HELD, engagement=milestone.engagement).balance_minor == 50_000


def test_the_budget_holds_what_it_held_before(two_goals):
    before = Account.objects.get(budget=two_goals.engagement.funding.budget).balance_minor

    in_part(two_goals)

    assert Account.objects.get(budget=two_goals.engagement.funding.budget).balance_minor == before


def test_an_empty_budget_is_no_reason_to_refuse(engagement):
    budget = make_budget(minor=200_000)
    milestone = make_engagement(budget=budget, milestones=("funded",)).milestones.get()
    Milestone.objects.filter(pk=milestone.pk).update(parts=PARTS)
    milestone.refresh_from_db()
    hand_in(milestone)

    in_part(milestone, verdicts=judge(milestone, True), parts={0: (True, ""), 1: (False, "No page yet.")})

    assert Account.objects.get(budget=budget).balance_minor == 0


def test_goals_and_parts_go_where_their_money_is(two_goals):
    first, second = two_goals.goals.order_by("position")

    milestone = in_part(two_goals, parts={0: (True, ""), 1: (False, "No page yet.")})
    rest = Milestone.objects.get(split_from=milestone)

    assert (list(milestone.goals.all()), list(rest.goals.all())) == ([first], [second])
    assert (milestone.parts, rest.parts) == (PARTS[:1], PARTS[1:])
    assert rest.goals.get().due_on == SOON
    assert milestone.amount_minor == 100_000


def test_the_review_says_it_was_in_part_and_what_of_each_part(two_goals):
    in_part(two_goals, parts={0: (True, ""), 1: (False, "No page yet.")})

    assert Review.objects.get().outcome == Outcome.ACCEPTED_IN_PART
    assert list(PartVerdict.objects.values_list("what", "is_accepted", "note")) == [
        ("The pull request", True, ""),
        ("A page that explains it", False, "No page yet."),
    ]


def test_the_amount_may_be_said(two_goals):
    milestone = in_part(two_goals, amount=Money(199_999, "EUR"))

    assert Milestone.objects.get(split_from=milestone).amount_minor == 1


@pytest.mark.parametrize("amount", [Money(0, "EUR"), Money(200_000, "EUR"), Money(200_001, "EUR"), Money(5, "USD")])
def test_both_halves_are_worth_something(two_goals, amount):
    with pytest.raises(DomainError):
        in_part(two_goals, amount=amount)

    assert not Split.objects.exists()
    assert Milestone.objects.get(pk=two_goals.pk).status == MilestoneStatus.SUBMITTED


@pytest.mark.parametrize(
    ("met", "why"),
    [((True, True), "accept it whole"), ((False, False), "ask for changes")],
)
def test_all_or_nothing_is_no_part(two_goals, met, why):
    accepted = {0: (met[0], ""), 1: (met[0], "")}

    with pytest.raises(DomainError, match=why):
        in_part(two_goals, verdicts=judge(two_goals, *met), parts=accepted)


@pytest.mark.parametrize(
    "wrong",
    [
        {"note": " "},
        {"rest_due_on": TODAY - timedelta(days=1)},
        {"rest_due_on": date(2100, 1, 1)},
        {"parts": {0: (True, "")}},
        {"submission_number": 9},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_what_is_missing_is_asked_for(two_goals, wrong):
    with pytest.raises(DomainError):
        in_part(two_goals, **wrong)

    assert not Split.objects.exists()


def test_a_part_that_is_not_accepted_refuses_the_whole(two_goals):
    with pytest.raises(DomainError, match="A page that explains it"):
        accept(two_goals, verdicts=judge(two_goals, True, True), parts={0: (True, ""), 1: (False, "")})


def test_the_rest_is_handed_in_and_accepted_like_any_other(two_goals):
    rest = Milestone.objects.get(split_from=in_part(two_goals))
    hand_in(rest)

    assert accept(rest).status == MilestoneStatus.ACCEPTED
    assert trail(rest) == [("fund", 1, 50_000), ("release", 1, 50_000)]


def test_the_rest_can_be_accepted_in_part_again(two_goals):
    first = in_part(two_goals, verdicts=judge(two_goals, False, False))
    rest = Milestone.objects.get(split_from=first)
    hand_in(rest)

    in_part(rest, verdicts=judge(rest, True, False), parts={})
    last = Milestone.objects.get(split_from=rest)

    rest.refresh_from_db()
    assert (first.amount_minor, rest.amount_minor, last.amount_minor) == (100_000, 50_000, 50_000)


def test_the_contractor_hears_what_is_paid_and_what_stays_set_aside(two_goals):
    in_part(two_goals)

    mail = OutboxMail.objects.get(subject__contains="accepted in part")
    assert "€1,500 is yours" in mail.text
    assert "€500 stays set aside in “Step 1: the rest”, due Mon 7 Dec 2026." in mail.text


def test_history_tells_the_division_and_holds(two_goals):
    milestone = in_part(two_goals)

    assert history.verify(milestone.engagement) == ""
    notes = [e.note for e in history.Event.objects.of(milestone.engagement).filter(verb="split")]
    assert notes == ["€2,000: €1,500 here, €500 in “Step 1: the rest”"]


def test_a_split_never_changes(two_goals):
    in_part(two_goals)

    with pytest.raises(DatabaseError), transaction.atomic():
        Split.objects.update(kept_minor=1, rest_minor=199_999)


def test_the_database_refuses_halves_that_do_not_sum_to_the_whole(two_goals, lead):
    rest = make_milestone(two_goals.engagement, MilestoneStatus.AGREED)

    with pytest.raises(IntegrityError), transaction.atomic():
        Split.objects.create(
            milestone=two_goals, rest=rest, round=1, whole_minor=10, kept_minor=5, rest_minor=6, currency="EUR",
            by=lead, at=NOW,
        )  # fmt: skip


@pytest.mark.usefixtures("breaks_the_books")
def test_the_proof_finds_a_half_that_changed(two_goals):
    rest = Milestone.objects.get(split_from=in_part(two_goals))
    Milestone.objects.filter(pk=rest.pk).update(amount_minor=60_000)

    assert any("split" in line for line in ledger.check())


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    minor=st.integers(2, 10**12),
    currency=st.sampled_from(["EUR", "JPY", "BHD"]),
    done=st.integers(1, 9),
    left=st.integers(1, 9),
)
def test_shares_sum_to_the_whole_to_the_last_unit(minor, currency, done, left):
    whole = Money(minor, currency)

    now = reviews.earned(whole, done, left)

    assert 0 <= now.minor <= minor
    assert abs(now.minor * (done + left) - minor * done) <= done + left


# --- held back ------------------------------------------------------------------------
def test_a_hold_back_stays_held_until_its_own_date(two_goals):
    milestone = held_back(two_goals)
    rest = Milestone.objects.get(split_from=milestone)

    assert (milestone.status, milestone.amount_minor) == (MilestoneStatus.ACCEPTED, 180_000)
    assert (rest.status, rest.amount_minor, rest.origin, rest.due_on) == (
        MilestoneStatus.FUNDED, 20_000, Origin.HOLD_BACK, SOON,
    )  # fmt: skip
    assert set(rest.goals.all()) == set(milestone.goals.all())


def test_nothing_is_held_back_of_what_is_not_met(two_goals):
    with pytest.raises(DomainError):
        held_back(two_goals, verdicts=judge(two_goals, True, False))


@pytest.mark.parametrize("amount", [0, 200_000])
def test_a_hold_back_is_a_part(two_goals, amount):
    with pytest.raises(DomainError):
        held_back(two_goals, amount)


# --- bonus ----------------------------------------------------------------------------
def bonus(engagement, minor=30_000, **facts):
    facts = {
        "amount": Money(minor, "EUR"), "reason": "Two weeks early.", "by": engagement.lead, "at": NOW, **facts
    }  # fmt: skip
    return give_bonus(engagement, **facts)


def test_a_bonus_is_funded_and_accepted_in_one_act(engagement):
    milestone = bonus(engagement)

    assert (milestone.status, milestone.origin, milestone.amount_minor) == (
        MilestoneStatus.ACCEPTED, Origin.BONUS, 30_000,
    )  # fmt: skip
    assert trail(milestone) == [("fund", 1, 30_000), ("release", 1, 30_000)]
    assert Payout.objects.get(milestone=milestone).amount_minor == 30_000
    assert "Two weeks early." in OutboxMail.objects.get(subject="A bonus of €300").text


@pytest.mark.parametrize(
    "wrong",
    [{"reason": "  "}, {"amount": Money(0, "EUR")}, {"amount": Money(5, "USD")}, {"amount": Money(10**11, "EUR")}],
    ids=str,
)
def test_a_bonus_needs_a_reason_and_money(engagement, wrong):
    with pytest.raises(DomainError):
        bonus(engagement, **wrong)

    assert not Milestone.objects.filter(origin=Origin.BONUS).exists()


@pytest.mark.parametrize("status", [s for s in EngagementStatus if s != EngagementStatus.ACTIVE])
def test_a_bonus_is_given_while_the_engagement_runs(engagement, status):
    Engagement.objects.filter(pk=engagement.pk).update(status=status)

    with pytest.raises(DomainError):
        bonus(engagement)
