"""A process that confirms a batch, makes its files or reads the bank's answer is killed (SIGKILL) at any statement:
nothing is half done, whoever tries again gets it done once, and a file is the same bytes whenever it is fetched.
`TORTURE=1` turns the dose up."""

import hashlib
import os
import random
import signal
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from core import history
from core.errors import DomainError
from core.models import OutboxMail
from milestones import queries
from milestones.models import BankAnswer, BatchFile, BatchLine, Invoice, Payout, PayoutBatch, Posting
from milestones.services import batches, blocks, ledger, payouts
from milestones.services.answers import take_answer
from tests.factories import NOW, make_user
from tests.milestones.conftest import set_up_payment
from tests.milestones.test_queries_answers import entry, report
from tests.milestones.test_services_batches import make_due

pytestmark = pytest.mark.django_db(transaction=True)
KILLS = 200 if os.environ.get("TORTURE") == "1" else 5
INSERT = 'INSERT INTO "milestones_batchfile"'


def die(*_anything: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def killed(act: Callable[[], Any], watch: Callable[..., Any]) -> bool:
    """Carry `act` out in a process of its own, every statement of which passes `watch`; whether it died of it."""
    connection.close()  # so that the two share no connection
    child = os.fork()
    if not child:
        try:
            with connection.execute_wrapper(watch):
                act()
            os._exit(0)
        except BaseException:
            os._exit(3)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def at_statement(number: int) -> Callable[..., Any]:
    """Die before the statement of this number."""
    counted = iter(range(number))

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if next(counted, None) is None:
            die()
        return execute(sql, params, many, context)

    return watch


def around(text: str, *, after: bool) -> Callable[..., Any]:
    """Die before or after the first statement that says `text`."""

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if text in sql and not after:
            die()
        done = execute(sql, params, many, context)
        return die() if text in sql else done

    return watch


def standing() -> list[Any]:
    """All that the acts could change."""
    tables = (PayoutBatch, BatchLine, Payout, BatchFile, BankAnswer, Posting)
    return [list(model.objects.order_by("pk").values()) for model in tables]


@pytest.fixture
def people() -> list[Any]:
    return [make_user("finance"), make_user("finance")]


@pytest.fixture
def batch(people: list[Any]) -> PayoutBatch:
    """Open, with three payouts."""
    set_up_payment(people[0])
    for _turn in range(3):
        line = batches.approve(make_due(), by=people[0], at=NOW)
    return line.batch


@pytest.fixture
def confirmed(batch: PayoutBatch, people: list[Any]) -> PayoutBatch:
    return batches.confirm(batch, by=people[1], at=NOW)


@pytest.fixture(autouse=True)
def _books_and_history_hold() -> Iterator[None]:
    yield
    assert ledger.check() == []
    assert {history.verify(b) for b in PayoutBatch.objects.all()} <= {""}


def statements_of(act: Callable[[], Any]) -> int:
    """How many it takes, counted on the real thing: it is carried out."""
    seen = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        act()
    return len(seen)


def is_all_or_nothing(act: Callable[[], Any], *, among: int) -> None:
    """Killed at random among its first statements everything stands as before. In the end it is carried out."""
    before, rng = standing(), random.Random(7)
    for _turn in range(KILLS):
        assert killed(act, at_statement(rng.randrange(among)))
        assert standing() == before
    assert statements_of(act) >= among
    assert standing() != before


def test_a_confirmation_that_dies_has_confirmed_nothing(batch, people):
    is_all_or_nothing(lambda: batches.confirm(batch, by=people[1], at=NOW), among=11)

    assert PayoutBatch.objects.get().status == "confirmed"


def test_an_export_that_dies_has_made_nothing(confirmed, people):
    is_all_or_nothing(lambda: batches.export(confirmed, by=people[0], at=NOW), among=17)

    assert set(Payout.objects.values_list("status", flat=True)) == {"exported"}


def test_an_answer_that_dies_has_said_nothing(confirmed, people):
    (file,) = batches.export(confirmed, by=people[0], at=NOW)
    first, *rest = Payout.objects.order_by("pk")
    said = [entry(payout.end_to_end, "ACSC") for payout in rest]
    text = report(file.message_id, entry(first.end_to_end, "RJCT", "AC04"), *said)
    seen = queries.read_answer("a.xml", text).key

    is_all_or_nothing(lambda: take_answer(name="a.xml", text=text, seen=seen, by=people[0], at=NOW), among=90)

    assert sorted(Payout.objects.values_list("status", flat=True)) == ["due", "paid", "paid"]


@pytest.mark.parametrize("after", [False, True], ids=["made-not-stored", "stored-not-committed"])
def test_a_file_that_was_made_and_not_kept_never_was(confirmed, people, client, after):
    before = standing()

    assert killed(lambda: batches.export(confirmed, by=people[0], at=NOW), around(INSERT, after=after))

    assert standing() == before
    (file,) = batches.export(confirmed, by=people[0], at=NOW + timedelta(minutes=5))  # tried again, later
    client.force_login(people[0])
    fetched = {client.get(f"/payouts/files/{file.pk}").content for _turn in range(3)}
    assert [hashlib.sha256(content).hexdigest() for content in fetched] == [BatchFile.objects.get().sha256]


def test_an_answer_that_never_reached_the_browser_leads_to_the_same_bytes(confirmed, people, client):
    """Killed once all was committed: whoever presses the button again is refused and finds the file that was made."""

    def act() -> None:
        batches.export(confirmed, by=people[0], at=NOW)
        die()

    assert killed(act, lambda execute, *statement: execute(*statement))

    kept = BatchFile.objects.get()
    with pytest.raises(DomainError, match="only once"):
        batches.export(confirmed, by=people[0], at=NOW + timedelta(minutes=5))
    client.force_login(people[0])
    assert client.get(f"/payouts/files/{kept.pk}").content == kept.content
    assert BatchFile.objects.count() == 1


def test_of_many_rows_each_block_is_done_whole_and_the_rest_when_it_is_asked_for_again(confirmed, people, monkeypatch):
    """Killed at random while three payouts are confirmed in blocks of one, by whoever presses the button again."""
    monkeypatch.setattr(blocks, "A_BLOCK", 1)
    batches.export(confirmed, by=people[0], at=NOW)

    def act() -> None:
        keys = BatchLine.objects.live().order_by("pk").values_list("payout_id", flat=True)
        blocks.in_blocks(keys, lambda block: payouts.confirm_each(block, by=people[0], at=NOW))

    rng, paid = random.Random(7), []
    for _turn in range(KILLS):
        killed(act, at_statement(rng.randrange(5, 120)))
        done = set(Payout.objects.filter(status="paid").values_list("pk", flat=True))
        assert done == set(Posting.objects.filter(kind="pay").values_list("milestone__payouts", flat=True))
        assert done == set(Invoice.objects.values_list("payout", flat=True))
        assert len(done) == OutboxMail.objects.filter(key__startswith="paid:").count()
        paid.append(len(done))
    act()

    assert paid == sorted(paid)
    assert Posting.objects.filter(kind="pay").count() == Invoice.objects.count() == 3
    assert sorted(Invoice.objects.values_list("place", flat=True)) == [1, 2, 3]
    assert PayoutBatch.objects.get().status == "settled"
