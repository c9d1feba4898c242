"""A contract template as a file: written from a version, read into the editor's own answers, compared."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path as FilePath
from typing import Any

import yaml
from django.conf import settings

from core.money import amount_of_file, exponent
from engagements.files.reading import Document, FileError, Path, at_line, read
from engagements.forms.fields import share_text
from engagements.forms.templates import DraftPage
from engagements.models import Capability, Objective, TemplateVersion
from engagements.models.template import POLICY_FIELDS
from engagements.states import ReviewEnd

FORMAT = "contract-template/1"
DAYS = {
    "check_in_every_working_days": "checkin_days",
    "review_within_working_days": "review_days",
    "notice_days": "notice_days",
}
GOAL_TEXTS = ("unit", "baseline", "baseline_by", "target", "target_high", "method", "criterion")


@cache
def schema() -> dict[str, Any]:
    """The published JSON Schema of a template's file."""
    path = FilePath(settings.BASE_DIR) / "static" / "schemas" / "contract-template.v1.json"
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def document_of(version: TemplateVersion) -> dict[str, Any]:
    """A version as its file's data; what is empty is left out. Four queries."""
    price = version.price
    steps = list(version.milestones.all())
    goals = version.goals.select_related("objective", "milestone")
    facts: dict[str, Any] = {
        "duckrow": FORMAT,
        "name": version.template.name,
        "role": version.role,
        "brief": version.brief,
        "skills": version.skills,
        "price": {"amount": f"{price.decimal:.{exponent(price.currency)}f}", "currency": price.currency},
        **{word: getattr(version, name) for word, name in DAYS.items()},
        "review_end": version.review_end if version.review_end != ReviewEnd.ESCALATE else "",
        "needs": _parts(version.needs),
        "guides": [_filled({name: guide.get(name) for name in ("title", "url", "body")}) for guide in version.guides],
        "policy": _filled({name: getattr(version, name) for name in POLICY_FIELDS}),
        "milestones": [
            _filled(
                {
                    "title": step.title,
                    "deliverable": step.deliverable,
                    "parts": _parts(step.parts),
                    "share": share_text(step.share_bp),
                    "due_after_days": step.due_after_days,
                }
            )
            for step in steps
        ],
        "goals": [_goal(goal) for goal in goals],
        "clauses": version.clauses,
        "areas": list(version.areas.values_list("name", flat=True)),
        "why_outside": version.why_outside,
    }
    return _filled(facts)


def _parts(parts: list[dict[str, str]]) -> list[dict[str, str]]:
    """In one order of keys, which no database promises."""
    return [{"kind": part["kind"], "what": part["what"]} for part in parts]


def _goal(goal: Any) -> dict[str, Any]:
    facts = {
        "metric": goal.metric,
        "milestone": goal.milestone.position,
        "objective": goal.objective.title if goal.objective else "",
        "kind": goal.kind,
        **{name: getattr(goal, name) for name in GOAL_TEXTS},
        "baseline_after_days": goal.baseline_after_days,
        "direction": "" if goal.is_binary else goal.direction,
        "measured_by": goal.measured_by,
        "transfer": goal.is_transfer or None,
    }
    return _filled(facts)


def _filled(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if value not in ("", None, [], {})}


class _Writer(yaml.SafeDumper):
    """Blocks for texts of several lines; everything in the order given."""


