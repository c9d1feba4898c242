"""What must hold on every address at once: forged forms, pages that write, headers, planted script, borrowed redirects.

The addresses come from the URLconf by way of the authorisation matrix, so a new one is tested without being named here.
"""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.states import Role
from core import triggers
from core.models import Tries
from tests import factories as make
from tests.test_authz_matrix import IDENTITIES, ROUTES, World

pytestmark = pytest.mark.django_db
PLANT = "\"'><img src=x onerror=quack()>{{7*7}}[a](javascript:quack())"
# Columns whose text the product itself makes or takes from a list; nobody types them.
NOT_TYPED = re.compile(
    r"token|prefix|digest|sha256|salt|currency|zone|status|kind|language|theme|country|region|role|password|key|canonical|html"
    r"|type$|previous|verb|rule|side|direction|measured_by|choice|pronoun|secret|email|address$|outcome|decision|source"
    r"|^was$|became|job|typed_name|url|link|per$|number|baseline|target|value$|session|data$|captured|profile_id|content"
)
ELSEWHERE = (
    "//evil.example", "///evil.example", "////evil.example/%2f..", "https://evil.example", "http:evil.example",
    "https:///evil.example", "HTTPS://EVIL.EXAMPLE", "http:\\\\evil.example", "\\\\evil.example", "/\\evil.example",
    "\\/evil.example", "/\t/evil.example", "/%09/evil.example", "\t//evil.example", " //evil.example",
    "//evil%E3%80%82example",
    "http://localhost@evil.example", "http://testserver@evil.example/", "http://testserver.evil.example",
    "http://evil.example#testserver", "http://evil.example?testserver", "javascript:alert(1)", "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)", "data:text/html,<script>1</script>", "vbscript:x", "ftp://evil.example",
    "//\u3002evil.example",
    "//evil.example:80@testserver", "http://[::ffff:1.2.3.4]/", "http://2130706433/", "%2f%2fevil.example",
    "/%2f%2fevil.example",
    ".evil.example", "@evil.example", "//google%E3%80%82com", "https://testserver:443@evil.example",
)  # fmt: skip


@pytest.fixture
def world(db: None) -> World:
    return World()


def patterns(resolver: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern, route)
        elif isinstance(pattern, URLPattern):
            yield route, pattern.callback


def cells(world: World) -> Iterator[tuple[str, str, Any]]:
    """(address, identity, client) of everything."""
    for name in sorted(ROUTES):
        for identity in IDENTITIES:
            yield world.address(name), identity, world.clients[identity]


def test_only_the_interface_for_programs_turns_the_forgery_check_off() -> None:
    exempt = sorted(route for route, view in patterns(get_resolver()) if getattr(view, "csrf_exempt", False))

    # Programs send a token with each request, and no session opens their addresses: nothing to forge.
    assert sorted(set(exempt)) == [
        "api/v1/<path:rest>",
        "api/v1/engagements",
        "api/v1/engagements/<int:pk>",
        "api/v1/templates",
        "api/v1/templates/<int:pk>",
        "api/v1/templates/<int:pk>/file",
    ]


def test_every_post_without_its_token_is_refused_as_forged(world: World) -> None:
    taken = []
    for name in sorted(ROUTES):
        for identity in ("anonymous", "lead", "contractor", "admin", "finance"):
            client = Client(enforce_csrf_checks=True)
            if world.people[identity]:
                client.force_login(world.people[identity])
            with CaptureQueriesContext(connection) as seen:
                answer = client.post(world.address(name), {"body": "x"})
            if answer.status_code not in (401, 403, 404, 405) or writes(seen):
                taken.append((name, identity, answer.status_code))

    assert taken == []


def writes(seen: CaptureQueriesContext) -> list[str]:
    """Statements that change a row, but for what a visit itself leaves: the session and rate limits' counters."""
    changing = (query["sql"] for query in seen.captured_queries)
    return [
        sql[:120]
        for sql in changing
        if re.match(r"(INSERT|UPDATE|DELETE|REPLACE)", sql)
        and not re.search(r'"(django_session|core_cache|core_tries|usersessions_usersession)"', sql)
        and not sql.startswith('UPDATE "engagements_offerlink" SET "first_read_at"')  # that it was opened, once
    ]


def test_looking_changes_nothing(world: World) -> None:
    changed = set()
    for address, identity, client in cells(world):
        with CaptureQueriesContext(connection) as seen:
            client.get(address)
        changed |= {(address, identity, sql) for sql in writes(seen)}

    assert changed == set()


