"""100,000 contractors, engagements and milestones and 5,000 templates in less than a minute, by COPY.

The lead of them all has thirty open engagements, as a busy lead has; the rest is done and paid. One engagement has 20
milestones and 50 events. Money stands in the ledger as the states say.
"""

import itertools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, models
from django.utils import timezone

from accounts.models import User
from accounts.states import Role
from contractors.models import Contractor
from core import history
from core.models import Event
from core.money import Money
from engagements.models import ContractTemplate, Engagement, Goal, TemplateVersion
from engagements.states import Direction, EngagementStatus, GoalKind, Measurer, VersionStatus
from milestones.models import EngagementBudget, Milestone
from milestones.services import budgets
from milestones.states import MilestoneStatus
from tests import factories

OPEN = 30
TEMPLATES = 5_000  # each with a version taken back, one in use, and every third with a draft
FUNDABLE = 400  # engagements of another lead, each with ten milestones that wait for their money
MONTH = timedelta(days=30)
FIRST = ("Ana", "Bao", "Chidi", "Dana", "Emre", "Farah", "Goran", "Hana", "Ines", "Jonas")
WORK = ("Payment page", "Search", "Mobile screens", "Data migration", "Test automation", "Design system")


@dataclass(frozen=True)
class Seeded:
    """What the benchmark asks for, by primary key."""

    lead: User
    other_lead: User
    contractor: User
    admin: User
    large: int  # the engagement with 20 milestones and 50 events
    milestone: int
    fundable: list[int]  # milestones that wait for their money
    open_engagements: list[int]


def copy(model: type[models.Model], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows by COPY; a column that a row leaves out takes the model's default."""
    fields = model._meta.concrete_fields
    defaults = {f.attname: (f.get_default() if f.has_default() or not f.null else None) for f in fields}
    defaults |= {f.attname: json.dumps(defaults[f.attname]) for f in fields if isinstance(f, models.JSONField)}
    columns = ", ".join(connection.ops.quote_name(f.column) for f in fields)
    connection.ensure_connection()
    assert connection.connection is not None
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.connection.cursor().copy(f"COPY {table} ({columns}) FROM STDIN") as sink:
        for row in rows:
            sink.write_row([row.get(f.attname, defaults[f.attname]) for f in fields])
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT setval(pg_get_serial_sequence(%s, 'id'), (SELECT max(id) FROM {table}))", [model._meta.db_table]
        )


def _contractors(rows: int, now: datetime) -> Iterable[dict[str, Any]]:
    for n in range(1, rows + 1):
        yield {
            "id": 1_000_000 + n,
            "name": f"{FIRST[n % 10]} Contractor {n}",
            "email": f"c{n}@example.net",
            "headline": f"{WORK[n % 6]} engineer",
            "zone": "America/Bogota",
            "country": "CO",
            "created_at": now - timedelta(minutes=n),
        }


def _templates(count: int, lead: User, now: datetime) -> Iterable[dict[str, Any]]:
    for n in range(1, count + 1):
        name = f"{WORK[n % 6]}, variant {n}"
        yield {"id": 1_000_000 + n, "name": name, "lead_id": lead.pk, "created_at": now - timedelta(minutes=n)}


def _in_use(n: int) -> int:
    """The published version of the n-th template."""
    return 1_000_000 + 3 * n + 1


def _versions(count: int, lead: User, now: datetime) -> Iterable[dict[str, Any]]:
    for n in range(1, count + 1):
        states = [VersionStatus.RETIRED, VersionStatus.PUBLISHED] + [VersionStatus.DRAFT] * (n % 3 == 0)
        for place, status in enumerate(states):
            is_out = status != VersionStatus.DRAFT
            yield {
                "id": _in_use(n) - 1 + place,
                "template_id": 1_000_000 + n,
                "number": place + 1,
                "status": status,
                "status_since": now,
                "role": f"{WORK[n % 6]} engineer",
                "brief": "Make it fast. " * 30,
                "currency": "EUR",
                "price_minor": 400_000,
                "created_by_id": lead.pk,
                "created_at": now,
                "published_by_id": lead.pk if is_out else None,
                "published_at": now if is_out else None,
            }


def _engagement(n: int, contractor: int, status: str, lead: User, version: int, now: datetime) -> dict[str, Any]:
    return {
        "id": 1_000_000 + n,
        "title": f"{WORK[n % 6]} {n}",
        "contractor_id": contractor,
        "version_id": version,
        "status": status,
        "status_since": now,
        "lead_id": lead.pk,
        "comms_owner_id": lead.pk,
        "currency": "EUR",
        "price_minor": 200_000,
        "starts_on": now.date(),
        "created_at": now - timedelta(minutes=n),
        "offered_at": now - MONTH,
        "offer_expires_at": now - MONTH + timedelta(days=7),
        "agreed_at": now - MONTH,
        "ended_at": now if status == EngagementStatus.COMPLETED else None,
    }


