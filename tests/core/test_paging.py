"""Long lists page by page: the same rows in the same order as Django's own paginator gives."""

import pytest
from django.core.paginator import Paginator
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contractors.models import Contractor
from core.paging import KeyPaginator
from tests.factories import make_contractor

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_page_has_the_rows_that_djangos_own_has(number: int) -> None:
    for name in ("Zoë", "Ada", "Mia", "Ada", "Bo", "Cleo", "Ada"):
        make_contractor(name=name)
    rows = Contractor.objects.order_by("name", "-id")

    assert list(KeyPaginator(rows, 3).page(number)) == list(Paginator(rows, 3).page(number))


def test_a_page_is_one_statement_beside_the_count() -> None:
    make_contractor()
    paginator = KeyPaginator(Contractor.objects.order_by("id"), 3)
    assert paginator.count == 1
    with CaptureQueriesContext(connection) as seen:
        list(paginator.page(1))

    assert len(seen) == 1
