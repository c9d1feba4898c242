"""One page from template to offer: whom it may go to, the contract beside the form, drafts kept as one types."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User, WorkingSpan
from accounts.states import Role
from contractors.models import Claim, Contractor, Skill, VettingDecision
from contractors.states import OWN_HISTORY, ApplicationStatus, ClaimKind, Decision, PricePer
from core.errors import DomainError
from core.money import Money
from engagements.models import Engagement
from engagements.states import EngagementStatus, NeedKind
from milestones.models import OfferDraft
from milestones.queries.candidates import candidates, find_candidates
from milestones.queries.planned import PlannedStep
from milestones.services import drafting
from milestones.services import offer_drafts as services
from tests.factories import (
    NOW,
    TODAY,
    make_application,
    make_budget,
    make_contractor,
    make_opening,
    make_organisation,
    make_user,
    make_version,
)

pytestmark = pytest.mark.django_db
NEW = "/engagements/new"
TAB, OTHER_TAB = "a" * 32, "b" * 32
NEEDS = [{"kind": NeedKind.ACCESS, "what": "The repository"}, {"kind": NeedKind.ENVIRONMENT, "what": "Two phones"}]


@pytest.fixture
def lead() -> User:
    make_organisation()
    return make_user(Role.LEAD, name="Tess Okafor", zone="Europe/Lisbon")


@pytest.fixture
def lan(lead) -> Contractor:
    return make_contractor(True, name="Lan Nguyen", zone="Asia/Ho_Chi_Minh")


@pytest.fixture
def signed_in(client, lead):
    client.force_login(lead)
    return client


def answers(lead: User, contractor: Contractor, **changes: Any) -> dict[str, Any]:
    given = {
        "version": make_version(lead).pk,
        "title": "Payment page",
        "contractor": contractor.pk,
        "price": "4,000",
        "budget": make_budget(lead).pk,
        "starts_on": timezone.localdate().isoformat(),
        "comms_owner": lead.pk,
        "days": "7",
        "form_key": TAB,
    }
    return {**given, **changes}


def save(client: Any, **given: Any) -> Any:
    return client.post(f"{NEW}/save", {"title": "Payment page", "form_key": TAB, **given})


# --- whom an offer may go to ------------------------------------------------------------------------------------------


def test_hires_the_bench_and_old_hands_are_offered_and_nobody_else(lead, lan):
    opening = make_opening(lead)
    hire = make_application(opening, make_contractor(name="Zoe"), status=ApplicationStatus.OFFERED).contractor
    benched = make_application(opening, make_contractor(name="Ben"))
    VettingDecision.objects.create(application=benched, decision=Decision.BENCH, reason="Later", by=lead, at=NOW)
    make_application(opening, make_contractor(name="Nobody"))

    found = find_candidates(lead, most=12, day=TODAY)

    assert [each.contractor for each in found] == [hire, benched.contractor, lan]
    assert [each.is_hired for each in found] == [True, False, False]


def test_they_are_found_by_name_headline_and_skill(lead, lan):
    lan.headline = "Payments, Kotlin"
    lan.save()
    lan.skills.add(Skill.objects.create(name="postgresql"))
    make_contractor(True, name="Somebody else")

    for words in ("lan", "nguyen lan", "kotlin", "postgres payments"):
        assert [each.contractor for each in find_candidates(lead, words, most=12, day=TODAY)] == [lan]
    assert find_candidates(lead, "rust", most=12, day=TODAY) == []


def test_each_shows_zone_shared_hours_rate_and_record(lead, lan):
    WorkingSpan.objects.create(user=lan.user, weekday=2, start_minute=13 * 60, end_minute=22 * 60)
    lan.user.zone = "Asia/Ho_Chi_Minh"
    lan.user.save()
    for kind, raw, value, n, source in (
        (ClaimKind.RATE, "$40", 40_000, None, "export"),
        (ClaimKind.ON_TIME, "100 %", 100_000, 200, "export"),
        (ClaimKind.ON_TIME, "11 of 12", 92_000, 12, OWN_HISTORY),
    ):
        Claim.objects.create(contractor=lan, kind=kind, raw=raw, value_milli=value, n=n, source=source,
                             currency="USD" if kind == ClaimKind.RATE else "", captured_on=TODAY)  # fmt: skip
    new = make_contractor(name="New", zone="")

    known, unknown = candidates([lan, new], lead, day=TODAY)

    assert known.facts == ["Ho Chi Minh, 6 h shared", "USD\xa040 an hour, claimed", "on time 92 % of 12"]
    assert unknown.facts == ["zone unknown", "rate unknown", "no record yet"]


def test_what_was_asked_is_known_to_who_sees_the_opening(lead):
    application = make_application(
        make_opening(lead), asked_minor=390_000, asked_currency="EUR", asked_per=PricePer.WHOLE
    )

    def rate(viewer: User) -> str:
        return candidates([application.contractor], viewer, day=TODAY)[0].rate

    assert rate(lead) == "asked €3,900 for a whole contract"
    assert rate(make_user(Role.LEAD)) == ""


def test_more_people_ask_no_more_of_the_database(signed_in, lead, lan):
    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert signed_in.get(f"{NEW}/choices", {"field": "contractor"}).status_code == 200
        return len(asked)

    cost()
    first = cost()
    for _turn in range(3):
        make_contractor(True)

    assert cost() == first


def test_the_type_ahead_answers_with_options(signed_in, lead, lan):
    version = make_version(lead)

    people = signed_in.get(f"{NEW}/choices", {"field": "contractor", "q": "lan"}).text
    templates = signed_in.get(f"{NEW}/choices", {"field": "version", "q": str(version)}).text
    nobody = signed_in.get(f"{NEW}/choices", {"field": "contractor", "q": "nobody"}).text

    assert f'role="option" id="contractor-1" aria-selected="false" data-value="{lan.pk}"' in people
    assert f'data-value="{version.pk}" data-line="{version}"' in templates
    assert ('role="listbox"' in nobody, "Nobody of your hires" in nobody) == (False, True)


# --- the contract beside the form -------------------------------------------------------------------------------------


def test_the_preview_is_what_the_contractor_gets(signed_in, lead, lan):
    version = make_version(lead, clauses="{{ contractor.name }} keeps it secret.", needs=NEEDS)
    given = answers(lead, lan, version=version.pk, send="1")

    preview = signed_in.post(f"{NEW}/preview", given).text
    signed_in.post(NEW, given)

    engagement = Engagement.objects.get()
    signed_in.force_login(lan.user)
    offered = signed_in.get(reverse("milestones:estimate_and_sign", args=[engagement.pk])).text

    def paper(text: str) -> str:
        start = text.index('<div class="dr-paper"')
        unasked = re.sub(r'<details class="dr-ask-here".*?</details>', "", text[start:], flags=re.DOTALL)
        return " ".join(unasked[: unasked.index("Nobody counts it against you")].split())

    assert paper(preview) == paper(offered)
    assert "Lan Nguyen keeps it secret." in preview


def test_the_preview_says_what_is_not_chosen_yet_and_stores_nothing(signed_in, lead):
    text = signed_in.post(f"{NEW}/preview", {"version": make_version(lead).pk, "price": "x", "starts_on": "x"}).text

    assert "(nobody chosen yet)" in text
    assert "(nobody named yet)" in text
    assert "Price €4,000." in text
    assert "Missing: docs, policy, comms owner, budget." in text
    assert (Engagement.objects.count(), OfferDraft.objects.count()) == (0, 0)


def test_without_a_template_the_preview_asks_for_one(signed_in):
    assert "Choose a template" in signed_in.post(f"{NEW}/preview", {}).text


def test_the_ducks_follow_what_is_typed(signed_in, lead, lan):
    version = make_version(lead, needs=NEEDS)
    given = answers(lead, lan, version=version.pk, stands=["1", "2"], budget=make_budget(lead, minor=100).pk)

    text = signed_in.post(f"{NEW}/preview", given).text

    assert "Missing: docs, policy, budget." in text
    assert "€3,999 short" in text


def test_a_page_with_a_template_shows_its_contract_at_once(signed_in, lead):
    version = make_version(lead)

    text = signed_in.get(NEW, {"version": version.pk}).text

    assert "(nobody chosen yet)" in text
    assert 'value="4000.00"' in text


@pytest.mark.parametrize("act", ["preview", "template", "save"])
def test_what_reads_along_is_posted_and_only_by_leads(signed_in, act):
    assert signed_in.get(f"{NEW}/{act}").status_code == 405
    signed_in.force_login(make_user(Role.MEMBER))
    assert signed_in.post(f"{NEW}/{act}", {"title": "x"}).status_code == 403


# --- price and currency -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "price"),
    [
        ({"price": ""}, Money(400_000, "EUR")),
        ({"price": "", "currency": "EUR"}, Money(400_000, "EUR")),
        ({"price": "500", "currency": "JPY"}, Money(500, "JPY")),
        ({"price": "", "currency": "JPY"}, None),
    ],
)
def test_the_price_is_the_templates_unless_another_is_given(signed_in, lead, lan, change, price):
    budget = make_budget(lead, currency=change.get("currency", "EUR"))

    answer = signed_in.post(NEW, answers(lead, lan, budget=budget.pk, save="1", **change))

    if price is None:
        assert (answer.status_code, "Give the price in JPY: the template’s is in EUR." in answer.text) == (422, True)
    else:
        assert Engagement.objects.get().price == price


# --- what the template brings is changed in place ---------------------------------------------------------------------


def step(version: Any, place: int, **changes: Any) -> dict[str, Any]:
    given = {"title": f"Step {place}", "deliverable": "A report.", "share_bp": "50", "due_after_days": "9", **changes}
    return {f"v{version.pk}-m{place}-{name}": value for name, value in given.items()}


def test_milestones_shares_and_days_are_those_of_the_page(signed_in, lead, lan):
    version = make_version(lead)
    plan = {**step(version, 1, title="Measured"), **step(version, 2, due_after_days="20")}

    signed_in.post(NEW, answers(lead, lan, version=version.pk, save="1", **plan))

    first, second = Engagement.objects.get().milestones.order_by("position")
    start = timezone.localdate()
    assert (first.title, first.deliverable, first.amount_minor) == ("Measured", "A report.", 200_000)
    assert (first.due_on, second.due_on) == (start + timedelta(days=9), start + timedelta(days=20))
    assert second.goals.get().due_on == second.due_on
    assert list(version.milestones.values_list("title", flat=True)) == ["Step 1", "Step 2"]


def test_shares_that_make_no_whole_are_refused_with_all_that_was_typed(signed_in, lead, lan):
    version = make_version(lead)
    plan = {**step(version, 1, title="Measured"), **step(version, 2, share_bp="40")}

    answer = signed_in.post(NEW, answers(lead, lan, version=version.pk, save="1", **plan))

    assert (answer.status_code, "The shares make 90 %; make them 100 %." in answer.text) == (422, True)
    assert 'value="Measured"' in answer.text
    assert not Engagement.objects.exists()


def test_another_templates_steps_are_not_taken(signed_in, lead, lan):
    other = make_version(lead)

    signed_in.post(NEW, answers(lead, lan, save="1", **step(other, 1, title="Foreign")))

    assert [m.title for m in Engagement.objects.get().milestones.order_by("position")] == ["Step 1", "Step 2"]


@pytest.mark.parametrize("shares", [(4000,), (4000, 5000), (4000, 5000, 1000)])
def test_a_plan_has_the_templates_steps_and_a_whole(lead, lan, shares):
    steps = [PlannedStep("Step", "Thing", share, 5) for share in shares]

    with pytest.raises(DomainError, match="one share, and the shares make 100 %"):
        drafting.draft_engagement(
            make_version(lead), contractor=lan, application=None, title="x", lead=lead, comms_owner=lead, cover=None,
            starts_on=TODAY, price=Money(100, "EUR"), budget=make_budget(lead), steps=steps, by=lead, at=NOW,
        )  # fmt: skip


def test_what_stands_already_is_ticked_on_the_page(signed_in, lead, lan):
    version = make_version(lead, needs=NEEDS)

    signed_in.post(NEW, answers(lead, lan, version=version.pk, stands=["2"], save="1"))

    needs = Engagement.objects.get().needs.all()
    assert [(need.what, need.stands_by) for need in needs] == [("The repository", None), ("Two phones", lead)]


def test_a_draft_may_lead_to_its_goals(signed_in, lead, lan):
    answer = signed_in.post(NEW, answers(lead, lan, goals="1"))

    engagement = Engagement.objects.get()
    assert engagement.status == EngagementStatus.DRAFT
    assert answer["Location"] == reverse("engagements:engagement_goals", args=[engagement.pk])


def test_the_part_of_the_template_comes_alone(signed_in, lead):
    version = make_version(lead, needs=NEEDS)

    text = signed_in.post(f"{NEW}/template", {"version": version.pk}).text

    assert f'name="v{version.pk}-m1-share_bp" value="40"' in text
    assert "Access: The repository" in text
    assert "Without a price: €4,000, as in the template." in text


# --- drafts -----------------------------------------------------------------------------------------------------------


def test_what_is_typed_is_kept_and_comes_back(signed_in, lead, lan):
    version = make_version(lead, needs=NEEDS)
    typed = {"version": version.pk, "contractor": lan.pk, "price": "4,1oo", "stands": "2", "starts_on": "soon",
             "csrfmiddlewaretoken": "secret", **step(version, 1, title="Half a ti")}  # fmt: skip

    answer = save(signed_in, **typed)
    draft = OfferDraft.objects.get()
    page = signed_in.get(NEW, {"draft": draft.pk}).text

    assert (answer.status_code, answer["HX-Replace-Url"]) == (200, f"{NEW}?draft={draft.pk}")
    assert draft.answers == {
        "title": "Payment page", "version": str(version.pk), "contractor": str(lan.pk), "price": "4,1oo",
        "stands": ["2"], "starts_on": "soon", f"v{version.pk}-m1-title": "Half a ti",
        f"v{version.pk}-m1-deliverable": "A report.", f"v{version.pk}-m1-share_bp": "50",
        f"v{version.pk}-m1-due_after_days": "9",
    }  # fmt: skip
    for words in (
        'value="Payment page"',
        'value="4,1oo"',
        'value="soon"',
        'value="Half a ti"',
        'value="2" id="id_stands_1" checked',
    ):
        assert words in page
    assert Engagement.objects.count() == 0


def test_a_page_on_which_nothing_was_typed_is_no_draft(signed_in):
    assert save(signed_in, title="", starts_on="2026-12-01", days="7").status_code == 204
    assert not OfferDraft.objects.exists()


def test_one_tab_goes_on_with_its_own_draft(signed_in):
    save(signed_in)
    save(signed_in, title="Payment page, fast")

    draft = OfferDraft.objects.get()
    assert (draft.answers["title"], draft.number) == ("Payment page, fast", 2)


def test_a_tab_never_stands_in_its_own_way(signed_in):
    save(signed_in)
    pk = OfferDraft.objects.get().pk

    late = save(signed_in, title="Sent before the first answer came", draft=pk, draft_number=1)
    later = save(signed_in, title="And once more", draft=pk, draft_number=1)

    assert [late.status_code, later.status_code] == [200, 200]
    assert OfferDraft.objects.get().number == 3


def test_two_tabs_do_not_write_over_each_other(signed_in):
    save(signed_in, title="Mine")
    draft = OfferDraft.objects.get()
    save(signed_in, title="The other's", draft=draft.pk, draft_number=1, form_key=OTHER_TAB)

    answer = save(signed_in, title="Mine again", draft=draft.pk, draft_number=1)

    draft.refresh_from_db()
    assert (answer.status_code, draft.answers["title"]) == (409, "The other's")
    assert "This draft was changed meanwhile" in answer.text
    assert f'href="{NEW}?draft={draft.pk}"' in answer.text
    assert '{"keep": "2"}' in answer.text
    assert 'name="draft_number" value="1"' in answer.text  # it stays refused until one of both is chosen


def test_mine_is_kept_when_i_say_so_and_only_over_what_i_was_told_of(signed_in):
    save(signed_in, title="Mine")
    draft = OfferDraft.objects.get()
    save(signed_in, title="The other's", draft=draft.pk, draft_number=1, form_key=OTHER_TAB)
    save(signed_in, title="The other's, later", draft=draft.pk, draft_number=2, form_key=OTHER_TAB)

    stale = save(signed_in, title="Mine again", draft=draft.pk, draft_number=1, keep=2)
    kept = save(signed_in, title="Mine again", draft=draft.pk, draft_number=1, keep=3)

    draft.refresh_from_db()
    assert [stale.status_code, kept.status_code, draft.answers["title"]] == [409, 200, "Mine again"]


def test_a_draft_that_is_gone_may_be_made_anew(signed_in):
    gone = save(signed_in, draft=987, draft_number=3)
    kept = save(signed_in, draft=987, draft_number=3, keep="new")

    assert (gone.status_code, "This draft is gone" in gone.text, kept.status_code) == (409, True, 200)
    assert OfferDraft.objects.count() == 1


def test_drafts_end_somewhere(signed_in, lead):
    for turn in range(services.MOST):
        services.begin_offer_draft({"title": "x"}, tab=f"{turn:032x}", by=lead, at=NOW)

    answer = save(signed_in)

    assert (answer.status_code, "Throw one away first" in answer.text) == (409, True)
    assert OfferDraft.objects.count() == services.MOST


def test_nobody_reads_or_changes_anothers_draft(client, lead):
    draft = services.begin_offer_draft({"title": "Secret plan"}, tab=TAB, by=lead, at=NOW)
    client.force_login(make_user(Role.LEAD))

    page = client.get(NEW, {"draft": draft.pk}).text

    assert ("Secret plan" in page, "That draft is not there any more" in page) == (False, True)
    assert save(client, draft=draft.pk, draft_number=1, form_key=OTHER_TAB).status_code == 409
    assert client.post(f"/offer-drafts/{draft.pk}/discard").status_code == 404
    draft.refresh_from_db()
    assert draft.answers == {"title": "Secret plan"}


@pytest.mark.parametrize("ends", ["send", "save"])
def test_a_draft_ends_when_its_engagement_is_made(signed_in, lead, lan, ends):
    save(signed_in)
    other = services.begin_offer_draft({"title": "Another"}, tab=OTHER_TAB, by=lead, at=NOW)

    signed_in.post(NEW, answers(lead, lan, **{ends: "1"}))  # the page had not heard of its draft's number yet

    assert Engagement.objects.count() == 1
    assert list(OfferDraft.objects.all()) == [other]
    assert save(signed_in).status_code == 204  # what the tab still sends comes too late
    assert OfferDraft.objects.count() == 1


def test_sending_what_another_tab_changed_is_held_once(signed_in, lead, lan):
    save(signed_in)
    draft = OfferDraft.objects.get()
    save(signed_in, title="The other's", draft=draft.pk, draft_number=1, form_key=OTHER_TAB)
    given = answers(lead, lan, draft=draft.pk, draft_number=1, send="1")

    held = signed_in.post(NEW, given)
    again = signed_in.post(NEW, {**given, "draft_number": 2, "form_key": "c" * 32})

    assert (held.status_code, "This draft was changed meanwhile" in held.text) == (409, True)
    assert 'value="Payment page"' in held.text
    assert 'name="draft_number" value="2"' in held.text
    assert again.status_code == 302
    assert (Engagement.objects.count(), OfferDraft.objects.count()) == (1, 0)


def test_two_tabs_do_not_send_the_same_draft_twice(signed_in, lead, lan):
    save(signed_in)
    pk = OfferDraft.objects.get().pk
    given = answers(lead, lan, draft=pk, draft_number=1, send="1")
    signed_in.post(NEW, given)

    answer = signed_in.post(NEW, {**given, "form_key": OTHER_TAB})

    assert (answer.status_code, "This draft is gone" in answer.text) == (409, True)
    assert Engagement.objects.count() == 1


def test_a_refused_offer_keeps_its_draft(signed_in, lead):
    nobody = make_application(
        make_opening(lead), make_contractor(email=""), status=ApplicationStatus.OFFERED
    ).contractor
    save(signed_in)

    answer = signed_in.post(NEW, answers(lead, nobody, draft=OfferDraft.objects.get().pk, draft_number=1, send="1"))

    assert (answer.status_code, OfferDraft.objects.count()) == (409, 1)


def test_own_drafts_are_listed_and_thrown_away(signed_in, lead):
    draft = services.begin_offer_draft({"title": "Half a plan"}, tab=TAB, by=lead, at=NOW)

    assert "Half a plan" in signed_in.get(NEW).text
    assert signed_in.get(f"/offer-drafts/{draft.pk}/discard").status_code == 405
    assert signed_in.post(f"/offer-drafts/{draft.pk}/discard").status_code == 302
    assert "Half a plan" not in signed_in.get(NEW).text


def test_somebody_who_leads_no_more_throws_nothing_away(client, lead):
    draft = services.begin_offer_draft({"title": "x"}, tab=TAB, by=lead, at=NOW)
    User.objects.filter(pk=lead.pk).update(role=Role.MEMBER)
    lead.refresh_from_db()
    client.force_login(lead)

    assert client.post(f"/offer-drafts/{draft.pk}/discard").status_code == 403


def test_drafts_of_an_application_stay_with_it(signed_in, lead):
    application = make_application(make_opening(lead), status=ApplicationStatus.OFFERED)
    save(signed_in, application=application.pk)

    page = signed_in.get(NEW, {"draft": OfferDraft.objects.get().pk}).text

    assert f'name="application" value="{application.pk}"' in page
    assert str(application.contractor) in page


def test_the_database_keeps_one_draft_a_tab(lead):
    draft = services.begin_offer_draft({"title": "x"}, tab=TAB, by=lead, at=NOW)

    with pytest.raises(DatabaseError), transaction.atomic():
        OfferDraft.objects.create(by=lead, tab=TAB, created_at=NOW, saved_at=NOW)
    with pytest.raises(DatabaseError), transaction.atomic():
        OfferDraft.objects.filter(pk=draft.pk).update(saved_at=NOW - timedelta(days=1))