def _milestone(pk: int, engagement: int, position: int, status: str, lead: User, now: datetime) -> dict[str, Any]:
    is_done = status == MilestoneStatus.PAID
    due: date = now.date() + timedelta(days=7 * position)
    return {
        "id": pk,
        "engagement_id": engagement,
        "position": position,
        "title": f"Step {position} of {WORK[pk % 6].lower()}",
        "deliverable": "A pull request with measurements.",
        "amount_minor": 200_000,
        "currency": "EUR",
        "due_on": due,
        "status": status,
        "status_since": now,
        "agreed_at": now - MONTH,
        "accepted_at": now if is_done else None,
        "accepted_by_id": lead.pk if is_done else None,
        "paid_at": now if is_done else None,
    }


def _goal(pk: int, engagement: int, position: int, due: date) -> dict[str, Any]:
    return {
        "id": pk,
        "engagement_id": engagement,
        "kind": GoalKind.MEASURED,
        "criterion": "",
        "baseline_by": "",
        "target_high": "",
        "metric": "p95 of the payment page",
        "unit": "ms",
        "baseline": "2400",
        "target": "1200",
        "direction": Direction.AT_MOST,
        "method": "200 loads from the test account, cold cache",
        "measured_by": Measurer.CONTRACTOR,
        "position": position,
        "due_on": due,
    }


def seed(rows: int) -> Seeded:
    """Fill an empty, migrated PostgreSQL. Sums of paid engagements are not posted: nothing here reads them."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")  # a busy machine may take longer over a table than a page may
    now = timezone.now()
    lead = factories.make_user(Role.LEAD, name="Tess Lead")
    other = factories.make_user(Role.LEAD, name="Olga Lead")
    admin = factories.make_user(Role.ADMIN, name="Ada Admin")
    finance = factories.make_user(Role.FINANCE, name="Joana Finance")
    outside = factories.make_user(Role.CONTRACTOR, name="Lan Contractor", zone="America/Bogota")
    own = factories.make_contractor(outside)
    budget = budgets.create_budget(name="Year", currency="EUR", by=finance, at=now)
    budgets.top_up(budget, amount=Money(10**12, "EUR"), cause="Approved plan", by=finance, at=now)
    copy(Contractor, _contractors(rows, now))
    copy(ContractTemplate, _templates(TEMPLATES, lead, now))
    copy(TemplateVersion, _versions(TEMPLATES, lead, now))
    engagements, milestones, goals, funded_from = [], [], [], []
    fundable: list[int] = []
    number = itertools.count(1_000_001)
    for n in range(1, rows + 1):
        waits_for_money = n > rows - FUNDABLE
        is_open = n <= OPEN or waits_for_money
        contractor = own.pk if n <= 5 else 1_000_000 + n
        status = EngagementStatus.ACTIVE if is_open else EngagementStatus.COMPLETED
        row = _engagement(n, contractor, status, other if waits_for_money else lead, _in_use(n % TEMPLATES + 1), now)
        steps = 20 if n == 1 else 10 if waits_for_money else 2 if is_open else 1
        row["price_minor"] = 200_000 * steps
        engagements.append(row)
        if is_open:
            funded_from.append({"engagement_id": row["id"], "budget_id": budget.pk})
        for position in range(1, steps + 1):
            pk = next(number)
            state = MilestoneStatus.AGREED if is_open else MilestoneStatus.PAID
            step = _milestone(pk, row["id"], position, state, lead, now)
            milestones.append(step)
            goals.append(_goal(pk, row["id"], position, step["due_on"]))
            if waits_for_money:
                fundable.append(pk)
    copy(Engagement, engagements)
    copy(Milestone, milestones)
    copy(Goal, goals)
    EngagementBudget.objects.bulk_create(EngagementBudget(**row) for row in funded_from)
    through = Milestone.goals.through
    copy(through, ({"id": g["id"], "milestone_id": g["id"], "goal_id": g["id"]} for g in goals))
    large = Engagement.objects.get(pk=engagements[0]["id"])
    for turn in range(50):
        history.record(large, verb="noted", by=lead, at=now, note=f"Event {turn + 1}")
    # The others' first line, so that a page shows a history.
    history.record_first(list(Engagement.objects.exclude(pk=large.pk).only("pk")), became="active", by=lead, at=now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    assert Event.objects.count() > rows
    return Seeded(
        lead=lead,
        other_lead=other,
        contractor=outside,
        admin=admin,
        large=large.pk,
        milestone=milestones[0]["id"],
        fundable=fundable,
        open_engagements=[row["id"] for row in engagements[:OPEN]],
    )
