"""What stands in the way of paying somebody: every check of every row, with what puts it right."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core import secrets
from core.days import day_words
from core.errors import DomainError
from core.money import currencies
from milestones.models import BankDetail, Payout
from milestones.queries.accounts import goes_by_sepa, read_account
from milestones.queries.banks import BANK_HOLD, bank_of, payment_setup
from milestones.queries.check_facts import ON_THE_WAY, Alike, Facts, facts_of
from milestones.states import PayoutStatus

CHECKS = 9  # how many each row goes through; the page says so
# Words of a company's or person's name that say nothing about whose it is.
TITLES = frozenset((
    "mr", "mrs", "ms", "dr", "prof", "ing", "the", "and", "und", "e", "y", "et", "de", "da", "do", "del", "di",
    "van", "von", "la", "le", "ltd", "llc", "gmbh", "inc", "sa",
))  # fmt: skip


@dataclass(frozen=True)
class Problem:
    """`fix` names the page that puts it right: payee, setup or ''. Where `may_go` a person may still tick the row."""

    text: str
    fix: str = "payee"
    may_go: bool = False
    is_about_holder: bool = False  # finance settles it by asking whose account it is


def names_fit(holder: str, name: str) -> bool:
    """Whether an account's holder can be the person called `name`: two words in common, or the only one there is.
    Accents, case, order and titles don't count."""
    one, other = _words(holder), _words(name)
    if not one or not other:
        return False
    return len(one & other) >= min(2, len(one), len(other))


def _latin(text: str) -> str:
    from text_unidecode import unidecode  # five megabytes that only payouts need

    return str(unidecode(text))


def _words(name: str) -> set[str]:
    return {w for w in re.findall(r"[a-z]+", _latin(name).lower()) if w not in TITLES}


def bank_latin(text: str, limit: int) -> str:
    """`text` in the letters that every SEPA bank takes (EPC217-08: a-z A-Z 0-9 / - ? : ( ) . , ' + and space), at most
    `limit` of them; no slash at either end and no two in a row."""
    plain = re.sub(r"[^a-zA-Z0-9/\-?:().,'+ ]", " ", _latin(text))
    plain = re.sub(r"/{2,}", "/", re.sub(r"\s+", " ", plain))
    return plain[:limit].strip(" /")


def problems_of(
    payouts: Sequence[Payout], *, at: datetime, has_setup: bool | None = None, facts: Facts | None = None
) -> dict[int, list[Problem]]:
    """By payout. In one query, however many (they come `for_list`), none where their `facts` are known; whether our own
    account is entered is looked up unless it is known."""
    if not payouts:
        return {}
    if has_setup is None:
        has_setup = payment_setup() is not None
    facts = facts or facts_of(payouts, at=at)
    found = {}
    for payout in payouts:
        bank = bank_of(payout.milestone.engagement.contractor)
        found[payout.pk] = [
            *_of_bank(payout, bank, facts=facts, has_setup=has_setup),
            *_of_amount(payout, short=facts.short),
            *_of_past(payout, bank, facts=facts),
        ]
    return found


