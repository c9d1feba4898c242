"""A real Chromium on a real server. `page` is a desktop page, `phone` a second one of phone size."""

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.factories import PASSWORD
from tests.journeys.share import PART, PARTS

# Playwright runs an event loop in this thread, which Django takes for asynchronous code. Only here.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Journeys run last: they flush the database, which takes the guards off that other tests look for, and pytest
    would group those of one browser anywhere."""
    journeys = [item for item in items if "journeys" in item.path.parts]
    for item in journeys:
        item.add_marker(pytest.mark.journey)
    items[:] = [item for item in items if item not in journeys] + journeys


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The distribution's browser: nothing is downloaded."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.fail("The journeys need Chromium: install your distribution's “chromium” package.")
    quiet = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"]
    return {**browser_type_launch_args, "executable_path": found, "args": quiet}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {
        **browser_context_args,
        "viewport": {"width": 1280, "height": 900},
        "locale": "en-GB",
        "timezone_id": "Europe/Lisbon",
    }


@pytest.fixture(autouse=True)
def _site(live_server: Any, settings: Any) -> None:
    """Links in mails lead to this server."""
    settings.SITE_URL = live_server.url
    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]


# Clicks (taps) on what can be clicked, and fields that were changed; signing in is not counted.
COUNT = """(() => {
  const isCounted = () => !location.pathname.startsWith("/accounts/login");
  addEventListener("click", (event) => {
    const target = event.target.closest("a, button, summary, label, [role=option]");
    if (event.isTrusted && isCounted() && target) tell("click");
  }, true);
  addEventListener("change", (event) => {
    const isTyping = event.target.getAttribute("role") === "combobox"; // its list tells what was chosen
    if (isCounted() && !isTyping && !["radio", "checkbox"].includes(event.target.type)) tell("field");
  }, true);
})()"""
counted: dict[str, Counter[str]] = {}


@pytest.fixture
def watch(request: pytest.FixtureRequest) -> Iterator[Callable[[Page], Page]]:
    """Whatever a journey does, the browser has nothing to say: no script error, no blocked style, no missing file.
    A refusal (4xx) that the journey provokes is the product's answer, and not counted. What it costs its person is."""
    complaints: list[str] = []
    tally = counted[request.node.name] = Counter()

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error" and "the server responded with a status of 4" not in message.text:
            complaints.append(message.text)

    def attach(page: Page) -> Page:
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", on_console)
        page.expose_function("tell", lambda what: tally.update([what]))
        page.add_init_script(COUNT)
        return page

    yield attach
    assert complaints == []


@pytest.fixture
def page(page: Page, watch: Callable[[Page], Page]) -> Page:
    return watch(page)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    walked = {name: tally for name, tally in counted.items() if tally}
    if walked:
        terminalreporter.section("journeys: clicks, fields")
        for name, tally in walked.items():
            terminalreporter.line(f"{tally['click']:4} {tally['field']:4}  {name.removeprefix('test_')}")


@pytest.fixture
def phone(browser: Browser, browser_context_args: dict[str, Any], watch: Callable[[Page], Page]) -> Iterator[Page]:
    phone_size = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
    context = browser.new_context(**{**browser_context_args, **phone_size, "device_scale_factor": 2})
    yield watch(context.new_page())
    context.close()


@pytest.fixture(params=["page", "phone"][PART::PARTS])
def screen(request: pytest.FixtureRequest) -> Page:
    """Once on a desk and once on a phone: on each database one of them, where both run side by side."""
    found: Page = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def sign_in(live_server: Any) -> Callable[..., None]:
    """`sign_in(page, user)`: through the sign-in page, as people do. Ends whoever was signed in there before."""

    def enter(page: Page, user: Any, password: str = PASSWORD) -> None:
        page.context.clear_cookies()
        page.goto(f"{live_server.url}/accounts/login/")
        page.locator("input[name=login]").fill(user.email)
        page.locator("input[name=password]").fill(password)
        page.locator("input[name=password]").press("Enter")
        page.wait_for_url(lambda url: "/accounts/login" not in url)

    return enter
