"""Ending before the work is done: with notice, or at once by both."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from core import history
from core.errors import DomainError, NotAllowed
from core.models import Event, OutboxMail
from core.money import Money
from engagements.models import Pause, Termination
from engagements.states import EngagementStatus
from milestones.models import Account, Milestone
from milestones.queries import budget_rest
from milestones.queries.ending import fates
from milestones.queries.waited import clocks_of
from milestones.services.ending import agree_to_end, end_due, give_notice, take_back_notice
from milestones.services.pausing import pause
from milestones.services.reviews import accept_holding_back, request_changes
from milestones.states import MilestoneStatus
from reminders.obligations import obligations
from reminders.queries import papers, sentence_for
from reminders.services import sweep
from tests.factories import NOW, make_contractor, make_engagement, make_user
from tests.milestones.conftest import accept, hand_in, verdicts_for

pytestmark = pytest.mark.django_db
WHY = "The product is no longer sold."
SOON = date(2026, 12, 3)  # ten days from NOW, as the factory's contracts ask for
S = MilestoneStatus
CANCELLED_BY_IT = {S.PLANNED, S.ESTIMATED, S.AGREED, S.FUNDED, S.CHANGES_REQUESTED}


@pytest.fixture
def engagement():
    contractor = make_contractor(make_user("contractor", name="Ana Sousa", zone="UTC"))
    return make_engagement(contractor=contractor, milestones=(S.PAID, S.ACCEPTED, S.FUNDED, S.AGREED))


@pytest.fixture
def contractor(engagement):
    return engagement.contractor.user


def notice(engagement, **facts):
    return give_notice(engagement, **{"reason": WHY, "last_on": SOON, "by": engagement.lead, "at": NOW, **facts})


def statuses(engagement):
    return list(engagement.milestones.order_by("position").values_list("status", flat=True))


@pytest.mark.parametrize("status", EngagementStatus)
def test_notice_is_given_for_work_that_runs(status):
    engagement = make_engagement(status)

    if status in (EngagementStatus.ACTIVE, EngagementStatus.PAUSED):
        assert notice(engagement).side == "ours"
    else:
        with pytest.raises(DomainError, match="nothing to end"):
            notice(engagement)


def test_the_last_day_respects_the_notice_of_the_contract(engagement):
    with pytest.raises(DomainError, match="10 days’ notice, so the last day is 3 Dec 2026"):
        notice(engagement, last_on=SOON - timedelta(days=1))

    given = notice(engagement)

    assert (given.last_on, given.ends_at) == (SOON, datetime(2026, 12, 4, tzinfo=UTC))


def test_the_last_day_is_over_when_it_is_over_where_the_contractor_lives():
    contractor = make_contractor(make_user("contractor", zone="America/Bogota"))

    assert notice(make_engagement(contractor=contractor)).ends_at == datetime(2026, 12, 4, 5, tzinfo=UTC)


def test_the_contractor_may_give_notice_too_and_nobody_else(engagement, contractor):
    with pytest.raises(NotAllowed):
        notice(engagement, by=make_user())

    assert notice(engagement, by=contractor).side == "theirs"


def test_one_notice_at_a_time_with_a_reason(engagement):
    with pytest.raises(DomainError, match="Say why"):
        notice(engagement, reason=" ")
    notice(engagement)
    with pytest.raises(DomainError, match="already"):
        notice(engagement)


def test_the_day_after_the_last_day_it_ends_by_itself_and_the_held_money_returns(engagement, books):
    budget = engagement.funding.budget
    rest = budget_rest(budget).minor
    given = notice(engagement)
    history.touch(engagement, at=NOW)

    sweep(at=given.ends_at - timedelta(minutes=1))
    assert statuses(engagement)[2] == S.FUNDED
    sweep(at=given.ends_at)
    sweep(at=given.ends_at + timedelta(minutes=1))

    engagement.refresh_from_db()
    assert (engagement.status, engagement.ended_at) == (EngagementStatus.TERMINATED, given.ends_at)
    assert statuses(engagement) == [S.PAID, S.ACCEPTED, S.CANCELLED, S.CANCELLED]
    assert budget_rest(budget).minor == rest + 200_000
    assert Account.objects.get(engagement=engagement, kind="held").balance_minor == 0
    assert history.verify(engagement) == ""
    told = OutboxMail.objects.filter(subject="“Payment page, faster” has ended")
    assert {m.recipient for m in told} == {engagement.lead, engagement.contractor.user}
    assert "€2,000 returned" in told[0].text
    books()


@pytest.mark.parametrize("status", MilestoneStatus)
def test_each_milestone_is_cancelled_stays_or_is_decided_first(status):
    engagement = make_engagement(milestones=(status,))
    given = notice(engagement)

    ended = end_due(at=given.ends_at)

    is_open = status in (S.SUBMITTED, S.DISPUTED)
    assert ended == (0 if is_open else 1)
    assert statuses(engagement) == [S.CANCELLED if status in CANCELLED_BY_IT else status]


def test_it_waits_for_a_decision_about_what_was_handed_in_and_then_ends(engagement, books):
    given = notice(engagement)
    milestone = engagement.milestones.get(position=3)
    hand_in(milestone)

    assert end_due(at=given.ends_at) == 0
    accept(Milestone.objects.get(pk=milestone.pk))
    assert end_due(at=given.ends_at + timedelta(days=1)) == 1

    assert statuses(engagement) == [S.PAID, S.ACCEPTED, S.ACCEPTED, S.CANCELLED]
    books()


def test_what_was_sent_back_and_not_handed_in_again_is_cancelled(engagement, books):
    given = notice(engagement)
    milestone = engagement.milestones.get(position=3)
    hand_in(milestone)
    facts = {"verdicts": verdicts_for(milestone, is_met=False), "note": "Not yet.", "submission_number": 1}
    request_changes(milestone, **facts, by=engagement.lead, at=NOW)

    assert end_due(at=given.ends_at) == 1
    assert statuses(engagement)[2] == S.CANCELLED
    books()


def test_at_once_needs_the_other_sides_yes(engagement, contractor, books):
    given = notice(engagement, last_on=None)
    assert end_due(at=NOW + timedelta(days=365)) == 0
    with pytest.raises(NotAllowed):
        agree_to_end(given, by=engagement.lead, at=NOW)

    ended = agree_to_end(given, by=contractor, at=NOW)

    assert ended.status == EngagementStatus.TERMINATED
    given.refresh_from_db()
    assert (given.agreed_by, given.agreed_at, given.carried_out_at) == (contractor, NOW, NOW)
    books()


def test_at_once_is_refused_while_something_waits_for_a_decision(engagement, contractor):
    hand_in(engagement.milestones.get(position=3))

    with pytest.raises(DomainError, match="“Step 3” was handed in and is not decided yet"):
        notice(engagement, last_on=None)


def test_what_was_handed_in_after_the_proposal_is_decided_first_too(engagement, contractor):
    given = notice(engagement, last_on=None)
    hand_in(engagement.milestones.get(position=3))

    with pytest.raises(DomainError, match="“Step 3”"):
        agree_to_end(given, by=contractor, at=NOW)


def test_nobody_agrees_to_a_notice_for_a_day(engagement, contractor):
    with pytest.raises(DomainError, match="nobody has to agree"):
        agree_to_end(notice(engagement), by=contractor, at=NOW)


def test_a_notice_is_taken_back_by_the_side_that_gave_it(engagement, contractor):
    given = notice(engagement)
    with pytest.raises(NotAllowed):
        take_back_notice(given, by=contractor, at=NOW)

    take_back_notice(given, by=engagement.lead, at=NOW)

    assert end_due(at=NOW + timedelta(days=99)) == 0
    with pytest.raises(DomainError, match="taken back"):
        take_back_notice(given, by=engagement.lead, at=NOW)
    assert notice(engagement).pk != given.pk


def test_the_other_side_may_say_no_to_ending_at_once(engagement, contractor):
    given = notice(engagement, last_on=None)

    take_back_notice(given, by=contractor, at=NOW)

    assert "refused_end" in [e.verb for e in Event.objects.of(engagement)]
    mail = OutboxMail.objects.get(recipient=engagement.lead)
    assert "does not want to end" in mail.text


def test_what_was_held_back_is_said_so_and_returns_with_the_rest(engagement, books):
    milestone = engagement.milestones.get(position=3)
    hand_in(milestone)
    accept_holding_back(
        Milestone.objects.get(pk=milestone.pk),
        verdicts=verdicts_for(milestone),
        amount=Money(20_000, "EUR"),
        until=SOON,
        submission_number=1,
        by=engagement.lead,
        at=NOW,
    )
    held = Milestone.objects.get(split_from=milestone)
    rest = budget_rest(engagement.funding.budget).minor

    assert [fate.text for fate in fates([held])] == [
        "held back; handed in until then, it is decided; otherwise €200 returns to the budget"
    ]
    given = notice(engagement)
    end_due(at=given.ends_at)

    assert statuses(engagement) == [S.PAID, S.ACCEPTED, S.ACCEPTED, S.CANCELLED, S.CANCELLED]
    assert budget_rest(engagement.funding.budget).minor - rest == 20_000
    books()


def test_of_time_in_which_a_side_waited_nothing_runs_on_once_it_is_cancelled(engagement):
    given = notice(engagement)
    end_due(at=given.ends_at)
    milestone = Milestone.objects.select_related("engagement__contractor__user", "engagement__lead").get(
        engagement=engagement, position=3
    )
    clock = clocks_of([milestone], NOW)[milestone.pk]

    assert (milestone.status, clock.is_running) == (S.CANCELLED, False)
    assert clock.shares(given.ends_at) == clock.shares(given.ends_at + timedelta(days=30))


def test_paused_work_can_end_and_its_pause_ends_with_it(engagement):
    pause(engagement, reason="Board", by=engagement.lead, at=NOW)
    given = notice(engagement)

    assert end_due(at=given.ends_at) == 1
    assert Pause.objects.get().ended_at == given.ends_at


def test_the_sentence_names_whose_yes_is_asked_for_and_the_last_day(engagement, contractor):
    given = notice(engagement, last_on=None)
    owed = [o for o in obligations(papers([engagement])[engagement.pk]) if o.kind == "answer_end"]
    assert [(o.side, o.person) for o in owed] == [("theirs", contractor)]
    take_back_notice(given, by=contractor, at=NOW)

    notice(engagement)

    assert "It ends on Thu 3 Dec 2026." in sentence_for(engagement, engagement.lead, NOW)


def test_what_was_accepted_is_still_owed_once_it_has_ended(engagement):
    end_due(at=notice(engagement).ends_at)
    engagement.refresh_from_db()

    assert "to pay “Step 2”" in sentence_for(engagement, engagement.lead, NOW)


def test_the_database_keeps_notices(engagement):
    given = notice(engagement)

    with pytest.raises(IntegrityError), transaction.atomic():
        Termination.objects.filter(pk=given.pk).update(last_on=SOON + timedelta(days=1))
    with pytest.raises(IntegrityError), transaction.atomic():
        Termination.objects.filter(pk=given.pk).update(agreed_by=engagement.lead, agreed_at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Termination.objects.all().delete()


# --- the page ---------------------------------------------------------------------------------------------------------


def url(name, engagement):
    return reverse(f"milestones:{name}", args=[engagement.pk])


FORM = {"how": "notice", "last_on": "2099-01-01", "reason": WHY}


def test_the_page_says_what_becomes_of_each_milestone_and_takes_the_notice(client, engagement):
    client.force_login(engagement.lead)
    page = client.get(url("end", engagement)).content.decode()
    assert "€2,000 returns to the budget" in page
    assert "is paid as promised" in page

    assert client.post(url("end", engagement), FORM).status_code == 302

    assert "Ends on" in client.get(f"/engagements/{engagement.pk}/").content.decode()


def test_bad_answers_come_back_with_what_was_typed(client, engagement):
    client.force_login(engagement.lead)

    answer = client.post(url("end", engagement), {"how": "notice", "last_on": "", "reason": WHY})

    assert answer.status_code == 422
    assert WHY in answer.content.decode()


def test_a_day_too_soon_is_refused_with_the_earliest(client, engagement):
    client.force_login(engagement.lead)

    answer = client.post(url("end", engagement), {**FORM, "last_on": "2020-01-01"})

    assert answer.status_code == 409
    assert "10 days’ notice" in answer.content.decode()


def test_both_sides_settle_an_end_at_once_by_one_click(client, engagement, contractor):
    client.force_login(engagement.lead)
    client.post(url("end", engagement), {"how": "at_once", "reason": WHY})
    client.force_login(contractor)
    assert "asks you to end it at once" in client.get(f"/engagements/{engagement.pk}/").content.decode()

    assert client.post(url("end_agree", engagement)).status_code == 302

    engagement.refresh_from_db()
    assert engagement.status == EngagementStatus.TERMINATED


def test_a_notice_is_taken_back_by_one_click_and_only_once(client, engagement):
    client.force_login(engagement.lead)
    client.post(url("end", engagement), FORM)

    assert client.post(url("end_take_back", engagement)).status_code == 302
    assert client.post(url("end_take_back", engagement)).status_code == 409
    assert client.post(url("end_agree", engagement)).status_code == 409


@pytest.mark.parametrize("name", ["end", "end_agree", "end_take_back"])
def test_only_the_two_sides_end_it(client, engagement, name):
    others = ((make_user("admin"), 403), (make_user(), 404), (make_contractor(True).user, 404))
    for person, code in others:
        client.force_login(person)
        assert client.post(url(name, engagement), FORM).status_code == code


def test_the_comms_owner_does_not_end_it(client):
    owner = make_user("member")
    engagement = make_engagement(comms_owner=owner, lead=make_user())
    client.force_login(owner)

    assert client.get(url("end", engagement)).status_code == 403


@pytest.mark.parametrize("name", ["end_agree", "end_take_back"])
def test_reading_ends_nothing(client, engagement, name):
    client.force_login(engagement.lead)

    assert client.get(url(name, engagement)).status_code == 405
