"""Variables of clauses: a fixed set of names, filled with the facts of one engagement. No code runs in a clause."""

import re
from typing import Any

from django.utils.translation import gettext as _

from engagements.models import Engagement

VARIABLE = re.compile(r"\{\{\s*([^{}]{0,80}?)\s*\}\}")
NAMES = (
    "contractor.name", "contractor.email", "organisation.legal_name", "organisation.address", "organisation.country",
    "lead.name", "comms_owner.name", "engagement.title", "engagement.starts_on", "engagement.price",
    "engagement.notice_days", "engagement.review_days", "engagement.checkin_days",
)  # fmt: skip
MARKS = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~])")


def unknown_variables(text: str) -> list[str]:
    """Names between double braces that are none of NAMES, and braces that are no variable, each once."""
    found = [name or "{{ }}" for name in VARIABLE.findall(text) if name not in NAMES]
    rest = VARIABLE.sub("", text)
    found += [mark for mark in ("{{", "}}", "{%") if mark in rest]
    return list(dict.fromkeys(found))


def filled(text: str, engagement: Engagement, organisation: Any) -> str:
    """`text` with the facts of an engagement. A name that is not known stays as it was written: nothing is left out."""
    if "{{" not in text:
        return text
    facts = _facts(engagement, organisation)
    return VARIABLE.sub(lambda found: _plain(facts[found[1]]) if found[1] in facts else found[0], text)


def _plain(value: str) -> str:
    """A name is a name: its asterisks are no markdown."""
    return MARKS.sub(r"\\\1", " ".join(value.split()))


def _facts(engagement: Engagement, organisation: Any) -> dict[str, str]:
    return {
        "contractor.name": str(engagement.contractor),
        "contractor.email": engagement.contractor.email or _("no e-mail"),
        "organisation.legal_name": organisation.legal_name,
        "organisation.address": organisation.address,
        "organisation.country": organisation.country,
        "lead.name": engagement.lead.name,
        "comms_owner.name": engagement.comms_owner.name,
        "engagement.title": engagement.title,
        "engagement.starts_on": engagement.starts_on.isoformat(),
        "engagement.price": str(engagement.price),
        "engagement.notice_days": str(engagement.notice_days),
        "engagement.review_days": str(engagement.review_days),
        "engagement.checkin_days": str(engagement.checkin_days),
    }
