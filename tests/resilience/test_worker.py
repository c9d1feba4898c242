"""A real broker and worker, and what is left when they die (promises B1, B5, B7). `TORTURE=1` turns the dose up."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from config.celery import app
from core import outbox
from core.embedded import broker as embedded
from core.embedded.processes import free_port, spawn, stop
from core.models import OutboxMail, OutboxStatus
from tests.conftest import Mails, child_env
from tests.factories import make_user
from tests.resilience.test_money_kills import kill_a_child

pytestmark = pytest.mark.django_db(transaction=True)
TORTURE = os.environ.get("TORTURE") == "1"
KILLS, MAILS = (200, 3000) if TORTURE else (4, 40)


def ring(url: str, task: str = "core.tasks.deliver") -> None:
    with app.connection_for_write(url) as connection:
        app.send_task(task, connection=connection)


def decide(number: int) -> None:
    user = make_user()
    for n in range(number):
        outbox.enqueue(
            key=f"r{n}", kind="test", to=user, subject=f"No. {n}", template="mail_test", context={}, at=timezone.now()
        )


def until(condition: Callable[[], bool], seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


def unsent() -> int:
    return OutboxMail.objects.exclude(status=OutboxStatus.SENT).count()


def forget_leases() -> int:
    """What a minute and a half do: mail that a dead sender held is free again, and how many those are. What a sender
    holds since is not."""
    held = OutboxMail.objects.filter(status=OutboxStatus.SENDING, lease_until__lte=timezone.now() + outbox.LEASE)
    return held.filter(lease_until__gt=timezone.now()).update(lease_until=timezone.now() - timedelta(seconds=1))


class Queue:
    """A broker on one port that can die and come back."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.start()

    def start(self) -> None:
        started = embedded.start(self.folder, self.port)
        assert started is not None
        self.process, self.url = started

    def die(self, *, and_forget: bool) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        if and_forget:
            for file in sorted(self.folder.rglob("*.*"), reverse=True):
                if file.is_file() and file.suffix != ".log":
                    file.unlink()


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    queue = Queue(tmp_path / "queue")
    yield queue
    stop(queue.process)


@pytest.fixture
def start_worker(queue: Queue, smtp: Mails, settings: Any, tmp_path: Path) -> Iterator[Callable[[], Any]]:
    env = child_env(BROKER_URL=queue.url, EMAIL_URL=f"smtp://127.0.0.1:{settings.EMAIL_PORT}", RING_BROKER="0")
    command = [sys.executable, "-m", "celery", "-A", "config", "worker", "--loglevel", "INFO"]
    running: list[subprocess.Popen[bytes]] = []

    def start(pool: str = "solo", tasks: int = 1) -> subprocess.Popen[bytes]:
        options = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        options += ["--pool", pool, "--concurrency", str(tasks)]
        running.append(spawn([*command, *options], env=env, log=tmp_path / "worker.log"))
        return running[-1]

    yield start
    # Shown when the test failed.
    print("Workers ended with", [process.poll() for process in running])
    for row in OutboxMail.objects.exclude(status=OutboxStatus.SENT).values()[:5]:
        print({name: value for name, value in row.items() if name not in ("text", "html")})
    for process in running:
        stop(process, seconds=2)
    print((tmp_path / "worker.log").read_text(errors="replace")[-12000:] if running else "No worker was started.")


def test_the_bell_makes_a_worker_send_what_is_due(queue: Queue, start_worker: Any, smtp: Mails) -> None:
    start_worker()
    decide(3)

    ring(queue.url)

    until(lambda: unsent() == 0)
    assert sorted(smtp.subjects) == ["No. 0", "No. 1", "No. 2"]


def test_a_bell_rung_five_times_sends_once(queue: Queue, start_worker: Any, smtp: Mails) -> None:
    decide(2)
    for _turn in range(5):
        ring(queue.url)

    start_worker()

    until(lambda: unsent() == 0)
    time.sleep(1)
    assert len(smtp.envelopes) == 2


