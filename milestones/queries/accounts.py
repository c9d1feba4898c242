"""How an account is written, by country, and whether it can be right."""

import re
from functools import cache

from django.utils.translation import gettext as _
from stdnum import bic as bics
from stdnum import iban as ibans
from stdnum import numdb
from stdnum.exceptions import ValidationError
from stdnum.us import rtn

from core.errors import DomainError
from milestones.states import AccountForm, AccountType

# Countries whose accounts take a SEPA credit transfer in euro (European Payments Council, EPC409-09); GI has own IBANs.
SEPA = frozenset((
    "AD", "AL", "AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GI", "GR", "HR",
    "HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MC", "MD", "ME", "MK", "MT", "NL", "NO", "PL", "PT", "RO",
    "RS", "SE", "SI", "SK", "SM", "VA",
))  # fmt: skip


# Whose banks serve each other's accounts: codes of territories, and of states without a payment system of their own,
# whose IBANs and BICs name one country or the other (ISO 13616 and the European Payments Council's list, EPC409-09).
FAMILIES = (
    frozenset(("FR", "BL", "GF", "GP", "MC", "MF", "MQ", "NC", "PF", "PM", "RE", "TF", "WF", "YT")),
    frozenset(("GB", "GG", "GI", "IM", "JE")),
    frozenset(("FI", "AX")),
    frozenset(("DK", "FO", "GL")),
    frozenset(("NO", "SJ")),
    frozenset(("IT", "SM", "VA")),
    frozenset(("CH", "LI")),
    frozenset(("RS", "XK")),
)


class WrongAccount(DomainError):
    """`field` is account, code or account_type: the one that can't be right."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


@cache
def iban_countries() -> frozenset[str]:
    """By the IBAN registry that comes with python-stdnum."""
    return frozenset(str(prefix[1]) for prefix in numdb.get("iban").prefixes)


def form_of(country: str) -> AccountForm:
    """How accounts of banks in `country` (ISO 3166 alpha-2) are written."""
    if country in iban_countries():
        return AccountForm.IBAN
    return {"US": AccountForm.US, "VN": AccountForm.VN}.get(country, AccountForm.SWIFT)


def read_iban(text: str) -> str:
    """The number without spaces, in capitals. Raises WrongAccount when its check digits (mod 97) don't fit."""
    try:
        return str(ibans.validate(text))
    except ValidationError as error:
        raise WrongAccount(
            "account", _("This IBAN can’t be right: its check digits don’t fit. Compare it with your bank’s paper.")
        ) from error


def read_bic(text: str) -> str:
    try:
        return str(bics.validate(text))
    except ValidationError as error:
        raise WrongAccount(
            "code", _("This is no SWIFT code (BIC). It has 8 or 11 letters and digits, such as BKIDINBB.")
        ) from error


def refuse_misfit(bic: str, iban: str) -> None:
    """Raises WrongAccount where the bank's code is of another country than the account; both were read before."""
    of_bank, of_account = bic[4:6], iban[:2]
    if of_bank != of_account and not any({of_bank, of_account} <= family for family in FAMILIES):
        raise WrongAccount(
            "code",
            _("This BIC is of a bank in %(bank)s, the IBAN of one in %(account)s. Compare both with your bank’s paper.")
            % {"bank": of_bank, "account": of_account},
        )


def read_account(country: str, *, account: str, code: str = "", account_type: str = "") -> tuple[str, str, str]:
    """(account, code, account type) as they are stored. Raises WrongAccount, which names the field."""
    form = form_of(country)
    bare = re.sub(r"[\s.\-]", "", account).upper()
    code = re.sub(r"\s", "", code).upper()
    if form == AccountForm.IBAN:
        number = read_iban(account)
        if number[:2] != country:
            raise WrongAccount(
                "account", _("This IBAN begins with %(is)s. Choose that country, or correct it.") % {"is": number[:2]}
            )
        code = read_bic(code) if code else ""
        if code:
            refuse_misfit(code, number)
        return number, code, ""
    if form == AccountForm.US:
        if not rtn.is_valid(code):
            raise WrongAccount("code", _("This routing number can’t be right. It has nine digits."))
        if not re.fullmatch(r"\d{4,17}", bare, re.ASCII):
            raise WrongAccount("account", _("An account number in the United States has 4 to 17 digits."))
        if account_type not in AccountType.values:
            raise WrongAccount("account_type", _("Say whether it is a checking or a savings account."))
        return bare, code, account_type
    if form == AccountForm.VN:
        if not re.fullmatch(r"\d{6}|\d{8}", code, re.ASCII):
            read_vn_bic(code)
        if not re.fullmatch(r"[A-Z0-9]{6,19}", bare, re.ASCII):
            raise WrongAccount("account", _("An account number in Vietnam has 6 to 19 digits."))
        return bare, code, ""
    code = read_bic(code)
    if not re.fullmatch(r"[A-Z0-9]{4,34}", bare, re.ASCII):
        raise WrongAccount("account", _("An account number has 4 to 34 letters and digits."))
    return bare, code, ""


def read_vn_bic(code: str) -> str:
    if not bics.is_valid(code):
        raise WrongAccount(
            "code", _("Give the bank’s code: its SWIFT code such as BFTVVNVX, or the 6 or 8 digits of the bank.")
        )
    return code


def goes_by_sepa(form: str, bank_country: str, currency: str) -> bool:
    """Whether the bank file can carry it; everything else goes by a payment service."""
    return form == AccountForm.IBAN and currency == "EUR" and bank_country in SEPA
