"""Values of a goal: recorded by both sides with evidence, corrected and never changed, and drawn against the target."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.states import Role
from core import history
from core.errors import DomainError, NotAllowed
from core.models import OutboxMail
from engagements.models import Contact, Goal, Measurement
from engagements.queries.measurements import BOTTOM, TOP, WIDTH, Trend, draw, trends
from engagements.services import measurements as services
from engagements.states import Direction, EngagementStatus, GoalKind, MeasurementSource
from tests.factories import NOW, TODAY, make_contractor, make_engagement, make_measurement, make_user

pytestmark = pytest.mark.django_db
FORM = {"value": "1,8", "measured_on": TODAY.isoformat(), "evidence": "run 8812"}


@pytest.fixture
def lead():
    return make_user(name="Tess Okafor", zone="UTC")


@pytest.fixture
def engagement(lead):
    person = make_user(Role.CONTRACTOR, name="Ana Sousa", zone="UTC")
    return make_engagement(lead=lead, contractor=make_contractor(person), milestones=("funded",))


@pytest.fixture
def contractor(engagement):
    return engagement.contractor.user


@pytest.fixture
def goal(engagement):
    return engagement.goals.get()  # p95, 2400 ms, at most 1200 ms


def record(goal, **facts):
    facts = {"value": "1800", "measured_on": TODAY, "evidence": "run 8812", "at": NOW, **facts}
    return services.record_measurement(goal, **{"by": goal.engagement.contractor.user, **facts})


def correct(measurement, **facts):
    facts = {"value": "1750", "measured_on": TODAY, "evidence": "run 8813", "reason": "Warm cache.", "at": NOW, **facts}
    return services.correct_measurement(measurement, **{"by": measurement.by, **facts})


def remade(goal, **facts):
    Goal.objects.filter(pk=goal.pk).update(**facts)
    return Goal.objects.get(pk=goal.pk)


# --- recording ----------------------------------------------------------------------------------------------------
def test_both_sides_record_what_they_measured(goal, lead, contractor):
    theirs = record(goal, value="1 800,5", at=NOW - timedelta(days=1), measured_on=TODAY - timedelta(days=1))
    ours = record(goal, value="1900", by=lead)

    assert (theirs.value, theirs.side, theirs.source) == ("1800.5", "theirs", MeasurementSource.NOTED)
    assert (ours.value, ours.side) == ("1900", "ours")
    assert [point.value for point in trends([goal])[0].points] == ["1800.5", "1900"]


def test_the_other_side_hears_of_it_and_it_is_a_sign_of_life(goal, engagement, contractor):
    record(goal)

    told = OutboxMail.objects.get()
    assert (told.recipient, told.subject) == (engagement.lead, "Ana Sousa recorded a value in “Payment page, faster”")
    assert "1800 ms" in told.text
    assert "at most 1200 ms" in told.text
    assert Contact.objects.get(engagement=engagement).side == "theirs"
    assert history.verify(engagement) == ""


@pytest.mark.parametrize("status", EngagementStatus)
def test_goals_are_measured_from_the_agreement_until_it_is_over(status):
    goal = make_engagement(status, milestones=("planned",)).goals.get()

    if status in (EngagementStatus.AGREED, EngagementStatus.ACTIVE, EngagementStatus.PAUSED):
        assert record(goal).value == "1800"
    else:
        with pytest.raises(DomainError, match="nothing is measured in it now"):
            record(goal)


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"value": "fast"}, "Give a number"),
        ({"measured_on": TODAY + timedelta(days=1)}, "today or an earlier one"),
        ({"measured_on": TODAY.replace(year=1999)}, "since 2000"),
        ({"evidence": " "}, "how one knows"),
    ],
)
def test_what_says_nothing_is_refused_with_what_to_do(goal, facts, why):
    with pytest.raises(DomainError, match=why):
        record(goal, **facts)

    assert not Measurement.objects.exists()


def test_a_goal_that_is_done_or_not_takes_nothing_else(goal):
    goal = remade(goal, kind=GoalKind.BINARY, criterion="The page opens", baseline="", target="", unit="")

    with pytest.raises(DomainError, match="done or not"):
        record(goal, value="2")
    assert record(goal, value="1").words == "done"
    trend = trends([goal])[0]
    assert (trend.is_met, trend.drawing, trend.baseline) == (True, None, "")


def test_somebody_else_measures_nothing(goal):
    with pytest.raises(NotAllowed):
        record(goal, by=make_user())


def test_a_goal_has_no_more_values_than_a_page_can_tell(goal, monkeypatch):
    monkeypatch.setattr(services, "MOST", 1)
    record(goal)

    with pytest.raises(DomainError, match="all it takes"):
        record(goal)


# --- correcting ---------------------------------------------------------------------------------------------------
def test_a_wrong_value_stays_and_counts_no_more(goal):
    wrong = record(goal)
    right = correct(wrong)

    assert (right.supersedes, right.reason) == (wrong, "Warm cache.")
    assert [point.value for point in trends([goal])[0].points] == ["1750"]
    assert Measurement.objects.count() == 2


def test_a_value_is_corrected_once_with_a_reason_by_the_side_that_stated_it(goal, lead):
    wrong = record(goal)

    with pytest.raises(NotAllowed):
        correct(wrong, by=lead)
    with pytest.raises(DomainError, match="Say why"):
        correct(wrong, reason=" ")
    correct(correct(wrong))  # a correction can be wrong too
    with pytest.raises(DomainError, match="corrected already"):
        correct(wrong)


def test_the_database_keeps_every_value(goal):
    made = record(goal)

    for change in ({"value": "1"}, {"measured_on": TODAY - timedelta(days=3)}, {"side": "ours"}):
        with pytest.raises((IntegrityError, DatabaseError)), transaction.atomic():
            Measurement.objects.filter(pk=made.pk).update(**change)
    with pytest.raises((IntegrityError, DatabaseError)), transaction.atomic():
        made.delete()
    Measurement.objects.filter(pk=made.pk).update(evidence="")  # words may be erased


def test_the_database_refuses_no_value_and_a_second_correction(goal):
    wrong = record(goal)
    make_measurement(goal, supersedes=wrong)

    for facts in ({"value": ""}, {"supersedes": wrong}):
        with pytest.raises(IntegrityError), transaction.atomic():
            make_measurement(goal, **facts)


# --- against baseline and target ----------------------------------------------------------------------------------
def test_a_baseline_of_none_yet_is_answered_by_the_first_measurement(goal):
    goal = remade(goal, baseline="", baseline_by="team", baseline_due_on=TODAY)
    assert (Trend(goal).baseline, list(Goal.objects.awaiting_baseline())) == ("", [goal])

    record(goal, value="2600", measured_on=TODAY - timedelta(days=2))
    record(goal, value="1100")

    trend = trends([goal])[0]
    assert (trend.baseline, trend.value, trend.is_met) == ("2600 ms", "1100 ms", True)
    assert not Goal.objects.awaiting_baseline().exists()


def test_an_agreed_baseline_stays_the_baseline(goal):
    record(goal, value="2000")

    trend = trends([goal])[0]
    assert (trend.baseline, trend.answers_baseline, trend.is_met) == ("2400 ms", None, False)
    assert trend.words == "Baseline 2400 ms. Measured: 2000 ms on 23 Nov 2026. Target: at most 1200 ms."


def test_values_stand_in_the_order_of_their_days(goal):
    record(goal, value="1500")
    record(goal, value="2100", measured_on=TODAY - timedelta(days=9))

    assert [point.value for point in trends([goal])[0].points] == ["2100", "1500"]


numbers = st.decimals(-(10**9), 10**9, allow_nan=False, allow_infinity=False, places=3)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(numbers, min_size=1, max_size=24), st.lists(numbers, min_size=1, max_size=2))
def test_whatever_was_measured_is_drawn_within_the_frame_larger_values_higher(values, targets):
    drawing = draw(values, targets)

    points = [tuple(map(float, point.split(","))) for point in drawing.line.split(" ")]
    assert all(0 <= x <= WIDTH and TOP <= y <= BOTTOM for x, y in points)
    assert all(TOP <= float(y) <= BOTTOM for y in drawing.targets)
    by_value = sorted(zip(values, (y for _x, y in points), strict=True))
    assert [y for _value, y in by_value] == sorted((y for _value, y in by_value), reverse=True)
    assert [x for x, _y in points] == sorted(x for x, _y in points)


def test_a_goal_between_two_numbers_has_two_lines(goal):
    goal = remade(goal, direction=Direction.BETWEEN, target="3", target_high="5", baseline="")
    record(goal, value="4")

    assert len(trends([goal])[0].drawing.targets) == 2
    assert draw([Decimal(4)], [Decimal(4)]).targets == ("11.0",)
    assert draw([], [Decimal(4)]) is None


# --- the pages ----------------------------------------------------------------------------------------------------
def measure_url(goal):
    return reverse("engagements:measure", args=[goal.pk])


def correct_url(measurement):
    return reverse("engagements:measurement_correct", args=[measurement.pk])


def test_a_value_is_recorded_on_the_page_of_the_goal(client, goal, contractor):
    client.force_login(contractor)
    page = f"/goals/{goal.pk}/"
    assert b"Nothing measured yet" in client.get(page).content

    answer = client.post(measure_url(goal), FORM, follow=True)

    assert answer.redirect_chain[-1][0] == page
    assert "Met: 1.8 ms" in answer.content.decode()
    assert f'aria-label="{trends([goal])[0].words}"' in answer.content.decode()
    assert "run 8812" in answer.content.decode()


def test_what_cant_be_read_comes_back_with_all_that_was_typed(client, goal, contractor):
    client.force_login(contractor)

    answer = client.post(measure_url(goal), {**FORM, "value": "fast"})

    assert answer.status_code == 422
    assert "Give a number such as 1200" in answer.content.decode()
    assert "run 8812" in answer.content.decode()


def test_recording_is_refused_with_the_reason_once_it_is_over(client, engagement, goal, contractor):
    type(engagement).objects.filter(pk=engagement.pk).update(status=EngagementStatus.COMPLETED)
    client.force_login(contractor)

    answer = client.post(measure_url(goal), FORM)

    assert (answer.status_code, "nothing is measured" in answer.content.decode()) == (409, True)


@pytest.mark.parametrize(("who", "code"), [("admin", 403), ("stranger", 404)])
def test_only_the_people_of_the_contract_record(client, goal, who, code):
    client.force_login(make_user(Role.ADMIN) if who == "admin" else make_user())

    assert client.post(measure_url(goal), FORM).status_code == code


def test_recording_and_reading_are_two_addresses(client, goal, contractor):
    client.force_login(contractor)

    assert client.get(measure_url(goal)).status_code == 405
    assert client.post(f"/goals/{goal.pk}/").status_code == 405


def test_a_value_is_corrected_beside_the_old_one(client, goal, contractor):
    wrong = make_measurement(goal)
    client.force_login(contractor)
    assert b"1800 ms on" in client.get(correct_url(wrong)).content

    answer = client.post(correct_url(wrong), {**FORM, "reason": "It was in seconds."}, follow=True)

    assert "It was in seconds." in answer.content.decode()
    assert '<s class="dr-muted">1800 ms</s>' in answer.content.decode()


def test_correcting_twice_is_refused_and_without_a_reason_comes_back(client, goal, contractor):
    wrong = make_measurement(goal)
    client.force_login(contractor)

    assert client.post(correct_url(wrong), FORM).status_code == 422
    correct(wrong)
    answer = client.post(correct_url(wrong), {**FORM, "reason": "Again"})
    assert (answer.status_code, "corrected already" in answer.content.decode()) == (409, True)


@pytest.mark.parametrize(("who", "code"), [("lead", 403), ("admin", 403), ("stranger", 404)])
def test_the_other_side_corrects_nothing_and_strangers_see_nothing(client, lead, goal, who, code):
    people = {"lead": lead, "admin": make_user(Role.ADMIN), "stranger": make_user()}
    client.force_login(people[who])
    wrong = make_measurement(goal)

    assert client.get(correct_url(wrong)).status_code == code
    assert client.post(correct_url(wrong), {**FORM, "reason": "x"}).status_code == code


def test_a_correction_is_written_by_post_alone(client, goal, contractor):
    wrong = make_measurement(goal)
    client.force_login(contractor)

    assert client.get(correct_url(wrong), {**FORM, "reason": "x"}).status_code == 200
    assert client.put(correct_url(wrong)).status_code == 405
    assert Measurement.objects.count() == 1


def test_both_sides_see_latest_and_trend_on_the_engagement(client, engagement, goal, lead, contractor):
    record(goal)

    for person in (lead, contractor):
        client.force_login(person)
        page = client.get(f"/engagements/{engagement.pk}/").content.decode()
        assert "1800 ms" in page
        assert 'class="dr-trend"' in page
        assert f'href="/goals/{goal.pk}/#record"' in page


@pytest.mark.parametrize("path", ["/goals/{goal}/", "/engagements/{engagement}/"])
def test_the_number_of_queries_is_the_same_at_one_and_at_three_values(client, engagement, goal, lead, path):
    client.force_login(lead)
    address = path.format(goal=goal.pk, engagement=engagement.pk)
    counts = []
    for values in (1, 2):
        for _turn in range(values):
            make_measurement(goal)
        with CaptureQueriesContext(connection) as asked:
            client.get(address)
        counts.append(len(asked))

    assert counts[0] == counts[1]
