"""Appeals of rows of the delivery record."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from accounts.models import User
from accounts.states import Role
from contractors.models import Claim
from core.errors import DomainError
from core.models import Event, OutboxMail
from milestones.models import AppealAnswer, DeliveryRow, RecordAppeal
from milestones.queries.record import late_of_last_three
from milestones.services.delivery import answer_appeal, appeal_row
from tests.factories import NOW, TODAY, make_appeal, make_delivery_row, make_engagement, make_user
from tests.milestones.conftest import recount

pytestmark = pytest.mark.django_db


@pytest.fixture
def row(db: None) -> DeliveryRow:
    """The only one of its contractor, and late."""
    engagement = make_engagement(milestones=("accepted",))
    return make_delivery_row(engagement.milestones.get(), late=True)


@pytest.fixture
def admin(db: None) -> User:
    return make_user(Role.ADMIN)


def answer(appeal: RecordAppeal, by: User, outcome: str = "does_not_count", **facts: Any) -> AppealAnswer:
    return answer_appeal(appeal, outcome=outcome, **{"note": "True.", "by": by, "at": NOW, **facts})


def test_an_appeal_is_kept_and_the_admins_hear_of_it(row: DeliveryRow, admin: User) -> None:
    by = row.contractor.user

    appeal = appeal_row(row, reason=" The test system was down. ", by=by, at=NOW)

    assert (appeal.reason, appeal.by, appeal.at) == ("The test system was down.", by, NOW)
    assert OutboxMail.objects.get(recipient=admin).subject.endswith("appeals a row of the delivery record")
    assert Event.objects.of(row.milestone.engagement).filter(verb="appealed", note=appeal.reason).count() == 1


def test_an_appeal_needs_a_reason(row: DeliveryRow) -> None:
    with pytest.raises(DomainError, match="Say what is wrong"):
        appeal_row(row, reason="  ", by=row.contractor.user, at=NOW)


def test_one_appeal_of_a_row_waits_at_a_time(row: DeliveryRow, admin: User) -> None:
    by = row.contractor.user
    first = appeal_row(row, reason="Wrong.", by=by, at=NOW)

    with pytest.raises(DomainError, match="already"):
        appeal_row(row, reason="Wrong.", by=by, at=NOW)
    answer(first, admin, "counts")

    assert appeal_row(row, reason="Still wrong.", by=by, at=NOW).pk != first.pk


def test_a_row_that_does_not_count_is_left_out_and_shown(row: DeliveryRow, admin: User) -> None:
    answer(make_appeal(row), admin)

    record = recount(row.contractor)

    assert (record.on_time.of, record.dropped, len(record.rows)) == (0, 1, 1)
    assert late_of_last_three(row.contractor) == 0


def test_a_row_that_counts_stays_as_it_is(row: DeliveryRow, admin: User) -> None:
    answer(make_appeal(row), admin, "counts")

    assert (recount(row.contractor).on_time.count, recount(row.contractor).on_time.of) == (0, 1)


def test_a_corrected_row_is_judged_by_its_new_day(row: DeliveryRow, admin: User) -> None:
    answer(make_appeal(row), admin, "corrected", moved_to=row.delivered_on)

    record = recount(row.contractor)

    assert (record.on_time.count, record.on_time.of, record.rows[0].moved_to) == (1, 1, row.delivered_on)


def test_an_open_appeal_changes_nothing_yet(row: DeliveryRow) -> None:
    make_appeal(row)

    assert recount(row.contractor).on_time.of == 1


def test_the_newest_appeal_stands(row: DeliveryRow, admin: User) -> None:
    answer(make_appeal(row), admin)
    answer(make_appeal(row, at=NOW + timedelta(hours=1)), admin, "counts")

    assert recount(row.contractor).on_time.of == 1


def test_an_answer_states_the_record_anew_and_tells_the_contractor(row: DeliveryRow, admin: User) -> None:
    answer(make_appeal(row), admin)

    assert Claim.objects.get(contractor=row.contractor).n == 0
    assert OutboxMail.objects.get(recipient=row.contractor.user).subject == "Your appeal about “Step 1” is answered"


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"note": " "}, "Say what you found"),
        ({"outcome": "corrected"}, "Give the day"),
        ({"outcome": "corrected", "moved_to": TODAY - timedelta(days=90)}, "forwards only"),
    ],
)
def test_an_answer_says_why_and_by_when(row: DeliveryRow, admin: User, facts: dict[str, Any], sentence: str) -> None:
    with pytest.raises(DomainError, match=sentence):
        answer(make_appeal(row), admin, **facts)


def test_an_appeal_is_answered_once(row: DeliveryRow, admin: User) -> None:
    appeal = make_appeal(row)
    answer(appeal, admin)

    with pytest.raises(DomainError, match="answered already"):
        answer(appeal, admin, "counts")


def test_whoever_was_part_of_it_does_not_answer(row: DeliveryRow) -> None:
    with pytest.raises(DomainError, match="not part of"):
        answer(make_appeal(row), row.milestone.engagement.lead)


@pytest.mark.parametrize("change", [{"outcome": "counts"}, {"by_id": None}])
def test_the_database_keeps_an_answer(row: DeliveryRow, admin: User, change: dict[str, Any]) -> None:
    given = answer(make_appeal(row), admin)

    with pytest.raises(DatabaseError), transaction.atomic():
        AppealAnswer.objects.filter(pk=given.pk).update(**change)
