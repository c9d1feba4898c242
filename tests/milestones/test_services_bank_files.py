"""Files for the bank: valid by ISO 20022's own schema, in its letters and lengths; and lists that no spreadsheet works
out."""

import csv
import hashlib
import io
import re
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from accounts.models import Organisation
from contractors.models import Contractor
from core.money import Money
from core.text import plain_cell
from milestones.models import BatchFile, BatchLine, PaymentSetup
from milestones.queries.checks import bank_latin
from milestones.services import bank_files, batches
from milestones.states import FileKind
from tests.factories import NOW, make_contractor
from tests.milestones.conftest import IBAN, give_bank, set_up_payment
from tests.milestones.test_services_batches import make_due

LETTERS = re.compile(r"[a-zA-Z0-9/\-?:().,'+ ]*")
P = bank_files.NAMESPACE


def file_of(*payouts, finance, other_finance):
    """What becomes of these when they are sent together."""
    for payout in payouts:
        line = batches.approve(payout, by=finance, at=NOW)
    batches.confirm(line.batch, by=other_finance, at=NOW)
    return batches.export(line.batch, by=other_finance, at=NOW)


@pytest.mark.django_db
def test_the_bank_file_is_valid_and_says_who_gets_what(due, finance, other_finance):
    second = make_due()

    (file,) = file_of(due, second, finance=finance, other_finance=other_finance)

    tree = etree.fromstring(file.content)
    assert bank_files.schema().validate(tree), bank_files.schema().error_log
    text = lambda path: [e.text for e in tree.iterfind(f".//{path}", P)]  # noqa: E731
    assert text("p:GrpHdr/p:MsgId") == [file.message_id]
    assert text("p:GrpHdr/p:NbOfTxs") == ["2"]
    assert text("p:GrpHdr/p:CtrlSum") == ["4000.00"]
    assert text("p:PmtInf/p:ReqdExctnDt/p:Dt") == ["2026-11-23"]
    assert text("p:DbtrAcct/p:Id/p:IBAN") == ["DE89370400440532013000"]
    assert text("p:DbtrAgt/p:FinInstnId/p:BICFI") == ["COBADEFF"]
    assert text("p:Dbtr/p:PstlAdr/p:TwnNm") == ["Lisbon"]
    assert text("p:Cdtr/p:PstlAdr/p:Ctry") == ["PT", "PT"]
    assert text("p:CdtTrfTxInf/p:PmtId/p:EndToEndId") == [due.end_to_end, second.end_to_end]
    assert text("p:CdtrAcct/p:Id/p:IBAN")[0] == IBAN.replace(" ", "")
    assert (file.kind, file.payments, file.sum) == (FileKind.PAIN, 2, Money(400_000, "EUR"))
    assert file.sha256 == hashlib.sha256(file.content).hexdigest()


@pytest.mark.django_db
def test_everything_else_goes_by_list_one_a_currency(due, finance, other_finance):
    us, vn, yen = make_due(), make_due(), make_due(currency="JPY")
    give_bank(
        us.milestone.engagement, iban=IBAN, bank_country="US", account="123456789", code="021000021",
        account_type="checking", at=NOW.replace(month=10),
    )  # fmt: skip
    give_bank(
        vn.milestone.engagement, iban=IBAN, bank_country="VN", account="0071001234471", code="970436",
        at=NOW.replace(month=10),
    )  # fmt: skip

    files = file_of(due, us, vn, yen, finance=finance, other_finance=other_finance)

    assert [(f.kind, f.currency, f.payments, f.sum_minor) for f in files] == [
        (FileKind.PAIN, "EUR", 1, 200_000), (FileKind.CSV, "EUR", 2, 400_000), (FileKind.CSV, "JPY", 1, 200_000),
    ]  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(files[1].content.decode())))
    assert [(r["routing_number"], r["bank_code"], r["account_number"], r["amount"], r["currency"]) for r in rows] == [
        ("021000021", "", "123456789", "2000.00", "EUR"), ("", "970436", "0071001234471", "2000.00", "EUR"),
    ]  # fmt: skip
    assert [r["file"] for r in rows] == [files[1].message_id] * 2
    yen_row = next(csv.DictReader(io.StringIO(files[2].content.decode())))
    assert (yen_row["amount"], yen_row["iban"][:2]) == ("200000", "DE")


@pytest.mark.django_db
def test_a_file_fetched_again_is_the_same_bytes_and_one_that_was_changed_is_refused(due, finance, other_finance):
    (file,) = file_of(due, finance=finance, other_finance=other_finance)

    assert BatchFile.objects.get().content == file.content
    BatchFile.objects.update(content_cipher=BatchLine.objects.get().holder_cipher)
    with pytest.raises(ValueError, match="is not the file"):
        _ = BatchFile.objects.get().content


