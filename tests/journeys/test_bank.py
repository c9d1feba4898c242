"""The bank answers: paid, then sent back; the contractor corrects the account, and is paid the next time."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from playwright.sync_api import Page, Route, expect

from accounts.models import User
from accounts.states import Role
from milestones.models import BankAnswer, Payout, PayoutBatch
from milestones.services import ledger
from milestones.states import PayoutStatus
from tests.factories import NOW, PASSWORD, make_user
from tests.journeys.test_roles import go, press, spent
from tests.milestones.conftest import set_up_payment
from tests.milestones.test_queries_answers import entry, report
from tests.milestones.test_services_batches import make_due

pytestmark = pytest.mark.django_db(transaction=True)


def send_all(page: Page, live_server: Any, sign_in: Callable[..., None], finance: list[User]) -> str:
    """One of finance approves, another confirms and downloads; returns the number of the bank's file."""
    for place, person in enumerate(finance):
        sign_in(page, person)
        go(page, live_server, "/payouts/")
        press(page, re.compile("^Confirm .* and make the file") if place else "Approve what is ticked")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the bank file").click()
    found = re.search("<MsgId>([^<]+)", Path(download.value.path()).read_text())
    assert found
    return found[1]


def show(page: Page, live_server: Any, name: str, text: str) -> None:
    """Choose the bank's answer, and see what it would do: where the file was made, else from the list of batches."""
    if not page.locator("input[type=file]").count():
        go(page, live_server, "/payouts/?state=batches")
        with page.expect_navigation():
            page.get_by_role("link", name="The bank’s answer").click()
    answer = {"name": name, "mimeType": "text/plain", "buffer": text.encode()}
    with page.expect_navigation():
        page.locator("input[type=file]").set_input_files([answer])


def test_a_payment_comes_back_and_arrives_the_next_time(
    live_server: Any, screen: Page, sign_in: Callable[..., None], request: pytest.FixtureRequest
) -> None:
    page, finance = screen, [make_user(Role.FINANCE), make_user(Role.FINANCE)]
    set_up_payment(finance[0])
    payout, _other = make_due(), make_due(currency="JPY")
    payee = payout.milestone.engagement.contractor.user
    milestone = f"/milestones/{payout.milestone_id}/"
    with time_machine.travel(NOW + timedelta(hours=2)):
        file = send_all(page, live_server, sign_in, finance)
        clicks = spent(request)[0]
        with page.expect_download() as download:
            page.get_by_role("link", name="Download the JPY list").click()
        head, row = Path(download.value.path()).read_text("utf-8-sig").splitlines()
        assert clicks <= 3, "approve, confirm and make, download: whatever the number of rows"
        sign_in(page, payee)
        go(page, live_server, milestone)
        expect(page.locator("main")).to_contain_text("It is on its way.")

        # It arrives: shown row by row, carried out once.
        sign_in(page, finance[1])
        go(page, live_server, f"/payouts/batches/{PayoutBatch.objects.get().pk}/")
        before = spent(request)[0]
        arrived = report(file, entry(payout.end_to_end, "ACSC"), entry("DUCK-X", "ACSC"))
        show(page, live_server, "arrived.xml", arrived)
        expect(page.locator("main")).to_contain_text("Nothing is stored yet")
        expect(page.locator("tr", has_text="DUCK-X")).to_contain_text("is no payment of the file")
        assert not BankAnswer.objects.exists()
        press(page, "Mark 1 paid")
        expect(page.get_by_text("1 payout is paid. The contractors know.")).to_be_visible()
        assert clicks + spent(request)[0] - before <= 4, "from accepted to paid, by the bank's own answer"
        show(page, live_server, "once more.xml", arrived)
        expect(page.locator("main")).to_contain_text("read this very answer already")
        assert BankAnswer.objects.count() == 1
        show(page, live_server, "list.csv", f"{head},status\n{row},paid\n")
        press(page, "Mark 1 paid")

        # And one comes back: owed again, with the bank's reason, and it is the contractor's turn.
        show(page, live_server, "back.xml", report(file, entry(payout.end_to_end, "RJCT", "AC04")))
        expect(page.locator("main")).to_contain_text("It was paid; the money is owed again.")
        press(page, "Mark 1 due again")
        expect(page.get_by_text("1 payout is due again. The contractors know.")).to_be_visible()
        sign_in(page, payee)
        go(page, live_server, milestone)
        expect(page.locator("main")).to_contain_text("Waiting for you to give bank details")
        expect(page.locator("main")).to_contain_text("The bank refused it: The account is closed (AC04).")
        go(page, live_server, "/")
        with page.expect_navigation():
            page.get_by_role("link", name="Correct them").first.click()
        page.locator("input[type=password]").fill(PASSWORD)  # where somebody is paid is changed by nobody else
        press(page, "Go on")
        # Who types faster than the other country's fields arrive keeps what was typed.
        waiting: list[Route] = []
        page.route(re.compile("bank_country=DE"), lambda route: waiting.append(route))
        with page.expect_request(re.compile("bank_country=DE")):
            page.get_by_label("Country of your bank").select_option("DE")
        page.locator("[name=account]").fill("DE02 1203 0000 0000 2020 51")
        with page.expect_response(re.compile("bank_country=DE")):
            waiting[0].continue_()
        expect(page.get_by_label("IBAN")).to_have_value("DE02 1203 0000 0000 2020 51")
        press(page, "Replace bank details")
        go(page, live_server, milestone)
        expect(page.locator("main")).to_contain_text("The account is new: nothing is sent to it before")

    # Once the new account is old enough the next batch takes it.
    with time_machine.travel(NOW + timedelta(days=4)):
        file = send_all(page, live_server, sign_in, finance)
        show(page, live_server, "arrived at last.xml", report(file, entry(payout.end_to_end, "ACSC")))
        press(page, "Mark 1 paid")
        sign_in(page, payee)
        go(page, live_server, milestone)
        expect(page.locator("main")).to_contain_text("It is with you.")
    assert set(Payout.objects.values_list("status", flat=True)) == {PayoutStatus.PAID}
    assert ledger.check() == []


def test_after_an_hour_at_the_desk_it_is_asked_who_lets_money_leave(
    live_server: Any, screen: Page, sign_in: Callable[..., None]
) -> None:
    page, finance = screen, [make_user(Role.FINANCE), make_user(Role.FINANCE)]
    set_up_payment(finance[0])
    make_due()
    with time_machine.travel(NOW + timedelta(hours=2)):
        sign_in(page, finance[0])
    with time_machine.travel(NOW + timedelta(hours=4)):
        go(page, live_server, "/payouts/")
        press(page, "Approve what is ticked")
        expect(page.get_by_role("heading", name="Is it still you?")).to_be_visible()
        assert not PayoutBatch.objects.exists()
        page.locator("input[type=password]").fill(PASSWORD)
        press(page, "Go on")
        expect(page.get_by_text("1 payout approved. Somebody else confirms the batch.")).to_be_visible()
