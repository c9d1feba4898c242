"""The capability map, and what work on a core area needs before it is offered outside."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.states import Role
from engagements.files.templates import document_of
from engagements.models import Capability, Engagement, TemplateVersion
from engagements.queries.gate import lacks_of_offer, lacks_of_version
from engagements.services import templates
from engagements.services.goals import NotReadyError, rewrite_goals
from milestones.services import offers
from tests import factories as make
from tests.milestones.test_offer_path import draft

pytestmark = pytest.mark.django_db
MAP = "/capabilities/"


@pytest.fixture
def lead():
    return make.make_user(Role.LEAD)


@pytest.fixture
def signed_in(client, lead):
    client.force_login(lead)
    return client


def typed(**facts: Any) -> dict[str, Any]:
    return {"name": "Payments", "kind": "core", "inside_owner": "", "inside_authors": [], **facts}


def of_core(lead: Any, **facts: Any) -> Engagement:
    """A draft whose template touches one core area."""
    version = make.make_version(lead, published=False)
    version.areas.set([make.make_capability(lead, name="Payments", **facts)])
    version = templates.publish(version, by=lead, at=make.NOW)
    return draft(lead, make.make_contractor(True), version=version)


# --- the gate ----------------------------------------------------------------------------


def test_work_on_a_core_area_is_held_back_until_it_stays_ours(lead):
    engagement = of_core(lead, inside_owner=None)

    assert lacks_of_offer(engagement) == [
        "name an inside owner of “Payments”",
        "mark the goal that hands the knowledge over to us: “Payments” is core",
        "say why “Payments” is done outside: it is core",
    ]
    assert lacks_of_version(engagement.version) == lacks_of_offer(engagement)
    with pytest.raises(NotReadyError, match=r"Not sent yet\. Name an inside owner of “Payments”"):
        offers.send_offer(engagement, by=lead, at=timezone.now())


def test_with_owner_handover_and_reason_it_leaves(lead):
    engagement = of_core(lead)
    engagement.goals.filter(position=2).update(is_transfer=True)
    Engagement.objects.filter(pk=engagement.pk).update(why_outside="Nobody is free before March.")

    sent = offers.send_offer(Engagement.objects.get(pk=engagement.pk), by=lead, at=timezone.now())

    assert (sent.status, sent.overrides.count()) == ("offered", 0)


def test_an_override_keeps_what_was_missing_of_the_core_area(lead):
    engagement = of_core(lead)

    offers.send_offer(engagement, override_reason="The bank closes on Friday.", by=lead, at=timezone.now())

    assert engagement.overrides.get().lacks == lacks_of_offer(engagement)
    assert len(engagement.overrides.get().lacks) == 2


def test_an_owner_who_has_left_owns_nothing(lead):
    gone = make.make_user(Role.MEMBER, is_active=False, deactivated_at=make.NOW)

    assert "name an inside owner of “Payments”" in lacks_of_offer(of_core(lead, inside_owner=gone))


def test_a_supporting_area_asks_for_nothing(lead):
    assert lacks_of_offer(of_core(lead, is_core=False, inside_owner=None)) == []


def test_a_contract_starts_with_its_templates_areas_and_may_change_them(lead):
    engagement = of_core(lead)
    other = make.make_capability(lead, is_core=False)

    rewrite_goals(engagement, {}, areas=[other.pk], why_outside="", by=lead, at=make.NOW)

    assert [list(engagement.version.areas.all()) != [], list(engagement.areas.all())] == [True, [other]]
    assert lacks_of_offer(engagement) == []


def test_the_goals_page_writes_areas_reason_and_handover(signed_in, lead):
    engagement = of_core(lead)
    url = reverse("engagements:engagement_goals", args=[engagement.pk])
    data = {
        f"goal-{goal.pk}-{name}": getattr(goal, name)
        for goal in engagement.goals.all()
        for name in ("kind", "objective_id", "metric", "unit", "baseline", "direction", "target", "method",
                     "measured_by", "due_on")
    } | {f"goal-{engagement.goals.first().pk}-is_transfer": "on"}  # fmt: skip

    page = signed_in.get(url).text
    answer = signed_in.post(
        url, data | {"contract-areas": [engagement.areas.get().pk], "contract-why_outside": "Nobody is free."}
    )

    assert "Payments (core)" in page
    assert answer.status_code == 302
    engagement.refresh_from_db()
    assert (engagement.why_outside, lacks_of_offer(engagement)) == ("Nobody is free.", [])


# --- templates ---------------------------------------------------------------------------


def test_what_a_published_version_touches_never_changes(lead):
    version = of_core(lead).version
    area = make.make_capability(lead)

    for act in (lambda: version.areas.add(area), lambda: version.areas.clear()):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            act()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        TemplateVersion.objects.filter(pk=version.pk).update(why_outside="Another reason")


def test_the_next_draft_and_a_copy_touch_the_same(lead):
    version = of_core(lead).version

    fresh = templates.new_draft(version.template, by=lead, at=make.NOW)
    copy = templates.duplicate(version, by=lead, at=make.NOW)

    assert document_of(fresh)["areas"] == document_of(copy)["areas"] == ["Payments"]


# --- the map's pages ---------------------------------------------------------------------


def test_a_lead_adds_an_area_with_its_people(signed_in, lead):
    author = make.make_user(Role.MEMBER)

    answer = signed_in.post(MAP, typed(inside_owner=lead.pk, inside_authors=[author.pk]))

    area = Capability.objects.get()
    assert (answer.status_code, area.is_core, area.inside_owner) == (302, True, lead)
    assert list(area.inside_authors.all()) == [author]
    assert "Every core area has an inside owner" in signed_in.get(MAP).text


def test_the_map_says_which_core_areas_nobody_owns(signed_in):
    make.make_capability(inside_owner=None)

    assert "One core area has no inside owner" in signed_in.get(MAP).text


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"kind": "odd"}, {"inside_owner": "99999999999999999999"}, {"inside_authors": ["x"]}]
)
def test_a_wrong_answer_is_pointed_at_and_nothing_is_stored(signed_in, wrong):
    assert signed_in.post(MAP, typed(**wrong)).status_code == 422
    assert not Capability.objects.exists()


def test_a_name_stands_once(signed_in, lead):
    other = make.make_capability(lead, name="Search")
    make.make_capability(lead, name="Payments")

    added = signed_in.post(MAP, typed())
    renamed = signed_in.post(f"{MAP}{other.pk}/", typed())

    assert (added.status_code, renamed.status_code) == (409, 409)
    assert "There is an area of this name already" in added.text
    assert Capability.objects.get(pk=other.pk).name == "Search"


def test_an_area_is_changed_and_retired(signed_in, lead):
    area = make.make_capability(lead)

    changed = signed_in.post(f"{MAP}{area.pk}/", typed(name="Billing", kind="supporting"))
    retired = signed_in.post(f"{MAP}{area.pk}/retire")
    late = signed_in.post(f"{MAP}{area.pk}/", typed(name="Late"))

    area.refresh_from_db()
    assert [changed.status_code, retired.status_code, late.status_code] == [302, 302, 409]
    assert (area.name, area.is_core, area.inside_owner, area.retired_at is not None) == ("Billing", False, None, True)
    assert "Billing" not in signed_in.get(MAP).content.decode().split("<main")[1].split("dr-sticky")[0]


@pytest.mark.parametrize(
    ("role", "reads", "writes"),
    [(Role.MEMBER, 200, 403), (Role.ADMIN, 200, 403), (Role.FINANCE, 404, 404), (Role.CONTRACTOR, 404, 404)],
)
def test_the_team_reads_the_map_and_leads_keep_it(client, lead, role, reads, writes):
    area = make.make_capability(lead)
    client.force_login(make.make_user(role))

    urls = [MAP, f"{MAP}{area.pk}/"]
    assert [client.get(url).status_code for url in urls] == [reads, reads]
    assert [client.post(url, typed()).status_code for url in [*urls, f"{MAP}{area.pk}/retire"]] == [writes] * 3
    assert "Add the area" not in client.get(MAP).text


def test_an_area_shows_what_touches_it_to_those_who_may_see_that(client, lead):
    engagement = of_core(lead)
    url = f"{MAP}{engagement.areas.get().pk}/"
    client.force_login(lead)
    mine = client.get(url).text
    client.force_login(make.make_user(Role.MEMBER))

    assert engagement.title in mine
    assert str(engagement.version) in mine
    assert engagement.title not in client.get(url).text


def test_the_contractor_reads_neither_areas_nor_reason(client, lead):
    engagement = of_core(lead)
    Engagement.objects.filter(pk=engagement.pk).update(why_outside="Nobody is free.")
    offers.send_offer(engagement, override_reason="Now.", by=lead, at=timezone.now())
    client.force_login(lead)
    ours = client.get(f"/engagements/{engagement.pk}/").text
    client.force_login(engagement.contractor.user)
    theirs = client.get(f"/engagements/{engagement.pk}/").text

    assert ["Nobody is free." in page and "Payments" in page for page in (ours, theirs)] == [True, False]


def test_the_map_costs_the_same_for_one_and_three_areas(signed_in, lead):
    counts = []
    for number in (1, 2):
        for _turn in range(number):
            make.make_capability(lead).inside_authors.add(lead)
        with CaptureQueriesContext(connection) as seen:
            signed_in.get(MAP)
        counts.append(len(seen))

    assert counts[0] == counts[1]
