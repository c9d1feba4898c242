"""Nothing that a person can send makes a 500.

Every address, as every identity: hostile query strings, and every form that its pages show, filled with what no form
expects. Seeded (FUZZ_SEED); FUZZ_REQUESTS a database, 5,000 unless set, 100,000 under TORTURE=1. Each request is
rolled back, so each one meets the same world.
"""

import os
import random
import time
from collections import defaultdict
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from django.db import transaction
from django.urls import Resolver404, resolve

from core import history
from engagements.models import Engagement
from milestones.services import ledger
from tests.test_authz_matrix import IDENTITIES, ROUTES, World

SEED = int(os.environ.get("FUZZ_SEED", "20261124"))
REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "100000" if os.environ.get("TORTURE") else "5000"))
LIBRARY = ("/accounts/login/", "/accounts/login/code/", "/accounts/password/reset/", "/accounts/password/change/",
           "/accounts/2fa/totp/activate/", "/accounts/reauthenticate/", "/accounts/sessions/")  # fmt: skip
SLOW = 3.0  # seconds of CPU
TEXTS = (
    "", " ", "0", "-1", "1", "on", "true", "null", "None", "NaN", "Infinity", "-Infinity", "1e400", "1e-400", "0x10",
    "½", "١٢٣", "1,000.00", "1.000,00", "€", "-0.00", "0.001", "1" * 400, "9" * 19, "9223372036854775808", "-" * 50,
    "99999999999999999999.99", "0001-01-01", "9999-12-31", "10000-01-01", "2026-02-30", "2026-13-01", "31/12/2026",
    "24:00", "25:61", "-00:01", "ZZZ", "XXX", "BTC", "eur", "Mars/Olympus", "Europe/Lisbon", "UTC+99", "zz", "en-zz",
    "a\x00b", "\x00", "\u202egnp.exe", "\u2066\u2069", "\ufeff", "\ufffe", "e\u0301" * 60, "👩‍👩‍👧" * 30,
    "\U0010ffff",
    "'; DROP TABLE core_event; --", "' OR 1=1 --", "%00", "%s%s%n", "{{ 7*7 }}", "{% debug %}", "${7*7}",
    "<script>alert(1)</script>", "javascript:alert(1)", "data:text/html,x", "//evil.example", "../../etc/passwd",
    "\\\\evil\\share", "https://user:pass@evil.example:99999/", "http://[::1", "mailto:a@b", "a@b", "a@b.c\nBcc: x@y.z",
    "=cmd|' /C calc'!A0", "@SUM(1)", "\r\nSet-Cookie: x=1", "\t\t", "x" * 300, "x " * 3000, "long\n" * 6000, "#" * 2000,
    "[" * 500 + "](" * 500, "> " * 1000, "*" * 3000, "`" * 999, "[a](javascript:alert(1))", "![x](http://evil.example/)",
)  # fmt: skip
QUERY_NAMES = ("page", "q", "next", "opening", "stage", "state", "tab", "bench", "application", "version", "country",
               "month", "kind", "download", "offset", "form_key", "csrfmiddlewaretoken", "_method", "lang")  # fmt: skip
BODIES = (
    ("application/json", b'{"a": [1, {"b": null}]}'),
    ("application/x-www-form-urlencoded", b"\xff\xfe=\xc3\x28&a=%ff%00%c0%af&&&=&=="),
    ("application/x-www-form-urlencoded; charset=utf-7", b"+ADw-script+AD4-=1"),
    ("application/x-www-form-urlencoded; charset=nonsense", b"a=1"),
    ("multipart/form-data", b"no boundary at all"),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1"),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a\x00.csv\"\r\n"
     b"Content-Type: text/csv\r\n\r\na,b\r\n\xff\xfe,\x00\r\n--x--\r\n"),
    ("text/plain", b"\x00" * 100),
    ("", b"a=1"),
)  # fmt: skip
FILES = (
    ("a.csv", b'name,rate\n\xff\xfe\x00,"\n'),
    ("a.csv", b""),
    ("a.csv", b"a" * 200_000),
    ("\u202egnp.csv", ("name,email,price\n" + "x,y@z,1e400\n" * 50).encode()),
    ("a.png", b"\x89PNG\r\n\x1a\n" + b"\x00" * 64),
    ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
    ("a.csv", ("\ufeff" + ";" * 3000 + "\n" + "\t" * 500).encode("utf-16")),
)


