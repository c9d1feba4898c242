"""An agreement is amended: proposed by the lead, estimated and signed by the contractor, signed by the lead."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from core.money import Money
from engagements.models import Amendment, Engagement
from engagements.states import AmendmentStatus
from milestones.services import ledger
from tests.journeys.test_roles import enter, enter_again, go, press, spent

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["enter"]


def test_an_agreement_is_amended_by_both(
    enter: Any,
    live_server: Any,
    screen: Page,
    request: pytest.FixtureRequest,
) -> None:
    page = enter("tess")
    engagement = Engagement.objects.get(title="Android builds on a clean runner")
    step, before = engagement.milestones.get(position=2), engagement.price
    go(page, live_server, f"/engagements/{engagement.pk}/")
    with page.expect_navigation():
        page.get_by_role("link", name="Amend the agreement").click()
    expect(page.locator("main")).to_contain_text("Funded: what is funded, handed in or accepted stays")
    page.locator(f"[name=milestone-{step.pk}-amount]").fill("1,640")
    page.locator(f"[name=milestone-{step.pk}-deliverable]").fill("A signed release for both stores.")
    page.get_by_label("Why does it change?").fill("The second store asks for it.")
    press(page, "Propose the amendment")
    page.wait_for_url(re.compile(r"/amendments/\d+/$"))
    expect(page.locator("main")).to_contain_text("Waiting for Lucía to sign the amendment")
    clicks, fields = spent(request)
    assert clicks <= 2
    assert fields <= 3

    enter_again(page, live_server, "lucia")
    go(page, live_server, "/")
    with page.expect_navigation():
        page.get_by_role("link", name="Read and sign").first.click()
    expect(page.locator("del", has_text="US$1,440")).to_be_visible()
    expect(page.locator("ins", has_text="US$1,640")).to_be_visible()
    page.get_by_label("Hours of work").fill("40")
    page.get_by_label("Type your name to sign").fill("Lucía Sosa")
    press(page, "Sign the amendment")
    expect(page.locator("main")).to_contain_text("40 h, by")
    assert engagement.milestones.get(position=2).amount == step.amount

    enter_again(page, live_server, "tess")
    amendment = Amendment.objects.get(engagement=engagement)
    go(page, live_server, f"/amendments/{amendment.pk}/")
    page.get_by_label("Type your name to sign").fill("Tess Okafor")
    press(page, "Agree and sign")
    expect(page.locator("main")).to_contain_text("Amended, signed by both")
    with page.expect_navigation():
        page.get_by_role("link", name="The agreement in force").first.click()
    expect(page.locator(".dr-paper")).to_contain_text("A signed release for both stores.")

    amendment.refresh_from_db()
    engagement.refresh_from_db()
    assert amendment.status == AmendmentStatus.AGREED
    assert engagement.price == before + Money(20_000, "USD")
    assert ledger.check() == []
    clicks, fields = spent(request)
    assert clicks <= 6
    assert fields <= 6
