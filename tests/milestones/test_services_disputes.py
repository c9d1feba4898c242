"""Disputes: opened by either side, argued by both, decided by somebody else; the money is frozen meanwhile."""

import random
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction

from accounts.models import Leave, User
from accounts.states import Role
from core import files, history
from core.errors import DomainError, NotAllowed
from core.models import Event, OutboxMail
from core.money import Money
from engagements.models import Contact
from engagements.services.delegations import name_delegate
from engagements.services.handover import hand_over
from milestones.models import (
    Dispute,
    DisputeDecision,
    DisputeStatement,
    Milestone,
    Payout,
    Posting,
    Review,
    StatementFile,
)
from milestones.permissions import can_decide
from milestones.queries.disputes import decide_by, decider_for
from milestones.services import ending, funding, ledger, reviews
from milestones.services.disputes import (
    add_statement,
    decide_dispute,
    open_dispute,
    pass_dispute_on,
    take_back_dispute,
)
from milestones.services.pausing import pause
from milestones.services.splitting import split_off
from milestones.services.windows import close_review_window
from milestones.states import IN_WORK, MilestoneStatus, PostingKind
from reminders.queries import sentence_for
from reminders.services import sweep
from tests.factories import make_contractor, make_engagement, make_user
from tests.milestones.conftest import accept, hand_in, verdicts_for

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
END = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)  # five of Priya's working days later
PARTS = [{"kind": "code", "what": "A pull request"}, {"kind": "docs", "what": "How to run it"}]


@pytest.fixture
def tess():
    return make_user(Role.LEAD, name="Tess Okafor", zone="UTC")


@pytest.fixture
def priya():
    return make_user(Role.MEMBER, name="Priya Raman", zone="UTC")


@pytest.fixture
def ana():
    return make_user(Role.CONTRACTOR, name="Ana Sousa", zone="UTC")


@pytest.fixture
def submitted(tess, priya, ana):
    engagement = make_engagement(
        lead=tess, comms_owner=priya, contractor=make_contractor(ana), milestones=(MilestoneStatus.FUNDED,)
    )
    milestone = engagement.milestones.get()
    milestone.parts = PARTS
    milestone.save()
    hand_in(milestone, at=MONDAY)
    return Milestone.objects.for_page().get(pk=milestone.pk)


def disputed(milestone, **facts):
    facts = {
        "reason": "It was measured with a cold cache, as the goal says.",
        "goals": list(milestone.goals.all()),
        "submission_number": milestone.submissions.count(),
        "by": milestone.engagement.contractor.user,
        "at": MONDAY,
        **facts,
    }
    return open_dispute(milestone, **facts)


@pytest.fixture
def dispute(submitted):
    return disputed(submitted)


def decided(dispute, outcome="accept", **facts):
    met = outcome == "accept"
    facts = {
        "verdicts": verdicts_for(dispute.milestone, is_met=outcome != "changes"),
        "parts": {0: (True, ""), 1: (met, "")},
        "note": "The log shows a cold cache.",
        "by": dispute.decider,
        "at": MONDAY,
        **facts,
    }
    return decide_dispute(dispute, outcome=outcome, **facts)


def money(milestone):
    """held and owed of its engagement, in minor units."""
    found = dict(milestone.engagement.accounts.values_list("kind", "balance_minor"))
    return found.get("held", 0), found.get("owed", 0)


# --- opening -------------------------------------------------------------------------------
@pytest.mark.parametrize("who", ["ana", "tess"])
def test_either_side_disputes_what_was_handed_in_and_somebody_else_decides(submitted, priya, who, request):
    person = request.getfixturevalue(who)

    made = disputed(submitted, by=person, parts=[1])

    submitted.refresh_from_db()
    assert submitted.status == MilestoneStatus.DISPUTED
    assert (made.decider, made.side, made.parts) == (priya, "theirs" if who == "ana" else "ours", [PARTS[1]])
    assert list(made.goals.all()) == list(submitted.goals.all())
    assert decide_by(made, submitted.engagement) == END
    event = Event.objects.get(became="disputed")
    assert (event.by, event.note) == (person, made.reason)
    assert Contact.objects.filter(by=person).exists()
    assert history.verify(submitted.engagement) == ""


