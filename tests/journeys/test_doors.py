"""The doors: first run, invitation, password and its reset, a mailed code, a passkey, an app and its recovery codes."""

import re
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from accounts.models import Invitation, Organisation, User
from accounts.services import invitations
from accounts.states import Role
from core import outbox
from tests.conftest import Mails
from tests.factories import PASSWORD, make_user
from tests.journeys.test_roles import go, press

pytestmark = pytest.mark.django_db(transaction=True)
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c6360d8fa1f00030001f3a5d2a50000"
    "000049454e44ae426082"
)
NEW_PASSWORD = "seven geese in a field"


def leave(page: Page) -> None:
    page.context.clear_cookies()


def main(page: Page) -> Any:
    return expect(page.locator("main"))


def confirm(page: Page) -> None:
    """What changes how one signs in asks again who it is."""
    main(page).to_contain_text("Is it still you?")
    page.locator("input[type=password]").fill(PASSWORD)
    press(page, "Go on")


def first_run(page: Page, live_server: Any, **changes: str) -> None:
    facts = {
        "name": "Harbour & Pine",
        "legal_name": "Harbour & Pine Ltd",
        "address": "1 Quay",
        "admin_name": "Tess Ota",
        "admin_email": "tess@harbourpine.example",
        "password": PASSWORD,
        **changes,
    }
    for name, value in facts.items():
        page.locator(f"[name={name}]").fill(value)
    page.locator("select[name=country]").select_option("AU", force=True)
    page.locator("select[name=home_currency]").select_option("AUD", force=True)


def test_the_first_admin_starts_the_house_once(live_server: Any, screen: Page) -> None:
    page, other = screen, screen.context.new_page()
    for tab in (page, other):
        go(tab, live_server, "/")
        tab.wait_for_url(re.compile("/first-run/$"))
    first_run(other, live_server, name="Somebody else")
    first_run(page, live_server, password="short")
    page.locator("[name=logo]").set_input_files([{"name": "logo.png", "mimeType": "image/png", "buffer": b"<svg>"}])
    press(page, "Start Duckrow")
    main(page).to_contain_text("This is no PNG, JPEG or WebP picture")
    main(page).to_contain_text("too short")
    expect(page.locator("[name=name]")).to_have_value("Harbour & Pine")
    expect(page.locator("select[name=home_currency]")).to_have_value("AUD")
    assert not Organisation.objects.exists()

    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=logo]").set_input_files([{"name": "logo.png", "mimeType": "image/png", "buffer": PIXEL}])
    press(page, "Start Duckrow")
    main(page).to_contain_text("Harbour & Pine is set up. Next: your team")
    expect(page.get_by_role("link", name="Invite people")).to_be_visible()
    assert page.request.get(f"{live_server.url}/logo").body() == PIXEL

    press(other, "Start Duckrow")
    main(other).to_contain_text("somebody signed in or out in this browser")
    assert [user.email for user in User.objects.all()] == ["tess@harbourpine.example"]


@pytest.fixture
def two_factors(settings: Any) -> None:
    """As production has it."""
    settings.MFA_REQUIRED_ROLES = ["admin", "finance"]


def test_an_admin_needs_an_app_and_gets_in_with_a_recovery_code_too(
    two_factors: None, live_server: Any, screen: Page, sign_in: Callable[..., None]
) -> None:
    page, admin = screen, make_user(Role.ADMIN)
    sign_in(page, admin)
    main(page).to_contain_text("Your role needs a second factor")
    page.get_by_role("link", name="Set up an app").click()
    confirm(page)
    secret = page.locator("#secret").input_value()
    page.locator("[name=code]").fill("000000")
    press(page, "Turn it on")
    main(page).to_contain_text("Incorrect code")
    expect(page.locator("#secret")).to_have_value(secret)
    page.locator("[name=code]").fill(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))
    press(page, "Turn it on")
    codes = page.locator("#recovery_codes").input_value().split()
    assert len(codes) == 10
    with page.expect_navigation():
        page.get_by_role("link", name="Done").click()
    go(page, live_server, "/")
    expect(page).to_have_url(f"{live_server.url}/")

    for said in ("is set up", "Incorrect code"):  # each code opens once
        sign_in(page, admin)
        main(page).to_contain_text("One more step")
        page.locator("[name=code]").fill(codes[0])
        press(page, "Sign in")
        main(page).to_contain_text(said)


