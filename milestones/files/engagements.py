"""An engagement's file: shape by the published schema, values by the page's own form, writing by the page's services.

Its `key` makes it safe to send again: the same key of the same person makes one engagement.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path as FilePath
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import DomainError
from core.money import amount_of_file, amount_text
from core.use_case import use_case
from engagements.files.reading import Document, FileError, at_line, read
from engagements.models import Engagement, TemplateVersion
from engagements.queries.gate import lacks_of_offer
from engagements.services.agreements import sha256_of
from engagements.states import EngagementStatus
from milestones.forms.engagement_new import EngagementNewForm
from milestones.models import EngagementFile
from milestones.services.drafting import draft_engagement
from milestones.services.offers import send_offer

# Where the form's fields stand in the file.
WORDS = {"version": "template", "days": "offer_stands_days", "money": "price", "currency": "price"}


@cache
def schema() -> dict[str, Any]:
    """The published JSON Schema of an engagement's file."""
    path = FilePath(settings.BASE_DIR) / "static" / "schemas" / "engagement.v1.json"
    found: dict[str, Any] = json.loads(path.read_text())
    return found


@dataclass(frozen=True)
class Made:
    """What a file made, or would make. Of a key that was used before: what it made then, whatever the file says now.
    `lacks` are the sentences that hold its offer back, while it is a draft."""

    engagement: Engagement
    is_new: bool
    is_same_text: bool
    lacks: list[str]


class _Look(Exception):
    """Ends a look ahead: nothing of it stays."""


def plan(text: str, *, send: bool = False, by: User, at: datetime) -> Made:
    """What `create` would make; nothing is stored or sent. Raises FileError, DomainError as `create` does."""
    found: list[Made] = []
    try:
        with transaction.atomic():
            found.append(create(text, send=send, by=by, at=at))
            raise _Look
    except _Look:
        return found[0]


def create(text: str, *, send: bool = False, by: User, at: datetime) -> Made:
    """The engagement of this file: a draft, or with `send` an offer on its way. One call of the two that race on a key
    makes it; the other is told about it.

    Raises FileError with the line of everything that is wrong, DomainError as drafting and sending do."""
    document = read(text)
    document.refuse_unless(schema())
    key, sha256 = document.data["key"], sha256_of(text)
    if made := _made_before(key, sha256, by):
        return made
    try:
        return _create(document, key, sha256, send=send, by=by, at=at)
    except IntegrityError:
        if made := _made_before(key, sha256, by):
            return made
        raise


def _made_before(key: str, sha256: str, by: User) -> Made | None:
    file = EngagementFile.objects.filter(by=by, key=key).first()
    if file is None:
        return None
    engagement = Engagement.objects.visible_to(by).for_page().filter(pk=file.engagement_id).first()
    if engagement is None:
        raise DomainError(
            _("This key made an engagement that is not yours any more. Use another key for another engagement.")
        )
    return Made(engagement, False, file.sha256 == sha256, _lacks(engagement))


def _lacks(engagement: Engagement) -> list[str]:
    return lacks_of_offer(engagement) if engagement.status == EngagementStatus.DRAFT else []


@use_case
def _create(document: Document, key: str, sha256: str, *, send: bool, by: User, at: datetime) -> Made:
    given = _read(document, by)
    engagement = draft_engagement(
        given["version"],
        contractor=given["contractor"],
        application=given["application"],
        title=given["title"],
        lead=by,
        comms_owner=given["comms_owner"],
        cover=given["cover"],
        starts_on=given["starts_on"],
        price=given["money"],
        budget=given["budget"],
        by=by,
        at=at,
    )
    EngagementFile.objects.create(engagement=engagement, key=key, sha256=sha256, by=by, at=at)
    if send:
        send_offer(engagement, days=given["days"], override_reason=given["override_reason"], by=by, at=at)
    engagement = Engagement.objects.for_page().get(pk=engagement.pk)
    return Made(engagement, True, True, _lacks(engagement))


