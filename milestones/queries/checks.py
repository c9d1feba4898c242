"""What stands in the way of paying somebody: every check of every row, with what puts it right."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import OuterRef, Subquery, Sum
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.money import currencies
from milestones.models import Account, BankDetail, Payout
from milestones.queries.accounts import goes_by_sepa, read_account
from milestones.queries.banks import BANK_HOLD, bank_of, payment_setup, replaced_banks
from milestones.states import AccountKind, PayoutStatus

CHECKS = 9  # how many each row goes through; the page says so
ALIKE_WITHIN = timedelta(days=90)
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


def problems_of(payouts: Sequence[Payout], *, at: datetime, has_setup: bool | None = None) -> dict[int, list[Problem]]:
    """By payout. In a fixed number of queries, however many (they come `for_list`); whether our own account is entered
    is looked up unless it is known."""
    if not payouts:
        return {}
    banks = {p.pk: bank_of(p.milestone.engagement.contractor) for p in payouts}
    details = [bank for bank in banks.values() if bank]
    replaced = replaced_banks(details, at=at)
    if has_setup is None:
        has_setup = payment_setup() is not None
    shared = _shared(details)
    short = _short(payouts)
    alike = _alike(payouts, at=at)
    return {
        p.pk: [
            *_of_bank(p, banks[p.pk], replaced=replaced, shared=shared, has_setup=has_setup),
            *_of_amount(p, short=short),
            *_of_past(p, banks[p.pk], alike=alike),
        ]
        for p in payouts
    }


def _of_bank(
    payout: Payout, detail: BankDetail | None, *, replaced: set[int], shared: dict[int, str], has_setup: bool
) -> list[Problem]:
    contractor = payout.milestone.engagement.contractor
    who = {"who": contractor}
    if detail is None:
        return [Problem(_("No bank details yet: %(who)s enters them under Money.") % who)]
    if is_wrong(detail):
        return [Problem(_("The account number can’t be right: %(who)s has to enter it again.") % who)]
    holder = detail.holder
    found = []
    if detail.pk in replaced:
        free = detail.changed_at + BANK_HOLD
        found.append(
            Problem(
                _("Bank details changed %(when)s. Call %(who)s; it can go out from %(free)s.")
                % {"when": date_format(detail.changed_at, "D j M"), "free": date_format(free, "D j M, H:i"), **who}
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
        if detail.pk in shared:
            found.append(
                Problem(
                    _("%(other)s has the same account. Ask %(who)s whose it is.") % {"other": shared[detail.pk], **who},
                    is_about_holder=True,
                )
            )
    return found


def is_wrong(detail: BankDetail) -> bool:
    """Whether nobody can be paid there: encrypted under a key that is gone, or never right."""
    try:
        holder = detail.holder
        read_account(detail.bank_country, account=detail.account, code=detail.code, account_type=detail.account_type)
    except (ValueError, DomainError):
        return True
    return not holder


def _of_amount(payout: Payout, *, short: set[int]) -> list[Problem]:
    milestone = payout.milestone
    if payout.currency not in currencies() or payout.currency != milestone.currency:
        return [Problem(_("Its currency is not the milestone’s. Ask an admin to look at the ledger."), fix="")]
    if milestone.engagement_id in short:
        return [Problem(_("More is to be paid than the ledger says is owed. Look there first."), fix="ledger")]
    return []


def _of_past(payout: Payout, detail: BankDetail | None, *, alike: dict[int, datetime]) -> list[Problem]:
    """A person may know better, so these can be ticked by hand."""
    found = []
    if payout.failed_at and payout.status == PayoutStatus.DUE and (not detail or detail.changed_at <= payout.failed_at):
        found.append(
            Problem(
                _("The bank refused it %(day)s: %(why)s")
                % {"day": date_format(payout.failed_at, "D j M"), "why": payout.problem},
                may_go=True,
            )
        )
    if payout.pk in alike:
        found.append(
            Problem(
                _("The same amount for work of this title was paid %(day)s. Make sure that it is not the same work.")
                % {"day": date_format(alike[payout.pk], "D j M")},
                fix="",
                may_go=True,
            )
        )
    return found


def _shared(details: Sequence[BankDetail]) -> dict[int, str]:
    """Bank detail → the other contractor who has the same account."""
    by_mark: dict[str, list[BankDetail]] = defaultdict(list)
    for other in BankDetail.objects.sharing({d.mark for d in details}).select_related("contractor"):
        by_mark[other.mark].append(other)
    return {
        detail.pk: str(other.contractor)
        for detail in details
        for other in by_mark.get(detail.mark, [])
        if other.pk != detail.pk
    }


def _short(payouts: Sequence[Payout]) -> set[int]:
    """Engagements in which the payouts that are not paid yet sum to more than the account of what is owed."""
    owed = Account.objects.filter(kind=AccountKind.OWED, engagement=OuterRef("milestone__engagement"))
    wanted = (
        Payout.objects.open()
        .filter(milestone__engagement__in={p.milestone.engagement_id for p in payouts})
        .order_by()
        .values_list("milestone__engagement")
        .annotate(minor=Sum("amount_minor"), owed=Subquery(owed.values("balance_minor")[:1]))
    )
    return {engagement for engagement, minor, balance in wanted if minor > (balance or 0)}


def _alike(payouts: Sequence[Payout], *, at: datetime) -> dict[int, datetime]:
    """Payout → when the same amount went to the same person for a milestone of the same title."""
    paid = Payout.objects.in_state(PayoutStatus.PAID).filter(
        paid_at__gt=at - ALIKE_WITHIN,
        milestone__engagement__contractor__in={p.milestone.engagement.contractor_id for p in payouts},
        amount_minor__in={p.amount_minor for p in payouts},
    )
    seen = {
        (contractor, minor, currency, title): when
        for contractor, minor, currency, title, when in paid.values_list(
            "milestone__engagement__contractor", "amount_minor", "currency", "milestone__title", "paid_at"
        )
    }
    found = {}
    for p in payouts:
        key = (p.milestone.engagement.contractor_id, p.amount_minor, p.currency, p.milestone.title)
        if p.status == PayoutStatus.DUE and key in seen:
            found[p.pk] = seen[key]
    return found
