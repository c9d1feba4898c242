"""What a bank's answer would do to the payouts that it names; nothing is stored by looking."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Q
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.text import one_line
from milestones.models import BankAnswer, BatchFile, BatchLine
from milestones.queries.accounts import goes_by_sepa
from milestones.queries.answers import reasons
from milestones.queries.answers.lists import read_list
from milestones.queries.answers.pain002 import Said, looks_like_xml, read_report
from milestones.states import AnswerEffect, FileKind, LineOutcome, PayoutStatus

MOST_BYTES = 2 * 1024 * 1024
MOST_ENTRIES = 5000  # as many as a batch holds
SHOWN = 25

E = AnswerEffect
ACTS = (E.PAID, E.FAILED, E.RETURNED)


@dataclass(frozen=True)
class AnswerRow:
    """One payment: what the answer says of it, and what follows. `line` is None where nothing here is named so."""

    reference: str
    effect: str
    said: str  # in words
    line: BatchLine | None = None
    why: str = ""  # it has no effect
    reason: str = ""  # the bank's, in words


@dataclass(frozen=True)
class Answer:
    """An answer as read. `key` is a digest of what it would do: what somebody has seen is what is carried out."""

    name: str
    text: str
    kind: str
    sha256: str
    rows: Sequence[AnswerRow]

    @cached_property
    def counts(self) -> dict[str, int]:
        return Counter(row.effect for row in self.rows)

    @property
    def acts(self) -> list[AnswerRow]:
        return [row for row in self.rows if row.effect in ACTS]

    @property
    def key(self) -> str:
        seen = [f"{row.line.pk}:{row.effect}:{row.reason}" for row in self.acts if row.line]
        return hashlib.sha256("\n".join([self.sha256, *seen]).encode()).hexdigest()


def decode(content: bytes) -> str:
    """The text of an uploaded answer. Raises DomainError: too large, empty, or XML that is not UTF-8."""
    if len(content) > MOST_BYTES:
        raise DomainError(_("The file is larger than 2 MB. Ask your bank for one report a batch."))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        if content.lstrip()[:1] in (b"<", b"\xff", b"\xfe"):
            raise DomainError(_("This file is not in UTF-8, as payment reports are. Download it again.")) from None
        text = content.decode("cp1252", "replace")  # a list that went through a spreadsheet
    if not text.strip():
        raise DomainError(_("The file is empty."))
    return text


def answers_read() -> list[BankAnswer]:
    """The latest, newest first."""
    return list(BankAnswer.objects.defer("content_cipher").select_related("by")[:SHOWN])


def digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def read_answer(name: str, text: str) -> Answer:
    """Every entry matched with the payment that it names, in a fixed number of queries. Raises DomainError for a file
    that can't be read, that was read before, and that answers what never left from here."""
    sha256 = digest(text)
    before = BankAnswer.objects.select_related("by").filter(sha256=sha256).first()
    if before:
        raise DomainError(
            _("%(who)s read this very answer already, as “%(name)s”. It has had its effect.")
            % {"who": before.by.name, "name": before.name}
        )
    is_xml = looks_like_xml(text)
    said = read_report(text) if is_xml else read_list(text)
    if not said:
        raise DomainError(_("This answer says nothing about any payment."))
    if len(said) > MOST_ENTRIES:
        raise DomainError(_("This answer has more than %(most)d entries. Split it.") % {"most": MOST_ENTRIES})
    sent = _sent(said, FileKind.PAIN if is_xml else FileKind.CSV)
    return Answer(name, text, FileKind.PAIN if is_xml else FileKind.CSV, sha256, _rows(said, sent))


def _sent(said: Iterable[Said], kind: str) -> dict[str, dict[str, BatchLine]]:
    """Message → reference → line, of every file that the answer names. Raises DomainError for one that isn't ours."""
    names = {entry.message for entry in said}
    files = {file.message_id: file for file in BatchFile.objects.for_list().filter(message_id__in=names)}
    for name in sorted(name for name, file in files.items() if file.kind != kind):
        if kind == FileKind.CSV:
            sentence = _("“%(name)s” is a bank file: its answer is a payment status report (pain.002), not a list.")
        else:
            sentence = _("“%(name)s” is a list: its answer is that list with a status, not a payment status report.")
        raise DomainError(sentence % {"name": one_line(name, 60)})
    for name in sorted(names - set(files)):
        raise DomainError(
            _("This answers the file “%(name)s”, which was never made here. Is it the answer of another account?")
            % {"name": one_line(name, 60) or "–"}
        )
    found: dict[str, dict[str, BatchLine]] = {name: {} for name in names}
    ours = Q(batch__in={file.batch_id for file in files.values()})
    for line in BatchLine.objects.kept().filter(ours).for_answers():
        for name, file in files.items():
            if file.batch_id == line.batch_id and file.currency == line.currency and _goes_in(line, kind):
                found[name][line.payout.end_to_end] = line
    return found


