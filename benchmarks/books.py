"""Milestones with their money, by the million: rows of one pattern, copied inside the database, on either engine.

Nine of ten are done and paid, one in a hundred is accepted and to be paid, one in a thousand is at work, as in a house
that has been here for years. One budget pays for all of them; there are a hundredth as many others, empty, and as many
batches, answers of the bank, amendments and messages of one engagement, and rows of one contractor's record.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection, transaction

from accounts.models import User
from accounts.states import Role
from contractors.models import Contractor
from core import triggers
from core.models import Touched
from engagements.models import Amendment, Engagement, Message
from engagements.states import EngagementStatus
from milestones.models import (
    Account,
    BankAnswer,
    BatchLine,
    Budget,
    DeliveryRow,
    EngagementBudget,
    Invoice,
    InvoiceCounter,
    InvoicePaper,
    Milestone,
    Payout,
    PayoutBatch,
    Posting,
)
from reminders.models import PlannedNotice, Presence
from tests import factories as make

A_PLAN = 10  # milestones of an engagement
FIRST = 10_000_000  # the first number of copied rows
OPEN = 30
AMOUNT = 200_000
WAY = ("fund", "release", "pay")
ENDS = {"fund": (None, "held"), "release": ("held", "owed"), "pay": ("owed", "paid")}


@dataclass(frozen=True)
class Books:
    """What a benchmark asks for: people, and numbers of rows."""

    lead: User
    finance: User
    admin: User
    contractor: User
    budget: int
    engagement: int  # with many messages and amendments
    milestone: int


def clone(model: Any, pattern: Any, copies: int, **changes: str) -> None:
    """`copies` of the row `pattern`; `changes` are columns as SQL over `n.i`, the copy's number from 0."""
    columns = [field.column for field in model._meta.concrete_fields]
    picked = ", ".join(changes.get(column, f't."{column}"') for column in columns)
    table, key = model._meta.db_table, model._meta.pk.column
    named = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {copies}) "
            f"INSERT INTO {table} ({named}) SELECT {picked} FROM {table} t, n WHERE t.{key} = {pattern.pk}"
        )


def fill(milestones: int) -> Books:
    """Fill an empty, migrated database. `ledger verify` finds nothing wrong in it."""
    with transaction.atomic():
        triggers.drop_all(connection)
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = 0")
                cursor.execute("SET LOCAL session_replication_role = replica")  # rows that fit: no look at each
        books = _fill(milestones)
    triggers.create_all(connection)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET statement_timeout = 0")
            cursor.execute("VACUUM ANALYZE")
        else:
            cursor.execute("ANALYZE")
    return books


def _fill(milestones: int) -> Books:
    make.make_organisation()
    lead, other = make.make_user(Role.LEAD, name="Tess Lead"), make.make_user(Role.LEAD, name="Olga Lead")
    finance, admin = make.make_user(Role.FINANCE, name="Joana Finance"), make.make_user(Role.ADMIN, name="Ada Admin")
    person = make.make_user(Role.CONTRACTOR, name="Lan Contractor", zone="America/Bogota")
    own = make.make_contractor(person)
    budget = make.make_budget(finance, minor=10**13)
    for n in range(OPEN):
        contractor = own if n < 5 else make.make_contractor(True)
        make.make_engagement(lead=lead, contractor=contractor, budget=budget, milestones=("funded", "agreed"))
    many, few = milestones // 10, milestones // 100

    done = make.make_engagement(
        EngagementStatus.COMPLETED, lead=other, budget=budget, milestones=("paid",), ended_at=make.NOW
    )
    running = make.make_engagement(lead=other, budget=budget, milestones=("accepted",))
    of_payouts = {"round": 1, "amount_minor": AMOUNT, "currency": "EUR", "due_on": make.TODAY}
    paid = make.save(
        Payout, milestone=done.milestones.get(), status="paid", status_since=make.NOW, paid_at=make.NOW, **of_payouts
    )
    told = {"late_told_on": make.TODAY}  # long ago: a sweep has nothing more to say about them
    due = make.save(Payout, milestone=running.milestones.get(), status_since=make.NOW, **told, **of_payouts)
    clone(Contractor, done.contractor, many, id=f"{FIRST} + n.i", name="'Contractor ' || n.i", user_id="NULL",
          email="'c' || n.i || '@example.net'")  # fmt: skip
    _plans(done, paid, WAY, FIRST, milestones - few, budget)
    _plans(running, due, WAY[:2], FIRST * 10, few, budget)
    _others(budget, few)
    _at_the_bank(done, paid, finance, few)
    _invoices(paid, many)
    large = Engagement.objects.filter(lead=lead).earliest("pk")
    _of_one(large, paid, own, few)
    Touched.objects.all().delete()  # as after a sweep that has seen all of it
    return Books(lead, finance, admin, person, budget.pk, large.pk, FIRST)