def add_authenticator(page: Page) -> None:
    """A finger that always fits, as part of this browser."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    kind = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options = {**kind, "isUserVerified": True, "automaticPresenceSimulation": True}
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_a_passkey_opens_the_door_until_it_is_removed(
    two_factors: None, live_server: Any, screen: Page, sign_in: Callable[..., None]
) -> None:
    page, person = screen, make_user(Role.FINANCE)
    add_authenticator(page)
    sign_in(page, person)
    page.get_by_role("link", name="Add a passkey").click()
    confirm(page)
    page.locator("[name=name]").fill("This laptop")
    press(page, "Add it")
    main(page).to_contain_text("Recovery codes")
    leave(page)

    go(page, live_server, "/accounts/login/")
    press(page, "Use a passkey")
    expect(page).to_have_url(re.compile("/payouts/"))
    go(page, live_server, "/accounts/2fa/webauthn/")
    main(page).to_contain_text("This laptop")
    main(page).to_contain_text("last used")
    page.get_by_role("link", name="Remove").click()
    confirm(page)
    press(page, "Remove it")
    assert not Authenticator.objects.filter(user=person, type=Authenticator.Type.WEBAUTHN).exists()
    leave(page)

    go(page, live_server, "/accounts/login/")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url(re.compile("/accounts/"))
    main(page).to_contain_text(re.compile("passkey did not work|not recognized|Incorrect code|no longer"))


def path_in(text: str, pattern: str) -> str:
    found = re.search(pattern, text)
    assert found, text
    return found.group()


def test_mail_opens_the_door_by_a_code_and_by_a_new_password(
    live_server: Any, screen: Page, smtp: Mails, sign_in: Callable[..., None]
) -> None:
    page, person = screen, make_user(Role.LEAD)
    go(page, live_server, "/accounts/login/")
    page.get_by_role("link", name="Send me a code by e-mail").click()
    page.locator("[name=email]").fill(person.email)
    press(page, "Send the code")
    main(page).to_contain_text(person.email)
    page.locator("[name=code]").fill("NOPE-NOPE")
    press(page, "Go on")
    main(page).to_contain_text("Incorrect code")
    code = path_in(smtp.messages[-1].get_body(("plain",)).get_content(), r"\b[A-Z0-9]{3,4}-[A-Z0-9]{3,4}\b")
    page.locator("[name=code]").fill(code)
    press(page, "Go on")
    expect(page).to_have_url(f"{live_server.url}/")
    leave(page)

    go(page, live_server, "/accounts/login/")
    page.get_by_role("link", name=re.compile("Forgot")).click()
    page.locator("[name=email]").fill(person.email)
    press(page, "Send the link")
    main(page).to_contain_text("Look in your mail")
    link = path_in(smtp.messages[-1].get_body(("plain",)).get_content(), r"/accounts/password/reset/key/[\w-]+/")
    go(page, live_server, link)
    for box in page.locator("input[type=password]").all():
        box.fill(NEW_PASSWORD)
    press(page, "Save the password")
    main(page).to_contain_text("Your new password is saved")
    sign_in(page, person, NEW_PASSWORD)
    leave(page)
    for used in (link, "/accounts/password/reset/key/1-foreign/"):
        go(page, live_server, used)
        main(page).to_contain_text("This link has been used")


@pytest.fixture
def elsewhere(browser: Browser, browser_context_args: dict[str, Any]) -> Iterator[Page]:
    """Another device."""
    context = browser.new_context(**browser_context_args)
    yield context.new_page()
    context.close()


def test_an_invitation_is_taken_once_and_another_place_is_signed_out(
    live_server: Any, screen: Page, elsewhere: Page, smtp: Mails, sign_in: Callable[..., None]
) -> None:
    page, admin = screen, make_user(Role.ADMIN)
    sign_in(page, admin)
    go(page, live_server, "/people/")
    page.locator("[name=name]").fill("Priya Raman")
    page.locator("[name=email]").fill("priya@harbourpine.example")
    page.locator("select[name=role]").select_option("member")
    press(page, re.compile("Invite|Send"))
    main(page).to_contain_text("priya@harbourpine.example gets a link")
    outbox.deliver_due()
    link = path_in(smtp.messages[-1].get_body(("plain",)).get_content(), r"/invitations/[\w-]+/")
    go(page, live_server, link)
    main(page).to_contain_text("You are signed in as")
    leave(page)
    go(page, live_server, link)
    page.locator("[name=password]").fill("priya@harbourpine.example")
    press(page, "Open my account")
    main(page).to_contain_text("too similar")
    page.locator("[name=password]").fill(PASSWORD)
    press(page, "Open my account")
    expect(page).to_have_url(f"{live_server.url}/")
    priya = User.objects.get(email="priya@harbourpine.example")

    sign_in(elsewhere, priya)
    go(elsewhere, live_server, "/accounts/sessions/")
    main(elsewhere).to_contain_text("You are signed in in 2 places")
    press(elsewhere, "Sign out the others")
    main(elsewhere).to_contain_text("You are signed in here only")
    go(page, live_server, "/settings/")
    expect(page).to_have_url(re.compile("/accounts/login/"))

    late = timezone.now() - timedelta(days=20)
    _row, expired = invitations.invite("late@harbourpine.example", name="L", role=Role.MEMBER, by=admin, at=late)
    closed = {link: "used already", f"/invitations/{expired}/": "has ended", "/invitations/foreign/": "whole link"}
    for path, said in closed.items():
        go(page, live_server, path)
        main(page).to_contain_text(said)
    assert Invitation.objects.exclude(accepted_at=None).count() == 1
