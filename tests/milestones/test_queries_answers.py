"""Reading what a bank sends: what is understood, and what is turned away before it is looked at."""

import pytest

from core.errors import DomainError
from milestones import queries
from milestones.models import BatchFile, Payout, PayoutBatch
from milestones.queries.answers import pain002, read_list, read_report, reasons
from milestones.queries.answers.reasons import in_words, is_for_the_payee
from milestones.services import batches, payouts
from milestones.states import AnswerEffect, PayoutStatus
from tests.factories import NOW
from tests.milestones.conftest import bring
from tests.milestones.test_services_batches import make_due

pytestmark = pytest.mark.django_db
E = AnswerEffect


def entry(reference, status, code="", words="", amount=""):
    """One TxInfAndSts."""
    reason = f"<StsRsnInf><Rsn><Cd>{code}</Cd></Rsn>{words}</StsRsnInf>" if code else ""
    ref = f'<OrgnlTxRef><Amt><InstdAmt Ccy="EUR">{amount}</InstdAmt></Amt></OrgnlTxRef>' if amount else ""
    return (
        f"<TxInfAndSts><StsId>S1</StsId><OrgnlEndToEndId>{reference}</OrgnlEndToEndId><TxSts>{status}</TxSts>{reason}"
        f"<AcctSvcrRef>B77</AcctSvcrRef>{ref}</TxInfAndSts>"
    )


def report(message, *entries, group="", payment="", version="10"):
    """A payment status report about the file `message`."""
    sts = f"<GrpSts>{group}</GrpSts>" if group else ""
    info = f"<PmtInfSts>{payment}</PmtInfSts>" if payment else ""
    inner = f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{message}</OrgnlPmtInfId>{info}{''.join(entries)}</OrgnlPmtInfAndSts>"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.{version}"><CstmrPmtStsRpt>'
        "<GrpHdr><MsgId>BANK-1</MsgId><CreDtTm>2026-11-24T10:00:00Z</CreDtTm>"
        "<InitgPty><Id><OrgId><AnyBIC>COBADEFF</AnyBIC></OrgId></Id></InitgPty></GrpHdr>"
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{message}</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>"
        f"<OrgnlNbOfTxs>2</OrgnlNbOfTxs>{sts}</OrgnlGrpInfAndSts>{inner if entries or payment else ''}"
        "</CstmrPmtStsRpt></Document>"
    )


def sent_file(kind="pain.001"):
    return BatchFile.objects.get(kind=kind)


@pytest.fixture
def sent(due, finance, other_finance):
    return bring(due, PayoutStatus.EXPORTED, finance, other_finance)


def effects(text):
    return [(row.reference, row.effect) for row in queries.read_answer("answer.xml", text).rows]


@pytest.mark.parametrize("version", pain002.VERSIONS)
def test_the_structure_that_is_taken_is_that_of_each_version(version):
    from lxml import etree

    whole = report("M", entry("R", "RJCT", "AC04", "<AddtlInf>Konto erloschen</AddtlInf>", "5.00"), version=version)
    bare = etree.fromstring(
        whole.replace(f' xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.{version}"', "").encode()
    )

    assert pain002.structure().validate(bare), pain002.structure().error_log
    (said,) = read_report(whole)
    assert (said.message, said.reference, said.status, said.code) == ("M", "R", "RJCT", "AC04")
    assert (said.text, str(said.amount), said.currency) == ("Konto erloschen", "5.00", "EUR")


@pytest.mark.parametrize(
    "text",
    [
        "<Document/>",
        "<a><b></a>",
        "<html><body>Sign in</body></html>",
        report("M").replace("pain.002.001.10", "pain.002.001.02"),
        report("M").replace("pain.002.001.10", "camt.054.001.08"),
        report("M").replace("<GrpHdr>", "<GrpHdr><Evil/>"),
        report("M", entry("R", "rejected")),
        report("M", entry("R" * 37, "RJCT")),
        report("M", entry("", "ACSC")),
        report("M").replace("<CstmrPmtStsRpt>", '<CstmrPmtStsRpt xmlns="urn:else">'),
        *(report("M", entry("R", "RJCT", amount=text)) for text in ("one", "sNaN", "1e999999999", "-1", "1,00")),
        report("M", "<TxInfAndSts><OrgnlEndToEndId>R</OrgnlEndToEndId></TxInfAndSts>"),
        report("M").replace("M</OrgnlMsgId>", "&gone;</OrgnlMsgId>"),
        "<a>" * 5000,
        "<?xml" * 100_000,
    ],
)
def test_what_is_no_such_report_is_refused_with_a_sentence(text):
    with pytest.raises(DomainError) as refusal:
        read_report(text)

    assert refusal.value.sentence.endswith((".", "”."))


