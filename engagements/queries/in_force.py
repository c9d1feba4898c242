"""The agreement in force: what both signed first, with every difference that both signed since, in their order."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from core.money import Money
from engagements.models import Agreement, Amendment, AmendmentText, Engagement
from engagements.states import AmendmentStatus, Side

DAYS = ("starts_on", "planned_for", "due_on", "baseline_due_on")


@dataclass(frozen=True)
class InForce:
    """`document` has the shape of the agreement's canonical text, with what the amendments made of it."""

    agreement: Agreement
    since: datetime  # the last signature under it
    document: Mapping[str, Any]
    amendments: Sequence[Amendment] = field(default_factory=tuple)  # signed by then, with their texts

    @property
    def sha256(self) -> str:
        """The end of the chain: of the last amendment, else of the agreement."""
        return self.amendments[-1].text.sha256 if self.amendments else self.agreement.sha256


def fold(document: Mapping[str, Any], texts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """An agreement's document with the documents of its amendments, in their order. A milestone is known by its
    position: the same one is replaced, one without an `after` goes, a new one comes in its place."""
    plan = {milestone["position"]: milestone for milestone in document["milestones"]}
    price = document["price"]
    for text in texts:
        price = text["price"]["after"]
        for change in text["changes"]:
            if change["after"] is None:
                del plan[change["position"]]
            else:
                plan[change["position"]] = change["after"]
    return {**document, "price": price, "milestones": [plan[position] for position in sorted(plan)]}


def agreement_in_force(engagement: Engagement, *, until: datetime | None = None) -> InForce | None:
    """As it stands now, or stood at that instant; None before both sides had signed. Three queries."""
    standing = engagement.agreements.filter(voided_at=None).first()
    if standing is None:
        return None
    signed = dict(standing.signatures.values_list("side", "at"))
    if len(signed) < len(Side.values) or (until is not None and max(signed.values()) > until):
        return None
    amendments = engagement.amendments.filter(status=AmendmentStatus.AGREED).order_by("number")
    if until is not None:
        amendments = engagement.amendments.signed_by(until)
    found = list(amendments.select_related("text"))
    since = max([*signed.values(), *(a.agreed_at for a in found if a.agreed_at)])
    texts = [json.loads(amendment.text.canonical) for amendment in found]
    return InForce(standing, since, fold(json.loads(standing.canonical), texts), tuple(found))


def thawed(value: Any, key: str = "") -> Any:
    """A frozen document as templates show it: money and days as what they are."""
    if isinstance(value, Mapping):
        if set(value) == {"currency", "minor"}:
            return Money(value["minor"], value["currency"])
        return {name: thawed(part, name) for name, part in value.items()}
    if isinstance(value, list):
        return [thawed(part) for part in value]
    return date.fromisoformat(value) if key in DAYS and isinstance(value, str) else value


def open_amendment(engagement: Engagement) -> Amendment | None:
    return engagement.amendments.open().for_page().first()


def text_of(amendment: Amendment) -> AmendmentText | None:
    """What the contractor signed; None until then. No query for an amendment that came `for_page`."""
    return getattr(amendment, "text", None)
