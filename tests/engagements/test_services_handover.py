"""Somebody leaves; somebody else takes over, and the record says so."""

import pytest

from accounts.states import Role
from core.errors import DomainError
from core.models import Event, OutboxMail
from engagements.models import OpeningOrigin
from engagements.services import openings
from engagements.services.handover import hand_over
from engagements.states import EngagementStatus
from tests.factories import NOW, make_engagement, make_opening, make_user, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def tess():
    return make_user()


@pytest.fixture
def admin():
    return make_user(Role.ADMIN)


def roles(engagement):
    engagement.refresh_from_db()
    return (engagement.lead, engagement.comms_owner, engagement.cover)


def test_every_part_in_open_engagements_goes_over_with_a_line_in_each_history(tess, admin):
    ana, priya = make_user(), make_user(Role.MEMBER)
    led = make_engagement(lead=tess, comms_owner=priya)
    owned = make_engagement(lead=ana, comms_owner=tess)
    covered = make_engagement(lead=ana, comms_owner=priya, cover=tess)
    closed = make_engagement(EngagementStatus.DECLINED, lead=tess, milestones=())
    joao = make_user()

    count = hand_over(tess, to=joao, by=admin, at=NOW)

    assert count == 3
    assert roles(led) == (joao, priya, None)
    assert roles(owned) == (ana, joao, None)
    assert roles(covered) == (ana, priya, joao)
    assert roles(closed) == (tess, tess, None)
    event = Event.objects.of(led).get()
    assert (event.verb, event.by, event.note) == ("handed_over", admin, f"lead: {tess.name} → {joao.name}")


def test_nobody_covers_for_oneself(tess, admin):
    priya, ana = make_user(Role.MEMBER), make_user()
    as_owner = make_engagement(lead=ana, comms_owner=tess, cover=priya)
    as_cover = make_engagement(lead=ana, comms_owner=priya, cover=tess)

    hand_over(tess, to=priya, by=admin, at=NOW)

    assert roles(as_owner) == (ana, priya, None)
    assert roles(as_cover) == (ana, priya, None)


def test_openings_go_to_the_new_lead(tess, admin):
    opening = make_opening(tess)
    ana = make_user()

    assert hand_over(tess, to=ana, by=admin, at=NOW) == 0

    opening.refresh_from_db()
    assert opening.lead == ana


def test_the_new_person_hears_of_it_once(tess, admin):
    make_engagement(lead=tess)
    make_engagement(lead=tess)
    ana = make_user()

    hand_over(tess, to=ana, by=admin, at=NOW)

    assert OutboxMail.objects.get().recipient == ana


@pytest.mark.parametrize("role", [Role.FINANCE, Role.CONTRACTOR])
def test_only_people_who_may_look_after_engagements_take_over(tess, admin, role):
    with pytest.raises(DomainError, match="can’t look after"):
        hand_over(tess, to=make_user(role), by=admin, at=NOW)


def test_somebody_deactivated_takes_nothing_over(tess, admin):
    gone = make_user(is_active=False, deactivated_at=NOW)

    with pytest.raises(DomainError, match="can’t look after"):
        hand_over(tess, to=gone, by=admin, at=NOW)


def test_a_member_takes_over_communication_but_not_the_lead(tess, admin):
    priya = make_user(Role.MEMBER)
    engagement = make_engagement(lead=make_user(), comms_owner=tess)
    assert hand_over(tess, to=priya, by=admin, at=NOW) == 1

    led = make_engagement(lead=tess, comms_owner=make_user(Role.MEMBER))
    with pytest.raises(DomainError, match="can’t lead"):
        hand_over(tess, to=priya, by=admin, at=NOW)
    assert roles(engagement)[1] == priya
    assert roles(led)[0] == tess


def test_nobody_hands_over_to_oneself(tess, admin):
    with pytest.raises(DomainError):
        hand_over(tess, to=tess, by=admin, at=NOW)


def post(version, lead, **facts):
    given = {
        "title": "Payment page",
        "brief": "Make it fast.",
        "currency": "EUR",
        "reviewers": [lead],
        "questions": [("What did you speed up last?", True)],
        "criteria": [("Has done it", 2)],
        **facts,
    }
    return openings.open_from_template(version, by=lead, at=NOW, **given)


def test_an_opening_remembers_its_template_version(tess):
    version = make_version(tess)

    opening = post(version, tess)

    assert (opening.lead, opening.title, opening.published_at) == (tess, "Payment page", None)
    assert OpeningOrigin.objects.get(opening=opening).version == version


def test_a_draft_is_not_posted(tess):
    with pytest.raises(DomainError, match="Only a published version"):
        post(make_version(tess, published=False), tess)