def _plans(pattern: Engagement, payout: Payout, way: Any, first: int, number: int, budget: Budget) -> None:
    """`number` milestones like that of `pattern`, ten an engagement, their money moved along `way`."""
    engagements = -(-number // A_PLAN)
    milestone = pattern.milestones.get()
    clone(Engagement, pattern, engagements, id=f"{first} + n.i", contractor_id=f"{FIRST} + n.i",
          title="t.title || ' ' || n.i")  # fmt: skip
    clone(EngagementBudget, pattern.funding, engagements, engagement_id=f"{first} + n.i")
    engagement = f"{first} + n.i / {A_PLAN}"
    clone(Milestone, milestone, number, id=f"{first} + n.i", engagement_id=engagement, position=f"1 + n.i % {A_PLAN}")
    clone(Payout, payout, number, id=f"{first} + n.i", milestone_id=f"{first} + n.i")
    accounts = {a.kind: a for a in Account.objects.filter(engagement=pattern)}
    place = {kind: first * (2 + k) for k, kind in enumerate(accounts)}
    for kind, account in accounts.items():
        clone(Account, account, engagements, id=f"{place[kind]} + n.i", engagement_id=f"{first} + n.i")
    for step, kind in enumerate(way):
        source, target = ENDS[kind]
        moved = {"to_account_id": f"{place[target]} + n.i / {A_PLAN}"}
        if source:
            moved["from_account_id"] = f"{place[source]} + n.i / {A_PLAN}"
        clone(
            Posting, Posting.objects.get(milestone=milestone, kind=kind), number, id=f"{first * (1 + step)} + n.i",
            milestone_id=f"{first} + n.i", key=f"'{first}:{kind}:' || n.i", **moved,
        )  # fmt: skip
    last = ENDS[way[-1]][1]
    counted = "SELECT COUNT(*) FROM milestones_milestone m WHERE m.engagement_id = milestones_account.engagement_id"
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE milestones_account SET balance_minor = {AMOUNT} * ({counted}) WHERE kind = %s "
            f"AND engagement_id >= {first} AND engagement_id < {first + engagements}",
            [last],
        )
    rest = Account.objects.get(budget=budget)
    Account.objects.filter(pk=rest.pk).update(balance_minor=rest.balance_minor - number * AMOUNT)
    for side in ("ours", "theirs"):
        presence = make.save(Presence, engagement=pattern, side=side, status_since=make.NOW)
        clone(Presence, presence, engagements, id=f"{first * (1 + (side == 'ours'))} + n.i",
              engagement_id=f"{first} + n.i")  # fmt: skip
    told = make.save(
        PlannedNotice, rule="due_soon", engagement=pattern, subject_id=milestone.pk, recipient=pattern.lead,
        about_on=make.TODAY, fire_at=make.NOW, fired_at=make.NOW,
    )  # fmt: skip
    clone(PlannedNotice, told, number, id=f"{first} + n.i", engagement_id=engagement, subject_id=f"{first} + n.i")


def _others(budget: Budget, number: int) -> None:
    clone(Budget, budget, number, id=f"{FIRST} + n.i", name="'Other ' || n.i")
    account = Account.objects.get(budget=budget)
    clone(Account, account, number, id=f"{FIRST} + n.i", budget_id=f"{FIRST} + n.i", balance_minor="0")


def _at_the_bank(done: Engagement, paid: Payout, finance: User, number: int) -> None:
    acts: Mapping[str, Any] = {
        f"{act}_{what}": who if what == "by" else make.NOW
        for act, who in (("created", finance), ("confirmed", done.lead), ("exported", finance))
        for what in ("by", "at")
    }
    batch = make.save(PayoutBatch, status="settled", status_since=make.NOW, **acts)
    clone(PayoutBatch, batch, number, id=f"{FIRST} + n.i")
    line = make.save(
        BatchLine, batch=batch, payout=paid, payee="Lan Contractor", form="IBAN", bank_country="PT", last4="1234",
        town="Porto", country="PT", amount_minor=AMOUNT, currency="EUR", seal="0", outcome="paid", ended_at=make.NOW,
    )  # fmt: skip
    clone(BatchLine, line, number * 10, id=f"{FIRST} + n.i", batch_id=f"{FIRST} + n.i / 10", payout_id=f"{FIRST} + n.i")
    answer = make.save(
        BankAnswer, name="answer.xml", kind="pain.001", content_cipher="x", sha256="0", paid=10, failed=0, by=finance,
        at=make.NOW,
    )  # fmt: skip
    clone(BankAnswer, answer, number, id=f"{FIRST} + n.i", sha256="'a' || n.i")


def _invoices(paid: Payout, number: int) -> None:
    invoice = make.make_invoice(paid)
    clone(
        Invoice, invoice, number, id=f"{FIRST} + n.i", number="t.series || '-' || n.i", place="2 + n.i",
        payout_id=f"{FIRST} + n.i", contractor_id=f"{FIRST} + n.i / {A_PLAN}",
    )  # fmt: skip
    InvoiceCounter.objects.update(last=number + 1)
    InvoicePaper.objects.all().delete()


def _of_one(engagement: Engagement, paid: Payout, contractor: Contractor, number: int) -> None:
    said = make.save(
        Message, engagement=engagement, author=engagement.lead, side="ours", body="Shall we look at it?", at=make.NOW
    )
    clone(Message, said, number, id=f"{FIRST} + n.i")
    amendment = make.make_amendment(engagement, status="withdrawn", end_reason="Not needed.")
    clone(Amendment, amendment, number, id=f"{FIRST} + n.i", number="2 + n.i")
    row = make.make_delivery_row(paid.milestone, contractor=contractor, at=make.NOW - timedelta(days=30))
    clone(DeliveryRow, row, number, id=f"{FIRST} + n.i", milestone_id=f"{FIRST} + n.i")
    others = FIRST + number  # nine times as many, of ten a person
    clone(
        DeliveryRow, row, 9 * number, id=f"{others} + n.i", milestone_id=f"{others} + n.i",
        contractor_id=f"{FIRST} + n.i / {A_PLAN}",
    )  # fmt: skip
