"""From draft to both signatures: the rules, and what each page answers to whom."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Invitation, User
from accounts.states import Role
from contractors.models import Contractor
from contractors.states import ApplicationStatus
from core.errors import DomainError
from core.models import OutboxMail
from core.money import Money
from engagements.models import Agreement, Engagement, OfferLink
from engagements.queries.offer import current_agreement
from engagements.services.agreements import verify
from engagements.states import EngagementStatus, Side
from milestones.services import drafting, estimates, offers, signing
from milestones.states import MilestoneStatus
from tests.factories import make_application, make_budget, make_contractor, make_organisation, make_user, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead() -> User:
    make_organisation()
    return make_user(Role.LEAD, name="Tess Okafor")


@pytest.fixture
def contractor() -> Contractor:
    return make_contractor(True)


def draft(lead: User, contractor: Contractor, **facts: Any) -> Engagement:
    facts = {
        "version": make_version(lead),
        "application": None,
        "title": "Payment page, faster",
        "comms_owner": lead,
        "cover": None,
        "starts_on": timezone.localdate(),
        "price": Money(400_000, "EUR"),
        **facts,
    }
    facts.setdefault("budget", make_budget(lead, currency=facts["price"].currency))
    version = facts.pop("version")
    return drafting.draft_engagement(version, contractor=contractor, lead=lead, by=lead, at=timezone.now(), **facts)


def offered(lead: User, contractor: Contractor, **facts: Any) -> Engagement:
    return offers.send_offer(draft(lead, contractor, **facts), by=lead, at=timezone.now())


def numbers(engagement: Engagement, hours: int = 8) -> dict[int, tuple[int, Any]]:
    return {m.pk: (hours * 60, m.due_on + timedelta(days=1)) for m in engagement.milestones.all()}


def signed(lead: User, contractor: Contractor, hours: int = 8, **facts: Any) -> tuple[Engagement, Agreement]:
    engagement = offered(lead, contractor, **facts)
    user = contractor.user
    assert user is not None
    agreement = estimates.estimate_and_sign(
        engagement, estimates=numbers(engagement, hours), typed_name=user.name, ip=None, by=user, at=timezone.now()
    )
    return engagement, agreement


# --- drafting ------------------------------------------------------------------------
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(10_000, 10**9),
    st.sampled_from(["EUR", "JPY", "BHD"]),
    st.sampled_from([(3333, 3333, 3334), (1, 9999), (5000, 5000)]),
)
def test_amounts_sum_exactly_to_the_price(lead: User, minor: int, currency: str, shares: tuple[int, ...]) -> None:
    version = make_version(lead, shares=shares, currency=currency)

    engagement = draft(lead, make_contractor(True), version=version, price=Money(minor, currency))

    assert sum(m.amount_minor for m in engagement.milestones.all()) == minor


def test_goals_and_dates_come_from_the_version(lead: User, contractor: Contractor) -> None:
    engagement = draft(lead, contractor)

    first = engagement.milestones.get(position=1)
    assert first.due_on == engagement.starts_on + timedelta(days=14)
    assert [g.target for g in first.goals.all()] == ["1200"]


def test_a_version_that_is_not_published_makes_no_contract(lead: User, contractor: Contractor) -> None:
    with pytest.raises(DomainError, match="not published"):
        draft(lead, contractor, version=make_version(lead, published=False))


def test_a_budget_of_another_currency_is_refused(lead: User, contractor: Contractor) -> None:
    with pytest.raises(DomainError, match="kept in USD"):
        draft(lead, contractor, budget=make_budget(lead, currency="USD"))


# --- offers --------------------------------------------------------------------------
def test_an_offer_without_an_address_is_refused(lead: User) -> None:
    with pytest.raises(DomainError, match="no e-mail"):
        offered(lead, make_contractor(email=""))


def test_the_offer_mail_opens_the_offer_without_an_account(lead: User, client: Client) -> None:
    engagement = offered(lead, make_contractor(email="ana@example.net", name="Ana Sousa"))
    mail = OutboxMail.objects.get(kind="offer")
    path = next(w for w in mail.text.split() if "/offers/" in w).split("testserver")[-1]
    path = "/offers/" + path.split("/offers/")[1]

    page = client.get(path)

    assert page.status_code == 200
    assert "1200" in page.content.decode()
    assert page["Referrer-Policy"] == "same-origin"
    assert OfferLink.objects.get().first_read_at is not None
    joined = client.post(path + "join", {"name": "Ana Sousa", "password": "row of ducks 9", "zone": "Europe/Lisbon"})
    assert joined.status_code == 302
    assert joined["Location"] == reverse("milestones:estimate_and_sign", args=[engagement.pk])
    assert client.get(joined["Location"]).status_code == 200
    assert Contractor.objects.get(email="ana@example.net").user == User.objects.get(email="ana@example.net")
    assert Invitation.objects.get().accepted_at is not None
    again = Client().post(path + "join", {"name": "Eve", "password": "row of ducks 9", "zone": "Europe/Lisbon"})
    assert again.status_code == 409
    assert User.objects.filter(role=Role.CONTRACTOR).count() == 1


def test_a_dead_or_unknown_link_says_so(lead: User, contractor: Contractor, client: Client) -> None:
    engagement = offered(lead, contractor)
    mail = OutboxMail.objects.get(kind="offer")
    path = "/offers/" + mail.text.split("/offers/")[1].split()[0]
    offers.withdraw_offer(engagement, reason="Plans changed", by=lead, at=timezone.now())

    assert client.get(path).status_code == 410
    assert client.post(path + "join").status_code == 410
    assert client.get("/offers/unknown-token/").status_code == 404
    assert client.post("/offers/unknown-token/join").status_code == 404


def test_an_offer_ends_by_the_clock_and_the_lead_hears_it(lead: User, contractor: Contractor) -> None:
    engagement = offered(lead, contractor)

    assert offers.expire_offers(at=timezone.now() + timedelta(days=8)) == 1

    engagement.refresh_from_db()
    assert engagement.status == EngagementStatus.EXPIRED
    assert offers.expire_offers(at=timezone.now() + timedelta(days=8)) == 0


# --- estimates and signatures ---------------------------------------------------------------
def test_both_sign_one_hash_and_the_engagement_is_agreed(lead: User, contractor: Contractor) -> None:
    engagement, agreement = signed(lead, contractor)

    engagement = signing.agree_and_sign(
        engagement, sha256=agreement.sha256, typed_name="tess  OKAFOR", ip=None, by=lead, at=timezone.now()
    )

    assert engagement.status == EngagementStatus.AGREED
    assert verify(Agreement.objects.get(pk=agreement.pk))
    assert {s.sha256 for s in agreement.signatures.all()} == {agreement.sha256}
    assert set(engagement.milestones.values_list("status", flat=True)) == {MilestoneStatus.AGREED}
    document = json.loads(agreement.canonical)
    assert document["price"] == {"currency": "EUR", "minor": 400_000}
    assert [m["estimate"]["work_minutes"] for m in document["milestones"]] == [480, 480]
    first = engagement.milestones.get(position=1)
    assert first.due_on == engagement.starts_on + timedelta(days=15)


def test_an_application_is_hired_by_the_signature(lead: User, contractor: Contractor) -> None:
    application = make_application(contractor=contractor, status=ApplicationStatus.OFFERED)
    engagement = offers.send_offer(draft(lead, contractor, application=application), by=lead, at=timezone.now())
    user = contractor.user
    assert user is not None
    agreement = estimates.estimate_and_sign(
        engagement, estimates=numbers(engagement), typed_name=user.name, ip=None, by=user, at=timezone.now()
    )

    signing.agree_and_sign(
        engagement, sha256=agreement.sha256, typed_name=lead.name, ip=None, by=lead, at=timezone.now()
    )

    application.refresh_from_db()
    assert application.status == ApplicationStatus.HIRED


def test_new_estimates_void_the_first_signature(lead: User, contractor: Contractor) -> None:
    engagement, first = signed(lead, contractor)
    user = contractor.user
    assert user is not None
    second = estimates.estimate_and_sign(
        engagement, estimates=numbers(engagement, 20), typed_name=user.name, ip=None, by=user, at=timezone.now()
    )

    first.refresh_from_db()
    assert first.voided_at is not None
    with pytest.raises(DomainError, match="changed since"):
        signing.agree_and_sign(
            engagement, sha256=first.sha256, typed_name=lead.name, ip=None, by=lead, at=timezone.now()
        )
    assert current_agreement(engagement) == second


def test_estimates_can_be_sent_back_with_a_reason_and_made_anew(lead: User, contractor: Contractor) -> None:
    engagement, agreement = signed(lead, contractor)

    signing.send_back(engagement, reason="Half of that?", by=lead, at=timezone.now())

    agreement.refresh_from_db()
    assert agreement.void_reason == "Half of that?"
    assert set(engagement.milestones.values_list("status", flat=True)) == {MilestoneStatus.PLANNED}
    assert OutboxMail.objects.filter(text__contains="Half of that?", recipient=contractor.user).exists()


def test_a_wrong_name_signs_nothing(lead: User, contractor: Contractor) -> None:
    engagement = offered(lead, contractor)
    user = contractor.user
    assert user is not None

    with pytest.raises(DomainError, match="Type your name"):
        estimates.estimate_and_sign(
            engagement, estimates=numbers(engagement), typed_name="Somebody", ip=None, by=user, at=timezone.now()
        )

    assert not Agreement.objects.exists()


def test_an_ended_offer_is_not_signed(lead: User, contractor: Contractor) -> None:
    engagement = offered(lead, contractor)
    user = contractor.user
    assert user is not None

    with pytest.raises(DomainError, match="has ended"):
        estimates.estimate_and_sign(
            engagement,
            estimates=numbers(engagement),
            typed_name=user.name,
            ip=None,
            by=user,
            at=timezone.now() + timedelta(days=30),
        )


# --- pages ---------------------------------------------------------------------------------
def sign_form(engagement: Engagement, name: str) -> dict[str, Any]:
    form: dict[str, Any] = {"typed_name": name}
    for m in engagement.milestones.all():
        form[f"hours-{m.pk}"], form[f"due-{m.pk}"] = "12.5", m.due_on.isoformat()
    return form


def test_the_contractor_signs_on_the_page(lead: User, contractor: Contractor, client: Client) -> None:
    engagement = offered(lead, contractor)
    user = contractor.user
    assert user is not None
    client.force_login(user)
    url = reverse("milestones:estimate_and_sign", args=[engagement.pk])

    assert client.get(url).status_code == 200
    assert client.post(url, sign_form(engagement, user.name)).status_code == 302
    assert engagement.agreements.get().signatures.get().side == Side.THEIRS


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("hours", "0"),
        ("hours", "-1"),
        ("hours", "1e99"),
        ("hours", "many"),
        ("due", "0001-01-01"),
        ("due", "9999-12-31"),
    ],
)
def test_impossible_estimates_come_back_with_all_that_was_typed(
    lead: User, contractor: Contractor, client: Client, field: str, value: str
) -> None:
    engagement = offered(lead, contractor)
    user = contractor.user
    assert user is not None
    client.force_login(user)
    form = sign_form(engagement, user.name)
    form[f"{field}-{engagement.milestones.first().pk}"] = value

    answer = client.post(reverse("milestones:estimate_and_sign", args=[engagement.pk]), form)

    assert answer.status_code == 422
    assert user.name in answer.content.decode()
    assert not Agreement.objects.exists()


def test_the_lead_agrees_on_the_page_and_a_stale_page_is_refused(
    lead: User, contractor: Contractor, client: Client
) -> None:
    engagement, agreement = signed(lead, contractor)
    client.force_login(lead)
    url = reverse("milestones:agree", args=[engagement.pk])

    assert agreement.sha256 in client.get(url).content.decode()
    stale = client.post(url, {"sha256": "0" * 64, "typed_name": lead.name})
    assert stale.status_code == 409
    assert agreement.sha256 in stale.content.decode()
    assert client.post(url, {"sha256": agreement.sha256, "typed_name": lead.name}).status_code == 302
    assert client.post(url, {"sha256": agreement.sha256, "typed_name": lead.name}).status_code == 409


WRITES = ["send_offer", "withdraw_offer", "decline_offer", "send_back", "estimate_and_sign", "agree"]


@pytest.mark.parametrize("name", WRITES)
def test_a_stranger_finds_nothing(lead: User, contractor: Contractor, client: Client, name: str) -> None:
    engagement, _agreement = signed(lead, contractor)
    url = reverse(f"milestones:{name}", args=[engagement.pk])
    for stranger in (make_user(Role.LEAD), make_user(Role.MEMBER), make_contractor(True).user, make_user(Role.FINANCE)):
        client.force_login(stranger)
        assert client.post(url, {"reason": "x"}).status_code == 404


@pytest.mark.parametrize(("name", "side"), [
    ("send_offer", "theirs"), ("withdraw_offer", "theirs"), ("agree", "theirs"), ("send_back", "theirs"),
    ("estimate_and_sign", "ours"), ("decline_offer", "ours"),
])  # fmt: skip
def test_the_other_side_may_not(lead: User, contractor: Contractor, client: Client, name: str, side: str) -> None:
    engagement, _agreement = signed(lead, contractor)
    client.force_login(contractor.user if side == "theirs" else lead)

    assert client.post(reverse(f"milestones:{name}", args=[engagement.pk]), {"reason": "x"}).status_code == 403


@pytest.mark.parametrize("name", ["send_offer", "withdraw_offer", "decline_offer", "send_back"])
def test_acts_are_posted(lead: User, contractor: Contractor, client: Client, name: str) -> None:
    engagement, _agreement = signed(lead, contractor)
    client.force_login(lead)

    assert client.get(reverse(f"milestones:{name}", args=[engagement.pk])).status_code == 405


def new_form(lead: User, contractor: Contractor) -> dict[str, Any]:
    version, budget = make_version(lead), make_budget(lead)
    form = {
        "version": version.pk, "title": "Payment page", "contractor": contractor.pk, "price": "4,000",
        "budget": budget.pk, "starts_on": timezone.localdate().isoformat(), "comms_owner": lead.pk, "days": "7",
        "send": "1", "form_key": "a" * 32,
    }  # fmt: skip
    return form


def test_one_page_leads_to_an_offer_and_a_second_click_to_the_same_one(
    lead: User, contractor: Contractor, client: Client
) -> None:
    client.force_login(lead)
    form = new_form(lead, contractor)

    first = client.post(reverse("milestones:engagement_new"), form)
    second = client.post(reverse("milestones:engagement_new"), form)

    assert first.status_code == second.status_code == 302
    assert first["Location"] == second["Location"]
    assert Engagement.objects.get().status == EngagementStatus.OFFERED


@pytest.mark.parametrize(
    "change",
    [
        {"price": "-5"}, {"price": "1" * 25}, {"price": "zero"}, {"starts_on": "0001-01-01"},
        {"starts_on": "9999-12-31"}, {"contractor": "999999"}, {"version": "x"}, {"days": "0"},
        {"days": "99999999999999999999"}, {"title": "x" * 10_000}, {"comms_owner": ""}, {"budget": "0"},
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_beside_the_field(
    lead: User, contractor: Contractor, client: Client, change: dict[str, str]
) -> None:
    client.force_login(lead)

    answer = client.post(reverse("milestones:engagement_new"), {**new_form(lead, contractor), **change})

    assert answer.status_code == 422
    assert "invalid-feedback" in answer.content.decode()
    assert not Engagement.objects.exists()


@pytest.mark.parametrize("role", [Role.MEMBER, Role.ADMIN, Role.FINANCE, Role.CONTRACTOR])
def test_only_leads_make_engagements(lead: User, client: Client, role: str) -> None:
    client.force_login(make_user(role))

    assert client.get(reverse("milestones:engagement_new")).status_code == 403


def test_a_draft_of_an_application_knows_who_and_how_much(lead: User, client: Client) -> None:
    application = make_application(status=ApplicationStatus.OFFERED)
    application.opening.lead = lead
    application.opening.save()
    client.force_login(lead)

    page = client.get(reverse("milestones:engagement_new"), {"application": application.pk})

    assert page.status_code == 200
    assert application.opening.title in page.content.decode()
    assert client.get(reverse("milestones:engagement_new"), {"application": "99999"}).status_code == 404
