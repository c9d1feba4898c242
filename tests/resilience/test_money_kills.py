"""Web and queue workers killed with -9 at random points while money moves: nothing is half done, and whatever is asked
again with the same key has one effect (promises B1, B3). `TORTURE=1` turns five kills into two hundred."""

import http.client
import itertools
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from config.celery import app
from core import history
from core.embedded.processes import free_port, spawn, stop, wait_for_port
from core.models import Heartbeat, SubmittedForm, Touched
from engagements.models import Engagement
from milestones.models import Milestone, Payout, Posting, Review, Submission
from milestones.services import ledger
from milestones.services.ending import give_notice
from milestones.states import MilestoneStatus, Origin, PostingKind
from tests.conftest import child_env
from tests.factories import make_budget, make_engagement, make_user

pytestmark = pytest.mark.django_db(transaction=True)
TORTURE = os.environ.get("TORTURE") == "1"
KILLS = 200 if TORTURE else 5
CSRF = "c" * 32


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def kill_a_child(pid: int) -> bool:
    found = children_of(pid)
    if found:
        os.kill(random.choice(found), signal.SIGKILL)
    return bool(found)


# --- web ---------------------------------------------------------------------------------
@pytest.fixture
def web(tmp_path: Path) -> Iterator[tuple[int, int]]:
    """Port and process number of a real web server with two workers on this test's database."""
    port = free_port()
    env = child_env(RING_BROKER="0", SITE_URL=f"http://127.0.0.1:{port}", LOG_LEVEL="ERROR")
    options = f"--bind 127.0.0.1:{port} --workers 2 --preload --log-level warning --no-control-socket"
    process = spawn(
        [sys.executable, "-m", "gunicorn", "config.wsgi", *options.split()], env=env, log=tmp_path / "web.log"
    )
    try:
        wait_for_port(port, process)
        yield port, process.pid
    finally:
        stop(process, seconds=1)


class Person:
    """Somebody signed in who sends forms and, when no answer comes, sends the same form again."""

    def __init__(self, user: User, port: int) -> None:
        client = Client()
        client.force_login(user)
        self.cookies = f"duckrow={client.cookies['duckrow'].value}; csrf={CSRF}"
        self.port, self.again = port, 0

    def post(self, path: str, key: str, **fields: str) -> int:
        body = urlencode({"csrfmiddlewaretoken": CSRF, "form_key": key, **fields})
        headers = {"Cookie": self.cookies, "Content-Type": "application/x-www-form-urlencoded"}
        for _turn in range(200):
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
                connection.request("POST", path, body, headers)
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException):
                self.again += 1
                time.sleep(0.02)
                continue
            finally:
                connection.close()
            if answer.status < 500:
                return answer.status
            self.again += 1
        raise AssertionError(f"No answer from {path}")


def test_web_workers_killed_while_money_moves_leave_nothing_half_done(web: tuple[int, int]) -> None:
    port, master = web
    budget = make_budget(minor=10**9)
    engagement = make_engagement(budget=budget, milestones=["accepted"] + ["agreed"] * 8)
    lead, finance = Person(engagement.lead, port), Person(make_user("finance"), port)
    first, *agreed = engagement.milestones.order_by("position").values_list("pk", flat=True)
    work = make_engagement(budget=budget, milestones=["funded"] * (2 * KILLS), lead=make_user())
    hands, judge = Person(work.contractor.user, port), Person(work.lead, port)
    over = threading.Event()
    sent: dict[str, list[int]] = {"top_up": [], "return": [], "bonus": [], "fund": [], "submit": [], "review": []}

    def of_the_lead() -> None:
        for number in itertools.count():
            if over.is_set() and number >= len(agreed):
                return
            if number < len(agreed):
                sent["fund"].append(lead.post(f"/milestones/{agreed[number]}/fund", f"f{number:031x}"))
            bonus = {"bonus-amount": "1.00", "bonus-reason": "Well done."}
            sent["bonus"].append(lead.post(f"/milestones/{first}/bonus", f"b{number:031x}", **bonus))

    def of_finance() -> None:
        for number in itertools.count():
            if over.is_set():
                return
            for name, prefix, path in (("top_up", "in", "top-up"), ("return", "out", "return")):
                fields = {f"{prefix}-amount": "3.00", f"{prefix}-cause": "Decision 15"}
                key = f"{'ac'[name == 'return']}{number:031x}"
                sent[name].append(finance.post(f"/budgets/{budget.pk}/{path}", key, **fields))

    def of_the_work() -> None:
        for milestone in work.milestones.all():
            if over.is_set() and len(sent["review"]) >= 5:
                break
            goals = list(milestone.goals.values_list("pk", flat=True))
            path, key = f"/milestones/{milestone.pk}", f"{milestone.pk:031x}"
            values = {f"value_{pk}": "1100" for pk in goals}
            sent["submit"].append(hands.post(f"{path}/submit", f"d{key}", note="It is fast.", **values))
            views = {f"view_{pk}": "met" for pk in goals}
            judged = {"decision": "accepted", "note": "Cold too.", "submission_number": "1"}
            sent["review"].append(judge.post(f"{path}/review", f"e{key}", **judged, **views))
        connection.close()  # this thread's

    threads = [threading.Thread(target=act) for act in (of_the_lead, of_finance, of_the_work)]
    for thread in threads:
        thread.start()
    killed = 0
    while killed < KILLS and any(thread.is_alive() for thread in threads):
        time.sleep(random.uniform(0.05, 0.4))
        killed += kill_a_child(master)
    over.set()
    for thread in threads:
        thread.join(120)

    assert killed == KILLS
    assert lead.again + finance.again + hands.again + judge.again > 0  # a kill met somebody's form
    assert {status for statuses in sent.values() for status in statuses} == {302}
    keys = SubmittedForm.objects.exclude(outcome="")
    assert keys.count() == sum(map(len, sent.values())) == SubmittedForm.objects.count()
    moved = {kind: Posting.objects.filter(kind=kind, key__startswith="form:").count() for kind in PostingKind.values}
    assert (moved["top_up"], moved["return"]) == (len(sent["top_up"]), len(sent["return"]))
    assert Milestone.objects.filter(origin=Origin.BONUS).count() == len(sent["bonus"])
    assert Milestone.objects.filter(pk__in=agreed, status=MilestoneStatus.FUNDED).count() == len(agreed)
    done = work.milestones.filter(status=MilestoneStatus.ACCEPTED)
    assert len(sent["review"]) == done.count() >= 5
    for model, whose in ((Submission, "milestone"), (Review, "submission__milestone"), (Payout, "milestone")):
        found = model.objects.filter(**{f"{whose}__engagement": work}).values_list(whose, flat=True)
        assert sorted(found) == sorted(done.values_list("pk", flat=True))  # one each
    assert ledger.check() == []
    assert history.verify(engagement) == history.verify(work) == ""


