"""Once more with somebody whom we know; and how far an offer is."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from accounts.states import Pronoun, Role
from contractors.models import Contractor, VettingDecision
from contractors.states import Decision
from core.working_time import Calendar
from engagements.models import Engagement
from engagements.queries.offer import offer_ladder
from engagements.services import offers as links
from engagements.states import EngagementStatus
from milestones.queries.rehire import answers_again, last_engagements, next_working_day
from milestones.services import estimates, offers
from milestones.states import MilestoneStatus
from tests.factories import (
    NOW,
    make_application,
    make_contractor,
    make_engagement,
    make_opening,
    make_organisation,
    make_user,
    make_version,
)
from tests.milestones.test_offer_path import draft, numbers, offered, signed

pytestmark = pytest.mark.django_db
NEW = "/engagements/new"


@pytest.fixture
def lead() -> User:
    make_organisation()
    return make_user(Role.LEAD, name="Tess Okafor")


@pytest.fixture
def lan(lead) -> Contractor:
    return make_contractor(make_user(Role.CONTRACTOR, name="Lan Nguyen"), name="Lan Nguyen")


@pytest.fixture
def last(lead, lan) -> Engagement:
    owner, cover = make_user(Role.MEMBER, name="Priya Nair"), make_user(Role.MEMBER, name="Jon Ek")
    return make_engagement(
        EngagementStatus.COMPLETED, lead=lead, contractor=lan, comms_owner=owner, cover=cover,
        milestones=(MilestoneStatus.PAID,),
    )  # fmt: skip


# --- the answers of last time -----------------------------------------------------------------------------------------


def test_everything_is_known_but_the_day(last):
    newer = make_version(last.lead, template=last.version.template)
    make_version(last.lead, template=last.version.template, published=False)

    assert answers_again(last) == {
        "version": newer.pk,
        "title": last.title,
        "contractor": last.contractor_id,
        "price": "2000.00",
        "currency": "EUR",
        "budget": last.funding.budget_id,
        "comms_owner": last.comms_owner_id,
        "cover": last.cover_id,
    }


def test_who_left_is_named_no_more(last):
    User.objects.filter(pk=last.cover_id).update(role=Role.FINANCE)

    assert answers_again(last)["cover"] is None


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.sets(st.integers(0, 6), min_size=1))
def test_the_next_working_day_is_the_first_one_with_hours_in_it(today, weekdays):
    calendar = Calendar(zone="Europe/Lisbon", spans=tuple((day, 540, 1020) for day in sorted(weekdays)))

    found = next_working_day(calendar, today)

    ahead = [today + timedelta(days=n) for n in range(1, (found - today).days)]
    assert (found > today, found.weekday() in weekdays) == (True, True)
    assert [day for day in ahead if day.weekday() in weekdays] == []


def test_leave_is_no_working_day():
    friday = date(2026, 11, 27)
    calendar = Calendar(zone="Europe/Lisbon", leave=((date(2026, 11, 30), date(2026, 12, 1)),))

    assert next_working_day(calendar, friday) == date(2026, 12, 2)


def test_the_newest_signed_one_counts_and_only_own_ones(lead, lan, last):
    stranger = make_user(Role.LEAD)
    make_engagement(lead=stranger, contractor=lan)
    make_engagement(EngagementStatus.DECLINED, lead=lead, contractor=lan)
    newer = make_engagement(lead=lead, contractor=lan, agreed_at=NOW + timedelta(days=3))

    assert last_engagements([lan], lead) == {lan.pk: newer}


# --- three clicks, nothing typed --------------------------------------------------------------------------------------


def test_one_page_and_nothing_to_type(client, lead, lan, last):
    client.force_login(lead)
    page = client.get(NEW, {"again": last.pk})
    form = page.context["form"]
    given = {name: form[name].value() for name in form.fields if form[name].value()}

    answer = client.post(NEW, {**given, "starts_on": str(given["starts_on"]), "send": "1"})

    again = Engagement.objects.exclude(pk=last.pk).get()
    assert answer.status_code == 302
    assert (again.status, again.contractor, again.price) == (EngagementStatus.OFFERED, lan, last.price)
    assert (again.comms_owner, again.cover) == (last.comms_owner, last.cover)
    assert again.funding.budget == last.funding.budget
    assert again.starts_on > timezone.localdate()


def test_a_template_that_was_retired_is_chosen_anew(client, lead, last):
    type(last.version).objects.filter(pk=last.version_id).update(status="retired")
    client.force_login(lead)

    page = client.get(NEW, {"again": last.pk})

    assert (page.status_code, page.context["form"].chosen) == (200, None)
    assert last.title in page.text


def test_somebody_elses_engagement_answers_nothing(client, last):
    client.force_login(make_user(Role.LEAD))

    assert client.get(NEW, {"again": last.pk}).status_code == 404
    assert client.get(NEW, {"again": "x"}).status_code == 404


def test_the_way_starts_on_the_engagement_the_contractor_and_the_bench(client, lead, lan, last):
    application = make_application(make_opening(lead), lan)
    VettingDecision.objects.create(application=application, decision=Decision.BENCH, reason="Later", by=lead, at=NOW)
    client.force_login(lead)
    link = f'href="{NEW}?again={last.pk}"'

    for path in (f"/engagements/{last.pk}/", f"/contractors/{lan.pk}/", "/contractors/?bench=1"):
        assert link in client.get(path).text, path


def test_it_does_not_start_while_the_work_goes_on_or_for_who_makes_no_offers(client, lead, lan, last):
    running = make_engagement(lead=lead)
    client.force_login(lead)
    assert f"again={running.pk}" not in client.get(f"/engagements/{running.pk}/").text
    client.force_login(make_user(Role.ADMIN))
    for path in (f"/engagements/{last.pk}/", f"/contractors/{lan.pk}/", "/contractors/?bench=1"):
        assert "?again=" not in client.get(path).text


def test_who_was_vetted_gets_an_offer_from_the_own_page_and_nobody_else(client, lead):
    vetted, unknown = make_contractor(True), make_contractor()
    client.force_login(lead)

    assert f"{NEW}?contractor={vetted.pk}" in client.get(f"/contractors/{vetted.pk}/").text
    assert f"{NEW}?contractor={unknown.pk}" not in client.get(f"/contractors/{unknown.pk}/").text
    assert str(vetted) in client.get(NEW, {"contractor": vetted.pk}).text


def test_a_longer_bench_asks_no_more_of_the_database(client, lead):
    opening = make_opening(lead)

    def bench() -> None:
        application = make_application(opening, make_contractor(True))
        make_engagement(lead=lead, contractor=application.contractor)
        facts = {"decision": Decision.BENCH, "reason": "Later", "by": lead, "at": NOW}
        VettingDecision.objects.create(application=application, **facts)

    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get("/contractors/?bench=1").status_code == 200
        return len(asked)

    client.force_login(lead)
    bench()
    cost()
    first = cost()
    bench()
    bench()

    assert cost() == first


# --- how far an offer is ----------------------------------------------------------------------------------------------


def rungs(engagement: Engagement) -> list[tuple[str, bool, str]]:
    return [(rung.label, rung.at is not None, rung.place) for rung in offer_ladder(engagement)]


def test_sent_read_signed_and_whose_turn_it_is(lead, lan):
    engagement = offered(lead, lan)
    sent = rungs(engagement)
    links.mark_read(engagement.links.get(), at=timezone.now())
    read = rungs(engagement)
    estimates.estimate_and_sign(
        engagement, estimates=numbers(engagement), typed_name="Lan Nguyen", ip=None, by=lan.user, at=timezone.now()
    )

    assert sent == [
        ("Sent", True, ""), ("Read", False, "is-now"), ("Estimated and signed", False, "is-todo"),
        ("Countersigned", False, "is-todo"),
    ]  # fmt: skip
    assert [place for _label, _at, place in read] == ["", "", "is-now", "is-todo"]
    assert rungs(engagement)[2:] == [("Estimated and signed", True, ""), ("Countersigned", False, "is-now")]


def test_what_was_signed_was_read(lead, lan):
    engagement, _agreement = signed(lead, lan)

    assert rungs(engagement)[1] == ("Read", False, "")


@pytest.mark.parametrize(("pronoun", "word"), [(Pronoun.HERS, "Hers"), (Pronoun.HIS, "His"), (Pronoun.THEIRS, "Lan’s")])
def test_the_page_says_whose_turn_it_is(client, lead, lan, pronoun, word):
    User.objects.filter(pk=lan.user_id).update(pronoun=pronoun)
    engagement = offered(lead, lan)
    client.force_login(lead)

    text = client.get(f"/engagements/{engagement.pk}/").text

    assert f'dr-court--theirs">{word}</span>' in text
    assert "It stands until" in text
    client.force_login(lan.user)
    assert 'dr-court--you">Yours</span>' in client.get(f"/engagements/{engagement.pk}/").text


def test_once_signed_it_is_the_leads(client, lead, lan):
    engagement, _agreement = signed(lead, lan)
    client.force_login(lead)
    assert 'dr-court--you">Yours</span>' in client.get(f"/engagements/{engagement.pk}/").text
    client.force_login(lan.user)

    assert 'dr-court--theirs">Tess’s</span>' in client.get(f"/engagements/{engagement.pk}/").text


def test_before_and_after_an_offer_there_is_no_ladder(client, lead, lan):
    engagement = draft(lead, lan)
    client.force_login(lead)
    url = f"/engagements/{engagement.pk}/"
    before = client.get(url).text
    engagement = offers.send_offer(engagement, by=lead, at=timezone.now())
    offers.withdraw_offer(engagement, reason="No budget", by=lead, at=timezone.now())

    assert ["dr-ladder" in before, "dr-ladder" in client.get(url).text] == [False, False]