BOMB = '<!DOCTYPE x [<!ENTITY a "quack"><!ENTITY b "&a;&a;&a;&a;">]>'
FILE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
AWAY = '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">'


@pytest.mark.parametrize("head", [BOMB, FILE, AWAY, BOMB.lower(), '<?xml version="1.0"?>\n' + AWAY])
def test_a_document_type_is_turned_away_before_anything_is_parsed(head, monkeypatch):
    monkeypatch.setattr("lxml.etree.fromstring", None)  # would be called

    with pytest.raises(DomainError, match="document type"):
        read_report(head + report("&b;").split("\n", 1)[1])


def test_a_declared_encoding_hides_no_document_type():
    """In UTF-7 `+ADw-` is `<`: whoever believed the declaration would see a document type that we don't."""
    hidden = '<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE x+AD4-' + report("M").split("\n", 1)[1]

    with pytest.raises(DomainError):
        read_report(hidden)


def test_inclusions_are_never_followed():
    asked = report("M", '<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>')

    with pytest.raises(DomainError, match="isn’t built"):
        read_report(asked)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"x" * (2 * 1024 * 1024 + 1), "2 MB"),
        (report("M").encode("utf-16"), "UTF-8"),
        (b"<a>\xff</a>", "UTF-8"),
    ],
)
def test_bytes_that_are_no_answer_are_refused(content, why):
    with pytest.raises(DomainError, match=why):
        queries.decode(content)


def test_a_list_says_the_same_in_the_words_of_a_service():
    rows = read_list("file;reference;status;reason\nF;R1;Completed;\nF;R2;failed;'=closed\nF;R3;Limbo;\n")

    assert [(s.reference, s.status, s.text, s.row) for s in rows] == [
        ("R1", "ACSC", "", 2),
        ("R2", "RJCT", "=closed", 3),
        ("R3", "LIMBO", "", 4),
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("reference,status\nR,paid\n", "“file”"),
        ("\n\n", "are missing"),
        ("file,reference,status,amount\nF,R,paid,lots\n", "Row 2"),
        ("file,reference,status\n" + "x" * 20_000 + "\n", "no readable CSV"),
        ("file,reference,status\n" + "x" * 200_000 + "\n", "no readable CSV"),
    ],
)
def test_a_list_that_lacks_something_is_refused_by_name(text, why):
    with pytest.raises(DomainError, match=why):
        read_list(text)


@pytest.mark.parametrize("status", ["ACSC", "ACCC"])
def test_settled_means_paid(sent, status):
    assert effects(report(sent_file().message_id, entry(sent.end_to_end, status))) == [(sent.end_to_end, E.PAID)]


@pytest.mark.parametrize("status", ["RCVD", "ACTC", "ACCP", "ACSP", "ACWC", "PDNG"])
def test_accepted_is_not_paid_yet(sent, status):
    assert effects(report(sent_file().message_id, entry(sent.end_to_end, status))) == [(sent.end_to_end, E.NOTHING)]


@pytest.mark.parametrize(("group", "effect"), [("ACSC", E.PAID), ("RJCT", E.FAILED), ("PART", E.NOTHING)])
def test_what_is_said_of_the_whole_file_holds_for_what_it_does_not_name(sent, group, effect):
    assert effects(report(sent_file().message_id, group=group)) == [(sent.end_to_end, effect)]


def test_of_a_file_accepted_in_part_each_payment_has_its_own_word(due, finance, other_finance):
    second = make_due()
    for payout in (due, second):
        line = batches.approve(payout, by=finance, at=NOW)
    batches.confirm(line.batch, by=other_finance, at=NOW)
    batches.export(PayoutBatch.objects.get(), by=other_finance, at=NOW)
    answer = queries.read_answer(
        "a", report(sent_file().message_id, entry(second.end_to_end, "RJCT", "AC04"), group="PART", payment="PART")
    )

    assert {(row.reference, row.effect) for row in answer.rows} == {
        (second.end_to_end, E.FAILED),
        (due.end_to_end, E.NOTHING),
    }
    (act,) = answer.acts
    assert act.reason == "The account is closed (AC04)."


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (lambda m, r: report(m, entry("DUCK-000000999", "ACSC")), "DUCK-000000999”? is no payment of"),
        (lambda m, r: report(m, entry(r, "ACSC", amount="1.00")), "another amount"),
        (lambda m, r: report(m, entry(r, "ACSC"), entry(r, "RJCT")), "different things"),
        (lambda m, r: report(m, entry(r, "ZZZZ")), "no status"),
    ],
)
def test_a_row_that_can_not_be_right_is_set_aside_by_name(sent, text, why):
    (row,) = queries.read_answer("a", text(sent_file().message_id, sent.end_to_end)).rows

    assert (row.effect, why.split("”?")[0] in row.why) == (E.REFUSED, True)


