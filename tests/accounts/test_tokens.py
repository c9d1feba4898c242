"""Tokens of programs: shown once, stored as a digest, ended by a click, a day or a person's leaving."""

import logging
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import ApiToken, User
from accounts.services import tokens
from accounts.states import Role
from core.errors import DomainError, NotAllowed
from core.logs import redact
from core.models import Tries
from tests import factories as make

pytestmark = pytest.mark.django_db
PAGE = "/settings/tokens"
ASKED = "/api/v1/engagements"


@pytest.fixture
def lead():
    return make.make_user(Role.LEAD)


def made(by: User, scope: str = "read", **facts: Any) -> tuple[ApiToken, str]:
    return tokens.make_token("Script", **{"scope": scope, "days": 30, "by": by, "at": timezone.now(), **facts})


def ask(text: str, path: str = ASKED) -> Any:
    return Client().get(path, HTTP_AUTHORIZATION=f"Bearer {text}")


def test_a_token_has_enough_chance_in_it_and_only_its_digest_is_stored(lead):
    token, text = made(lead)

    assert re.fullmatch(r"duckr_[A-Za-z0-9]{40}[0-9a-f]{8}", text)
    assert text.startswith(token.prefix)
    stored = " ".join(str(value) for value in ApiToken.objects.values_list().get())
    assert text not in stored
    assert text[14:46] not in stored  # the part that is secret: 32 of 62 letters, 190 bits


def test_a_token_opens_what_its_person_sees(lead):
    engagement = make.make_engagement(lead=lead)

    answer = ask(made(lead)[1])

    assert answer.status_code == 200
    assert [row["id"] for row in answer.json()["items"]] == [engagement.pk]
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic x", "bearer duckr_é", "Bearer duckr_" + "a" * 48])
def test_what_is_no_token_is_turned_away_in_words(header):
    answer = Client().get(ASKED, HTTP_AUTHORIZATION=header)

    assert answer.status_code == 401
    assert "Authorization: Bearer" in answer.json()["sentence"]
    assert answer["WWW-Authenticate"] == "Bearer"


def test_another_secret_under_a_known_prefix_opens_nothing(lead):
    text = made(lead)[1]
    forged = text[:14] + ("a" * 32)

    assert tokens.find_token(forged + tokens._checksum(forged), at=timezone.now()) is None
    assert tokens.find_token(text, at=timezone.now()) is not None


def test_revoking_ends_it_with_the_next_request(lead):
    token, text = made(lead)
    before = ask(text).status_code
    tokens.revoke_token(token, by=lead, at=timezone.now())

    assert (before, ask(text).status_code) == (200, 401)


def test_a_token_ends_on_its_day_and_with_its_person(lead):
    old, leaver = made(lead, at=timezone.now() - timedelta(days=31))[1], made(lead)[1]
    User.objects.filter(pk=lead.pk).update(is_active=False, deactivated_at=timezone.now())

    assert [ask(text).status_code for text in (old, leaver)] == [401, 401]


def test_a_session_does_not_open_the_interface(client, lead):
    client.force_login(lead)

    assert client.get(ASKED).status_code == 401


def test_use_is_noted_now_and_then(lead):
    token, text = made(lead)
    ask(text)
    token.refresh_from_db()
    first = token.last_used_at
    with CaptureQueriesContext(connection) as seen:
        ask(text)
    token.refresh_from_db()

    assert first is not None
    assert token.last_used_at == first
    assert not [q for q in seen.captured_queries if q["sql"].startswith('UPDATE "accounts_apitoken"')]


class Clock:
    """The clock by which requests are counted: a minute must not end in between by chance."""

    override = staticmethod(timezone.override)

    def __init__(self) -> None:
        self.at = timezone.now().replace(second=17, microsecond=500_000)

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    stands = Clock()
    monkeypatch.setattr("accounts.api.timezone", stands)
    return stands


def test_too_many_requests_wait_until_the_minute_ends(lead, settings, clock):
    settings.API_REQUESTS_A_MINUTE = 2
    text, other = made(lead)[1], made(lead)[1]

    codes = [ask(text).status_code for _turn in range(3)]
    answer, others = ask(text), ask(other)
    clock.at += timedelta(seconds=int(answer["Retry-After"]))

    assert codes == [200, 200, 429]
    assert "Wait a minute" in answer.json()["sentence"]
    assert answer["Retry-After"] == "43"
    assert others.status_code == 200
    assert ask(text).status_code == 200