def test_the_other_side_the_comms_owner_and_who_decides_are_told_plainly(submitted, tess, priya):
    OutboxMail.objects.all().delete()

    disputed(submitted)

    told = {mail.recipient.first_name: mail.subject for mail in OutboxMail.objects.all()}
    assert told == {"Tess": "“Step 1” is disputed", "Priya": "You decide the dispute about “Step 1”"}
    text = OutboxMail.objects.get(recipient=tess).text
    assert "Priya Raman decides by Mon 30 Nov, 17:00 your time" in text
    assert "€2,000 stays set aside: nothing of it is paid or returned before it is decided." in text


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"reason": "  "}, "Say what you do not agree about."),
        ({"goals": []}, "Choose the goals or parts that it is about."),
        ({"submission_number": 7}, "Something newer was handed in."),
    ],
)
def test_a_dispute_says_what_it_is_about(submitted, facts, sentence):
    with pytest.raises(DomainError, match=sentence):
        disputed(submitted, **facts)


@pytest.mark.parametrize("status", [s for s in MilestoneStatus if s != MilestoneStatus.SUBMITTED])
def test_only_what_is_handed_in_can_be_disputed(submitted, status):
    facts = {"status": status}
    if status in (MilestoneStatus.ACCEPTED, MilestoneStatus.PAID):
        facts |= {"accepted_at": MONDAY}
    with transaction.atomic():
        Milestone.objects.filter(pk=submitted.pk).update(**facts)
        with pytest.raises(DomainError, match="can be disputed"):
            disputed(submitted)
        transaction.set_rollback(True)


def test_nobody_else_disputes_it(submitted, priya):
    with pytest.raises(NotAllowed):
        disputed(submitted, by=priya)


def test_nothing_is_disputed_while_the_work_is_paused(submitted, tess):
    pause(submitted.engagement, reason="The board decides.", by=tess, at=MONDAY)

    with pytest.raises(DomainError, match="nothing in it can be disputed now"):
        disputed(submitted)


# --- who decides ---------------------------------------------------------------------------
def test_who_decides_is_never_part_of_it_where_there_is_somebody_else(submitted, tess, priya, ana):
    engagement = submitted.engagement
    engagement.comms_owner = tess
    assert decider_for(submitted, ana, MONDAY) == priya  # a member like any other by now

    lead = make_user(Role.LEAD)
    assert decider_for(submitted, ana, MONDAY) == lead
    admin = make_user(Role.ADMIN)
    assert decider_for(submitted, ana, MONDAY) == admin
    engagement.cover = make_user(Role.MEMBER)
    assert decider_for(submitted, ana, MONDAY) == engagement.cover
    engagement.comms_owner = priya
    assert decider_for(submitted, ana, MONDAY) == priya


def test_somebody_on_leave_is_asked_only_when_nobody_else_is_there(submitted, priya, ana):
    Leave.objects.create(user=priya, starts_on=date(2026, 11, 20), ends_on=date(2026, 11, 27))
    assert decider_for(submitted, ana, MONDAY) == priya

    admin = make_user(Role.ADMIN, zone="UTC")

    assert decider_for(submitted, ana, MONDAY) == admin


def test_who_reviews_in_the_leads_place_is_part_of_it(submitted, tess, priya, ana):
    admin = make_user(Role.ADMIN, zone="UTC")
    name_delegate(submitted.engagement, person=priya, until_on=date(2026, 12, 24), by=tess, at=MONDAY)

    assert disputed(submitted).decider == admin


def test_where_there_is_only_another_member_that_one_decides(submitted, tess, ana):
    type(submitted.engagement).objects.filter(pk=submitted.engagement_id).update(comms_owner=tess)
    User.objects.exclude(pk__in=(tess.pk, ana.pk)).update(is_active=False, deactivated_at=MONDAY)
    member = make_user(Role.MEMBER)

    found = disputed(submitted)

    assert found.decider == member
    assert Milestone.objects.visible_to(member).get() == submitted


