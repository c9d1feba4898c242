"""Every page, as every role sees it, into the ignored folder shots/: `make shots`. Desktop and phone, light and dark.

Pages are found by following links from each role's first page. One picture a kind of page (the same address with
another number is the same kind). Ends with 1 when a page fails, scrolls sideways or makes the browser complain.
"""

import html
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from core.embedded.processes import free_port, spawn, stop, wait_for_port  # noqa: E402

OUT = ROOT / "shots"
SIZES = {"desk": (1280, 900), "phone": (390, 844)}
ROLES = {"lead": "tess", "comms": "priya", "contractor": "lan", "admin": "ada", "finance": "joana"}
ENDS_SESSION = ("/logout", "/static/", "/healthz", "/readyz", ".csv", "/files/")


def kind_of(path: str) -> str:
    """`/milestones/7/` → `milestones-N`."""
    flat = re.sub(r"\d+", "N", urlsplit(path).path.strip("/")) or "home"
    query = urlsplit(path).query
    tab = f"-{query.split('=')[1]}" if re.fullmatch(r"(state|tab)=\w+", query) else ""
    return re.sub(r"[^\w-]+", "-", flat) + tab


def sign_in(page: Page, base: str, name: str, password: str) -> None:
    page.goto(f"{base}/accounts/login/")
    page.locator("input[name=login]").fill(name)
    page.locator("input[name=password]").fill(password)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(lambda url: "/accounts/login" not in url)


def links_of(page: Page) -> list[str]:
    """Where the page leads; what its links download is no page."""
    found = page.eval_on_selector_all("a[href]:not([download])", "links => links.map(a => a.getAttribute('href'))")
    here = urlsplit(page.url).path
    full = (here + link if link.startswith("?") else link for link in found)
    return [link.split("#")[0] for link in full if link.startswith("/")]


def find_pages(page: Page, base: str) -> dict[str, str]:
    """Kind → address, by following links."""
    pages: dict[str, str] = {}
    waiting = ["/", "/nothing-here/", "/search/?q=page"]
    while waiting:
        path = waiting.pop(0)
        kind = kind_of(path)
        if kind in pages or any(part in path for part in ENDS_SESSION):
            continue
        pages[kind] = path
        page.goto(base + path)
        waiting += links_of(page)
    return pages


def take(browser: Browser, base: str, role: str, login: str, password: str) -> list[str]:
    wrong: list[str] = []
    pages: dict[str, str] = {}
    for size, (width, height) in SIZES.items():
        for theme in ("light", "dark"):
            context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme)  # type: ignore[arg-type]
            page = context.new_page()
            said: list[str] = []
            page.on("pageerror", lambda error, said=said: said.append(str(error)))  # type: ignore[misc]
            sign_in(page, base, login, password)
            pages = pages or find_pages(page, base)
            for kind, path in pages.items():
                answer = page.goto(base + path)
                shot = f"{role}/{kind}.{size}.{theme}.png"
                page.screenshot(path=OUT / shot, full_page=True)
                beyond: Any = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                if answer is None or answer.status >= 500:
                    wrong.append(f"{shot}: {path} answered {answer.status if answer else 'nothing'}")
                if beyond > 0:
                    wrong.append(f"{shot}: {path} is {beyond} px too wide")
                wrong += [f"{shot}: {line}" for line in said]
                said.clear()
            context.close()
    print(f"{role}: {len(pages)} pages", flush=True)
    return wrong


def write_index() -> None:
    """All pictures of a page side by side."""
    rows = []
    for desk in sorted(OUT.glob("*/*.desk.light.png")):
        stem = desk.relative_to(OUT).as_posix().removesuffix(".desk.light.png")
        names = [f"{stem}.{size}.{theme}.png" for size in SIZES for theme in ("light", "dark")]
        pictures = "".join(
            f'<a href="{name}"><img loading="lazy" src="{name}" height="420" alt=""></a> ' for name in names
        )
        rows.append(f"<h2>{html.escape(stem)}</h2><p>{pictures}</p>")
    (OUT / "index.html").write_text("<!doctype html><meta charset=utf-8><title>Shots</title>" + "".join(rows))


def main() -> int:
    shutil.rmtree(OUT, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix="duckrow-shots-"))
    port = free_port()
    env = {
        **os.environ,
        "DUCKROW_MODE": "development",
        "DUCKROW_VAR": str(folder),
        "RING_BROKER": "0",
        "SITE_URL": f"http://127.0.0.1:{port}",
        "LOG_LEVEL": "ERROR",
    }
    manage = [sys.executable, str(ROOT / "manage.py")]
    for command in ("migrate", "seed_demo"):
        done = spawn([*manage, command], env=env, log=folder / "log").wait()
        if done:
            sys.exit((folder / "log").read_text())
    server = spawn([*manage, "runserver", f"127.0.0.1:{port}", "--noreload"], env=env, log=folder / "log")
    wrong: list[str] = []
    try:
        wait_for_port(port, server)
        found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
            for role, name in ROLES.items():
                house = "studio" if role == "contractor" else "millpond"
                login = f"{name}@{house}.example"
                wrong += take(browser, f"http://127.0.0.1:{port}", role, login, "six ducks in a row")
            browser.close()
    finally:
        stop(server)
        shutil.rmtree(folder, ignore_errors=True)
    write_index()
    print("\n".join(wrong) or f"Nothing to complain of. Look at {OUT / 'index.html'}")
    return int(bool(wrong))


if __name__ == "__main__":
    raise SystemExit(main())
