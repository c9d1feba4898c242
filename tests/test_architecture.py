"""Laws of the house that the import contracts in pyproject.toml can't see."""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from core.transitions import Stateful

ROOT = Path(settings.BASE_DIR)
APPS: list[str] = settings.DUCKROW_APPS
SOURCES = sorted(p for app in [*APPS, "config"] for p in (ROOT / app).rglob("*.py") if "migrations" not in p.parts)
TEMPLATES = sorted((ROOT / "templates").rglob("*.*"))


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def parts(path: Path) -> set[str]:
    return {part.removesuffix(".py") for part in path.relative_to(ROOT).parts}


@cache
def syntax(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text())))


def nodes(*rooms: str) -> Iterator[tuple[Path, ast.AST]]:
    """Every syntax node of the product, or of these kinds of module only."""
    for path in SOURCES:
        if not rooms or parts(path) & set(rooms):
            for node in syntax(path):
                yield path, node


def called(node: ast.AST) -> str:
    """The last name of what a call calls: `x.filter(...)` → "filter"."""
    if not isinstance(node, ast.Call):
        return ""
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def place(path: Path, node: ast.AST) -> str:
    return f"{name(path)}:{getattr(node, 'lineno', 0)}"


def contract() -> list[str]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    return list(reversed(contracts[0]["layers"]))


def test_every_app_has_its_storey() -> None:
    assert contract() == [*APPS, "config"]
    assert [app for app in settings.INSTALLED_APPS if (ROOT / app).is_dir()] == APPS


def test_there_is_no_app_without_a_storey() -> None:
    packages = {p.parent.name for p in ROOT.glob("*/__init__.py")} - {"tests", "benchmarks"}

    assert packages == set(contract())


def test_nothing_is_called_after_nothing() -> None:
    nameless = {"utils", "util", "helpers", "helper", "common", "misc", "tools", "lib", "signals", "managers"}

    assert [name(p) for p in SOURCES if parts(p) & nameless] == []


def test_a_long_module_becomes_a_package() -> None:
    lengths = {name(p): len(p.read_text().splitlines()) for p in SOURCES}

    assert {path: n for path, n in lengths.items() if n > 400} == {}


def upward_names(app: str) -> set[str]:
    """The names under which rooms above `app` hang on models of it or below: reverse accessors and lookups."""
    storey = APPS.index(app)
    above: set[str] = set()
    known: set[str] = set()
    for model in apps.get_models(include_auto_created=True):
        if model._meta.app_label not in APPS or APPS.index(model._meta.app_label) > storey:
            continue
        for field in model._meta.get_fields():
            source = field.related_model if field.auto_created and not field.concrete else model
            label = source._meta.app_label
            names = {field.name, getattr(field, "get_accessor_name", lambda field=field: field.name)()}
            (above if label in APPS and APPS.index(label) > storey else known).update(names)
    return above - known


@pytest.mark.parametrize("app", APPS)
def test_no_room_names_one_above_it(app: str) -> None:
    """Neither by reverse accessor nor in a lookup string; pages, the roof, may."""
    above = upward_names(app)
    lookups = re.compile(rf"\b({'|'.join(sorted(above))})__\w+") if above else None
    seen = []
    for path, node in nodes():
        if path.relative_to(ROOT).parts[0] != app or parts(path) & {"views", "urls", "api", "management"}:
            continue
        if isinstance(node, ast.Attribute) and node.attr in above:
            seen.append(f"{place(path, node)} .{node.attr}")
        text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
        text = (node.arg or "") if isinstance(node, ast.keyword) else text
        if lookups and lookups.search(text):
            seen.append(f"{place(path, node)} {text}")

    assert seen == []


def test_only_urls_import_views() -> None:
    seen = []
    for path, node in nodes():
        modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        modules += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if any("views" in m.split(".") and m.split(".")[0] in APPS for m in modules) and not parts(path) & {
            "urls",
            "views",
        }:
            seen.append(place(path, node))

    assert seen == []


def test_only_one_door_writes_a_state() -> None:
    """`core.transitions` for records with a table of moves; mail (core.outbox) has its own three functions."""
    seen = []
    for path, node in nodes():
        if name(path) in {"core/transitions.py", "core/outbox.py"}:
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(t, ast.Attribute) and t.attr in {"status", "status_since"} for t in targets):
            seen.append(place(path, node))
        if called(node) in {"update", "update_or_create", "bulk_update", "setattr"} and isinstance(node, ast.Call):
            words = [k.arg for k in node.keywords]
            words += [c.value for a in node.args for c in ast.walk(a) if isinstance(c, ast.Constant)]
            if {"status", "status_since"} & {w for w in words if isinstance(w, str)}:
                seen.append(place(path, node))
    # A claim is no record with moves: who checked it says what it is.
    assert [s for s in seen if not s.startswith("contractors/services/claims.py")] == []


def test_every_state_column_has_a_table_of_moves() -> None:
    stateful = [m for m in apps.get_models() if issubclass(m, Stateful)]

    assert stateful
    for model in stateful:
        states = {value for value, _label in model._meta.get_field("status").choices}
        assert set(model.MOVES) <= states, model
        assert set().union(*model.MOVES.values()) <= states, model


# Core shows and tidies rows of the house itself, which nobody owns; search asks every room the same question.
HOUSEKEEPING = ("core/tasks.py", "core/views/health.py", "core/views/house.py", "core/views/search.py")