def test_every_answer_carries_the_security_headers(world: World) -> None:
    bare = []
    for address, identity, client in cells(world):
        answer = client.get(address)
        policy = answer.get("Content-Security-Policy", "")
        wanted = (
            "default-src 'none'" in policy
            and "unsafe" not in policy
            and "frame-ancestors 'none'" in policy
            and answer.get("X-Content-Type-Options") == "nosniff"
            and answer.get("X-Frame-Options") == "DENY"
            and answer.get("Referrer-Policy") in ("same-origin", "no-referrer")
            and "camera=()" in answer.get("Permissions-Policy", "")
        )
        is_private = (
            identity == "anonymous" or answer.status_code != 200 or "no-store" in answer.get("Cache-Control", "")
        )
        if not wanted or not is_private:
            bare.append((address, identity, answer.status_code, dict(answer.headers)))

    assert bare == []


def typed_columns(model: type[models.Model]) -> list[Any]:
    return [
        column
        for column in model._meta.concrete_fields
        if isinstance(column, models.CharField | models.TextField)
        and not column.choices
        and not column.primary_key
        and not NOT_TYPED.search(column.name)
    ]


def plant() -> int:
    """Script in every column that somebody types, of every row there is. The guards are off while it is done."""
    from django.apps import apps

    columns = 0
    triggers.drop_all(connection)
    for app in settings.DUCKROW_APPS:
        for model in apps.get_app_config(app).get_models():
            for column in typed_columns(model):
                for pk in model._default_manager.values_list("pk", flat=True):
                    text = (f"{pk} " if column.unique else "") + PLANT
                    model._base_manager.filter(pk=pk).update(**{column.name: text[: column.max_length]})
                    columns += 1
    triggers.create_all(connection)
    return columns


def test_script_in_any_text_is_shown_as_text(world: World) -> None:
    assert plant() > 60
    Tries.objects.all().delete()
    shown, live = 0, []
    for address, identity, client in cells(world):
        answer = client.get(address)
        content = answer.content.decode() if not answer.streaming else ""
        if "text/html" not in answer.get("Content-Type", "text/html"):
            continue
        shown += "&lt;img src=x" in content
        if "<img src=x" in content or re.search(r'href="\s*javascript:', content, re.IGNORECASE):
            live.append((address, identity))

    assert live == []
    assert shown > 40  # the pages really show what was planted


@pytest.mark.parametrize("where", ELSEWHERE)
def test_signing_in_never_leads_elsewhere(where: str) -> None:
    user = make.make_user(Role.LEAD)
    answer = Client().post(
        "/accounts/login/", {"login": user.email, "password": make.PASSWORD, "next": where}, follow=False
    )

    assert answer.status_code == 302
    assert urlsplit(urljoin("http://testserver/accounts/login/", answer["Location"])).netloc == "testserver"
    assert not re.search(r"[\\\s]|^//", answer["Location"])


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "localhost@evil.example", "[::2]", "a b"])
def test_a_forged_host_is_refused(host: str) -> None:
    make.make_organisation()

    assert Client().get("/accounts/login/", HTTP_HOST=host).status_code == 400


def test_a_session_gets_a_new_name_at_sign_in() -> None:
    user = make.make_user(Role.LEAD)
    client = Client()
    session = client.session
    session["planted"] = "by somebody else"
    session.save()
    before = session.session_key
    client.cookies[settings.SESSION_COOKIE_NAME] = before
    client.post("/accounts/login/", {"login": user.email, "password": make.PASSWORD})

    assert client.get("/settings/").status_code == 200
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != before
    stale = Client()
    stale.cookies[settings.SESSION_COOKIE_NAME] = before
    assert stale.get("/settings/").status_code == 302


@pytest.mark.parametrize(
    ("address", "field", "more"),
    [
        ("/accounts/login/", "login", {"password": "not this one 1"}),
        ("/accounts/password/reset/", "email", {}),
        ("/accounts/login/code/", "email", {}),
    ],
)
def test_an_answer_does_not_tell_who_has_an_account(smtp: Any, address: str, field: str, more: dict[str, str]) -> None:
    known = make.make_user(Role.LEAD, email="known@example.org").email

    def ask(email: str) -> tuple[int, str, str]:
        cache.clear()
        answer = Client().post(address, {field: email, **more})
        text = re.sub(r'(value|content)="[^"]*"', "", answer.content.decode().replace(email, "…"))
        return answer.status_code, answer.get("Location", ""), text

    assert ask(known) == ask("nobody@example.org")