def _goes_in(line: BatchLine, kind: str) -> bool:
    by_sepa = goes_by_sepa(line.form, line.bank_country, line.currency)
    return by_sepa == (kind == FileKind.PAIN)


def _rows(said: Sequence[Said], sent: dict[str, dict[str, BatchLine]]) -> list[AnswerRow]:
    by_name: dict[tuple[str, str], list[Said]] = defaultdict(list)
    for entry in said:
        if entry.reference:
            by_name[entry.message, entry.reference].append(entry)
    found = {key: _row(entries, sent[key[0]].get(key[1])) for key, entries in by_name.items()}
    rows = list(found.values())
    # What the answer says of a whole file holds for whatever it doesn't name; the last word of it counts.
    for message, entry in {entry.message: entry for entry in said if not entry.reference}.items():
        rest = {ref: line for ref, line in sent[message].items() if (message, ref) not in found}
        rows += [_of_all(entry, line) for line in rest.values()]
    return rows


def _row(entries: Sequence[Said], line: BatchLine | None) -> AnswerRow:
    last = entries[-1]
    if line is None:
        where = {"what": one_line(last.reference, 40), "file": last.message}
        why = _("“%(what)s” is no payment of the file “%(file)s”.") % where
        return AnswerRow(last.reference, E.REFUSED, _in_words(last), why=why)
    finals = {_meaning(entry.status) for entry in entries} - {""}
    if len(finals) > 1:
        return _aside(last, line, _("The answer names it more than once and says different things."))
    # A final word outweighs one from the way, whatever their order.
    return _judge(next((e for e in entries if _meaning(e.status)), last), line)


def _meaning(status: str) -> str:
    return "paid" if status in reasons.PAID else "failed" if status in reasons.REFUSED else ""


def _in_words(entry: Said) -> str:
    if entry.status in reasons.PAID:
        return _("Paid")
    if entry.status in reasons.REFUSED:
        return _("Refused")
    return _("On its way") if entry.status in reasons.UNDER_WAY else one_line(entry.status, 20) or "–"


def _aside(entry: Said, line: BatchLine, why: str) -> AnswerRow:
    return AnswerRow(line.payout.end_to_end, E.REFUSED, _in_words(entry), line, why)


def _of_all(entry: Said, line: BatchLine) -> AnswerRow:
    """The answer is about the file as a whole: enough for what is on its way, not to take back what was paid."""
    if entry.status in reasons.REFUSED and line.outcome == LineOutcome.PAID:
        return _aside(entry, line, _("It was paid before. Only an answer that names it can take that back."))
    return _judge(entry, line)


def _judge(entry: Said, line: BatchLine) -> AnswerRow:
    meaning = _meaning(entry.status)
    if not meaning and entry.status not in reasons.UNDER_WAY:
        return _aside(entry, line, _("“%(status)s” is no status that is known here.") % {"status": _in_words(entry)})
    if _is_over_another_amount(entry, line):
        return _aside(entry, line, _("The answer is over another amount than the payment."))
    known = AnswerRow(line.payout.end_to_end, E.KNOWN, _in_words(entry), line)
    if line.outcome == LineOutcome.FAILED and meaning == "paid":
        return _aside(
            entry, line, _("It came back before and is due again. Ask the bank, so that nobody is paid twice.")
        )
    if not meaning:
        return known if line.outcome != LineOutcome.LIVE else _waits(entry, line)
    if line.outcome == (LineOutcome.PAID if meaning == "paid" else LineOutcome.FAILED):
        return known
    if line.outcome == LineOutcome.LIVE and line.payout.status == PayoutStatus.EXPORTED:
        return _acts(entry, line, E.PAID if meaning == "paid" else E.FAILED)
    if line.outcome == LineOutcome.PAID and line.payout.status == PayoutStatus.PAID:
        return _acts(entry, line, E.RETURNED)
    return _aside(entry, line, _("It is not with the bank, so there is nothing to answer."))


def _is_over_another_amount(entry: Said, line: BatchLine) -> bool:
    if entry.amount is None:
        return False
    return entry.amount != line.amount.decimal or entry.currency not in ("", line.currency)


def _waits(entry: Said, line: BatchLine) -> AnswerRow:
    return AnswerRow(line.payout.end_to_end, E.NOTHING, _in_words(entry), line)


def _acts(entry: Said, line: BatchLine, effect: str) -> AnswerRow:
    reason = "" if effect == E.PAID else one_line(reasons.in_words(entry.code, entry.text), 300)
    return AnswerRow(line.payout.end_to_end, effect, _in_words(entry), line, reason=reason)
