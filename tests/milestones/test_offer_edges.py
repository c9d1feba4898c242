"""Offers and signatures where two people, two clocks or two tabs meet."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Invitation, User
from accounts.states import Role
from contractors.models import Contractor
from contractors.states import ApplicationStatus
from core.errors import DomainError, NotAllowed
from core.history import verify as verify_history
from core.models import OutboxMail
from core.money import Money
from engagements.models import Agreement, Contact, Engagement
from engagements.queries.consent import policy_digest, policy_text
from engagements.queries.offer import current_agreement
from engagements.states import ContactKind, EngagementStatus, Side
from milestones.models import Estimate
from milestones.services import estimates, offers, signing
from milestones.states import MilestoneStatus
from tests.factories import make_application, make_budget, make_contractor, make_opening, make_user, make_version
from tests.milestones.test_offer_path import draft, numbers, offered, sign_form, signed

pytestmark = pytest.mark.django_db
PASSWORD = "row of ducks 9"


@pytest.fixture
def lead(db: None) -> User:
    return make_user(Role.LEAD, name="Tess Okafor")


@pytest.fixture
def contractor(lead: User) -> Contractor:
    return make_contractor(True)


@pytest.fixture
def newcomer(lead: User) -> Contractor:
    return make_contractor(name="Ana Sousa", email="ana@example.net")


def link() -> str:
    text = OutboxMail.objects.filter(kind="offer", text__contains="/offers/").latest("pk").text
    return "/offers/" + text.split("/offers/")[1].split()[0]


def join(client: Client, path: str, **changes: str) -> Any:
    return client.post(path + "join", {"name": "Ana Sousa", "password": PASSWORD, "zone": "Asia/Tokyo", **changes})


# --- the link --------------------------------------------------------------------------
def test_an_account_can_be_made_until_the_last_day_of_a_long_offer(lead: User, newcomer: Contractor) -> None:
    now = timezone.now()
    offers.send_offer(draft(lead, newcomer), days=60, by=lead, at=now)
    token = link().split("/")[2]

    user = offers.join_by_link(
        token, name="Ana Sousa", password=PASSWORD, zone="Asia/Tokyo", at=now + timedelta(days=59)
    )

    assert (user.role, user.email, user.zone) == (Role.CONTRACTOR, newcomer.email, "Asia/Tokyo")


def test_somebody_signed_in_reads_an_offer_but_cannot_take_it(lead: User, newcomer: Contractor, client: Client) -> None:
    offered(lead, newcomer)
    path = link()
    client.force_login(make_contractor(True).user)

    page = client.get(path)

    assert page.status_code == 200
    assert newcomer.email not in page.content.decode()
    assert 'name="password"' not in page.content.decode()
    assert join(client, path).status_code == 409
    newcomer.refresh_from_db()
    assert newcomer.user is None


def test_a_contractor_with_an_account_is_asked_to_sign_in(lead: User, contractor: Contractor, client: Client) -> None:
    engagement = offered(lead, contractor)
    path = link()

    page = client.get(path).content.decode()

    assert f"?next={reverse('milestones:estimate_and_sign', args=[engagement.pk])}" in page
    assert join(client, path).status_code == 409
    client.force_login(contractor.user)
    assert reverse("milestones:estimate_and_sign", args=[engagement.pk]) in client.get(path).content.decode()


@pytest.mark.parametrize(
    "change", [{"name": ""}, {"password": "short"}, {"zone": "Mars/Base"}, {"name": "x" * 500}, {"password": ""}]
)
def test_a_join_form_that_is_wrong_comes_back_with_what_was_typed(
    lead: User, newcomer: Contractor, client: Client, change: dict[str, str]
) -> None:
    offered(lead, newcomer)

    answer = join(client, link(), **change)

    assert answer.status_code == 422
    assert "invalid-feedback" in answer.content.decode()
    assert not User.objects.filter(email=newcomer.email).exists()


def test_joining_is_posted(lead: User, newcomer: Contractor, client: Client) -> None:
    offered(lead, newcomer)

    assert client.get(link() + "join").status_code == 405
    assert client.post(link()).status_code == 405


def test_a_second_offer_is_joined_by_the_first_ones_link(lead: User, newcomer: Contractor, client: Client) -> None:
    offered(lead, newcomer)
    first = link()
    offered(lead, newcomer)

    assert join(client, first).status_code == 302
    assert join(Client(), link()).status_code == 409
    assert Invitation.objects.filter(accepted_at=None).count() == 1
    assert Engagement.objects.visible_to(User.objects.get(email=newcomer.email)).count() == 2


def test_the_mail_names_the_end_in_utc_wherever_the_lead_sits(lead: User, newcomer: Contractor) -> None:
    at = datetime(2027, 3, 1, 22, 30, tzinfo=UTC)
    with timezone.override(ZoneInfo("Asia/Tokyo")):
        offers.send_offer(draft(lead, newcomer), days=7, by=lead, at=at)

    assert "Mon 8 Mar 2027, 22:30 UTC" in OutboxMail.objects.get(kind="offer").text


def test_an_offer_goes_out_once(lead: User, contractor: Contractor) -> None:
    engagement = offered(lead, contractor)

    with pytest.raises(DomainError, match="offered"):
        offers.send_offer(engagement, by=lead, at=timezone.now())

    assert OutboxMail.objects.filter(kind="offer").count() == 1


# --- the end of an offer ---------------------------------------------------------------
def test_what_was_signed_in_time_waits_for_our_signature(lead: User, contractor: Contractor) -> None:
    engagement, agreement = signed(lead, contractor)
    later = timezone.now() + timedelta(days=30)

    assert offers.expire_offers(at=later) == 0

    engagement = signing.agree_and_sign(
        engagement, sha256=agreement.sha256, typed_name=lead.name, ip=None, by=lead, at=later
    )
    assert engagement.status == EngagementStatus.AGREED


def test_estimates_sent_back_at_the_last_moment_leave_time_to_answer(lead: User, contractor: Contractor) -> None:
    engagement, _agreement = signed(lead, contractor)
    later = timezone.now() + timedelta(days=30)
    user = contractor.user
    assert user is not None

    signing.send_back(engagement, reason="Can the second come first?", by=lead, at=later)

    assert offers.expire_offers(at=later + timedelta(days=2)) == 0
    estimates.estimate_and_sign(
        engagement,
        estimates=numbers(engagement),
        typed_name=user.name,
        ip=None,
        by=user,
        at=later + timedelta(days=2),
    )
    assert list(Estimate.objects.values_list("number", flat=True).order_by("number")) == [1, 1, 2, 2]


def test_estimates_sent_back_early_keep_the_offers_end(lead: User, contractor: Contractor) -> None:
    engagement, _agreement = signed(lead, contractor)
    engagement.refresh_from_db()
    ends = engagement.offer_expires_at

    signing.send_back(engagement, reason="Shorter?", by=lead, at=timezone.now())

    engagement.refresh_from_db()
    assert engagement.offer_expires_at == ends


def test_declining_tells_the_lead_why(lead: User, contractor: Contractor, client: Client) -> None:
    engagement = offered(lead, contractor)
    path = link()
    client.force_login(contractor.user)

    answer = client.post(reverse("milestones:decline_offer", args=[engagement.pk]), {"reason": "Too busy in May"})

    assert answer.status_code == 302
    engagement.refresh_from_db()
    assert engagement.status == EngagementStatus.DECLINED
    assert OutboxMail.objects.filter(recipient=lead, text__contains="Too busy in May").exists()
    assert Client().get(path).status_code == 410
    again = client.post(reverse("milestones:decline_offer", args=[engagement.pk]), {"reason": ""})
    assert again.status_code == 409


def test_withdrawing_tells_the_contractor_why(lead: User, contractor: Contractor, client: Client) -> None:
    engagement = offered(lead, contractor)
    client.force_login(lead)
    url = reverse("milestones:withdraw_offer", args=[engagement.pk])

    assert client.post(url, {"reason": ""}).status_code == 422
    assert client.post(url, {"reason": "The plan changed"}).status_code == 302

    assert OutboxMail.objects.filter(address=contractor.email, text__contains="The plan changed").exists()
    assert client.post(url, {"reason": "Again"}).status_code == 409


def test_an_offer_that_came_to_nothing_can_be_made_again_from_its_application(
    lead: User, contractor: Contractor
) -> None:
    application = make_application(contractor=contractor, status=ApplicationStatus.OFFERED)
    first = offers.send_offer(draft(lead, contractor, application=application), by=lead, at=timezone.now())
    with pytest.raises(DomainError, match="engagement already"):
        draft(lead, contractor, application=application)

    offers.withdraw_offer(first, reason="A typo", by=lead, at=timezone.now())

    assert draft(lead, contractor, application=application).application == application


# --- estimates ----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("minutes", "due_on", "sentence"),
    [
        (0, None, "hours of work"),
        (-60, None, "hours of work"),
        (10**9, None, "hours of work"),
        (60, date(2000, 1, 1), "before the start"),
        (60, date(9999, 12, 31), "2100"),
    ],
)
def test_an_impossible_estimate_signs_nothing(
    lead: User, contractor: Contractor, minutes: int, due_on: date | None, sentence: str
) -> None:
    engagement = offered(lead, contractor)
    user = contractor.user
    assert user is not None
    given = numbers(engagement)
    first = min(given)
    given[first] = (minutes, due_on or given[first][1])

    with pytest.raises(DomainError, match=sentence):
        estimates.estimate_and_sign(
            engagement, estimates=given, typed_name=user.name, ip=None, by=user, at=timezone.now()
        )

    assert not Estimate.objects.exists()
    assert set(engagement.milestones.values_list("status", flat=True)) == {MilestoneStatus.PLANNED}


def test_every_milestone_needs_an_estimate(lead: User, contractor: Contractor) -> None:
    engagement = offered(lead, contractor)
    user = contractor.user
    assert user is not None

    with pytest.raises(DomainError, match="Give an estimate for “Step 1”"):
        estimates.estimate_and_sign(engagement, estimates={}, typed_name=user.name, ip=None, by=user, at=timezone.now())


def test_only_the_contractor_estimates(lead: User, contractor: Contractor) -> None:
    engagement = offered(lead, contractor)

    with pytest.raises(NotAllowed):
        estimates.estimate_and_sign(
            engagement, estimates=numbers(engagement), typed_name=lead.name, ip=None, by=lead, at=timezone.now()
        )

    assert not Estimate.objects.exists()


def test_estimating_and_both_signatures_are_contacts_and_history(lead: User, contractor: Contractor) -> None:
    engagement, agreement = signed(lead, contractor)

    signing.agree_and_sign(
        engagement, sha256=agreement.sha256, typed_name=lead.name, ip="203.0.113.7", by=lead, at=timezone.now()
    )

    seen = set(Contact.objects.values_list("side", "kind"))
    assert seen >= {
        (Side.THEIRS, ContactKind.ESTIMATE),
        (Side.THEIRS, ContactKind.SIGNATURE),
        (Side.OURS, ContactKind.SIGNATURE),
    }
    assert verify_history(engagement) == ""


def test_the_frozen_paper_escapes_what_people_wrote(lead: User) -> None:
    contractor = make_contractor(True, name="<script>alert(1)</script>")
    version = make_version(lead, brief="<img src=x onerror=alert(1)>", clauses="<b onclick=x>")
    engagement = offers.send_offer(draft(lead, contractor, version=version), by=lead, at=timezone.now())
    user = contractor.user
    assert user is not None

    agreement = estimates.estimate_and_sign(
        engagement,
        estimates=numbers(engagement),
        typed_name=user.name,
        ip=None,
        policy_sha256=policy_digest(policy_text(engagement)),
        by=user,
        at=timezone.now(),
    )

    assert "<script" not in agreement.html
    assert "onerror=" not in agreement.html.replace("&lt;img src=x onerror=", "")
    assert "<b onclick" not in agreement.html


# --- two tabs ----------------------------------------------------------------------------------
def test_after_a_refusal_the_lead_can_sign_what_the_page_shows_now(
    lead: User, contractor: Contractor, client: Client
) -> None:
    engagement, first = signed(lead, contractor)
    user = contractor.user
    assert user is not None
    estimates.estimate_and_sign(
        engagement, estimates=numbers(engagement, 20), typed_name=user.name, ip=None, by=user, at=timezone.now()
    )
    second = current_agreement(engagement)
    assert second is not None
    client.force_login(lead)
    url = reverse("milestones:agree", args=[engagement.pk])

    refused = client.post(url, {"sha256": first.sha256, "typed_name": lead.name})

    assert refused.status_code == 409
    shown = refused.content.decode()
    assert f'name="sha256" value="{second.sha256}"' in shown
    assert lead.name in shown
    assert client.post(url, {"sha256": second.sha256, "typed_name": lead.name}).status_code == 302


@pytest.mark.parametrize("sha256", ["", "x", "G" * 64, "a" * 65])
def test_a_page_without_its_hash_is_sent_again(lead: User, contractor: Contractor, client: Client, sha256: str) -> None:
    engagement, _agreement = signed(lead, contractor)
    client.force_login(lead)

    answer = client.post(reverse("milestones:agree", args=[engagement.pk]), {"sha256": sha256, "typed_name": lead.name})

    assert answer.status_code == 422
    assert "without the text you read" in answer.content.decode()


def test_the_contractor_signs_once_with_two_clicks_of_one_page(
    lead: User, contractor: Contractor, client: Client
) -> None:
    engagement = offered(lead, contractor)
    user = contractor.user
    assert user is not None
    client.force_login(user)
    url = reverse("milestones:estimate_and_sign", args=[engagement.pk])
    form = {**sign_form(engagement, user.name), "form_key": "b" * 32}

    assert client.post(url, form)["Location"] == client.post(url, form)["Location"]
    assert Agreement.objects.count() == 1


@pytest.mark.parametrize("name", ["estimate_and_sign", "agree"])
def test_an_empty_form_is_not_a_page_view(lead: User, contractor: Contractor, client: Client, name: str) -> None:
    engagement, _agreement = signed(lead, contractor)
    client.force_login(contractor.user if name == "estimate_and_sign" else lead)

    assert client.post(reverse(f"milestones:{name}", args=[engagement.pk])).status_code == 422


def test_sending_back_on_the_page_asks_for_a_reason(lead: User, contractor: Contractor, client: Client) -> None:
    engagement, _agreement = signed(lead, contractor)
    client.force_login(lead)
    url = reverse("milestones:send_back", args=[engagement.pk])

    assert client.post(url, {"reason": " "}).status_code == 422
    assert client.post(url, {"reason": "Half of that?"}).status_code == 302
    assert client.post(url, {"reason": "Half of that?"}).status_code == 409
    client.force_login(contractor.user)
    assert "Half of that?" in client.get(reverse("milestones:estimate_and_sign", args=[engagement.pk])).content.decode()


# --- one page from template to offer ----------------------------------------------------------
def new_form(lead: User, contractor: Contractor, **changes: Any) -> dict[str, Any]:
    version = make_version(lead)
    form = {
        "version": version.pk,
        "title": "Payment page",
        "contractor": contractor.pk,
        "price": "4,000",
        "budget": make_budget(lead).pk,
        "starts_on": timezone.localdate().isoformat(),
        "comms_owner": lead.pk,
        "days": "7",
    }
    return {**form, **changes}


def test_a_draft_is_kept_and_sent_later(lead: User, contractor: Contractor, client: Client) -> None:
    client.force_login(lead)

    answer = client.post(reverse("milestones:engagement_new"), new_form(lead, contractor, save="1"))

    engagement = Engagement.objects.get()
    assert answer["Location"] == reverse("engagements:engagement", args=[engagement.pk])
    assert engagement.status == EngagementStatus.DRAFT
    assert client.post(reverse("milestones:send_offer", args=[engagement.pk])).status_code == 302
    engagement.refresh_from_db()
    assert engagement.status == EngagementStatus.OFFERED
    assert client.post(reverse("milestones:send_offer", args=[engagement.pk])).status_code == 409


def test_a_hire_chosen_on_the_page_brings_the_application_along(lead: User, client: Client) -> None:
    application = make_application(make_opening(lead), status=ApplicationStatus.OFFERED)
    client.force_login(lead)

    client.post(reverse("milestones:engagement_new"), new_form(lead, application.contractor, send="1"))

    assert Engagement.objects.get().application == application


def test_an_offer_that_is_refused_drafts_nothing(lead: User, client: Client) -> None:
    nobody = make_application(
        make_opening(lead), make_contractor(email=""), status=ApplicationStatus.OFFERED
    ).contractor
    client.force_login(lead)

    answer = client.post(reverse("milestones:engagement_new"), new_form(lead, nobody, send="1"))

    assert answer.status_code == 409
    assert "no e-mail address" in answer.content.decode()
    assert "Payment page" in answer.content.decode()
    assert not Engagement.objects.exists()


def test_the_price_follows_the_currency_of_the_template(lead: User, contractor: Contractor, client: Client) -> None:
    version = make_version(lead, currency="BHD", price_minor=1_234_567)
    client.force_login(lead)
    budget = make_budget(lead, currency="BHD")
    page = client.get(reverse("milestones:engagement_new"), {"version": version.pk})
    assert 'value="1234.567"' in page.content.decode()

    form = new_form(lead, contractor, version=version.pk, budget=budget.pk, price="1234.567", save="1")
    assert client.post(reverse("milestones:engagement_new"), form).status_code == 302

    engagement = Engagement.objects.get()
    assert engagement.price == Money(1_234_567, "BHD")
    assert sum(m.amount_minor for m in engagement.milestones.all()) == 1_234_567


def test_a_price_that_digits_alone_leave_open_is_suggested_with_its_code(
    lead: User, contractor: Contractor, client: Client
) -> None:
    version = make_version(lead, currency="BHD", price_minor=12_345)
    client.force_login(lead)
    budget = make_budget(lead, currency="BHD")
    page = client.get(reverse("milestones:engagement_new"), {"version": version.pk})
    assert 'value="BHD\xa012.345"' in page.content.decode()

    form = new_form(lead, contractor, version=version.pk, budget=budget.pk, price="BHD\xa012.345", save="1")
    assert client.post(reverse("milestones:engagement_new"), form).status_code == 302

    assert Engagement.objects.get().price == Money(12_345, "BHD")


def test_a_budget_in_another_currency_is_refused_beside_it(lead: User, contractor: Contractor, client: Client) -> None:
    client.force_login(lead)

    form = new_form(lead, contractor, budget=make_budget(lead, currency="JPY").pk, send="1")
    answer = client.post(reverse("milestones:engagement_new"), form)

    assert answer.status_code == 422
    assert "is kept in JPY" in answer.content.decode()