@pytest.mark.django_db
def test_names_in_any_script_make_a_valid_file(due, finance, other_finance):
    name = "Đặng Thị Ngọc Ánh & Søren <Straße> “Łódź” " + "x" * 90
    Contractor.objects.update(name=name)
    give_bank(due.milestone.engagement, holder=name[:140], town="Hồ Chí Minh", at=NOW.replace(month=10))

    (file,) = file_of(due, finance=finance, other_finance=other_finance)

    tree = etree.fromstring(file.content)
    assert bank_files.schema().validate(tree), bank_files.schema().error_log
    payee = tree.find(".//p:Cdtr/p:Nm", P).text
    assert payee.startswith("Dang Thi Ngoc Anh Soren Strasse")
    assert len(payee) <= 70


@given(st.text(max_size=200), st.sampled_from([16, 35, 70, 140]))
def test_any_text_becomes_letters_that_banks_take(text, limit):
    plain = bank_latin(text, limit)

    assert LETTERS.fullmatch(plain)
    assert len(plain) <= limit
    assert not plain.startswith("/")
    assert not plain.endswith("/")
    assert "//" not in plain


def line_of(n, holder, town, minor):
    payout = SimpleNamespace(
        end_to_end=f"DUCK-{n:09}", milestone=SimpleNamespace(engagement=holder, __str__=lambda self: holder)
    )
    return SimpleNamespace(
        payout=payout, holder=holder, town=town, country="PT", amount_minor=minor, currency="EUR",
        account=IBAN.replace(" ", ""), code="", form="iban", bank_country="PT", account_type="",
        amount=Money(minor, "EUR"),
    )  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.text(min_size=1, max_size=140), st.text(min_size=1, max_size=35), st.integers(1, 10**12)),
        min_size=1,
        max_size=5,
    )
)
@pytest.mark.filterwarnings("ignore")
def test_whatever_people_are_called_the_file_is_valid_and_its_sum_is_right(people):
    # A row whose name leaves no letter never gets this far (checks); here it is called something.
    lines = [
        line_of(n, name if bank_latin(name, 70) else "Ana", town if bank_latin(town, 35) else "Lisbon", minor)
        for n, (name, town, minor) in enumerate(people, start=1)
    ]
    setup = PaymentSetup(name="Mill Pond", town="Lisbon", country="PT", street="", postcode="")
    setup.iban_cipher, setup.bic_cipher = (
        bank_files.secrets.encrypt(t) for t in ("DE89370400440532013000", "COBADEFF")
    )

    tree = etree.fromstring(bank_files.pain001(lines, message_id="DUCK-1", setup=setup, at=NOW, on=NOW.date()))

    assert bank_files.schema().validate(tree)
    total = Money(sum(line.amount_minor for line in lines), "EUR").decimal
    assert tree.find(".//p:GrpHdr/p:CtrlSum", P).text == str(total)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sent", "executed"),
    [
        (datetime(2026, 11, 27, 12, tzinfo=UTC), "2026-11-27"),  # a Friday
        (datetime(2026, 11, 29, 12, tzinfo=UTC), "2026-11-30"),  # a Sunday
        (datetime(2026, 11, 27, 23, 30, tzinfo=UTC), "2026-11-30"),  # Saturday, where the house is
        (datetime(2026, 12, 25, 12, tzinfo=UTC), "2026-12-28"),  # TARGET is closed, and then it is a weekend
    ],
)
def test_the_bank_is_asked_for_a_day_on_which_banks_are_open(due, finance, other_finance, sent, executed):
    organisation = Organisation.objects.get()
    organisation.zone = "Asia/Tokyo"
    organisation.save()
    line = batches.approve(due, by=finance, at=NOW)
    batches.confirm(line.batch, by=other_finance, at=NOW)

    (made,) = batches.export(line.batch, by=other_finance, at=sent)

    tree = etree.fromstring(made.content)
    assert tree.find(".//p:ReqdExctnDt/p:Dt", P).text == executed


@given(st.text(max_size=60))
def test_no_cell_is_worked_out_by_a_spreadsheet_and_none_is_lost(text):
    cell = plain_cell(text)

    assert cell.removeprefix("'") == text or cell == text
    assert not cell.lstrip(' \u00a0\u3000"').startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋"))


@pytest.mark.django_db
def test_a_list_holds_no_formula(due, finance, other_finance):
    contractor = make_contractor(True, name="=cmd|' /C calc'!A0")
    evil = make_due(contractor=contractor, title="@SUM(1+1)*cmd")
    give_bank(
        evil.milestone.engagement, iban=IBAN, bank_country="IN", account="000123456789", code="HDFCINBB",
        at=NOW.replace(month=10),
    )  # fmt: skip

    (file,) = file_of(evil, finance=finance, other_finance=other_finance)

    (row,) = csv.DictReader(io.StringIO(file.content.decode()))
    assert row["holder"] == "'=cmd|' /C calc'!A0"
    assert not any(cell.startswith(("=", "@", "+", "-")) for cell in row.values())


@pytest.mark.django_db
def test_our_own_account_is_stored_encrypted(finance):
    setup = set_up_payment(finance)

    assert (setup.iban, setup.bic, setup.last4) == ("DE89370400440532013000", "COBADEFF", "3000")
    assert "3704" not in PaymentSetup.objects.get().iban_cipher
