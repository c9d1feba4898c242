"""Sessions by a kept statement are Django's own."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from core.sessions import SessionStore

pytestmark = pytest.mark.django_db


@pytest.fixture
def key():
    store = SessionStore()
    store["a"] = "ü"
    store.save()
    return store.session_key


def test_what_was_kept_is_found_by_its_key(key):
    assert SessionStore(key).load() == {"a": "ü"}


@pytest.mark.parametrize("known", ["x" * 32, "x' OR 1=1 --", "%s%(k0)s", "日" * 40])
def test_no_other_key_opens_anything(key, known):
    store = SessionStore(known)
    assert store.load() == {}
    assert store.session_key is None


def test_one_that_is_over_is_none(key):
    Session.objects.filter(session_key=key).update(expire_date=timezone.now() - timedelta(seconds=1))
    store = SessionStore(key)
    assert store.load() == {}
    assert store.session_key is None