# --- queue -------------------------------------------------------------------------------
def test_queue_workers_killed_while_contracts_end_return_the_money_once(broker: str, tmp_path: Path) -> None:
    """The sweep ends what is due, each contract in a transaction of its own; a worker dies in the middle of it."""
    long_ago, yesterday = timezone.now() - timedelta(days=60), timezone.now().date() - timedelta(days=2)
    budget = make_budget(minor=10**9)
    lead = make_user()
    engagements = [
        make_engagement(lead=lead, budget=budget, milestones=["funded", "agreed"], understood=False)
        for _ in range(20 * KILLS if TORTURE else 24)
    ]
    for engagement in engagements:
        give_notice(engagement, reason="Priorities", last_on=yesterday, by=lead, at=long_ago)
    # As after a sweep that has seen all of it: the kills shall meet endings, not the planning of reminders before them.
    Touched.objects.all().delete()
    Heartbeat.objects.create(job="sweep", at=long_ago, note=version("holidays"))
    env = child_env(BROKER_URL=broker, RING_BROKER="0", LOG_LEVEL="ERROR")
    options = "worker --pool prefork --concurrency 2 --loglevel ERROR --without-gossip --without-mingle"
    command = [sys.executable, "-m", "celery", "-A", "config", *options.split(), "--without-heartbeat"]
    worker = spawn(command, env=env, log=tmp_path / "worker.log")

    def ring() -> None:
        with app.connection_for_write(broker) as connection:
            app.send_task("reminders.tasks.sweep", connection=connection)

    def left() -> int:
        return Engagement.objects.filter(pk__in=[e.pk for e in engagements], status="active").count()

    killed, seen, since = 0, (0, 0), time.monotonic()

    def is_over() -> bool:
        """A slow machine may take its time, one on which nothing moves any more may not."""
        nonlocal seen, since
        now = (killed, left())
        if now != seen:
            seen, since = now, time.monotonic()
        log = (tmp_path / "worker.log").read_text(errors="replace")[-4000:]
        assert time.monotonic() - since < 90, f"Killed {killed}, left {now[1]}, nothing moves.\n{log}"
        return killed >= KILLS and not now[1]

    try:
        ring()
        while left() == len(engagements) and not is_over():  # until it is at work
            time.sleep(0.02)
        at_work = 0
        while not is_over():
            if killed < KILLS and kill_a_child(worker.pid):
                killed += 1
                at_work += bool(seen[1])
            ring()
            time.sleep(random.uniform(0.05, 0.3))
    finally:
        stop(worker, seconds=1)

    assert not TORTURE or at_work > KILLS // 2, f"{at_work} of {KILLS} kills met somebody at work"
    assert ledger.check() == []
    assert Posting.objects.filter(kind=PostingKind.REFUND).count() == len(engagements)
    assert set(Milestone.objects.values_list("status", flat=True)) == {MilestoneStatus.CANCELLED}
    assert {history.verify(engagement) for engagement in engagements} == {""}