def test_an_answer_to_a_file_that_was_never_made_here_is_refused_by_name(sent):
    with pytest.raises(DomainError, match="“DUCK-999-SEPA-1”, which was never made here"):
        queries.read_answer("a", report("DUCK-999-SEPA-1", entry(sent.end_to_end, "ACSC")))


def test_a_list_does_not_answer_for_the_bank_file(sent):
    with pytest.raises(DomainError, match=r"is a bank file: its answer is a payment status report \(pain.002\)"):
        queries.read_answer("a", f"file,reference,status\n{sent_file().message_id},{sent.end_to_end},paid\n")


def test_a_final_word_outweighs_one_from_the_way(sent):
    text = report(sent_file().message_id, entry(sent.end_to_end, "ACSC"), entry(sent.end_to_end, "ACTC"))

    assert effects(text) == [(sent.end_to_end, E.PAID)]


def test_what_is_known_is_known_and_what_was_paid_can_come_back(sent, finance):
    payouts.confirm_paid(sent, by=finance, at=NOW)
    name = sent_file().message_id

    said = [report(name, entry(sent.end_to_end, status)) for status in ("ACSC", "ACSP", "RJCT")]
    assert [effects(text)[0][1] for text in said] == [E.KNOWN, E.KNOWN, E.RETURNED]
    assert effects(report(name, group="RJCT"))[0][1] == E.REFUSED  # enough for what is on its way only


def test_what_came_back_is_not_paid_by_an_old_answer(sent, finance, other_finance):
    payouts.mark_failed(sent, problem="Closed", by=finance, at=NOW)
    first = sent_file().message_id
    batches.approve(Payout.objects.get(), by=finance, at=NOW, knowing=True)
    text = report(first, entry(sent.end_to_end, "ACSC"))

    (row,) = queries.read_answer("a", text).rows

    assert (row.effect, "nobody is paid twice" in row.why) == (E.REFUSED, True)


def test_reading_takes_as_many_queries_for_three_rows_as_for_one(
    sent, finance, other_finance, django_assert_num_queries
):
    text = report(sent_file().message_id, entry(sent.end_to_end, "ACSC"))
    with django_assert_num_queries(3):
        queries.read_answer("a", text)
    more = [make_due() for _ in range(3)]
    for payout in more:
        line = batches.approve(payout, by=finance, at=NOW)
    batches.confirm(line.batch, by=other_finance, at=NOW)
    (file,) = batches.export(PayoutBatch.objects.get(pk=line.batch_id), by=other_finance, at=NOW)
    text = report(file.message_id, *(entry(payout.end_to_end, "ACSC") for payout in more))

    with django_assert_num_queries(3):
        assert len(queries.read_answer("a", text).acts) == 3


def test_reasons_are_said_in_words_and_whose_they_are():
    assert in_words("AC04", "") == "The account is closed (AC04)."
    assert in_words("AM04", "Limit") == "Our account hadn’t enough money (AM04). “Limit”"
    assert in_words("ZZ99", "Konto weg.") == "Konto weg (ZZ99)."
    assert in_words("", "") == "The bank doesn’t say why."
    whose = [is_for_the_payee(in_words(code, "Wallet empty")) for code in ("AC04", "AM04", "ZZ99", "")]
    assert whose == [True, False, False, None]


def test_a_list_for_a_service_is_answered_by_the_list(finance, other_finance):
    bank = {"bank_country": "US", "account": "12345678", "code": "021000021", "account_type": "checking"}
    payout = bring(make_due(bank=bank), PayoutStatus.EXPORTED, finance, other_finance)
    head, row, *_rest = sent_file("csv").content.decode().splitlines()
    text = "\r\n".join([f"{head},status,reason", f"{row},failed,No such account", ""])

    (found,) = queries.read_answer("a.csv", text).rows

    assert (found.reference, found.effect, found.reason) == (payout.end_to_end, E.FAILED, "No such account.")


@pytest.mark.parametrize(
    ("typed", "kept", "is_theirs"),
    [
        ("ac04", "The account is closed (AC04).", True),
        (" The account is closed. ", "The account is closed (AC04).", True),
        ("(AM04)", "Our account hadn’t enough money (AM04).", False),
        ("NARR", "NARR", None),
        ("Konto erloschen", "Konto erloschen", None),
    ],
)
def test_a_refusal_typed_by_hand_is_known_by_its_code_or_meaning(typed, kept, is_theirs):
    assert reasons.from_words(typed) == kept
    assert reasons.is_for_the_payee(kept) is is_theirs


def test_what_is_offered_for_a_refusal_stays_as_it_is_and_names_who_puts_it_right():
    offered = reasons.to_choose()
    assert len(set(offered)) == len(offered) > 20
    assert [reasons.from_words(words) for words in offered] == offered
    assert {reasons.is_for_the_payee(words) for words in offered} == {True, False}
