"""A review window that ends: somebody else decides, both sides read it, and a calendar program follows."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
import time_machine
from icalendar import Calendar
from playwright.sync_api import Page, expect

from accounts.states import Role
from milestones.services import ledger
from milestones.states import MilestoneStatus
from reminders.services import sweep
from tests.factories import make_contractor, make_engagement, make_user
from tests.journeys.test_roles import go, press, tick
from tests.milestones.conftest import hand_in

pytestmark = pytest.mark.django_db(transaction=True)
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def subscribed(address: str) -> dict[str, Any]:
    """What a calendar program finds there, by the part of an event's name before the host."""
    calendar = Calendar.from_ical(urlopen(address).read())
    assert not calendar.errors
    return {str(event["UID"]).split("@")[0]: event for event in calendar.walk("VEVENT")}


def test_nobody_answers_so_somebody_else_decides_and_the_calendar_follows(
    live_server: Any, screen: Page, sign_in: Callable[..., None]
) -> None:
    page, tess = screen, make_user(Role.LEAD, name="Tess Okafor", zone="UTC")
    priya = make_user(Role.LEAD, name="Priya Raman", zone="UTC")
    ana = make_user(Role.CONTRACTOR, name="Ana Sousa", zone="Europe/Lisbon")
    engagement = make_engagement(
        lead=tess,
        comms_owner=priya,
        contractor=make_contractor(ana),
        review_days=5,
        milestones=(MilestoneStatus.FUNDED,),
    )
    milestone = engagement.milestones.get()
    path = f"/milestones/{milestone.pk}/"
    hand_in(milestone, at=MONDAY)
    with time_machine.travel(MONDAY + timedelta(hours=1)):
        sweep(at=MONDAY)
        sign_in(page, ana)
        go(page, live_server, path)
        expect(page.locator("main")).to_contain_text(
            "by Mon 30 Nov, 17:00 your time. If nobody does, Priya decides then."
        )
        go(page, live_server, "/settings/")
        with page.expect_navigation():
            page.get_by_role("link", name=re.compile("[Cc]alendar")).first.click()
        press(page, "Make an address")
        address = page.locator("#address").input_value()
        before = subscribed(address)
        (review,) = (name for name in before if name.startswith("review-"))
        assert before[review].decoded("dtend") == datetime(2026, 11, 30, 17, tzinfo=UTC)

    with time_machine.travel(MONDAY + timedelta(days=8)):
        sweep(at=MONDAY + timedelta(days=8))
        go(page, live_server, path)
        expect(page.locator("main")).to_contain_text("Waiting for Priya to review")
        later = subscribed(address)[review]  # the same event, changed
        assert later["SEQUENCE"] > before[review]["SEQUENCE"]

        sign_in(page, priya)
        with page.expect_navigation():
            page.get_by_role("link", name=re.compile("^Review")).first.click()
        for goal in milestone.goals.all():
            tick(page, f"view_{goal.pk}", "met")
        for place in range(len(milestone.parts)):
            tick(page, f"part_{place}", "met")
        tick(page, "decision", "accepted")
        page.wait_for_load_state("networkidle")  # what the button does is said anew after each answer
        press(page, "Accept and release")
        expect(page.locator("main")).to_contain_text("Accepted")

        sign_in(page, ana)
        go(page, live_server, path)
        expect(page.locator("main")).to_contain_text("Priya Raman")
        assert str(subscribed(address)[review]["STATUS"]) == "CANCELLED"
        go(page, live_server, "/settings/calendar")
        press(page, "End the address")
        with pytest.raises(HTTPError, match="404"):
            urlopen(address)
    assert ledger.check() == []