def _read(document: Document, by: User) -> dict[str, Any]:
    """What the page's form makes of the file. Raises FileError."""
    form = EngagementNewForm(_answers(document, by), user=by)
    if not form.is_valid():
        told = [
            (document.line_of((WORDS.get(name, name),)), f"{WORDS.get(name, name)}: {error}")
            for name, errors in form.errors.items()
            for error in errors
        ]
        raise FileError([at_line(line, sentence) for line, sentence in sorted(told)])
    given: dict[str, Any] = form.cleaned_data
    wanted = document.data.get("price", {}).get("currency")
    if wanted and given["money"].currency != wanted:
        line = document.line_of(("price", "currency"))
        sentence = _("price: the template’s price is in %(has)s, not in %(wants)s.")
        raise FileError([at_line(line, sentence % {"has": given["money"].currency, "wants": wanted})])
    return given


class _Finder:
    """Names of a file → rows that the page's own lists offer this person. What is not found is kept as a sentence."""

    def __init__(self, document: Document, by: User) -> None:
        self.document = document
        self.fields: dict[str, Any] = EngagementNewForm(user=by).fields
        self.told: list[tuple[int, str]] = []

    def pk(self, word: str, field: str, lookup: str, sentence: str) -> int | None:
        """Of the row that `document.data[word]` names, by number or by `lookup`."""
        wanted = self.document.data.get(word)
        if wanted is None:
            return None
        rows: QuerySet[Any] = self.fields[field].queryset
        # A list that shows the likely ones first, or few of them, is no limit of what may be named.
        rows = rows.filter(pk=wanted) if isinstance(wanted, int) else rows.filter(**{lookup: wanted})
        found = list(rows[:2])
        if len(found) != 1:
            more = _("is not the only one: name it by its number") if found else sentence
            self.told.append((self.document.line_of((word,)), f"{word}: “{wanted}” {more}."))
            return None
        return int(found[0].pk)

    def version(self) -> TemplateVersion | None:
        wanted, number = self.document.data["template"], self.document.data.get("version")
        rows = self.fields["version"].queryset
        rows = rows.filter(template=wanted) if isinstance(wanted, int) else rows.filter(template__name=wanted)
        rows = rows.filter(number=number) if number else rows
        found: TemplateVersion | None = rows.order_by("-number").first()
        if found is None:
            line = self.document.line_of(("version",) if number else ("template",))
            what = f"“{wanted}” v{number}" if number else f"“{wanted}”"
            self.told.append((line, _("template: there is no published version %(what)s.") % {"what": what}))
        return found


def _answers(document: Document, by: User) -> dict[str, str]:
    """What the page would send for it."""
    data, find = document.data, _Finder(document, by)
    version = find.version()
    nobody = _("is nobody whom you may name here")
    found: dict[str, Any] = {
        "version": version.pk if version else None,
        "contractor": find.pk(
            "contractor", "contractor", "email__iexact", _("is nobody who can get an offer from you")
        ),
        "budget": find.pk("budget", "budget", "name", _("is no budget that you may pay from")),
        "comms_owner": find.pk("comms_owner", "comms_owner", "email__iexact", nobody),
        "cover": find.pk("cover", "cover", "email__iexact", nobody),
    }
    if find.told:
        raise FileError([at_line(line, sentence) for line, sentence in sorted(find.told)])
    assert version is not None
    price = version.price
    given = data.get("price")
    found |= {
        "title": data.get("title", version.role),
        "price": amount_of_file(given["amount"], given["currency"]) if given else amount_text(price),
        "currency": given["currency"] if given else version.currency,
        "starts_on": data["starts_on"],
        "days": data.get("offer_stands_days", schema()["properties"]["offer_stands_days"]["default"]),
        "override_reason": data.get("override_reason", ""),
    }
    return {name: str(value) for name, value in found.items() if value is not None}
