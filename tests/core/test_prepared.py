"""Statements written once: what they give is what the queryset gives, for these keys and then for others."""

from typing import Any

import pytest
from django.db import connection
from django.db.models import DateTimeField, QuerySet
from django.db.models.functions import Cast
from django.test.utils import CaptureQueriesContext

from contractors.models import Contractor
from core.prepared import Prepared
from tests.factories import make_contractor

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