def _text(writer: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Writer.add_representer(str, _text)


def write(version: TemplateVersion) -> str:
    """The file of a version: what `parse` reads back as the same."""
    return yaml.dump(document_of(version), Dumper=_Writer, sort_keys=False, allow_unicode=True, width=110)


@dataclass(frozen=True)
class Parsed:
    """A file's template: its name, and what `save_draft` takes."""

    name: str
    facts: dict[str, Any]


def parse(text: str) -> Parsed:
    """Shape by the schema, values by the editor's own forms. Raises FileError with the line of everything wrong."""
    document = read(text)
    document.refuse_unless(schema())
    data = document.data
    page = DraftPage(None, {**_answers(data, _objectives(document)), "areas": _areas(document)})
    if not page.is_valid():
        raise FileError(_told(page, document))
    return Parsed(name=data["name"], facts=page.facts())


def _objectives(document: Document) -> dict[str, int]:
    wanted = {
        goal["objective"]: n for n, goal in reversed(list(enumerate(document.data["goals"]))) if "objective" in goal
    }
    known = dict(Objective.objects.live().filter(title__in=wanted).values_list("title", "pk"))
    if missing := [(n, title) for title, n in wanted.items() if title not in known]:
        lines = sorted((document.line_of(("goals", n, "objective")), title) for n, title in missing)
        raise FileError([at_line(line, f"there is no objective “{title}”. Add it first.") for line, title in lines])
    return known


def _areas(document: Document) -> list[int]:
    wanted = document.data.get("areas", [])
    known = dict(Capability.objects.live().filter(name__in=wanted).values_list("name", "pk"))
    missing = [(document.line_of(("areas", n)), name) for n, name in enumerate(wanted) if name not in known]
    if missing:
        raise FileError([at_line(line, f"there is no area “{name}”. Add it first.") for line, name in missing])
    return [known[name] for name in wanted]


def _answers(data: dict[str, Any], objectives: dict[str, int]) -> dict[str, str]:
    """What the editor would send for it."""
    answers: dict[str, Any] = {
        "role": data["role"],
        "brief": data.get("brief", ""),
        "clauses": data.get("clauses", ""),
        "price": amount_of_file(data["price"]["amount"], data["price"]["currency"]),
        "currency": data["price"]["currency"],
        **{name: data.get(word, schema()["properties"][word]["default"]) for word, name in DAYS.items()},
        "review_end": data.get("review_end", ReviewEnd.ESCALATE),
        "why_outside": data.get("why_outside", ""),
        "skills": ", ".join(data.get("skills", [])),
        "needs": _lines(data.get("needs", [])),
        **data.get("policy", {}),
    }
    goals = [_goal_answers(goal, objectives) for goal in data["goals"]]
    steps = [
        {**{"share_bp" if k == "share" else k: v for k, v in step.items()}, "parts": _lines(step.get("parts", []))}
        for step in data["milestones"]
    ]
    for prefix, rows in (("milestones", steps), ("goals", goals), ("guides", data.get("guides", []))):
        answers |= {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": 0}
        answers |= {f"{prefix}-{n}-{name}": value for n, row in enumerate(rows) for name, value in row.items()}
    return {name: str(value) for name, value in answers.items() if value is not None}


def _goal_answers(goal: dict[str, Any], objectives: dict[str, int]) -> dict[str, Any]:
    known = schema()["properties"]["goals"]["items"]["properties"]
    defaults = {name: facts["default"] for name, facts in known.items() if "default" in facts}
    answers = {**defaults, **goal}
    answers["is_transfer"] = answers.pop("transfer")
    title = answers.pop("objective", None)
    return answers if title is None else {**answers, "objective_id": objectives[title]}


def _lines(parts: Iterable[dict[str, str]]) -> str:
    return "\n".join(f"{part['kind']}: {part['what']}" for part in parts)


def _told(page: DraftPage, document: Document) -> list[str]:
    """The forms' sentences with the lines of the file."""
    names = {name: word for word, name in DAYS.items()} | {name: "policy" for name in POLICY_FIELDS}
    names |= {"currency": "price"}
    found: list[tuple[Path, Any]] = [((names.get(name, name),), errors) for name, errors in page.form.errors.items()]
    for prefix, rows in (("milestones", page.milestones), ("goals", page.goals), ("guides", page.guides)):
        found += [((prefix,), rows.non_form_errors())]
        for number, form in enumerate(rows.forms):
            for name, errors in form.errors.items():
                word = {"share_bp": "share", "objective_id": "objective", "is_transfer": "transfer"}.get(name, name)
                found.append(((prefix, number, word), errors))
    told = [(document.line_of(path), f"{path[-1]}: {error}") for path, errors in found for error in errors]
    return [at_line(line, sentence) for line, sentence in sorted(told)]
