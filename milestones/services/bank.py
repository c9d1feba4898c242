"""Where a contractor is paid. The number is stored encrypted, shown by its last four characters, and never logged."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from contractors.models import Contractor
from core import history, secrets
from core.errors import DomainError
from core.use_case import use_case
from milestones.models import BankDetail, Payout
from milestones.notifications.bank import bank_detail_changed, bank_detail_wanted
from milestones.queries.accounts import form_of, read_account
from milestones.queries.banks import BANK_HOLD
from milestones.queries.promise import pay_by
from milestones.services import batches
from milestones.states import PayoutStatus


@use_case
def save_bank_detail(
    contractor: Contractor,
    *,
    holder: str,
    bank_country: str,
    account: str,
    code: str = "",
    account_type: str = "",
    town: str,
    country: str,
    by: User,
    at: datetime,
) -> BankDetail:
    """Enter or replace them. Raises WrongAccount (a DomainError that names the field) when the account can't be right.

    A replaced account is told by mail, also to the address of before, and can't be paid for three days
    (`queries.checks`), so that whoever took over an account has no time to be paid; what was approved for the old one,
    and hasn't left, is approved anew. What waits to be paid is promised anew, on the day that can be kept from now.
    """
    contractor = Contractor.objects.select_for_update(no_key=True).get(pk=contractor.pk)
    number, code, account_type = read_account(bank_country, account=account, code=code, account_type=account_type)
    before = BankDetail.objects.select_related("changed_by").filter(contractor=contractor).first()
    if before and _is_the_same(before, (holder, number, code, account_type, town, country)):
        return before
    facts = {
        "form": form_of(bank_country),
        "bank_country": bank_country,
        "holder_cipher": secrets.encrypt(holder),
        "account_cipher": secrets.encrypt(number),
        "code_cipher": secrets.encrypt(code),
        "account_type": account_type,
        "last4": number[-4:],
        "mark": secrets.fingerprint("account", bank_country, number),
        "town": town,
        "country": country,
        "changed_by": by,
        "changed_at": at,
        "holder_checked_by": None,
        "holder_checked_at": None,
    }
    detail, is_new = BankDetail.objects.update_or_create(contractor=contractor, defaults=facts)
    history.record(detail, verb="created" if is_new else "changed", by=by, at=at)
    batches.take_out_changed(contractor, by=by, at=at)
    _promise_anew(contractor, after=at if is_new else at + BANK_HOLD, by=by, at=at)
    bank_detail_changed(detail, is_new=is_new, before=before.changed_by.email if before else "", at=at)
    return detail


def _promise_anew(contractor: Contractor, *, after: datetime, by: User, at: datetime) -> None:
    """A day later than the first one is the payee's own doing: the money could not be sent before."""
    day = pay_by(after)
    for pk in Payout.objects.owed_to(contractor).in_state(PayoutStatus.DUE).values_list("pk", flat=True).order_by("pk"):
        payout = Payout.objects.lock(pk)
        if payout.status == PayoutStatus.DUE and payout.due_on < day:
            Payout.objects.filter(pk=pk).update(due_on=day)
            history.record(payout, verb="rescheduled", was=str(payout.due_on), note=str(day), by=by, at=at)


def _is_the_same(detail: BankDetail, given: tuple[str, ...]) -> bool:
    try:
        held = (detail.holder, detail.account, detail.code, detail.account_type, detail.town, detail.country)
    except ValueError:  # encrypted under a key that is gone
        return False
    return held == given


@use_case
def vouch_for_holder(detail: BankDetail, *, by: User, at: datetime) -> BankDetail:
    """Somebody of finance asked and knows that this account is the contractor's, whatever its holder is called or
    whoever else uses it. Any change of the details ends it."""
    detail = BankDetail.objects.select_for_update(no_key=True).get(pk=detail.pk)
    if detail.changed_by_id == by.pk:
        raise DomainError(_("You entered these details, so somebody else checks them."))
    BankDetail.objects.filter(pk=detail.pk).update(holder_checked_by=by, holder_checked_at=at)
    history.record(detail, verb="checked", by=by, at=at)
    detail.refresh_from_db()
    return detail


@use_case
def ask_for_bank_detail(contractor: Contractor, *, problem: str, by: User, at: datetime) -> None:
    """Tell the contractor what is wrong and where to put it right; at most once a day. Raises DomainError when there is
    nobody to tell."""
    if contractor.user is None:
        raise DomainError(_("%(who)s has no account here yet, so nobody can be asked.") % {"who": contractor})
    bank_detail_wanted(contractor, problem=problem, by=by, at=at)
    history.record(contractor, verb="asked", by=by, at=at, note=problem)