@pytest.fixture
def undecidable(submitted, tess, ana):
    """The only admin reviews in the lead's place, and nobody else is there."""
    admin = make_user(Role.ADMIN, name="Ada Lind", zone="UTC")
    type(submitted.engagement).objects.filter(pk=submitted.engagement_id).update(comms_owner=tess)
    User.objects.exclude(pk__in=(tess.pk, ana.pk, admin.pk)).update(is_active=False, deactivated_at=MONDAY)
    submitted.engagement.refresh_from_db()
    name_delegate(submitted.engagement, person=admin, until_on=date(2026, 12, 24), by=tess, at=MONDAY)
    OutboxMail.objects.all().delete()
    return disputed(submitted)


def test_where_there_is_nobody_else_nobody_decides_the_own_review_and_everybody_is_told(undecidable, tess):
    assert not can_decide(tess, undecidable)
    with pytest.raises(DomainError, match="Nobody decides about the own review"):
        decided(undecidable, by=tess)
    mails = {mail.recipient.first_name: (mail.subject, mail.text) for mail in OutboxMail.objects.all()}
    assert set(mails) == {"Tess", "Ada"}
    for subject, text in mails.values():
        assert "is disputed" in subject
        assert "an admin has to invite another admin" in text
    engagement = undecidable.milestone.engagement
    said = sentence_for(engagement, tess, MONDAY)
    assert "Waiting for you to have somebody invited who decides the dispute about “Step 1”" in said


def test_the_page_and_the_opening_say_that_nobody_can_decide(client, submitted, undecidable, tess):
    client.force_login(tess)

    page = client.get(f"/milestones/{submitted.pk}/").text

    assert "Nobody who is not part of it can decide" in page
    assert "Yours: somebody who decides" in page
    assert "dispute/decide" not in page


def test_as_soon_as_there_is_somebody_that_one_decides(undecidable, tess):
    sweep(at=MONDAY)
    sweep(at=MONDAY + timedelta(days=1))
    assert pass_dispute_on(undecidable.milestone_id, at=MONDAY) == "nobody"
    admin = make_user(Role.ADMIN, zone="UTC")

    sweep(at=MONDAY + timedelta(days=2))

    undecidable.refresh_from_db()
    assert undecidable.decider == admin
    decided(undecidable, by=admin)


def test_who_leads_by_now_decides_no_more(dispute, priya):
    admin = make_user(Role.ADMIN, zone="UTC")
    type(dispute.milestone.engagement).objects.filter(pk=dispute.milestone.engagement_id).update(lead=priya)

    assert pass_dispute_on(dispute.milestone_id, at=MONDAY) == "passed_on"
    dispute.refresh_from_db()
    assert dispute.decider == admin


def test_another_lead_who_decides_sees_the_milestone_and_nothing_else(submitted, tess):
    other = make_user(Role.LEAD)
    type(submitted.engagement).objects.filter(pk=submitted.engagement_id).update(comms_owner=tess)
    assert not Milestone.objects.visible_to(other).exists()

    disputed(submitted)

    assert Milestone.objects.visible_to(other).get() == submitted
    assert not type(submitted.engagement).objects.visible_to(other).exists()


def test_the_time_stands_still_on_the_deciders_leave(dispute, priya):
    Leave.objects.create(user=priya, starts_on=date(2026, 11, 26), ends_on=date(2026, 11, 30))

    assert decide_by(dispute, dispute.milestone.engagement) == datetime(2026, 12, 3, 17, tzinfo=UTC)


