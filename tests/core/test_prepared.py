"""Statements written once: what they give is what the queryset gives, for these keys and then for others."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import DateTimeField, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Cast
from django.test.utils import CaptureQueriesContext

from accounts.states import Role
from contractors.models import Contractor
from core.prepared import One, Prepared, PreparedAt, among
from engagements.models import Engagement
from tests.factories import NOW, make_contractor, make_engagement, make_user

pytestmark = pytest.mark.django_db


def named(keys: Any) -> QuerySet:
    known = Contractor.objects.filter(pk__in=keys).order_by()
    nobody = known.filter(name="Nobody").values_list("pk", "name", Cast(None, DateTimeField()))
    return nobody.union(known.values_list("pk", "name", "created_at"), all=True)


def test_the_rows_are_those_of_the_queryset_whatever_the_keys() -> None:
    prepared = Prepared(named)
    people = [make_contractor() for _ in range(4)]
    pairs = [people[:2], people[2:], []]

    found = [sorted(prepared.rows(p.pk for p in some)) for some in pairs]

    assert found == [[(p.pk, p.name, p.created_at) for p in some] for some in pairs]


def test_a_prepared_statement_is_one_statement_and_its_text_stays_the_same() -> None:
    prepared = Prepared(named)
    with CaptureQueriesContext(connection) as seen:
        list(prepared.rows([1]))
        list(prepared.rows([2, 3, 4]))

    assert len(seen) == 2
    assert len({query["sql"].replace("[2, 3, 4]", "[1]").replace("'{2,3,4}'", "'{1}'") for query in seen}) == 1


def with_user(which: One, keys: Any) -> QuerySet:
    found = Contractor.objects.filter(Q(pk=which) | Q(pk__in=keys)).select_related("user")
    return found.annotate(is_one=Exists(Contractor.objects.filter(pk=which, pk__in=OuterRef("pk")))).order_by("pk")


def test_records_are_those_of_the_queryset_with_what_it_selects_and_annotates() -> None:
    prepared = Prepared(with_user)
    one, other = make_contractor(make_user(Role.CONTRACTOR)), make_contractor()

    for which, keys in ((one, [other.pk]), (other, [])):
        with CaptureQueriesContext(connection) as seen:
            found = prepared.records(which.pk, keys)
            said = [(c.pk, c.name, c.user.name if c.user else None, c.is_one) for c in found]
        rows = Contractor.objects.filter(pk__in=[which.pk, *keys]).order_by("pk")

        assert len(seen) == 1
        assert said == [(c.pk, c.name, c.user.name if c.user else None, c == which) for c in rows]
        assert [vars(c) | {"_state": 0} for c in found] == [
            vars(c) | {"_state": 0}
            for c in with_user(which.pk, keys)  # type: ignore[arg-type]
        ]


def test_what_a_person_sees_can_be_prepared_for_a_role() -> None:
    def seen(viewer: One) -> QuerySet:
        viewer.role = Role.CONTRACTOR
        return Engagement.objects.visible_to(viewer)

    prepared = Prepared(seen)
    mine, theirs = make_engagement(), make_engagement()

    assert prepared.records(mine.contractor.user.pk) == [mine]
    assert prepared.records(theirs.contractor.user.pk) == [theirs]
    assert prepared.records(mine.lead.pk) == []


def test_what_can_have_no_rows_asks_nothing() -> None:
    prepared = Prepared(lambda keys: Contractor.objects.filter(pk__in=keys).none())

    with CaptureQueriesContext(connection) as seen:
        found = prepared.records([1]), prepared.rows([1])

    assert found == ([], [])
    assert not seen.captured_queries


def test_postgresql_plans_it_once() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite keeps no plans")
    prepared = Prepared(named)
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")  # of the tests before
        for key in (1, 2**40, 3):
            list(prepared.rows([key]))
        cursor.execute("SELECT generic_plans, custom_plans FROM pg_prepared_statements")

        assert cursor.fetchall() == [(3, 0)]


def made_by(at: datetime) -> QuerySet:
    earlier = Contractor.objects.filter(created_at__lt=at)
    same_day = Contractor.objects.filter(created_at__date=at.date())
    return Contractor.objects.order_by().filter(name="Ana").values_list("created_at", Exists(earlier), Exists(same_day))


def test_a_question_about_a_moment_is_written_once_and_answered_for_each() -> None:
    prepared = PreparedAt(made_by)
    assert prepared.first(NOW) is None
    make_contractor(name="Ana", created_at=NOW)

    for at in (NOW - timedelta(days=1), NOW, NOW + timedelta(microseconds=1), NOW + timedelta(days=1)):
        assert prepared.first(at) == made_by(at).first()
    with CaptureQueriesContext(connection) as seen:
        prepared.first(NOW)
    assert len(seen) == 1


def test_a_question_that_reckons_on_the_moment_is_refused() -> None:
    def lately(at: datetime) -> QuerySet:
        return Contractor.objects.filter(created_at__gt=at - timedelta(days=1)).values_list("pk")

    with pytest.raises(ValueError, match="reckoned"):
        PreparedAt(lately).first(NOW)


@pytest.mark.parametrize(("column", "kind"), [("pk", "bigint"), ("name", "text")])
def test_many_keys_are_one_parameter(column: str, kind: str) -> None:
    people = [make_contractor(name=f"O’Neil {n}, \"') {{}} \\n\n\\") for n in range(3)]

    for some in (people[:2], people[:1], []):
        found = Contractor.objects.filter(**{f"{column}__in": among((getattr(p, column) for p in some), kind)})
        assert set(found) == set(some)


def test_a_list_of_keys_may_go_unused_and_what_is_always_the_same_may_look_like_a_place() -> None:
    def odd(unused: Any, keys: Any) -> QuerySet:
        rows = Contractor.objects.filter(pk__in=keys).exclude(name__contains="50% 'off' $1 %s")
        return rows.order_by("pk").values_list("pk", "name")

    wanted, other = make_contractor(), make_contractor()
    Contractor.objects.filter(pk=other.pk).update(name="now 50% 'off' $1 %s!")

    assert [*Prepared(odd).rows([other.pk], [wanted.pk, other.pk])] == [(wanted.pk, wanted.name)]


def test_keys_that_are_no_join_find_the_same() -> None:
    prepared = Prepared(lambda keys: Contractor.objects.filter(pk__among=keys).order_by("pk"))
    people = [make_contractor() for _ in range(3)]

    assert prepared.records([p.pk for p in people[1:]]) == people[1:]
    assert list(Contractor.objects.filter(pk__among=among(p.pk for p in people[:2])).order_by("pk")) == people[:2]
