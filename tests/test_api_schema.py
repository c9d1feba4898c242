"""The OpenAPI document keeps its word: whatever it allows is answered as it says, never with a 500."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from accounts.services import tokens
from accounts.states import Role
from config.api import api
from tests import factories as make

pytestmark = pytest.mark.django_db
HEALTH = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much]
PHASES = [Phase.explicit, Phase.generate]


def schema() -> Any:
    found = schemathesis.openapi.from_dict(json.loads(json.dumps(api.get_openapi_schema())))
    found.app = get_wsgi_application()
    return found


OPERATIONS = [result.ok() for result in schema().get_all_operations()]


def test_every_operation_says_how_it_refuses() -> None:
    for path, methods in api.get_openapi_schema()["paths"].items():
        for method, facts in methods.items():
            assert {"401", "429"} <= set(map(str, facts["responses"])), (method, path)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: f"{one.method} {one.path}")
def test_answers_are_as_documented(operation: Any, settings: Any) -> None:
    lead = make.make_user(Role.LEAD)
    engagement = make.make_engagement(lead=lead)
    settings.API_REQUESTS_A_MINUTE = 10_000
    text = tokens.make_token("Script", scope="write", days=30, by=lead, at=timezone.now())[1]
    numbers = [engagement.pk, engagement.version.template_id]
    run(operation, {"Authorization": f"Bearer {text}"}, numbers)


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """As Django's own test client does: the end of a request does not end the test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def run(operation: Any, headers: dict[str, str], numbers: list[int]) -> None:
    turns = iter(range(10_000))

    @settings(max_examples=30, deadline=None, database=None, suppress_health_check=HEALTH, phases=PHASES)
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        if "pk" in case.path_parameters and next(turns) % 2:  # one that is there, every other time
            case.path_parameters["pk"] = numbers[next(turns) // 2 % len(numbers)]
        with transaction.atomic():
            # A file of the right shape may still name a budget that is not there.
            case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance])
            transaction.set_rollback(True)

    ask()