def test_pages_name_their_conditions() -> None:
    """A condition over rows has a name in a queryset or query; `pk=` alone is an address, not a condition."""
    seen = []
    for path, node in nodes("views", "tasks", "api"):
        if called(node) not in {"filter", "exclude"} or name(path) in HOUSEKEEPING:
            continue
        if isinstance(node, ast.Call) and [k.arg for k in node.keywords] != ["pk"]:
            seen.append(place(path, node))

    assert seen == []


def test_pages_write_through_services() -> None:
    writes = {"save", "create", "bulk_create", "update_or_create", "get_or_create", "delete", "bulk_update"}
    seen = [
        place(path, node)
        for path, node in nodes("views", "tasks", "api", "middleware")
        if called(node) in writes and name(path) not in HOUSEKEEPING
    ]

    assert seen == []


def test_a_write_says_by_whom_and_runs_whole() -> None:
    """Public functions of services that take `by` are use cases, with everything after the subject by name."""
    seen = []
    for path, node in nodes("services"):
        if not isinstance(node, ast.FunctionDef) or node.name.startswith("_") or node.col_offset:
            continue
        words = [a.arg for a in node.args.kwonlyargs]
        positional = [a.arg for a in node.args.args]
        if "by" in positional or (("by" in words or "at" in words) and len(positional) > 2):
            seen.append(f"{place(path, node)} {node.name}: name what comes after the subject")
        # A step of somebody else's use case says so.
        wraps = any(getattr(d, "id", "") == "use_case" for d in node.decorator_list)
        if "by" in words and not wraps and "by the caller" not in (ast.get_docstring(node) or ""):
            seen.append(f"{place(path, node)} {node.name}: no @use_case")

    assert seen == []


def test_models_have_no_hidden_behaviour() -> None:
    """No save() of our own and no signals: what happens stands in the service."""
    seen = [
        place(path, node)
        for path, node in nodes()
        if (isinstance(node, ast.FunctionDef) and node.name in {"save", "delete"} and "models" in parts(path))
        or (
            isinstance(node, ast.ImportFrom)
            and (node.module or "").endswith("signals")
            and "post_migrate" not in {a.name for a in node.names}
        )
    ]

    assert seen == []


def test_services_know_no_request() -> None:
    seen = [
        place(path, node)
        for path, node in nodes("services", "queries", "querysets", "models", "states")
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith(("django.http", "django.shortcuts", "django.views", "django.forms"))
    ]

    assert seen == []


@pytest.mark.parametrize("room", ["services", "queries", "querysets", "models"])
def test_time_comes_in_as_an_argument(room: str) -> None:
    """Only the edge reads the clock. Two defaults of accounts decide nothing: the day around which holidays are
    loaded, and when an account was made."""
    seen = [
        place(path, node)
        for path, node in nodes(room)
        if name(path) not in {"accounts/queries.py", "accounts/querysets.py"}
        and called(node) in {"now", "today", "utcnow", "localdate"}
        and isinstance(node, ast.Call)
        and not node.args
    ]

    assert seen == []


INLINE = {
    "an inline style": re.compile(r"<style\b|\sstyle\s*=", re.I),
    "an inline script": re.compile(r"<script\b(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")", re.I),
    "an inline handler": re.compile(r"\son[a-z]+\s*=\s*[\"']", re.I),
    "a script as address": re.compile(r"javascript:", re.I),
    "data in an address": re.compile(r"(?:src|href)\s*=\s*[\"']data:", re.I),
    "something from elsewhere": re.compile(r"(?:src|href)\s*=\s*[\"'](?:https?:)?//(?!www\.w3\.org)", re.I),
}


@pytest.mark.parametrize("what", INLINE)
def test_no_page_needs_more_than_the_strict_policy(what: str) -> None:
    """Mails are read elsewhere: their frame carries its styles with it."""
    pages = [p for p in TEMPLATES if p.parts[-2] != "mail"]
    comments = re.compile(r"{#.*?#}|{% comment.*?endcomment %}", re.S)

    assert [name(p) for p in pages if INLINE[what].search(comments.sub("", p.read_text()))] == []


def test_nothing_comes_unescaped() -> None:
    seen = {name(p) for p in TEMPLATES if re.search(r"\|\s*safe\b|autoescape off", p.read_text())}
    calls = {name(path) for path, node in nodes() if called(node) == "mark_safe"}

    # The frozen agreement is our own escaped rendering, under its hash; the QR code is drawn by the library.
    assert {s for s in seen if not s.startswith("templates/mail/")} <= {
        "templates/milestones/agree.html",
        "templates/mfa/totp/activate_form.html",
    }
    # These wrap what has been through nh3, is our own drawing, or was escaped piece by piece.
    assert calls <= {
        "core/markdown.py",
        "core/rows.py",
        "core/templatetags/duckrow.py",
        "engagements/views/agreements.py",
    }


def test_fragments_are_called_as_such() -> None:
    """What a page includes or a view sends alone starts with an underscore."""
    include = re.compile(r"{%\s*include\s+[\"']([^\"']+)[\"']")
    wrong = {
        f"{name(p)} includes {target}"
        for p in TEMPLATES
        if p.relative_to(ROOT / "templates").parts[0]
        not in {"account", "mfa", "usersessions", "bootstrap5"}  # the libraries' names
        for target in include.findall(p.read_text())
        if not Path(target).name.startswith("_")
    }

    assert wrong == set()
