"""The clarity check as one writes: underlined in place, told in a live region, rewritten at one click."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.states import Role
from core.money import Money
from engagements.services import templates
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_vague_word_is_underlined_and_rewritten_at_one_click(
    screen: Page, live_server: Any, sign_in: Callable[..., None]
) -> None:
    make.make_organisation()
    lead = make.make_user(Role.LEAD)
    version = templates.create_template("Speed", role="Engineer", price=Money(400_000, "EUR"), by=lead, at=make.NOW)
    sign_in(screen, lead)
    screen.goto(f"{live_server.url}/template-versions/{version.pk}/edit")
    screen.locator("[data-add-row=goals]").click()  # a row made here is checked like one that came with the page
    row = screen.locator("[data-rows=goals] > fieldset").nth(1)
    row.get_by_label("How it is judged").select_option("binary")
    expect(row.get_by_label("Target")).to_be_hidden()
    done_when = row.get_by_label("Done when")

    done_when.fill("😀 The page opens as soon as possible.")

    spot = screen.locator("[data-clarity-for=id_goals-1-criterion]")
    expect(spot).to_contain_text("By when, or how often?")
    assert spot.get_attribute("aria-live") == "polite"
    expect(row.locator(".dr-marked__under mark").first).to_have_text("as soon as possible")
    done_when.press("Home")
    done_when.press_sequentially("Now ", delay=1)
    assert row.locator(".dr-marked__under mark").first.text_content() == "as soon as possible"  # it moved along

    expect(spot.locator("li[data-start]").first).to_have_attribute("data-start", "21")
    spot.get_by_role("button").first.click()

    expect(done_when).to_have_value("Now 😀 The page opens within …, by ….")
    assert screen.evaluate("getSelection().toString()") == "…"
    done_when.press_sequentially("2 s", delay=1)
    expect(done_when).to_have_value("Now 😀 The page opens within 2 s, by ….")
    # Reading along holds no form: it can be saved while a check is under way.
    with screen.expect_navigation():
        screen.get_by_role("button", name="Save the draft").click()
    expect(screen.locator("#id_goals-1-criterion, #id_goals-0-criterion").last).to_have_value(
        "Now 😀 The page opens within 2 s, by …."
    )