# --- frozen --------------------------------------------------------------------------------
def test_the_money_neither_moves_on_nor_back(dispute, tess, priya, ana, books):
    milestone = dispute.milestone
    before = Posting.objects.count()
    said = {"verdicts": verdicts_for(milestone), "submission_number": 1, "by": tess, "at": MONDAY}
    whole, half = {0: (True, ""), 1: (True, "")}, {0: (True, ""), 1: (False, "")}
    later, cent = date(2026, 12, 24), Money(100, "EUR")
    acts = [
        lambda: reviews.accept_milestone(milestone, parts=whole, **said),
        lambda: reviews.accept_in_part(milestone, parts=half, rest_due_on=later, note="x", **said),
        lambda: reviews.accept_holding_back(milestone, parts=whole, amount=cent, until=later, **said),
        lambda: reviews.request_changes(milestone, parts=half, note="x", **said),
        lambda: hand_in(milestone, at=MONDAY),
        lambda: funding.fund_milestone(milestone, by=tess, at=MONDAY),
        lambda: split_off(
            milestone, amount=cent, origin="rest", title="x", goals=[], parts=[], due_on=later, reason="x", by=tess,
            at=MONDAY,
        ),
        lambda: ending.give_notice(milestone.engagement, reason="x", last_on=None, by=tess, at=MONDAY),
        lambda: disputed(milestone),
    ]  # fmt: skip

    for act in acts:
        with pytest.raises(DomainError):
            act()

    assert close_review_window(milestone.pk, at=END + timedelta(days=90)) == ""
    assert Posting.objects.count() == before
    assert (money(milestone), Payout.objects.count()) == ((200_000, 0), 0)
    books()


def test_the_postings_of_a_disputed_milestone_are_refused_by_the_books(dispute, breaks_the_books):
    """Negative control: whoever goes round the services is found by the proof."""
    with transaction.atomic():
        ledger.move_milestone(dispute.milestone, PostingKind.REFUND, by=None, at=MONDAY)
        assert ledger.check() != []
        transaction.set_rollback(True)


# --- statements ----------------------------------------------------------------------------
def test_both_sides_and_who_decides_add_what_they_see_with_evidence(dispute, tess, priya, ana):
    OutboxMail.objects.all().delete()
    shown = files.keep(SimpleUploadedFile("log.csv", b"run,ms\n1,900\n"), by=ana, at=MONDAY)

    first = add_statement(
        dispute, text="See the log.", link="https://example.org/log", files=[shown], by=ana, at=MONDAY
    )
    add_statement(dispute, text="The cache was warm.", by=tess, at=MONDAY)
    add_statement(dispute, text="Which run do you mean?", by=priya, at=MONDAY)

    assert list(dispute.statements.values_list("side", flat=True)) == ["theirs", "ours", "ours"]
    assert StatementFile.objects.get(statement=first).file == shown
    assert {m.recipient for m in OutboxMail.objects.filter(subject__contains="Something was added")} == {
        tess,
        priya,
        ana,
    }
    assert Event.objects.filter(verb="stated").count() == 3


@pytest.mark.parametrize(
    ("facts", "sentence"), [({"text": " "}, "Say it in a sentence"), ({"link": "javascript:alert(1)"}, "https://")]
)
def test_a_statement_is_a_sentence_and_a_link_leads_somewhere(dispute, ana, facts, sentence):
    with pytest.raises(DomainError, match=sentence):
        add_statement(dispute, **{"text": "See the log.", "by": ana, "at": MONDAY, **facts})


def test_nobody_shows_a_file_of_somebody_else(dispute, tess, ana):
    theirs = files.keep(SimpleUploadedFile("log.csv", b"run,ms\n1,900\n"), by=tess, at=MONDAY)

    with pytest.raises(DomainError, match="Choose it again"):
        add_statement(dispute, text="See the log.", files=[theirs], by=ana, at=MONDAY)


def test_nobody_else_adds_anything(dispute):
    with pytest.raises(NotAllowed):
        add_statement(dispute, text="I think so too.", by=make_user(Role.LEAD), at=MONDAY)


