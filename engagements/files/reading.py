"""YAML as plain data, with the line of every part, so that a refusal says where.

Only what such a file needs: no anchors, no tags of its own, no key twice, nothing longer or deeper than a contract.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

import yaml
from django.utils.translation import gettext as _
from jsonschema import Draft202012Validator

from core.text import clean_text

LONGEST = 1_000_000  # characters
DEEPEST = 12
MOST_PARTS = 20_000
Path = tuple[str | int, ...]
TAG = "tag:yaml.org,2002:"


class FileError(Exception):
    """A file that is refused. `sentences` say what and where, in the file's order."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = list(sentences)


def at_line(line: int, sentence: str) -> str:
    return _("Line %(line)d: %(sentence)s") % {"line": line, "sentence": sentence}


@dataclass
class Document:
    """What a file says. `lines` has the line, from 1, of every part by its path."""

    data: Any = None
    lines: dict[Path, int] = field(default_factory=dict)

    def line_of(self, path: Path) -> int:
        """Of the part, or of the nearest one around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def refuse_unless(self, schema: dict[str, Any]) -> None:
        """Raises FileError with every part that does not fit `schema` (JSON Schema 2020-12)."""
        wrong = sorted(
            (self.line_of(path), sentence)
            for error in Draft202012Validator(schema).iter_errors(self.data)
            for path, sentence in _said(error)
        )
        if wrong:
            raise FileError([at_line(line, sentence) for line, sentence in wrong[:50]])


def _said(error: Any) -> Iterator[tuple[Path, str]]:
    """What is wrong and where: of unknown keys each by itself."""
    path: Path = tuple(error.absolute_path)
    where = "".join(f"{part + 1 if isinstance(part, int) else part}." for part in path)
    if error.validator == "additionalProperties":
        known = error.schema.get("properties", {})
        for key in error.instance:
            if key not in known:
                said = _("“%(key)s” is not known here. Known: %(known)s.")
                yield (*path, key), said % {"key": f"{where}{key}"[:200], "known": ", ".join(known)}
        return
    what = error.message if len(error.message) < 200 else error.message[:200] + "…"
    yield path, f"{where[:-1]}: {what}" if where else what


def read(text: str) -> Document:
    """Raises FileError with a line for what is no YAML, too much of it, or YAML that a contract has no use for."""
    if len(text) > LONGEST:
        raise FileError([_("The file is larger than 1 MB. A contract is not.")])
    try:
        _look(text)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise FileError([at_line(mark.line + 1 if mark else 1, str(error.problem or _("This is no YAML.")))]) from error
    except yaml.YAMLError as error:
        raise FileError([at_line(1, _("There are characters in it that no text has."))]) from error
    if node is None:
        raise FileError([_("The file is empty.")])
    document = Document()
    document.data = _plain(node, (), document)
    return document


def _look(text: str) -> None:
    """The events before any tree is built: a deep or endless one ends here."""
    depth = 0
    for parts, event in enumerate(yaml.parse(text, Loader=yaml.SafeLoader), start=1):
        line = event.start_mark.line + 1 if event.start_mark else 1
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise FileError([at_line(line, _("anchors (&) and references (*) are not read. Write it out."))])
        if getattr(event, "tag", None):
            raise FileError([at_line(line, _("tags (!) are not read."))])
        if depth > DEEPEST or parts > MOST_PARTS:
            raise FileError([at_line(line, _("this is deeper or longer than a contract is."))])
        if isinstance(event, yaml.DocumentStartEvent) and parts > 2:
            raise FileError([at_line(line, _("one contract a file."))])


def _plain(node: Any, path: Path, document: Document) -> Any:
    document.lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        return [_plain(part, (*path, number), document) for number, part in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            name = key.value
            if not isinstance(key, yaml.ScalarNode):
                raise FileError([at_line(line, _("a key is a word."))])
            if name in found:
                raise FileError([at_line(line, _("“%(key)s” stands here twice.") % {"key": name})])
            found[name] = _plain(value, (*path, name), document)
            document.lines[(*path, name)] = line
        return found
    return _scalar(node)


def _scalar(node: Any) -> Any:
    """Numbers stay exact; what only YAML takes for a number, a day or a yes is text, as people meant it."""
    text: str = node.value
    kind = node.tag.removeprefix(TAG)
    if kind == "null":
        return None
    if kind == "bool" and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if kind in ("int", "float"):
        try:
            number = Decimal(text)
        except InvalidOperation:
            return clean_text(text)
        if number.is_finite() and abs(number.adjusted()) < 20:
            return int(number) if number == number.to_integral_value() else number
    return clean_text(text)
