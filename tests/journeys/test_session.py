"""A session that ends while somebody types loses nothing, and nobody's words go out under another's name."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect

from accounts.states import Role
from engagements.models import Engagement, Message
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)
WORDS = "The list is drawn in 90 ms now; the map waits for your key."


@pytest.fixture
def engagement() -> Engagement:
    return make.make_engagement(lead=make.make_user(Role.LEAD))


def write(page: Page, base: str, engagement: Engagement) -> None:
    page.goto(f"{base}/engagements/{engagement.pk}/")
    page.locator("textarea[name=body]").fill(WORDS)
    Session.objects.all().delete()
    page.locator("form", has=page.locator("textarea[name=body]")).get_by_role("button").last.click()


def test_what_was_typed_goes_out_after_signing_in_again(
    screen: Page, live_server: Any, sign_in: Callable[..., None], engagement: Engagement
) -> None:
    author = engagement.contractor.user
    sign_in(screen, author)
    write(screen, live_server.url, engagement)
    dialog = screen.get_by_role("dialog")
    expect(dialog).to_be_visible()
    assert not Message.objects.exists()
    dialog.get_by_role("button", name="Send again").click()
    expect(dialog.get_by_text("Not signed in yet.")).to_be_visible()

    with screen.context.expect_page() as opened:
        dialog.get_by_role("link", name="Sign in").click()
    door = opened.value
    door.locator("input[name=login]").fill(author.email)
    door.locator("input[name=password]").fill(make.PASSWORD)
    door.locator("input[name=password]").press("Enter")
    door.wait_for_url(lambda url: "/accounts/login" not in url)
    door.close()
    expect(screen.locator("textarea[name=body]")).to_have_value(WORDS)
    with screen.expect_navigation():
        dialog.get_by_role("button", name="Send again").click()

    assert [(m.author, m.body) for m in Message.objects.all()] == [(author, WORDS)]


def test_another_person_who_signs_in_does_not_send_it(
    page: Page, live_server: Any, sign_in: Callable[..., None], engagement: Engagement
) -> None:
    sign_in(page, engagement.contractor.user)
    write(page, live_server.url, engagement)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    door = page.context.new_page()
    sign_in(door, engagement.lead)

    dialog.get_by_role("button", name="Send again").click()

    expect(dialog.get_by_text("Not signed in yet.")).to_be_visible()
    expect(page.locator("textarea[name=body]")).to_have_value(WORDS)
    assert not Message.objects.exists()
