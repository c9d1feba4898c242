"""What a bank's status and reason codes mean, in plain words (ISO 20022 external code lists: payment transaction
status, status reason)."""

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# On the payee's account, or off ours for good.
PAID = frozenset(("ACCC", "ACSC"))
REFUSED = frozenset(("RJCT", "CANC", "BLCK"))
# Received, checked, in process, waiting for funds, accepted in part: nothing is settled yet.
UNDER_WAY = frozenset(("RCVD", "ACTC", "ACCP", "ACSP", "ACWC", "ACWP", "ACFC", "PATC", "PDNG", "PART", "PRES"))

# Code → what is wrong, and whether the contractor can put it right.
REASONS = {
    "AC01": (gettext_lazy("The account number is wrong"), True),
    "AC02": (gettext_lazy("Our own account number is wrong"), False),
    "AC03": (gettext_lazy("The account number is wrong"), True),
    "AC04": (gettext_lazy("The account is closed"), True),
    "AC06": (gettext_lazy("The account is blocked"), True),
    "AC07": (gettext_lazy("The account is closed"), True),
    "AC13": (gettext_lazy("This kind of account can’t pay it"), False),
    "AC14": (gettext_lazy("This kind of account can’t take it"), True),
    "AG01": (gettext_lazy("The account takes no such payments"), True),
    "AG02": (gettext_lazy("The bank doesn’t know this kind of payment"), False),
    "AM02": (gettext_lazy("The amount is more than is allowed"), False),
    "AM03": (gettext_lazy("The account takes no such currency"), True),
    "AM04": (gettext_lazy("Our account hadn’t enough money"), False),
    "AM05": (gettext_lazy("The bank takes it for a repetition"), False),
    "AM09": (gettext_lazy("The amount is wrong"), False),
    "AM10": (gettext_lazy("The sums of the file don’t fit"), False),
    "BE01": (gettext_lazy("Holder and account don’t belong together"), True),
    "BE04": (gettext_lazy("The holder’s address is missing"), True),
    "BE05": (gettext_lazy("The bank doesn’t know us as the sender"), False),
    "BE06": (gettext_lazy("The bank doesn’t know the holder"), True),
    "BE07": (gettext_lazy("Our address is missing"), False),
    "CNOR": (gettext_lazy("The holder’s bank can’t be reached this way"), True),
    "CURR": (gettext_lazy("The currency is wrong"), False),
    "CUST": (gettext_lazy("The holder asked for it"), True),
    "DNOR": (gettext_lazy("Our bank can’t be reached this way"), False),
    "DT01": (gettext_lazy("The day is wrong"), False),
    "DUPL": (gettext_lazy("The bank takes it for a repetition"), False),
    "ED05": (gettext_lazy("The banks couldn’t settle it"), False),
    "FF01": (gettext_lazy("The file isn’t as the bank wants it"), False),
    "FOCR": (gettext_lazy("It was called back"), False),
    "FR01": (gettext_lazy("The bank suspects fraud"), False),
    "MD07": (gettext_lazy("The holder has died"), False),
    "MS02": (gettext_lazy("The holder refused it, and doesn’t say why"), True),
    "MS03": (gettext_lazy("The bank doesn’t say why"), False),
    "NARR": ("", False),
    "NOAS": (gettext_lazy("The holder’s bank didn’t answer"), False),
    "RC01": (gettext_lazy("The bank code is wrong"), True),
    "RC04": (gettext_lazy("The holder’s bank code is wrong"), True),
    "RR01": (gettext_lazy("The sender’s account is missing, which the law asks for"), False),
    "RR02": (gettext_lazy("Name or address of the sender is missing, which the law asks for"), False),
    "RR03": (gettext_lazy("Name or address of the holder is missing, which the law asks for"), True),
    "RR04": (gettext_lazy("The law doesn’t let the bank carry it out"), False),
    "TM01": (gettext_lazy("It came too late in the day"), False),
}  # fmt: skip


def in_words(code: str, text: str) -> str:
    """“The account is closed (AC04). “Konto erloschen”.” What the bank adds stands in quotation marks, in its words."""
    meaning = str(REASONS.get(code, ("", False))[0])
    if not meaning:
        meaning = text or _("The bank doesn’t say why")
        text = ""
    sentence = f"{meaning.rstrip('.')} ({code})." if code else f"{meaning.rstrip('.')}."
    return f"{sentence} “{text}”" if text else sentence


def from_words(typed: str) -> str:
    """What a person types of a refusal, in the words of `in_words` where it is a code or what one means: so it is known
    who can put it right."""
    said = typed.strip().strip("().").casefold()
    for code, (meaning, _payee) in REASONS.items():
        if meaning and said in (code.casefold(), str(meaning).casefold()):
            return in_words(code, "")
    return typed


def to_choose() -> list[str]:
    """Refusals in words, each meaning once, first what the payee can put right."""
    meanings = {str(meaning): code for code, (meaning, _payee) in reversed(REASONS.items()) if meaning}
    return [in_words(code, "") for code in sorted(meanings.values(), key=lambda code: (not REASONS[code][1], code))]


def is_for_the_payee(words: str) -> bool | None:
    """Whether new bank details put right what `in_words` or a person says. None where no code is named: nobody knows,
    and it is ours to find out. What is kept of a refusal are its words, so that mail, page and sweep all ask here."""
    found = re.search(r"\(([A-Z0-9]{1,35})\)\.", words)
    return REASONS.get(found[1], ("", False))[1] if found else None