@dataclass
class Form:
    """One form as a page shows it."""

    action: str
    values: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))  # what a careful person would send
    files: set[str] = field(default_factory=set)


class Forms(HTMLParser):
    """The POST forms of a page with their fields and the values in them."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path
        self.found: list[Form] = []
        self.form: Form | None = None
        self.select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = {name: value or "" for name, value in attrs}
        if tag == "form":
            is_post = facts.get("method", "").lower() == "post"
            self.form = Form(urlsplit(facts.get("action") or self.path).path or self.path) if is_post else None
            self.found += [self.form] if self.form else []
        elif self.form is None:
            return
        elif tag == "select":
            self.select = facts.get("name", "")
        elif tag == "option" and self.select:
            self.form.values[self.select].append(facts.get("value", ""))
        elif tag in ("input", "textarea", "button") and facts.get("name"):
            if facts.get("type") == "file":
                self.form.files.add(facts["name"])
            else:
                self.form.values[facts["name"]].append(facts.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = None
        elif tag == "select":
            self.select = ""


def forms_of(world: World) -> list[tuple[str, Form]]:
    """(identity, form) of everything that some page shows to somebody, each kind of form once an identity."""
    found = {}
    for path in [*map(world.address, ROUTES), *LIBRARY]:
        for identity in IDENTITIES:
            answer = world.clients[identity].get(path)
            if answer.status_code == 200 and "text/html" in answer["Content-Type"]:
                parser = Forms(path)
                parser.feed(answer.content.decode())
                for form in parser.found:
                    found[identity, form.action, tuple(sorted(form.values))] = (identity, form)
    return list(found.values())


class Fuzz:
    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.random = random.Random(seed)
        self.wrong: list[str] = []
        self.sent: dict[str, int] = defaultdict(int)

    def text(self) -> str:
        one = self.random.choice(TEXTS)
        return one if self.random.random() < 0.8 else one + self.random.choice(TEXTS)

    def hostile(self, likely: list[str]) -> list[str]:
        """Values for one field: mostly one that is wrong, sometimes several, sometimes a likely one."""
        roll = self.random.random()
        if roll < 0.25 and likely:
            return [self.random.choice(likely)]
        if roll < 0.35:
            return [self.text() for _turn in range(self.random.randint(2, 5))]
        return [self.text()]

    def fill(self, form: Form) -> dict[str, list[str]]:
        """Sometimes one field is wrong, sometimes all of them, sometimes one is missing or unknown."""
        names = list(form.values)
        everything = self.random.random() < 0.4
        chosen = set(names) if everything else set(self.random.sample(names, min(len(names), 2)))
        data = {
            name: self.hostile(likely) if name in chosen else [self.random.choice(likely)]
            for name, likely in form.values.items()
            if self.random.random() > 0.05
        }
        if self.random.random() < 0.1:
            data[self.text()[:50]] = [self.text()]
        return data

    def send(self, identity: str, method: str, path: str, **how: Any) -> None:
        client = self.world.clients[identity]
        self.sent[path] += 1
        about = f"{identity} {method} {path} {str(how)[:400]}"
        start = time.process_time()  # of this process: a busy neighbour is no bug
        try:
            with transaction.atomic():
                answer = client.generic(method, path, **how)
                transaction.set_rollback(True)
        except Exception as error:
            self.wrong.append(f"{about}: {type(error).__name__}: {error}")
            return
        if answer.status_code >= 500:
            self.wrong.append(f"{about}: {answer.status_code}")
        if (took := time.process_time() - start) > SLOW:
            self.wrong.append(f"{about}: took {took:.1f} s")

    def post(self, identity: str, form: Form) -> None:
        data = self.fill(form)
        if form.files or self.random.random() < 0.1:
            body, kind = self.multipart(data, form.files)
        else:
            body, kind = urlencode(data, doseq=True).encode(), "application/x-www-form-urlencoded"
        self.send(identity, "POST", form.action, data=body, content_type=kind)

    def multipart(self, data: dict[str, list[str]], files: set[str]) -> tuple[bytes, str]:
        parts = [
            b'Content-Disposition: form-data; name="%s"\r\n\r\n%s' % (name.encode("utf-8", "replace"), value.encode())
            for name, values in data.items()
            for value in values
        ]
        for name in files:
            file_name, content = self.random.choice(FILES)
            parts.append(
                b'Content-Disposition: form-data; name="%s"; filename="%s"\r\nContent-Type: text/csv\r\n\r\n%s'
                % (name.encode(), file_name.encode(), content)
            )
        line = b"--duck-%08x" % self.random.getrandbits(32)
        body = b"".join(b"--" + line + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + line + b"--\r\n"
        return body, f"multipart/form-data; boundary={line.decode()}"

    def ask(self, identity: str, name: str) -> None:
        names = self.random.sample(QUERY_NAMES, 3)
        query = urlencode([(name, self.text()) for name in names])
        self.send(identity, "GET", self.world.address(name), QUERY_STRING=query)

    def raw(self, identity: str, name: str, fields: list[str]) -> None:
        """A body that is no form, or fields that belong to another."""
        kind, body = self.random.choice(BODIES)
        if self.random.random() < 0.6:
            kind = "application/x-www-form-urlencoded"
            body = urlencode([(name, self.text()) for name in self.random.sample(fields, 30)]).encode()
        self.send(identity, "POST", self.world.address(name), data=body, content_type=kind)

    def odd_path(self, identity: str, name: str) -> None:
        """The address with another record's number, or none that a record could have."""
        route = ROUTES[name]
        number = self.random.choice(["0", "1", "2", "00", "9" * 18, "9" * 19, "9" * 40, "-1", "1.5", "%00", "١", "a"])
        path = "/" + route.replace("<int:pk>", number).replace("<str:token>", self.text().replace("/", "")[:60] or "x")
        self.send(identity, self.random.choice(["GET", "POST"]), path.split("?")[0].replace("\n", "").replace("#", ""))