def test_whoever_guesses_is_stopped_until_the_minute_ends(clock):
    answers = [ask("duckr_" + "a" * 48) for _turn in range(31)]
    clock.at += timedelta(seconds=43)

    assert [answer.status_code for answer in answers] == [401] * 30 + [429]
    assert "Wait a minute" in answers[-1].json()["sentence"]
    assert ask("duckr_" + "a" * 48).status_code == 401


def test_a_guess_counts_although_it_is_refused(clock):
    ask("duckr_" + "a" * 48)

    assert Tries.objects.get().n == 1


def test_a_request_is_counted_by_one_statement(lead, clock):
    text = made(lead)[1]
    ask(text)
    with CaptureQueriesContext(connection) as seen:
        ask(text)

    asked = [q["sql"] for q in seen.captured_queries if "SAVEPOINT" not in q["sql"]]
    assert len(asked) <= 6
    assert len([sql for sql in asked if "core_tries" in sql]) == 1


def test_nobody_has_more_than_twenty(lead):
    for _turn in range(tokens.MOST):
        made(lead)

    with pytest.raises(DomainError, match="20 tokens that work"):
        made(lead)


def test_a_token_is_revoked_by_its_person_alone(lead):
    with pytest.raises(NotAllowed):
        tokens.revoke_token(made(lead)[0], by=make.make_user(Role.ADMIN), at=timezone.now())


def test_no_log_line_holds_a_token(lead):
    token, text = made(lead)

    line = redact(logging.getLogger(), "info", {"event": f"asked with {text}", "exception": f"header {text}"})

    assert text[14:] not in str(line)
    assert token.prefix in str(line)


# --- the page ---------------------------------------------------------------------------


@pytest.fixture
def signed_in(client, lead):
    client.force_login(lead)
    return client


FORM = {"name": "Build pipeline", "scope": "write", "days": "90"}


def test_the_page_makes_a_token_and_shows_it_once(signed_in, lead):
    answer = signed_in.post(PAGE, FORM)
    text = re.search(r"duckw_[A-Za-z0-9]{48}", answer.text)[0]

    assert ask(text).status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert text not in signed_in.get(PAGE).text
    assert "Build pipeline" in signed_in.get(PAGE).text


def test_the_form_sent_again_makes_no_second_one(signed_in):
    data = FORM | {"form_key": "ab" * 16}
    signed_in.post(PAGE, data)

    assert signed_in.post(PAGE, data).status_code == 302
    assert ApiToken.objects.count() == 1


@pytest.mark.parametrize("wrong", [{"name": ""}, {"scope": "all"}, {"days": "7"}])
def test_a_wrong_answer_is_pointed_at(signed_in, wrong):
    assert signed_in.post(PAGE, FORM | wrong).status_code == 422
    assert not ApiToken.objects.exists()


def test_a_refused_rule_is_said_on_the_page(signed_in, lead):
    for _turn in range(tokens.MOST):
        made(lead)

    answer = signed_in.post(PAGE, FORM)

    assert answer.status_code == 409
    assert "20 tokens that work" in answer.text


def test_the_page_revokes_ones_own_and_hides_others(signed_in, lead):
    mine, others = made(lead)[0], made(make.make_user())[0]

    codes = [signed_in.post(reverse("accounts:token_revoke", args=[t.pk])).status_code for t in (mine, others)]

    mine.refresh_from_db()
    others.refresh_from_db()
    assert codes == [302, 404]
    assert (mine.revoked_at is None, others.revoked_at is None) == (False, True)
    assert signed_in.get(reverse("accounts:token_revoke", args=[mine.pk])).status_code == 405


def test_the_page_costs_the_same_for_one_and_three_tokens(signed_in, lead):
    counts = []
    for number in (1, 2):
        for _turn in range(number):
            made(lead)
        with CaptureQueriesContext(connection) as seen:
            signed_in.get(PAGE)
        counts.append(len(seen))

    assert counts[0] == counts[1]
