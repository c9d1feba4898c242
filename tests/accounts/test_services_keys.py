import io
import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from cryptography.fernet import Fernet
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.services import keys
from core import secrets
from milestones.models import BankDetail, BatchFile, BatchLine
from milestones.states import PayoutStatus
from tests.factories import make_user
from tests.milestones.conftest import *  # noqa: F403 (people and records of the money room)
from tests.milestones.conftest import IBAN, bring
from tests.milestones.test_queries_answers import entry, report, sent_file
from tests.milestones.test_services_answers import take

pytestmark = pytest.mark.django_db
OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))
TOKEN = re.compile(r"gAAAAA[A-Za-z0-9_-]{90,}={0,2}")


@pytest.fixture(autouse=True)
def _before_the_new_key(settings):
    settings.FIELD_KEYS = [OLD]


@pytest.fixture
def house(settings, due, finance, other_finance):
    """Something in every place that holds a cipher, under the old key; the new one stands before it since."""
    sent = bring(due, PayoutStatus.EXPORTED, finance, other_finance)
    take(report(sent_file().message_id, entry(sent.end_to_end, "ACSC")), finance)
    TOTP.activate(finance, generate_totp_secret())
    RecoveryCodes.activate(finance)
    settings.FIELD_KEYS = [NEW, OLD]


def every_cipher():
    """Whatever in any table looks like one, wherever it stands."""
    found = []
    with connection.cursor() as cursor:
        for model in apps.get_models():
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(model._meta.db_table)}")
            found += TOKEN.findall(repr(cursor.fetchall()))
    return found


def test_after_a_rotation_the_old_key_can_go(house, settings):
    before = every_cipher()
    codes = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()

    rotation = keys.rotate_keys()
    settings.FIELD_KEYS = [NEW]

    assert rotation.unreadable == []
    assert len(every_cipher()) == len(before) >= 10
    assert [secrets.decrypt(cipher) for cipher in every_cipher()]  # none raises
    assert (BankDetail.objects.get().account, BatchLine.objects.get().account) == (IBAN.replace(" ", ""),) * 2
    assert BatchFile.objects.get().content.startswith(b"<?xml")
    assert Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes() == codes


def test_every_place_that_holds_a_cipher_is_found(house):
    assert {model.__name__ for model, _names in keys.encrypted_columns()} == {
        "BankDetail", "BatchLine", "BatchFile", "BankAnswer", "PaymentSetup",
    }  # fmt: skip
    assert min(keys.rotate_keys().renewed.values()) > 0


def test_a_second_run_changes_nothing(house):
    keys.rotate_keys()
    before = every_cipher()

    assert set(keys.rotate_keys().renewed.values()) == {0}
    assert every_cipher() == before


def test_a_run_that_broke_off_goes_on_where_it_stopped(house, settings, monkeypatch):
    really, calls = secrets.renew, []

    def breaks(cipher):
        calls.append(cipher)
        if len(calls) == 5:
            raise KeyboardInterrupt
        return really(cipher)

    monkeypatch.setattr(secrets, "renew", breaks)
    with pytest.raises(KeyboardInterrupt):
        keys.rotate_keys()
    monkeypatch.undo()

    keys.rotate_keys()

    settings.FIELD_KEYS = [NEW]
    assert [secrets.decrypt(cipher) for cipher in every_cipher()]


def test_what_somebody_saves_meanwhile_stays(house, monkeypatch):
    really, saved = secrets.renew, []

    def meanwhile(cipher):
        if not saved:
            saved.append(BankDetail.objects.update(account_cipher=secrets.encrypt("saved meanwhile")))
        return really(cipher)

    monkeypatch.setattr(secrets, "renew", meanwhile)
    keys.rotate_keys()

    assert BankDetail.objects.get().account == "saved meanwhile"


def test_the_command_says_what_it_did_and_what_no_key_opens(house, settings):
    out = io.StringIO()
    call_command("rotate_keys", stdout=out)
    assert "milestones.BankDetail: 1 renewed" in out.getvalue()
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]

    with pytest.raises(CommandError, match="Keep the old keys"):
        call_command("rotate_keys", stdout=out)


def test_what_is_no_cipher_is_left_alone():
    assert [secrets.is_cipher(text) for text in ("", "gAAAAA", "hello", secrets.encrypt("x"))] == [False] * 3 + [True]
    assert secrets.renew("") == ""


def test_everybody_else_keeps_the_second_factor(house):
    other = make_user()
    TOTP.activate(other, generate_totp_secret())
    before = Authenticator.objects.get(user=other).data

    keys.rotate_keys()

    assert Authenticator.objects.get(user=other).data == before
