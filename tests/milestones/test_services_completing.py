"""Completing: what is learnt, what stays, who is on the bench, and what is taken back."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from contractors.models import Contractor
from contractors.services.bench import say_hire_again
from core import history
from core.errors import DomainError
from core.models import OutboxMail
from core.money import Money
from engagements.models import Need
from engagements.services.needs import take_back
from engagements.states import EngagementStatus
from milestones.models import BaselineRow, Completion, Milestone
from milestones.queries.completion import effort
from milestones.services.completing import complete
from milestones.services.ending import end_due, give_notice
from milestones.services.reviews import accept_holding_back, request_changes
from milestones.services.submissions import Measured
from milestones.states import MilestoneStatus, SizeClass, size_of
from reminders.queries import sentence_for
from tests.factories import NOW, TODAY, make_contractor, make_engagement, make_need, make_user
from tests.milestones.conftest import accept, hand_in, verdicts_for

pytestmark = pytest.mark.django_db
S = MilestoneStatus
LESSON = {"went_well": "The report explains every slow call.", "otherwise": "Ask for the traces first."}
FORM = {**LESSON, "would_hire_again": "yes", "our_hours": "6.5"}


@pytest.fixture
def engagement():
    return make_engagement(milestones=(S.PAID, S.FUNDED, S.CANCELLED))


def accept_the_rest(engagement):
    milestone = engagement.milestones.get(position=2)
    hand_in(milestone)
    accept(Milestone.objects.get(pk=milestone.pk))
    return engagement


def done(engagement, **facts):
    facts = {**LESSON, "would_hire_again": True, "by": engagement.lead, "at": NOW, **facts}
    return complete(engagement, **facts)


@pytest.mark.parametrize("status", EngagementStatus)
def test_only_work_that_is_active_can_be_completed(status):
    engagement = make_engagement(status, milestones=(S.PAID,))

    if status == EngagementStatus.ACTIVE:
        assert done(engagement).would_hire_again
    else:
        with pytest.raises(DomainError, match="Only work that is active"):
            done(engagement)


@pytest.mark.parametrize("status", MilestoneStatus)
def test_every_milestone_is_settled_first_and_accepted_is_settled(status):
    engagement = make_engagement(milestones=(S.PAID, status))

    if status in (S.ACCEPTED, S.PAID, S.CANCELLED):
        done(engagement)
        engagement.refresh_from_db()
        assert (engagement.status, engagement.ended_at) == (EngagementStatus.COMPLETED, NOW)
    else:
        with pytest.raises(DomainError, match="“Step 2” is still open"):
            done(engagement)


def test_work_of_which_nothing_was_accepted_is_ended_instead():
    with pytest.raises(DomainError, match="End the contract instead"):
        done(make_engagement(milestones=(S.CANCELLED,)))


def test_one_line_of_a_lesson_is_asked_for(engagement):
    accept_the_rest(engagement)

    with pytest.raises(DomainError, match="one line"):
        done(engagement, went_well=" ", otherwise="")
    assert done(engagement, went_well="").otherwise == LESSON["otherwise"]


def test_goals_are_kept_as_they_were_last_measured(engagement):
    made = done(accept_the_rest(engagement))

    assert made.results == [
        {"goal": "p95 of the payment page", "target": "≤ 1200 ms", "value": "", "is_met": None},
        {"goal": "p95 of the payment page", "target": "≤ 1200 ms", "value": "1100 ms", "is_met": True},
        {"goal": "p95 of the payment page", "target": "≤ 1200 ms", "value": "", "is_met": None},
    ]


def test_a_goal_that_could_not_be_measured_again_keeps_its_last_value(engagement):
    milestone = engagement.milestones.get(position=2)
    hand_in(milestone)
    milestone = request_changes(
        Milestone.objects.get(pk=milestone.pk),
        verdicts=verdicts_for(milestone, is_met=False),
        note="Say how it was measured.",
        submission_number=1,
        by=engagement.lead,
        at=NOW,
    )
    hand_in(milestone, evidence={milestone.goals.get(): Measured("", "The test rig is away.", is_missing=True)})
    accept(Milestone.objects.get(pk=milestone.pk))

    assert [result["is_met"] for result in done(engagement).results] == [None, True, None]


def test_what_was_held_back_waits_and_is_no_work(engagement):
    milestone = engagement.milestones.get(position=2)
    hand_in(milestone)
    milestone = Milestone.objects.get(pk=milestone.pk)
    accept_holding_back(
        milestone,
        verdicts=verdicts_for(milestone),
        amount=Money(20_000, "EUR"),
        until=TODAY + timedelta(days=30),
        submission_number=1,
        by=engagement.lead,
        at=NOW,
    )
    held = Milestone.objects.get(split_from=milestone)
    later = NOW + timedelta(days=30)
    before = effort(list(Milestone.objects.of(engagement).filter(status=S.ACCEPTED).for_page()), later)
    hand_in(held, at=later)
    accept(Milestone.objects.get(pk=held.pk), at=later)

    made = done(engagement, at=later)

    assert made.engagement.baseline_row.actual_minutes == before[1]
    assert made.engagement.baseline_row.price_minor == 400_000


def test_a_row_says_what_such_work_took(engagement):
    for milestone in engagement.milestones.all():
        milestone.estimates.create(number=1, work_minutes=20 * 60, due_on=TODAY, by=engagement.contractor.user, at=NOW)

    done(accept_the_rest(engagement), our_minutes=390)

    row = BaselineRow.objects.get()
    assert (row.kind_of_work, row.size, row.estimate_minutes) == (
        engagement.version.template.name, SizeClass.MEDIUM, 40 * 60,
    )  # fmt: skip
    assert (row.our_minutes, row.price_minor, row.currency) == (390, 400_000, "EUR")


@pytest.mark.parametrize(
    ("minutes", "size"),
    [(None, ""), (1, "small"), (960, "small"), (961, "medium"), (4800, "medium"), (14_400, "large"), (14_401, "huge")],
)
def test_sizes_follow_the_hours_that_were_estimated(minutes, size):
    assert size_of(minutes) == size


def test_a_yes_puts_the_person_on_the_bench_and_a_later_no_takes_her_off_it(engagement):
    contractor = engagement.contractor
    done(accept_the_rest(engagement))
    assert list(Contractor.objects.on_bench()) == [contractor]

    say_hire_again(contractor, would=False, about="Later work", by=engagement.lead, at=NOW)

    assert not Contractor.objects.on_bench().exists()


def test_the_others_are_told_once_without_the_lesson(engagement):
    accept_the_rest(engagement)
    OutboxMail.objects.all().delete()

    done(engagement)

    (mail,) = OutboxMail.objects.all()
    assert mail.recipient == engagement.contractor.user
    assert LESSON["otherwise"] not in mail.text
    assert history.verify(engagement) == ""


def test_a_notice_that_runs_falls_away(engagement):
    accept_the_rest(engagement)
    given = give_notice(engagement, reason="x", last_on=NOW.date().replace(year=2027), by=engagement.lead, at=NOW)

    done(engagement)

    assert end_due(at=given.ends_at) == 0
    given.refresh_from_db()
    assert given.taken_back_at == NOW


def test_what_was_accepted_is_still_paid(engagement, books):
    accept_the_rest(engagement)
    assert "to complete the work" in sentence_for(engagement, engagement.lead, NOW)

    done(engagement)

    engagement.refresh_from_db()
    assert "to give bank details for “Step 2”" in sentence_for(engagement, engagement.lead, NOW)
    books()


def test_the_database_keeps_what_was_learnt(engagement):
    done(accept_the_rest(engagement))

    for model, change in ((Completion, {"would_hire_again": False}), (BaselineRow, {"price_minor": 1})):
        with pytest.raises(IntegrityError), transaction.atomic():
            model.objects.update(**change)
        with pytest.raises(IntegrityError), transaction.atomic():
            model.objects.all().delete()


# --- what is taken back -----------------------------------------------------------------------------------------------


def test_an_access_is_taken_back_once_and_only_when_the_work_is_over(engagement):
    need = make_need(engagement, stands_at=NOW, stands_by=engagement.lead)
    with pytest.raises(DomainError, match="not over yet"):
        take_back(need, by=engagement.lead, at=NOW)
    done(accept_the_rest(engagement))

    take_back(need, by=engagement.lead, at=NOW)

    need = Need.objects.get(pk=need.pk)
    assert (need.taken_back_at, need.taken_back_by) == (NOW, engagement.lead)
    with pytest.raises(DomainError, match="does not stand any more"):
        take_back(need, by=engagement.lead, at=NOW)


def test_each_is_one_click_on_the_page_of_work_that_is_over(client, engagement):
    need = make_need(engagement, stands_at=NOW, stands_by=engagement.lead)
    done(accept_the_rest(engagement))
    client.force_login(engagement.lead)
    address = reverse("engagements:need_take_back", args=[need.pk])
    assert address in client.get(f"/engagements/{engagement.pk}/").content.decode()

    assert client.post(address).status_code == 302
    assert client.post(address).status_code == 409
    assert client.get(address).status_code == 405
    assert address not in client.get(f"/engagements/{engagement.pk}/").content.decode()


@pytest.mark.parametrize(("who", "code"), [("contractor", 403), ("stranger", 404)])
def test_only_the_people_named_take_back(client, engagement, who, code):
    need = make_need(engagement, stands_at=NOW, stands_by=engagement.lead)
    client.force_login(engagement.contractor.user if who == "contractor" else make_user())

    assert client.post(reverse("engagements:need_take_back", args=[need.pk])).status_code == code


# --- the page ---------------------------------------------------------------------------------------------------------


def url(engagement):
    return reverse("milestones:complete", args=[engagement.pk])


def test_the_lead_completes_on_one_page_and_only_our_side_reads_the_lesson(client, engagement):
    accept_the_rest(engagement)
    client.force_login(engagement.lead)
    assert url(engagement) in client.get(f"/engagements/{engagement.pk}/").content.decode()

    assert client.post(url(engagement), FORM).status_code == 302

    page = client.get(f"/engagements/{engagement.pk}/").content.decode()
    assert LESSON["otherwise"] in page
    assert "6.5 h" in page
    client.force_login(engagement.contractor.user)
    assert LESSON["otherwise"] not in client.get(f"/engagements/{engagement.pk}/").content.decode()


def test_what_is_still_open_is_named_and_refused(client, engagement):
    client.force_login(engagement.lead)
    assert "Step 2" in client.get(url(engagement)).content.decode()

    answer = client.post(url(engagement), FORM)

    assert answer.status_code == 409
    assert "is still open" in answer.content.decode()
    assert LESSON["otherwise"] in answer.content.decode()


def test_an_empty_lesson_comes_back(client, engagement):
    client.force_login(accept_the_rest(engagement).lead)

    assert client.post(url(engagement), {**FORM, "went_well": "", "otherwise": ""}).status_code == 422


def test_completing_is_the_leads(client, engagement):
    others = ((engagement.contractor.user, 403), (make_user("admin"), 403), (make_user(), 404))
    for person, code in (*others, (make_contractor(True).user, 404)):
        client.force_login(person)
        assert client.post(url(engagement), FORM).status_code == code