def _of_bank(payout: Payout, detail: BankDetail | None, *, facts: Facts, has_setup: bool) -> list[Problem]:
    contractor = payout.milestone.engagement.contractor
    who = {"who": contractor}
    if detail is None:
        return [Problem(_("No bank details yet: %(who)s enters them under Money.") % who)]
    if is_wrong(detail):
        return [Problem(_("The account number can’t be right: %(who)s has to enter it again.") % who)]
    holder = detail.holder
    found = []
    if detail.pk in facts.replaced:
        free = detail.changed_at + BANK_HOLD
        found.append(
            Problem(
                _("Bank details changed %(when)s. Call %(who)s; it can go out from %(free)s.")
                % {"when": day_words(detail.changed_at, "D j M"), "free": date_format(free, "D j M, H:i"), **who}
            )
        )
    by_sepa = goes_by_sepa(detail.form, detail.bank_country, payout.currency)
    if not detail.town or not detail.country or (by_sepa and not bank_latin(detail.town, 35)):
        found.append(Problem(_("The bank file needs a town and a country: %(who)s adds them under Money.") % who))
    if by_sepa and not bank_latin(holder, 70):
        found.append(Problem(_("Banks can’t read the holder’s name: %(who)s writes it in Latin letters.") % who))
    if by_sepa and not has_setup:
        found.append(Problem(_("Our own account isn’t entered yet, so no bank file can be made."), fix="setup"))
    if detail.holder_checked_at is None:
        if not names_fit(holder, contractor.name):
            found.append(
                Problem(
                    _("The account’s holder is “%(holder)s”. Ask %(who)s whose it is.") % {"holder": holder, **who},
                    is_about_holder=True,
                )
            )
        others = [name for pk, name in facts.shared.get(detail.mark, ()) if pk != detail.pk]
        if others:
            found.append(
                Problem(
                    _("%(other)s has the same account. Ask %(who)s whose it is.") % {"other": others[-1], **who},
                    is_about_holder=True,
                )
            )
    return found


def is_wrong(detail: BankDetail) -> bool:
    """Whether nobody can be paid there: encrypted under a key that is gone, or never right."""
    ciphers = (detail.holder_cipher, detail.account_cipher, detail.code_cipher)
    return _is_wrong(tuple(settings.FIELD_KEYS), detail.bank_country, detail.account_type, *ciphers)


@lru_cache(maxsize=4096)  # of ciphers, not of what they hide: a page decrypts the same accounts again and again
def _is_wrong(_keys: tuple[str, ...], country: str, account_type: str, holder: str, account: str, code: str) -> bool:
    try:
        name = secrets.decrypt(holder)
        read_account(country, account=secrets.decrypt(account), code=secrets.decrypt(code), account_type=account_type)
    except (ValueError, DomainError):
        return True
    return not name


def _of_amount(payout: Payout, *, short: frozenset[int]) -> list[Problem]:
    milestone = payout.milestone
    if payout.currency not in currencies() or payout.currency != milestone.currency:
        return [Problem(_("Its currency is not the milestone’s. Ask an admin to look at the ledger."), fix="")]
    if milestone.engagement_id in short:
        return [Problem(_("More is to be paid than the ledger says is owed. Look there first."), fix="ledger")]
    return []


def _of_past(payout: Payout, detail: BankDetail | None, *, facts: Facts) -> list[Problem]:
    """A person may know better, so these can be ticked by hand."""
    found = []
    if payout.failed_at and payout.status == PayoutStatus.DUE and (not detail or detail.changed_at <= payout.failed_at):
        found.append(
            Problem(
                _("The bank refused it %(day)s: %(why)s")
                % {"day": day_words(payout.failed_at, "D j M"), "why": payout.problem},
                may_go=True,
            )
        )
    if payout.status != PayoutStatus.DUE:
        return found
    milestone = payout.milestone
    same: Alike = (milestone.engagement.contractor_id, payout.amount_minor, payout.currency, milestone.title)
    if paid := facts.alike.get(same):
        found.append(
            Problem(
                _("The same amount for work of this title was paid %(day)s. Make sure that it is not the same work.")
                % {"day": day_words(paid, "D j M")},
                fix="",
                may_go=True,
            )
        )
    # Whichever is furthest on its way: the one that this would double.
    others = [twin for twin in facts.twins.get(same, ()) if twin.payout != payout.pk]
    if others:
        twin = max(others, key=lambda each: (ON_THE_WAY.index(PayoutStatus(each.status)), -each.payout))
        found.append(
            Problem(
                _("“%(title)s” in “%(engagement)s”, of the same amount, %(state)s. Make sure that it is not the same.")
                % {"title": milestone.title, "engagement": twin.engagement, "state": _said(twin.status)},
                fix="",
                may_go=True,
            )
        )
    return found


def _said(status: str) -> str:
    if status == PayoutStatus.EXPORTED:
        return _("is with the bank")
    return _("is approved") if status == PayoutStatus.APPROVED else _("is to be paid, too")
