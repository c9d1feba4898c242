"""Every page, as every role, in both themes: axe finds nothing, nothing scrolls sideways from 320 px up and at 200 %
zoom, and by keyboard alone the focus is always to be seen."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from accounts.models import User
from reminders import demo
from tests.journeys.share import PART, PARTS
from tests.pond import fill
from tests.shots import find_pages

AXE = (Path(__file__).parent.parent / "vendor" / "axe" / "axe.min.js").read_text()
RUN_AXE = """async (only) => (await axe.run(document, only ? {runOnly: {type: "rule", values: [only]}} : {}))
    .violations.map(v => `${v.id}: ${v.nodes.slice(0, 3).map(n => n.target.join(" ")).join(" | ")}`)"""
WIDTHS = (320, 390, 640, 1280)  # 640 is a 1280 px window at 200 %
ROLES = {
    "lead": "tess@millpond.example",
    "comms": "priya@millpond.example",
    "admin": "ada@millpond.example",
    "contractor": "lan@studio.example",
    "finance": "joana@millpond.example",
}
DOORS = ("/accounts/login/", "/accounts/login/code/", "/accounts/password/reset/", "/accounts/logout/")
# What has the focus: is it in the window, not under a bar, and marked as focused?
FOCUS = """() => {
  let el = document.activeElement;
  if (!el || el === document.body) return "end";
  if (el.classList.contains("btn-check") && el.labels.length) el = el.labels[0]; // what is seen of it
  const box = el.getClientRects()[0] || el.getBoundingClientRect(); // of a link that wraps, its first line
  const words = (el.textContent || el.name || "").trim().slice(0, 30);
  const name = `${el.tagName.toLowerCase()}${el.id ? "#" + el.id : ""}.${el.className} “${words}”`;
  const isDrawnByItsLabel = ["radio", "checkbox", "file"].includes(el.type);
  if (box.width < 2 || box.height < 2) return isDrawnByItsLabel ? "" : `${name} has no size`;
  const x = Math.min(Math.max(box.left + Math.min(box.width / 2, 40), 1), innerWidth - 2);
  const isTaller = box.height > innerHeight && box.top < innerHeight && box.bottom > 0;
  const y = isTaller ? innerHeight / 2 : box.top + Math.min(box.height / 2, 20);
  if (y < 0 || y > innerHeight) return `${name} is outside the window`;
  const top = document.elementFromPoint(x, y);
  const isOfLabel = el.labels && [...el.labels].some(label => label.contains(top));
  if (top && !el.contains(top) && !top.contains(el) && !isOfLabel)
    return `${name} is covered by ${top.tagName.toLowerCase()}.${top.className}`;
  if (el.tagName === "LABEL") return getComputedStyle(el).outlineStyle !== "none" ? "" : `${name} shows no focus`;
  const marks = [el, el.parentElement, el.nextElementSibling].filter(Boolean).map(e => getComputedStyle(e));
  const isMarked = marks.some(style => style.outlineStyle !== "none" || style.boxShadow !== "none");
  return isMarked ? "" : `${name} does not show that it has the focus`;
}"""


@pytest.fixture
def pond() -> None:
    fill()


judged: set[str] = set()


def is_known(page: Page) -> bool:
    """Another role saw this very page here, its numbers and tokens apart. The frame around it is of the role's own."""
    content: str = page.evaluate("(document.querySelector('main') || document.body).outerHTML")
    shape = re.sub(r'value="[^"]*"|\d+', "", content)
    known = shape in judged
    judged.add(shape)
    return known


def wrong_with(page: Page, address: str, *, is_first: bool) -> list[str]:
    """What axe, the widths and the keyboard have to say about one page."""
    found: list[str] = []
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(address)
    if is_known(page) and not is_first:
        return []
    page.evaluate(AXE)
    found += [f"light: {line}" for line in page.evaluate(RUN_AXE, None)]
    page.emulate_media(color_scheme="dark")
    found += [f"dark: {line}" for line in page.evaluate(RUN_AXE, "color-contrast")]
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 700})
        beyond: Any = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if beyond > 0:
            found.append(f"{beyond} px too wide at {width} px")
    page.set_viewport_size({"width": 390, "height": 700})
    for _turn in range(50):
        page.keyboard.press("Tab")
        said: Any = page.evaluate(FOCUS)
        if said == "end":
            break
        if said:
            found.append(f"focus: {said}")
    return found


def look_at(page: Page, base: str, paths: list[str]) -> list[str]:
    return [
        f"{path} · {line}"
        for path in paths
        for line in dict.fromkeys(wrong_with(page, base + path, is_first=path == paths[0]))
    ]


@pytest.mark.skipif(PART > 0, reason="the run beside this one looks at the pages, those that two roles see once")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("role", ROLES)
def test_every_page_can_be_used_by_everybody(
    pond: None, live_server: Any, page: Page, sign_in: Callable[..., None], role: str
) -> None:
    sign_in(page, User.objects.get(email=ROLES[role]), demo.PASSWORD)
    pages = find_pages(page, live_server.url)
    assert len(pages) > 7

    wrong = look_at(page, live_server.url, list(pages.values()))
    assert not wrong, "\n".join(wrong)


@pytest.mark.skipif(PART != PARTS - 1, reason="the run beside this one looks at the doors")
@pytest.mark.django_db(transaction=True)
def test_the_doors_can_be_used_by_everybody(pond: None, live_server: Any, page: Page) -> None:
    from contractors.models import Opening

    public = [f"/apply/{opening.token}/" for opening in Opening.objects.all() if opening.is_public][:1]
    assert public

    wrong = look_at(page, live_server.url, [*DOORS, *public, "/offers/no-such-offer/", "/nothing-here/"])
    assert not wrong, "\n".join(wrong)
