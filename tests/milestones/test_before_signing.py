"""What the lead may do before both have signed: cut scope, ask, and ask for faster where a record allows it."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from accounts.states import Role
from contractors.models import Contractor
from core.errors import DomainError
from core.models import OutboxMail
from core.money import Money
from engagements.models import Agreement, Engagement, Message
from engagements.queries.offer import current_agreement, offer_ladder
from engagements.services.conversation import send_message
from engagements.states import EngagementStatus
from milestones.queries.faster import Pace, pace_of
from milestones.queries.ledger import committed_minor
from milestones.queries.offer import offer_paper
from milestones.services import offers
from milestones.services.asking import ask_about_estimates, ask_for_faster
from milestones.services.cutting import cut_scope
from milestones.services.estimates import estimate_and_sign
from milestones.services.signing import agree_and_sign
from milestones.states import MilestoneStatus
from reminders.queries import sentence_for, waiting
from tests.factories import make_contractor, make_delivery_row, make_engagement, make_user, make_version
from tests.milestones.test_offer_path import draft, numbers, offered, signed

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(db: None) -> User:
    return make_user(Role.LEAD, name="Tess Okafor")


@pytest.fixture
def contractor(lead: User) -> Contractor:
    return make_contractor(True)


@pytest.fixture
def ana(contractor: Contractor) -> User:
    assert contractor.user is not None
    return contractor.user


def cut(engagement: Engagement, *positions: int, goals: Any = (), **facts: Any) -> Engagement:
    dropped = engagement.milestones.filter(position__in=positions).values_list("pk", flat=True)
    facts = {"reason": "The budget is smaller.", "by": engagement.lead, "at": timezone.now(), **facts}
    return cut_scope(engagement, milestones=list(dropped), goals=goals, **facts)


# --- cutting -------------------------------------------------------------------------------
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(10_000, 10**8),
    st.sampled_from(["EUR", "JPY", "BHD"]),
    st.sampled_from([(3333, 3333, 3334), (1, 9999), (2500, 2500, 2500, 2500)]),
    st.data(),
)
def test_what_is_left_sums_to_the_price(
    lead: User, minor: int, currency: str, shares: tuple[int, ...], data: st.DataObject
) -> None:
    version = make_version(lead, shares=shares, currency=currency)
    engagement = offers.send_offer(
        draft(lead, make_contractor(True), version=version, price=Money(minor, currency)), by=lead, at=timezone.now()
    )
    places = data.draw(st.sets(st.sampled_from(range(1, len(shares) + 1)), min_size=1, max_size=len(shares) - 1))

    smaller = cut(engagement, *places)

    left = list(smaller.milestones.standing())
    assert [m.position for m in left] == [n for n in range(1, len(shares) + 1) if n not in places]
    assert sum(m.amount_minor for m in left) == smaller.price_minor == committed_minor(engagement.funding.budget)
    assert {g.pk for m in left for g in m.goals.all()} == set(smaller.goals.values_list("pk", flat=True))


def test_any_cut_voids_the_first_signature(lead: User, contractor: Contractor, ana: User) -> None:
    engagement, agreement = signed(lead, contractor)

    cut(engagement, 2)

    agreement.refresh_from_db()
    assert agreement.voided_by == lead
    assert agreement.void_reason == "The offer became smaller. The budget is smaller."
    assert current_agreement(engagement) is None
    assert [m.status for m in engagement.milestones.all()] == [MilestoneStatus.PLANNED, MilestoneStatus.CANCELLED]
    mail = OutboxMail.objects.get(recipient=ana, key__startswith="cut:")
    assert "- Step 2" in mail.text
    assert "€1,600" in mail.text


def test_what_is_left_is_signed_by_both(lead: User, contractor: Contractor, ana: User) -> None:
    engagement, _old = signed(lead, contractor)
    cut(engagement, 2)
    given = {pk: one for pk, one in numbers(engagement).items() if pk == engagement.milestones.get(position=1).pk}
    now = timezone.now()

    agreement = estimate_and_sign(engagement, estimates=given, typed_name=ana.name, ip=None, by=ana, at=now)
    agree_and_sign(engagement, sha256=agreement.sha256, typed_name=lead.name, ip=None, by=lead, at=now)

    engagement.refresh_from_db()
    assert engagement.status == EngagementStatus.AGREED
    assert '"minor":160000' in agreement.canonical
    assert "Step 2" not in agreement.canonical
    assert [m.title for m, _place, _goals in offer_paper(engagement).milestones] == ["Step 1"]


def test_somebody_without_an_account_hears_of_it_too(lead: User) -> None:
    engagement = offered(lead, make_contractor(name="Ana Sousa", email="ana@example.net"))

    cut(engagement, 1)

    mail = OutboxMail.objects.get(address="ana@example.net", key__startswith="cut:")
    assert "link of the mail that brought the offer" in mail.text


def test_a_goal_is_dropped_and_its_milestone_keeps_the_others(lead: User, contractor: Contractor) -> None:
    engagement = draft(lead, contractor)
    goal = engagement.goals.get(position=1)
    second = engagement.milestones.get(position=2)
    second.goals.add(goal)
    engagement = offers.send_offer(engagement, by=lead, at=timezone.now())

    cut(engagement, goals=[engagement.goals.get(position=2).pk])

    assert list(second.goals.all()) == [goal]
    assert engagement.price_minor == 400_000


def test_what_an_offer_could_not_leave_with_is_not_cut(lead: User, contractor: Contractor) -> None:
    engagement, _agreement = signed(lead, contractor)
    only = engagement.goals.get(position=1)
    acts: list[tuple[str, Any]] = [
        ("Take the offer back", lambda: cut(engagement, 1, 2)),
        ("without a goal", lambda: cut(engagement, goals=[only.pk])),
        ("Tick what is dropped", lambda: cut(engagement)),
        ("not in the offer any more", lambda: cut(engagement, goals=[987_654_321])),
        ("Say why", lambda: cut(engagement, 2, reason=" ")),
    ]

    for sentence, act in acts:
        with pytest.raises(DomainError, match=sentence):
            act()

    assert current_agreement(engagement) is not None
    assert engagement.milestones.standing().count() == 2


def test_the_goal_that_hands_core_knowledge_over_stays(lead: User, contractor: Contractor) -> None:
    from tests.factories import make_capability

    engagement = draft(lead, contractor)
    engagement.areas.set([make_capability(lead)])
    Engagement.objects.filter(pk=engagement.pk).update(why_outside="Nobody of us has the time.")
    engagement.goals.filter(position=2).update(is_transfer=True)
    engagement.refresh_from_db()
    engagement = offers.send_offer(engagement, by=lead, at=timezone.now())

    with pytest.raises(DomainError, match="hands the knowledge over"):
        cut(engagement, 2)


def test_the_page_cuts_what_is_ticked(lead: User, contractor: Contractor, client: Client) -> None:
    engagement = offered(lead, contractor)
    url = reverse("milestones:cut", args=[engagement.pk])
    first, second = engagement.milestones.all()
    client.force_login(lead)

    page = client.get(url).content.decode()
    empty = client.post(url, {"milestones": [], "reason": "x"})
    unreasoned = client.post(url, {"milestones": [second.pk], "reason": ""})
    everything = client.post(url, {"milestones": [first.pk, second.pk], "reason": "Everything."})
    strange = client.post(url, {"milestones": ["x"], "reason": "Strange."})
    done = client.post(url, {"milestones": [second.pk], "reason": "The budget is smaller."})

    assert "€2,400" in page
    assert (empty.status_code, unreasoned.status_code, strange.status_code) == (422, 422, 422)
    assert f'name="milestones" value="{second.pk}" checked' in unreasoned.content.decode()
    assert everything.status_code == 409
    assert "Take the offer back instead" in everything.content.decode()
    assert "Everything." in everything.content.decode()
    assert done.status_code == 302
    engagement.refresh_from_db()
    assert engagement.price_minor == 160_000
    assert client.post(url, {"milestones": [second.pk], "reason": "Again."}).status_code == 422


def test_cutting_is_for_the_lead_while_the_offer_stands(
    lead: User, contractor: Contractor, ana: User, client: Client
) -> None:
    engagement = offered(lead, contractor)
    url = reverse("milestones:cut", args=[engagement.pk])
    answers = []
    for person in (ana, make_user(Role.LEAD)):
        client.force_login(person)
        answers.append((client.get(url).status_code, client.post(url, {}).status_code))
    running = make_engagement(lead=lead, contractor=contractor)
    client.force_login(lead)

    late = client.post(reverse("milestones:cut", args=[running.pk]), {"reason": "x"})

    assert answers == [(403, 403), (404, 404)]
    assert late.status_code == 409
    assert client.delete(url).status_code == 405


# --- asking --------------------------------------------------------------------------------
def test_a_question_makes_it_their_turn_until_they_answer(lead: User, contractor: Contractor, ana: User) -> None:
    engagement, agreement = signed(lead, contractor)

    def turn() -> list[tuple[str, str]]:
        return [(o.kind, o.side) for o in waiting([engagement])[engagement.pk].obligations]

    before = turn()
    ask_about_estimates(engagement, text="Does Step 2 hold the tests too?", by=lead, at=timezone.now())
    asked = turn(), offer_ladder(engagement)[3], sentence_for(engagement, ana, timezone.now())
    send_message(engagement, body="Yes.", needs_answer=False, by=ana, at=timezone.now())

    assert before == turn() == [("countersign", "ours")]
    assert asked[0] == [("answer", "theirs")]
    assert (asked[1].person, asked[1].hint) == (ana, "a question waits for its answer")
    assert "Waiting for you to answer a question" in asked[2]
    assert current_agreement(engagement) == agreement


def test_signing_anew_answers_it_as_well(lead: User, contractor: Contractor, ana: User) -> None:
    engagement, _agreement = signed(lead, contractor)
    ask_about_estimates(engagement, text="Does Step 2 hold the tests too?", by=lead, at=timezone.now())

    estimate_and_sign(
        engagement, estimates=numbers(engagement, 20), typed_name=ana.name, ip=None, by=ana, at=timezone.now()
    )

    assert [o.kind for o in waiting([engagement])[engagement.pk].obligations] == ["countersign"]


def test_the_question_is_asked_on_the_page_where_one_agrees(
    lead: User, contractor: Contractor, ana: User, client: Client
) -> None:
    engagement, _agreement = signed(lead, contractor)
    unsigned = offered(lead, contractor)
    url = reverse("milestones:ask_them", args=[engagement.pk])
    client.force_login(lead)

    assert url in client.get(reverse("milestones:agree", args=[engagement.pk])).content.decode()
    assert client.post(url, {"text": ""}).status_code == 422
    assert client.post(url, {"text": "With tests?"}).status_code == 302
    assert client.post(reverse("milestones:ask_them", args=[unsigned.pk]), {"text": "x"}).status_code == 409
    assert Message.objects.get(needs_answer=True).body == "With tests?"
    assert client.get(url).status_code == 405
    client.force_login(ana)
    assert client.post(url, {"text": "x"}).status_code == 403
    client.force_login(make_user(Role.LEAD))
    assert client.post(url, {"text": "x"}).status_code == 404


# --- faster --------------------------------------------------------------------------------
def with_record(lead: User, contractor: Contractor, *late: bool) -> None:
    """Finished milestones, the oldest first."""
    done = make_engagement(lead=lead, contractor=contractor, milestones=(MilestoneStatus.PAID,) * len(late))
    for milestone, is_late in zip(done.milestones.all(), late, strict=True):
        make_delivery_row(milestone, late=is_late)


@pytest.mark.parametrize(
    ("late", "pace", "sentence"),
    [
        ((), Pace(0, 0), "fewer than three"),
        ((True, True), Pace(2, 2), "fewer than three"),
        ((True, True, False, False, False), Pace(0, 3), "none of the last three"),
        ((True, False, True, False), Pace(1, 3), "one of the last three"),
        ((False, True, False, True), Pace(2, 3), "2 of the last three were late, net of our delay"),
        ((True, True, True), Pace(3, 3), "3 of the last three were late"),
    ],
)
def test_faster_opens_when_two_of_the_last_three_were_late(
    lead: User, contractor: Contractor, late: tuple[bool, ...], pace: Pace, sentence: str
) -> None:
    with_record(lead, contractor, *late)

    found = pace_of(contractor)

    assert found == pace
    assert sentence in found.sentence
    assert found.may_ask == (found.late >= 2 and found.of == 3)


def test_locked_it_says_why_and_shows_no_form(lead: User, contractor: Contractor, client: Client) -> None:
    engagement, _agreement = signed(lead, contractor)
    milestone = engagement.milestones.get(position=1)
    url = reverse("milestones:ask_faster", args=[engagement.pk])
    client.force_login(lead)

    page = client.get(reverse("milestones:agree", args=[engagement.pk])).content.decode()
    refused = client.post(url, {"milestone": milestone.pk, "proposed_on": timezone.localdate().isoformat()})

    assert "Locked: fewer than three finished milestones are known" in page
    assert url not in page
    assert refused.status_code == 409
    assert "Locked: fewer than three" in refused.content.decode()


def test_open_it_asks_and_changes_nothing(lead: User, contractor: Contractor, ana: User, client: Client) -> None:
    with_record(lead, contractor, True, True, False)
    engagement, agreement = signed(lead, contractor)
    milestone = engagement.milestones.get(position=1)
    sooner = engagement.starts_on + timedelta(days=3)
    url = reverse("milestones:ask_faster", args=[engagement.pk])
    facts = {"milestone": milestone.pk, "proposed_on": sooner.isoformat(), "reason": "The fair is then."}
    client.force_login(lead)

    page = client.get(reverse("milestones:agree", args=[engagement.pk])).content.decode()
    late = client.post(url, {**facts, "proposed_on": (sooner + timedelta(days=60)).isoformat()})
    odd = client.post(url, {**facts, "proposed_on": "soon"})
    done = client.post(url, facts)

    assert url in page
    assert (late.status_code, odd.status_code, done.status_code) == (409, 422, 302)
    assert "Propose a day" in late.content.decode()
    assert "The fair is then." in Message.objects.get().body
    assert Agreement.objects.get(voided_at=None) == agreement
    assert client.get(url).status_code == 405
    client.force_login(ana)
    assert client.post(url, facts).status_code == 403
    client.force_login(make_user(Role.LEAD))
    assert client.post(url, facts).status_code == 404


def test_once_agreed_it_is_too_late_to_ask_for_faster(lead: User, contractor: Contractor) -> None:
    with_record(lead, contractor, True, True, False)
    engagement, agreement = signed(lead, contractor)
    agree_and_sign(engagement, sha256=agreement.sha256, typed_name=lead.name, ip=None, by=lead, at=timezone.now())

    with pytest.raises(DomainError, match="waits for your answer"):
        ask_for_faster(
            engagement.milestones.get(position=1),
            proposed_on=engagement.starts_on,
            reason="",
            by=lead,
            at=timezone.now(),
        )


def test_reading_the_page_costs_the_same_with_one_milestone_and_with_three(
    lead: User, client: Client, django_assert_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    few = offers.send_offer(
        draft(lead, make_contractor(True), version=make_version(lead, shares=(10_000,))), by=lead, at=timezone.now()
    )
    many = offers.send_offer(
        draft(lead, make_contractor(True), version=make_version(lead, shares=(3000, 3000, 4000))),
        by=lead,
        at=timezone.now(),
    )
    client.force_login(lead)
    client.get(reverse("milestones:cut", args=[few.pk]))
    with CaptureQueriesContext(connection) as one:
        client.get(reverse("milestones:cut", args=[few.pk]))

    with django_assert_num_queries(len(one)):
        client.get(reverse("milestones:cut", args=[many.pk]))