def test_workers_killed_at_work_lose_no_mail(queue: Queue, start_worker: Any, smtp: Mails) -> None:
    """Repeats only where a kill explains them, and with a Message-ID that is known already. Every fifth kill ends the
    whole worker, the others the process that does its tasks."""
    decide(MAILS)
    smtp.pause = 0.05
    worker = None
    for turn in range(KILLS):
        before = len(smtp.envelopes)
        worker = worker or start_worker("prefork")
        ring(queue.url)
        until(lambda before=before: len(smtp.envelopes) > before or unsent() == 0)  # type: ignore[misc]
        if turn % 5 == 4 or turn == KILLS - 1 or not kill_a_child(worker.pid):
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()
            worker = None
        forget_leases()
    smtp.pause = 0
    until(lambda: not forget_leases())  # a database may finish what a dead one asked for
    start_worker()
    while left := unsent():  # one bell sends five hundred, and a slow machine takes its time
        ring(queue.url)
        until(lambda left=left: unsent() < left)  # type: ignore[misc]

    ids = [message["Message-ID"] for message in smtp.messages]
    assert len(set(ids)) == MAILS
    assert len(ids) - MAILS <= KILLS


def test_a_broker_that_dies_and_forgets_everything_costs_nothing(queue: Queue, start_worker: Any, smtp: Mails) -> None:
    start_worker()
    decide(1)
    ring(queue.url)
    until(lambda: unsent() == 0)

    queue.die(and_forget=True)
    OutboxMail.objects.update(status=OutboxStatus.NEW, sent_at=None)
    queue.start()
    # The same worker finds the new broker; beat would ring within the minute. A mail that is held waits for its lease
    # and one whose sending failed for its minute: neither is what is asked here.
    deadline = time.monotonic() + 40
    while unsent() and time.monotonic() < deadline:
        forget_leases()
        OutboxMail.objects.filter(status=OutboxStatus.NEW).update(not_before=timezone.now())
        ring(queue.url)
        time.sleep(1)

    assert unsent() == 0


def test_a_worker_whose_thanks_went_unheard_goes_on_listening(
    queue: Queue, start_worker: Any, smtp: Mails, tmp_path: Path
) -> None:
    """The broker says nothing when the worker reports a task done, and is well again afterwards. kombu kept counting
    the task as being worked on and never asked for another."""
    smtp.pause = 0.5
    start_worker()
    decide(1)
    ring(queue.url)
    until(lambda: OutboxMail.objects.filter(status=OutboxStatus.SENDING).exists())
    queue.process.send_signal(signal.SIGSTOP)
    until(lambda: "Couldn't ack" in (tmp_path / "worker.log").read_text(errors="replace"))
    queue.process.send_signal(signal.SIGCONT)
    OutboxMail.objects.update(status=OutboxStatus.NEW, sent_at=None)

    ring(queue.url)

    until(lambda: unsent() == 0)


@pytest.mark.parametrize("pool", ["prefork", "threads"])
def test_a_worker_with_a_task_in_hand_outlives_its_broker(
    queue: Queue, start_worker: Any, smtp: Mails, pool: str
) -> None:
    """It asked for a second task while it had one. kombu failed at closing what was left of the connection, and the
    worker ended with it."""
    smtp.pause = 1
    worker = start_worker(pool, tasks=2)
    decide(1)
    ring(queue.url)
    until(lambda: OutboxMail.objects.filter(status=OutboxStatus.SENDING).exists())

    queue.die(and_forget=True)
    until(lambda: unsent() == 0)  # what was in hand is done
    OutboxMail.objects.update(status=OutboxStatus.NEW, sent_at=None)
    queue.start()
    ring(queue.url)

    until(lambda: unsent() == 0)
    assert worker.poll() is None


@pytest.mark.parametrize(("broker_is", "seconds"), [("away", 1.5), ("mute", 4)])
def test_a_page_does_not_wait_for_a_broker(broker_is: str, seconds: float) -> None:
    """The row stays, beat's next tick finds it; the person notices nothing, also when somebody takes the call and never
    says a word."""
    code = (
        "import django, time; django.setup()\n"
        "from core import outbox; from core.tasks import deliver\n"
        "outbox.ring_bell(deliver)\n"
        "started = time.monotonic(); outbox.ring_bell(deliver); print('took', time.monotonic() - started)"
    )
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        if broker_is == "mute":
            listener.listen()
        env = child_env(RING_BROKER="1", BROKER_URL=f"redis://127.0.0.1:{listener.getsockname()[1]}/0")
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=True, timeout=60)

    assert float(done.stdout.split("took")[1]) < seconds
