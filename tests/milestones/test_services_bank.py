from datetime import timedelta

import pytest

from accounts.models import User
from core.errors import DomainError
from core.models import Event, OutboxMail
from milestones.services import bank
from milestones.states import AccountForm
from tests.factories import NOW, make_user
from tests.milestones.conftest import IBAN, give_bank

pytestmark = pytest.mark.django_db
OTHER_IBAN = "DE89370400440532013000"


def test_bank_details_are_stored_encrypted(engagement):
    detail = give_bank(engagement)

    number = IBAN.replace(" ", "")
    assert (detail.account, detail.last4, detail.holder) == (number, "0154", engagement.contractor.name)
    assert number not in detail.account_cipher
    assert engagement.contractor.name not in detail.holder_cipher


def test_an_iban_with_wrong_check_digits_is_refused(engagement):
    with pytest.raises(DomainError, match="This IBAN can’t be right"):
        give_bank(engagement, iban="PT50000201231234567890155")


def test_the_history_of_bank_details_holds_no_digit_of_them(engagement):
    detail = give_bank(engagement)
    give_bank(engagement, iban=OTHER_IBAN)

    events = list(Event.objects.of(detail).order_by("seq"))
    assert [(e.verb, e.subject_label, e.note) for e in events] == [
        ("created", "Bank details", ""), ("changed", "Bank details", ""),
    ]  # fmt: skip


def test_the_same_details_again_change_nothing(engagement):
    give_bank(engagement)

    detail = give_bank(engagement, at=NOW + timedelta(days=1))

    assert (detail.changed_at, Event.objects.of(detail).count()) == (NOW, 1)


def test_changed_bank_details_are_told_by_mail_without_the_number(engagement, contractor):
    give_bank(engagement)
    give_bank(engagement, iban=OTHER_IBAN, at=NOW + timedelta(days=1))

    mail = OutboxMail.objects.get(subject="Your bank details were changed")
    assert mail.recipient == contractor
    assert "3000" not in mail.text


@pytest.mark.parametrize(
    ("country", "given", "stored"),
    [
        ("US", {"account": "12 3456 789", "code": "021000021", "account_type": "checking"}, ("us", "123456789")),
        ("VN", {"account": "0071001234471", "code": "BFTVVNVX"}, ("vn", "0071001234471")),
        ("VN", {"account": "0071001234471", "code": "970436"}, ("vn", "0071001234471")),
        ("IN", {"account": "000-123-456789", "code": "HDFCINBB"}, ("swift", "000123456789")),
        ("GE", {"account": "GE29NB0000000101904917"}, ("iban", "GE29NB0000000101904917")),
    ],
)
def test_an_account_is_written_as_its_country_does(engagement, country, given, stored):
    detail = give_bank(engagement, iban=IBAN, bank_country=country, **given)

    assert (detail.form, detail.account) == stored
    assert detail.form in AccountForm.values


@pytest.mark.parametrize(
    ("country", "given", "field"),
    [
        ("US", {"account": "123456789", "code": "021000022", "account_type": "checking"}, "code"),
        ("US", {"account": "12", "code": "021000021", "account_type": "checking"}, "account"),
        ("US", {"account": "123456789", "code": "021000021"}, "account_type"),
        ("VN", {"account": "0071001234471", "code": "12345"}, "code"),
        ("VN", {"account": "12", "code": "BFTVVNVX"}, "account"),
        ("IN", {"account": "000123456789", "code": "12345"}, "code"),
        ("IN", {"account": "!!", "code": "HDFCINBB"}, "account"),
        ("FR", {"account": IBAN}, "account"),
        ("PT", {"account": IBAN, "code": "no"}, "code"),
        ("PT", {"account": IBAN, "code": "BNPAFRPP"}, "code"),
        ("DE", {"account": "DE89370400440532013000", "code": "BNPAFRPPXXX"}, "code"),
        ("DE", {"account": "DE89370400440532013000", "code": "AGRIMCM1"}, "code"),
        ("FR", {"account": "FR1420041010050500013M02606", "code": "COBADEFF"}, "code"),
        ("GB", {"account": "GB29NWBK60161331926819", "code": "BOFIIE2D"}, "code"),
        ("IN", {"account": "\u0661\u0662\u0663\u0664\u0665", "code": "HDFCINBB"}, "account"),
    ],
)
def test_what_can_not_be_an_account_is_refused_at_its_field(engagement, country, given, field):
    with pytest.raises(DomainError) as refusal:
        give_bank(engagement, iban=IBAN, bank_country=country, **given)

    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("iban", "bic"),
    [
        ("DE89370400440532013000", "COBADEFFXXX"),
        ("FR1420041010050500013M02606", "BNPAFRPP"),
        *(("FR1420041010050500013M02606", f"AGRI{of}PP") for of in ("GF", "GP", "MC", "MQ", "RE", "PF", "NC", "YT")),
        ("MC5811222000010123456789030", "BNPAFRPPXXX"),
        ("MC5811222000010123456789030", "AGRIMCM1XXX"),
        *(("GB29NWBK60161331926819", f"NWBK{of}2L") for of in ("GB", "GG", "IM", "JE")),
        ("GI75NWBK000000007099453", "NWBKGIGI"),
        ("FI2112345600000785", "HELSAX2M"),
        ("SM86U0322509800000000270100", "UNCRITMM"),
        ("LI21088100002324013AA", "BLFLLI2X"),
    ],
)
def test_a_bic_of_the_ibans_country_or_its_territories_is_taken(engagement, iban, bic):
    detail = give_bank(engagement, iban=iban, code=bic)

    assert (detail.account, detail.code) == (iban, bic)


def test_whoever_vouches_for_an_account_is_written_down_until_it_changes(engagement, finance):
    detail = bank.vouch_for_holder(give_bank(engagement), by=finance, at=NOW)
    checked = detail.holder_checked_by

    changed = give_bank(engagement, iban=OTHER_IBAN)

    assert (checked, changed.holder_checked_by) == (finance, None)
    assert [e.verb for e in Event.objects.of(detail).order_by("seq")] == ["created", "checked", "changed"]


def test_nobody_vouches_for_what_he_entered_himself(engagement, contractor):
    detail = give_bank(engagement)

    with pytest.raises(DomainError, match="somebody else checks them"):
        bank.vouch_for_holder(detail, by=contractor, at=NOW)


def test_asking_for_bank_details_says_what_is_wrong_once_a_day(engagement, contractor):
    for _turn in range(2):
        bank.ask_for_bank_detail(
            engagement.contractor, problem="No town.", by=make_user("finance"), at=NOW + timedelta(hours=_turn)
        )

    mail = OutboxMail.objects.get(subject__contains="need a look")
    assert (mail.recipient, "No town." in mail.text) == (contractor, True)


def test_the_address_of_before_hears_of_a_change_too(due):
    contractor = due.milestone.engagement.contractor
    User.objects.filter(pk=contractor.user_id).update(email="new@evil.example")
    contractor.user.refresh_from_db()
    OutboxMail.objects.all().delete()

    give_bank(due.milestone.engagement, iban="DE89370400440532013000")

    told = set(OutboxMail.objects.filter(subject__contains="changed").values_list("address", flat=True))
    assert told == {"new@evil.example", contractor.email}
