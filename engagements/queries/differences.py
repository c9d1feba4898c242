"""What differs between two documents of a template, by goal, milestone and clause."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

# Lists of a document and what makes two of their rows the same row.
KEYS = {"milestones": "title", "goals": "metric", "guides": "title"}


@dataclass(frozen=True)
class Difference:
    """`before` is empty for what is new, `after` for what is gone. `where` is words, for people."""

    where: str
    before: str
    after: str

    @property
    def sign(self) -> str:
        return "+" if not self.before else "-" if not self.after else "~"


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """In the order of the newer document; empty when they say the same."""
    names = list(dict.fromkeys([*after, *before]))
    found = []
    for name in names:
        if name in KEYS:
            found += _of_rows(name, before.get(name, []), after.get(name, []))
        else:
            found += _of_part(_word(name), before.get(name), after.get(name))
    return found


def _word(name: str) -> str:
    return name.replace("_", " ")


def _of_part(where: str, before: Any, after: Any) -> list[Difference]:
    if before == after:
        return []
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        names = dict.fromkeys([*after, *before])
        return [d for n in names for d in _of_part(f"{where}, {_word(n)}", before.get(n), after.get(n))]
    return [Difference(where, text_of(before), text_of(after))]


def _of_rows(name: str, before: Sequence[Any], after: Sequence[Any]) -> list[Difference]:
    """Rows with the same name are the same row; of the rest, those at the same place (a row that was renamed)."""
    key = KEYS[name]
    pairs = paired([row.get(key) for row in before], [row.get(key) for row in after])
    word = {"milestones": _("milestone"), "goals": _("goal"), "guides": _("guide")}[name]
    found = []
    for old, new in pairs:
        row = after[new] if new is not None else before[old]  # type: ignore[index]
        where = f"{word} “{row.get(key)}”"
        if old is None or new is None:
            found.append(
                Difference(where, text_of(None if old is None else row), text_of(None if new is None else row))
            )
        else:
            found += _of_part(where, before[old], after[new])
            if old != new:
                found.append(Difference(_("%(what)s, place") % {"what": where}, str(old + 1), str(new + 1)))
    return found


def paired(before: Sequence[Any], after: Sequence[Any]) -> list[tuple[int | None, int | None]]:
    """Places (old, new) of two lists of names: the same name is the same row; of the rest, those at the same place.
    None: it was not there, or is gone."""
    taken: dict[int, int] = {}  # new → old
    free = list(range(len(before)))
    for new, name in enumerate(after):
        old = next((place for place in free if before[place] == name), None)
        if old is not None:
            taken[new] = old
            free.remove(old)
    for new in range(len(after)):
        if new not in taken and new in free:
            taken[new] = new
            free.remove(new)
    return [*((taken.get(new), new) for new in range(len(after))), *((old, None) for old in free)]


def text_of(value: Any) -> str:
    """A part in words: `kind: access; what: the repository`."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return "; ".join(f"{_word(name)}: {text_of(part)}" for name, part in value.items())
    if isinstance(value, list | tuple):
        return "\n".join(text_of(part) for part in value)
    return str(value)