def leads_somewhere(form: Form) -> bool:
    try:
        return not form.action.startswith("/accounts/logout") and bool(resolve(form.action))
    except Resolver404:
        return False


@pytest.mark.django_db
def test_nothing_that_can_be_sent_makes_a_500() -> None:
    world = World()
    forms = [(identity, form) for identity, form in forms_of(world) if leads_somewhere(form)]
    assert len({form.action for _who, form in forms}) > 35  # the forms are really found
    fuzz = Fuzz(world, SEED)
    names = sorted(ROUTES)
    # A form that no page shows in this world's states still has an address: it gets fields of all the others.
    fields = sorted({name for _who, form in forms for name in form.values})
    for turn in range(REQUESTS):
        identity = fuzz.random.choice(IDENTITIES)
        if turn % 10 < 6:
            fuzz.post(*fuzz.random.choice(forms))
        elif turn % 10 < 8:
            fuzz.ask(identity, fuzz.random.choice(names))
        elif turn % 10 < 9:
            fuzz.raw(identity, fuzz.random.choice(names), fields)
        else:
            fuzz.odd_path(identity, fuzz.random.choice(names))
    for identity, form in fuzz.random.sample(forms, 3):
        data = {name: "y" * 10_000_000 for name in list(form.values)[:1]}
        body = urlencode(data).encode()
        fuzz.send(identity, "POST", form.action, data=body, content_type="application/x-www-form-urlencoded")

    assert fuzz.wrong == [], f"seed {SEED}, {len(fuzz.wrong)} of {REQUESTS}"
    assert sum(fuzz.sent.values()) >= REQUESTS
    assert ledger.check() == []
    assert [history.verify(engagement) for engagement in Engagement.objects.all()] == ["", ""]
