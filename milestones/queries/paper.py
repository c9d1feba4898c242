"""The paper of an agreement or an amendment as blocks of core.pdf: its frozen text, both signatures, the hash, and what
happened."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from html import unescape
from typing import Any

from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.html import strip_tags
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.markdown import as_blocks
from core.models import Event
from core.money import Money
from core.text import one_line
from engagements.models import Agreement, AmendmentSignature, AmendmentText, Signature
from engagements.queries.history import told
from engagements.states import NeedKind, PartKind, Side
from milestones.queries.amendments import Line, view_of_document

Block = dict[str, Any]


def paper_of(agreement: Agreement) -> dict[str, Any]:
    """The document for `core.pdf.typeset`. Reads the agreement, its signatures and its engagement's history; nothing
    of it depends on when it is read, but for what happened since."""
    text: dict[str, Any] = json.loads(agreement.canonical)
    signatures = list(agreement.signatures.select_related("by").order_by("at"))
    last = signatures[-1].at.astimezone(UTC)
    return {
        "title": text["engagement"]["title"],
        "author": text["parties"]["ours"]["legal_name"],
        "lang": "en",
        "made": [last.year, last.month, last.day, last.hour, last.minute, last.second],
        "footer": _("Agreement %(n)d · SHA-256 %(hash)s") % {"n": agreement.number, "hash": agreement.sha256},
        "blocks": [
            *_contract(text),
            *_signatures(agreement, signatures),
            *_happened(Event.objects.of(agreement.engagement).order_by("seq").select_related("by")),
        ],
        "files": [
            {
                "name": f"agreement-{agreement.number}.json",
                "text": agreement.canonical,
                "mime": "application/json",
                "description": _("The canonical text that both sides signed"),
            }
        ],
    }


def paper_of_amendment(frozen: AmendmentText) -> dict[str, Any]:
    """The same of an amendment: the difference, before beside after."""
    text: dict[str, Any] = json.loads(frozen.canonical)
    signatures = list(frozen.signatures.select_related("by"))
    last = signatures[-1].at.astimezone(UTC)
    facts = {"n": text["number"], "title": text["engagement"]["title"], "hash": frozen.sha256}
    return {
        "title": _("Amendment %(n)d: %(title)s") % facts,
        "author": text["parties"]["ours"]["legal_name"],
        "lang": "en",
        "made": [last.year, last.month, last.day, last.hour, last.minute, last.second],
        "footer": _("Amendment %(n)d · SHA-256 %(hash)s") % facts,
        "blocks": [
            *_difference(text),
            *_signatures(frozen, signatures),
            *_happened(Event.objects.of(frozen.amendment.engagement).order_by("seq").select_related("by")),
        ],
        "files": [
            {
                "name": f"amendment-{text['number']}.json",
                "text": frozen.canonical,
                "mime": "application/json",
                "description": _("The canonical text that both sides signed"),
            }
        ],
    }


def _difference(text: dict[str, Any]) -> list[Block]:
    view = view_of_document(text)
    facts = {
        "ours": text["parties"]["ours"]["legal_name"],
        "theirs": text["parties"]["theirs"]["name"],
        "before": view.price_before,
        "after": view.price_after,
    }
    blocks = [
        _h(1, _("Amendment %(n)d: %(title)s") % {"n": text["number"], "title": text["engagement"]["title"]}),
        _p(_("Between %(ours)s and %(theirs)s. Price %(after)s; before, %(before)s.") % facts),
        _p(text["reason"]),
        _p(_("It is a difference to the text with this hash. All else stands as it was agreed.")),
        {"k": "mono", "t": text["previous_sha256"]},
    ]
    for line in view.lines:
        blocks += [_h(2, f"{line.position}. {line.title}"), _before_and_after(line)]
    return blocks


def _before_and_after(line: Line) -> Block:
    rows = [[fact.label, fact.before or "–", fact.after or fact.gone] for fact in line.facts]
    for before, after in line.goals:
        rows.append([_("Goal"), _promise(before) if before else "–", _promise(after) if after else _("dropped")])
    return {"k": "table", "head": [_("What"), _("Before"), _("After")], "widths": [2, 5, 5], "rows": rows}


def _h(level: int, text: str) -> Block:
    return {"k": "h", "level": level, "t": text}


def _p(text: str) -> Block:
    return {"k": "p", "runs": _lines(text)}


def _lines(text: str) -> list[dict[str, Any]]:
    """Runs of plain text, its line breaks kept."""
    runs: list[dict[str, Any]] = []
    for number, line in enumerate(text.splitlines()):
        runs += ([{"br": True}] if number else []) + [{"t": line}]
    return runs


def _bullets(texts: Iterable[str]) -> Block:
    return {"k": "list", "ordered": False, "start": 1, "items": [[_p(text)] for text in texts]}


def _terms(rows: Iterable[tuple[str, str]]) -> Block:
    return {"k": "terms", "rows": [[name, _lines(value)] for name, value in rows if value]}


def _money(value: dict[str, Any]) -> str:
    return str(Money(value["minor"], value["currency"]))


def _day(value: str) -> str:
    return date_format(date.fromisoformat(value), "j F Y")


def _moment(at: datetime) -> str:
    return f"{date_format(at.astimezone(UTC), 'j F Y, H:i:s')} UTC"


def _contract(text: dict[str, Any]) -> list[Block]:
    ours, theirs = text["parties"]["ours"], text["parties"]["theirs"]
    facts = {
        "ours": ours["legal_name"],
        "theirs": theirs["name"],
        "start": _day(text["engagement"]["starts_on"]),
        "price": _money(text["price"]),
    }
    blocks = [
        _h(1, text["engagement"]["title"]),
        _p(_("Between %(ours)s and %(theirs)s. Starts %(start)s. Price %(price)s.") % facts),
        _terms(
            [
                (ours["legal_name"], f"{ours['address']}\n{ours['country']}"),
                (_("Lead"), ours["lead"]),
                (_("Comms owner"), ours["comms_owner"]),
                (_("Cover"), ours["cover"]),
                (theirs["name"], theirs["email"]),
                (_("Role"), text["role"]),
            ]
        ),
        *as_blocks(text["brief"]),
        _h(2, _("Milestones")),
    ]
    for milestone in text["milestones"]:
        blocks += _milestone(milestone)
    return blocks + _terms_of_work(text)


def _milestone(milestone: dict[str, Any]) -> list[Block]:
    parts = dict(PartKind.choices)
    rows = [(_("Amount"), _money(milestone["amount"])), (_("Planned for"), _day(milestone["planned_for"]))]
    if estimate := milestone["estimate"]:
        hours = f"{estimate['work_minutes'] / 60:g}"
        said = _("%(hours)s h, by %(day)s") % {"hours": hours, "day": _day(estimate["due_on"])}
        rows.append((_("Estimated by the contractor"), said))
    blocks = [
        _h(3, f"{milestone['position']}. {milestone['title']}"),
        _terms(rows),
        *[_p(part) for part in milestone["deliverable"].split("\n\n")],
    ]
    if milestone["parts"]:
        blocks.append(
            _bullets(f"{str(parts[part['kind']]).capitalize()}: {part['what']}" for part in milestone["parts"])
        )
    goals = [_promise(goal) for goal in milestone["goals"]]
    return [*blocks, _p(_("It is done when:")), _bullets(goals)] if goals else blocks


def _promise(goal: Mapping[str, Any]) -> str:
    """The goal in the words of the page."""
    return one_line(unescape(strip_tags(render_to_string("engagements/_promise.html", {"goal": goal}))), 5000)


def _terms_of_work(text: dict[str, Any]) -> list[Block]:
    kinds = dict(NeedKind.choices)
    checkin, review, notice = (
        text[name] for name in ("check_in_every_working_days", "review_within_working_days", "notice_days")
    )
    blocks = [
        _h(2, _("How we work")),
        _bullets(
            [
                ngettext("A check-in every working day.", "A check-in every %(n)d working days.", checkin)
                % {"n": checkin},
                ngettext(
                    "A decision within one working day of each submission.",
                    "A decision within %(n)d working days of each submission.",
                    review,
                )
                % {"n": review},
                *_review_end(text),
                ngettext("One day’s notice from either side.", "%(n)d days’ notice from either side.", notice)
                % {"n": notice},
                _("Each milestone is funded before its work starts."),
            ]
        ),
    ]
    if text["skills"]:
        blocks += [_h(3, _("Skills")), _p(", ".join(text["skills"]))]
    if text["guides"]:
        blocks.append(_h(3, _("To read first")))
        for guide in text["guides"]:
            address = guide.get("url", "")
            blocks.append(_p(f"{guide['title']}: {address}" if address else guide["title"]))
            blocks += [{"k": "quote", "blocks": as_blocks(guide["body"])}] if guide.get("body") else []
    if text["needs"]:
        needs = (f"{str(kinds[need['kind']]).capitalize()}: {need['what']}" for need in text["needs"])
        blocks += [_h(3, _("What we provide")), _bullets(needs)]
    policy = text["policy"]
    if any(policy.values()):
        blocks.append(_h(3, _("Delivery policy")))
        names = (
            ("repository", _("Repository")),
            ("branch_rule", _("Branches")),
            ("version_rule", _("Versions")),
            ("merged_by", _("Who merges")),
        )
        blocks.append(_terms((label, policy[name]) for name, label in names))
    if text["clauses"]:
        blocks += [_h(2, _("Clauses")), *as_blocks(text["clauses"])]
    return blocks


def _review_end(text: dict[str, Any]) -> list[str]:
    """What the agreement says of a window that ends undecided, in the words of the page; older ones say nothing."""
    said = render_to_string("engagements/_review_end.html", {"end": text.get("review_end", "")})
    return [sentence] if (sentence := one_line(unescape(said), 500)) else []


def _signatures(
    agreement: Agreement | AmendmentText, signatures: Iterable[Signature | AmendmentSignature]
) -> list[Block]:
    blocks = [_h(2, _("Signatures"))]
    for signature in signatures:
        blocks += [
            _h(3, signature.typed_name),
            _terms(
                [
                    (_("Side"), str(Side(signature.side).label)),
                    (_("Signed"), _moment(signature.at)),
                    (_("From"), signature.ip or ""),
                    (_("Hash"), signature.sha256),
                ]
            ),
            *([_p(f"“{signature.consent}”")] if signature.consent else []),
        ]
    return [
        *blocks,
        _h(2, _("Hash")),
        _p(
            _(
                "Both names stand under this hash. It is the SHA-256 of the canonical text of this paper. That "
                "text is attached to this file as JSON, byte for byte: hash it, and you get these 64 characters."
            )
        ),
        {"k": "mono", "t": agreement.sha256},
    ]


def _happened(events: Iterable[Event]) -> list[Block]:
    rows = [
        [_moment(line.at), line.text + (f". {line.note}" if line.note else ""), line.by.name if line.by else "–"]
        for line in told(events)
    ]
    head = [_("When"), _("What"), _("Who")]
    return [_h(2, _("What happened")), {"k": "table", "head": head, "widths": [3, 6, 2], "rows": rows}]