def test_what_was_said_and_decided_is_never_changed(dispute, ana):
    statement = add_statement(dispute, text="See the log.", by=ana, at=MONDAY)
    decided(dispute)

    for broken in (
        lambda: Dispute.objects.filter(pk=dispute.pk).update(reason="x"),
        lambda: Dispute.objects.filter(pk=dispute.pk).delete(),
        lambda: DisputeStatement.objects.filter(pk=statement.pk).update(text="x"),
        lambda: DisputeDecision.objects.update(note="x"),
        lambda: Dispute.goals.through.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            broken()


# --- taking it back ------------------------------------------------------------------------
def test_who_opened_it_takes_it_back_and_the_review_goes_on(dispute, tess, priya, ana, books):
    milestone, later = dispute.milestone, MONDAY + timedelta(days=2)
    OutboxMail.objects.all().delete()

    take_back_dispute(dispute, reason="Tess showed me the log.", by=ana, at=later)

    milestone.refresh_from_db()
    dispute = Dispute.objects.get()
    assert (milestone.status, money(milestone)) == ("submitted", (200_000, 0))
    assert (dispute.closed_at, dispute.is_taken_back) == (later, True)
    assert DisputeStatement.objects.get().text == "Tess showed me the log."
    event = Event.objects.filter(verb="moved").order_by("seq").last()
    assert (event.was, event.became, event.by) == ("disputed", "submitted", ana)
    assert event.note == "Taken back: Tess showed me the log."
    told = OutboxMail.objects.filter(subject="The dispute about “Step 1” was taken back")
    assert {m.recipient for m in told} == {tess, priya}
    assert history.verify(milestone.engagement) == ""
    assert sentence_for(milestone.engagement, tess, later).startswith("Waiting for you")
    assert sentence_for(milestone.engagement, ana, later).startswith("Waiting for Tess")
    assert disputed(milestone, at=later).is_open
    accepted = Dispute.objects.open().get()
    decided(accepted)
    books()


@pytest.mark.parametrize(("who", "begins"), [("ana", "anew"), ("tess", "with the submission")])
def test_our_side_gains_no_days_by_a_dispute_of_its_own(submitted, who, begins, request):
    later = MONDAY + timedelta(days=2)
    by = request.getfixturevalue(who)

    milestone = take_back_dispute(disputed(submitted, by=by), reason="So be it.", by=by, at=later)

    assert milestone.status_since == (later if begins == "anew" else MONDAY)


def test_only_the_side_that_opened_it_takes_it_back_once_and_says_why(dispute, tess, priya, ana):
    for other in (tess, priya, make_user(Role.LEAD)):
        with pytest.raises(NotAllowed):
            take_back_dispute(dispute, reason="x", by=other, at=MONDAY)
    with pytest.raises(DomainError, match="Say why"):
        take_back_dispute(dispute, reason=" ", by=ana, at=MONDAY)
    take_back_dispute(dispute, reason="x", by=ana, at=MONDAY)

    with pytest.raises(DomainError, match="was taken back"):
        take_back_dispute(dispute, reason="x", by=ana, at=MONDAY)
    with pytest.raises(DomainError, match="was taken back"):
        decided(dispute)
    assert pass_dispute_on(dispute.milestone_id, at=END + timedelta(days=9)) == ""


def test_who_leads_now_takes_back_what_the_lead_of_before_opened(submitted, tess):
    dispute, other = disputed(submitted, by=tess), make_user(Role.LEAD)
    hand_over(tess, to=other, by=make_user(Role.ADMIN), at=MONDAY)

    assert take_back_dispute(dispute, reason="x", by=other, at=MONDAY).status == "submitted"


# --- deciding ------------------------------------------------------------------------------
def test_for_the_contractor_it_is_accepted_in_the_same_moment(dispute, priya, books):
    milestone = decided(dispute)

    assert (milestone.status, milestone.accepted_by, milestone.accepted_at) == ("accepted", priya, MONDAY)
    assert (money(milestone), Payout.objects.get().amount) == ((0, 200_000), milestone.amount)
    assert (Review.objects.get().by, Review.objects.get().outcome) == (priya, "accepted")
    dispute.refresh_from_db()
    assert (dispute.closed_at, dispute.decision.outcome, dispute.decision.by) == (MONDAY, "accept", priya)
    moves = list(Event.objects.filter(verb="moved", subject_type="milestones.milestone").order_by("seq"))
    assert [e.became for e in moves[-3:]] == ["disputed", "submitted", "accepted"]
    assert moves[-2].note == "For the contractor: accepted: The log shows a cold cache."
    assert history.verify(milestone.engagement) == ""
    books()


def test_for_the_team_it_goes_back_for_changes_with_the_money_still_held(dispute, books):
    milestone = decided(dispute, "changes")

    assert (milestone.status, money(milestone)) == ("changes_requested", (200_000, 0))
    assert Review.objects.get().outcome == "changes_requested"
    books()


@pytest.mark.parametrize(("amount", "kept"), [(None, 133_333), (Money(50_000, "EUR"), 50_000)])
def test_in_part_it_is_split_first_and_both_halves_make_the_whole(dispute, books, amount, kept):
    facts = {"rest_due_on": date(2026, 12, 24), "amount": amount}

    milestone = decided(dispute, "in_part", **facts)

    rest = Milestone.objects.get(split_from=milestone)
    assert (milestone.status, rest.status) == ("accepted", "funded")
    assert (milestone.amount_minor, rest.amount_minor) == (kept, 200_000 - kept)
    assert money(milestone) == (200_000 - kept, kept)
    assert rest.parts == [PARTS[1]]
    books()


def test_both_sides_hear_the_decision_and_why(dispute, tess, ana):
    OutboxMail.objects.all().delete()

    decided(dispute)

    mails = OutboxMail.objects.filter(subject="The dispute about “Step 1” is decided")
    assert {m.recipient for m in mails} == {tess, ana}
    assert all("The log shows a cold cache." in m.text for m in mails)


@pytest.mark.parametrize(
    ("outcome", "facts", "sentence"),
    [
        ("accept", {"note": " "}, "Say why"),
        ("accept", {"parts": {0: (True, ""), 1: (False, "")}}, "is not accepted yet"),
        ("in_part", {}, "Choose the day by which the rest"),
        ("perhaps", {}, "Choose one of the three"),
    ],
)
def test_a_decision_that_is_not_whole_changes_nothing(dispute, outcome, facts, sentence):
    with pytest.raises(DomainError, match=sentence):
        decided(dispute, outcome, **facts)

    dispute.refresh_from_db()
    assert dispute.is_open
    assert Milestone.objects.get().status == MilestoneStatus.DISPUTED
    assert not DisputeDecision.objects.exists()


@pytest.mark.parametrize("who", ["tess", "ana"])
def test_no_party_decides(dispute, who, request):
    with pytest.raises(DomainError, match="Priya Raman decides this dispute now"):
        decided(dispute, by=request.getfixturevalue(who))


def test_it_is_decided_once(dispute, ana):
    decided(dispute)

    with pytest.raises(DomainError, match="is decided"):
        decided(dispute)
    with pytest.raises(DomainError, match="is decided"):
        add_statement(dispute, text="One more thing.", by=ana, at=MONDAY)


def test_what_came_back_can_be_handed_in_and_disputed_again(dispute, books):
    milestone = decided(dispute, "changes")
    hand_in(milestone, at=MONDAY)

    again = disputed(milestone)

    assert Dispute.objects.open().get() == again
    assert Dispute.objects.count() == 2
    books()


# --- when the day passes -------------------------------------------------------------------
def test_when_the_day_passes_the_next_one_decides_and_everybody_is_told(dispute, tess, priya, ana):
    admin = make_user(Role.ADMIN, name="Ada Lind", zone="UTC")
    OutboxMail.objects.all().delete()

    assert pass_dispute_on(dispute.milestone_id, at=END - timedelta(seconds=1)) == ""
    assert pass_dispute_on(dispute.milestone_id, at=END) == "passed_on"

    dispute.refresh_from_db()
    assert (dispute.decider, dispute.asked_at, dispute.asked_before) == (admin, END, [priya.pk])
    assert {m.recipient for m in OutboxMail.objects.all()} == {tess, priya, ana, admin}
    assert Event.objects.get(verb="passed_on").note == "Priya Raman → Ada Lind"
    with pytest.raises(DomainError, match="Ada Lind decides"):
        decided(dispute, by=priya)


def test_it_goes_round_once_and_stays_with_the_last(dispute):
    admin = make_user(Role.ADMIN, zone="UTC")
    pass_dispute_on(dispute.milestone_id, at=END)

    assert pass_dispute_on(dispute.milestone_id, at=END + timedelta(days=90)) == ""
    dispute.refresh_from_db()
    assert dispute.decider == admin


def test_a_decider_who_has_left_is_replaced_at_once(dispute, priya):
    admin = make_user(Role.ADMIN, zone="UTC")
    User.objects.filter(pk=priya.pk).update(is_active=False, deactivated_at=MONDAY)

    assert pass_dispute_on(dispute.milestone_id, at=MONDAY) == "passed_on"
    dispute.refresh_from_db()
    assert dispute.decider == admin


def test_what_is_decided_is_passed_to_nobody(dispute):
    make_user(Role.ADMIN)
    decided(dispute)

    assert pass_dispute_on(dispute.milestone_id, at=END) == ""


# --- all of it, at random ------------------------------------------------------------------
def random_acts(dice, milestone, lead, contractor, at):
    """What anybody may try now, most of it refused."""
    found = Dispute.objects.open().filter(milestone=milestone).select_related("decider").first()
    verdicts = {goal: (dice.random() < 0.7, "") for goal in milestone.goals.all()}
    said = {"verdicts": verdicts, "note": "So it is.", "at": at}
    acts = [
        lambda: hand_in(milestone, at=at),
        lambda: disputed(milestone, by=dice.choice([lead, contractor]), at=at),
        lambda: accept(milestone, at=at),
        lambda: reviews.request_changes(milestone, submission_number=milestone.submissions.count(), by=lead, **said),
        lambda: close_review_window(milestone.pk, at=at),
        lambda: pass_dispute_on(milestone.pk, at=at),
    ]
    if found:
        facts = {"amount": Money(dice.randint(1, 300_000), "EUR"), "rest_due_on": (at + timedelta(days=9)).date()}
        facts |= {"outcome": dice.choice(["accept", "changes", "in_part"]), "by": found.decider}
        acts += [
            lambda: add_statement(found, text="And one more.", by=dice.choice([lead, contractor]), at=at),
            lambda: take_back_dispute(found, reason="So be it.", by=dice.choice([lead, contractor]), at=at),
            lambda: decide_dispute(found, **facts, **said),
            lambda: decide_dispute(found, **facts, **said),
        ]
    return acts


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_tried_in_whatever_order_the_books_hold(seed, tess, priya, ana):
    """Sixty random acts, disputes among them, over three milestones; refusals are fine, broken books are not."""
    dice = random.Random(seed)
    engagement = make_engagement(
        lead=tess, comms_owner=priya, contractor=make_contractor(ana), milestones=(MilestoneStatus.FUNDED,) * 3
    )
    make_user(Role.ADMIN)
    milestones, at = engagement.milestones, MONDAY
    for _turn in range(60):
        at += timedelta(hours=dice.randint(1, 40))
        milestone = Milestone.objects.get(pk=dice.choice(list(milestones.values_list("pk", flat=True))))
        with suppress(DomainError, NotAllowed):
            dice.choice(random_acts(dice, milestone, tess, ana, at))()
        held = sum(m.amount_minor for m in milestones.filter(status__in=IN_WORK))
        assert money(milestone)[0] == held
        assert Dispute.objects.open().count() == milestones.filter(status="disputed").count()
    assert ledger.check() == []
    assert sum(milestones.values_list("amount_minor", flat=True)) == 600_000
    assert history.verify(engagement) == ""
