"""Who changed what when: complete, in order, and unchangeable."""

import pytest
from django.db import DatabaseError, transaction

from core import history, triggers
from core.errors import DomainError
from core.history import Known
from core.models import Event, Touched
from core.transitions import move, move_all
from engagements.models import Engagement
from engagements.states import EngagementStatus
from reminders.models import Presence
from tests.factories import NOW, make_engagement, make_user

pytestmark = pytest.mark.django_db


def moved() -> Engagement:
    engagement = make_engagement(EngagementStatus.ACTIVE)
    move(engagement, to=EngagementStatus.PAUSED, by=engagement.lead, at=NOW, note="holidays")
    move(engagement, to=EngagementStatus.ACTIVE, by=engagement.lead, at=NOW)
    return engagement


def test_a_move_records_who_what_and_when_and_marks_the_record_touched() -> None:
    engagement = moved()

    events = list(Event.objects.of(engagement).order_by("seq").values_list("seq", "was", "became", "by", "at"))

    lead = engagement.lead_id
    assert events == [(1, "active", "paused", lead, NOW), (2, "paused", "active", lead, NOW)]
    assert Touched.objects.filter(subject_id=engagement.pk).count() == 2


def test_an_illegal_move_is_refused_and_leaves_no_trace() -> None:
    engagement = make_engagement(EngagementStatus.COMPLETED)

    with pytest.raises(DomainError):
        move(engagement, to=EngagementStatus.ACTIVE, by=engagement.lead, at=NOW)

    assert not Event.objects.of(engagement).exists()


def test_of_two_rivals_one_moves() -> None:
    first = make_engagement(EngagementStatus.ACTIVE)
    second = Engagement.objects.get(pk=first.pk)
    move(first, to=EngagementStatus.PAUSED, by=first.lead, at=NOW)

    with pytest.raises(DomainError):
        move(second, to=EngagementStatus.COMPLETED, by=first.lead, at=NOW)


def test_a_whole_chain_verifies() -> None:
    assert history.verify(moved()) == ""


def test_many_that_move_together_go_on_with_their_own_chains() -> None:
    old, new = (Presence.objects.create(engagement=make_engagement(), side="ours", status_since=NOW) for _ in range(2))
    for turn in range(12):
        move(old, to=("in_touch", "waiting_on_other")[turn % 2], by=None, at=NOW, note="“word”, and \\ another")
    Presence.objects.update(status="in_touch")

    names = {old.pk: "a\tb", new.pk: "x" * 300}
    move_all(Presence, [Known(pk, "in_touch", name) for pk, name in names.items()], to="quiet", by=None, at=NOW)

    assert [history.verify(each) for each in (old, new)] == ["", ""]
    ends = Event.objects.filter(became="quiet").order_by("-seq").values_list("root_id", "seq", "was", "subject_label")
    assert list(ends) == [(old.pk, 13, "in_touch", "a\tb"), (new.pk, 1, "in_touch", "x" * 200)]


@pytest.mark.parametrize("change", [{"by": None}, {"became": "completed"}, {"note": "never"}])
def test_a_changed_event_shows(change: dict[str, object]) -> None:
    engagement = moved()
    from django.db import connection

    triggers.drop_all(connection)
    if change.get("by", 1) is None:
        change = {"by": make_user()}
    Event.objects.of(engagement).filter(seq=1).update(**change)
    triggers.create_all(connection)

    assert "changed after" in history.verify(engagement)


@pytest.mark.parametrize("table", sorted(triggers.PROTECTED))
def test_the_database_guards_each_protected_table(table: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [table])
        else:
            cursor.execute("SELECT count(*) FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal", [table])
        assert cursor.fetchone()[0] >= 1


def test_an_event_can_neither_be_changed_nor_deleted() -> None:
    event = Event.objects.of(moved()).first()
    assert event is not None

    with pytest.raises(DatabaseError), transaction.atomic():
        Event.objects.filter(pk=event.pk).update(became="completed")
    with pytest.raises(DatabaseError), transaction.atomic():
        Event.objects.filter(pk=event.pk).delete()


def test_the_words_of_an_event_can_be_erased_and_the_chain_still_holds() -> None:
    engagement = moved()

    Event.objects.of(engagement).update(note="")

    assert history.verify(engagement) == ""
