"""PDF for everybody (tagged, PDF/UA-1) from plain data, by typst. Data never becomes markup: it travels as JSON.

A document is `{"title", "author", "lang", "made": (y, m, d, h, m, s), "footer", "blocks", "files"}`; a block has a kind
`k`: h (level, t), p and small (runs), mono (t), quote (blocks), list (ordered, start, items), terms (rows), table
(head, widths, rows, and the columns that stand at the right), pair (left, right: blocks side by side), sums (rows of
name and value, at the right), rule. A run is `{"t"}` with b, i, code, href, or `{"br": True}`. Files are attached as
they are. The standard is a list of typst's names.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

FOR_ALL = ("ua-1",)  # PDF/UA-1: tagged, readable aloud
FOR_ARCHIVES = ("a-3a", "ua-1")  # and PDF/A-3: complete in itself, with files inside, for as long as books are kept
TEMPLATES = Path(__file__).parent / "typst"
ALWAYS_THERE = 0x180  # Latin with its common accents is in every font that we name
CHUNK = 32


@cache
def _fonts() -> Any:
    import typst  # 40 MB that a web worker does without

    return typst.Fonts(include_system_fonts=True)


def _compile(template: str, data: Mapping[str, Any], standard: Sequence[str] = FOR_ALL) -> bytes:
    import typst

    compiler = typst.Compiler(str(TEMPLATES / template), root=str(TEMPLATES), font_paths=_fonts())
    names: Any = list(standard)
    inputs = {"document": json.dumps(data, ensure_ascii=False)}
    made = compiler.compile(format="pdf", sys_inputs=inputs, pdf_standards=names)
    assert isinstance(made, bytes)  # a PDF is one file
    return made


def _is_glyph_missing(error: Exception) -> bool:
    return "could not be displayed" in str(error)


def typeset(document: Mapping[str, Any], standard: Sequence[str] = FOR_ALL) -> bytes:
    """The PDF. A character that no font on this machine has stands as its code, like [U+5C71]; install a font that has
    it, and later papers show it."""
    import typst

    try:
        return _compile("document.typ", document, standard)
    except typst.TypstError as error:
        if not _is_glyph_missing(error):
            raise
    missing = lacking("".join(_texts(document["blocks"])) + document["title"] + document["footer"])
    if not missing:
        raise RuntimeError("A character is missing that each font claims to have.")
    codes = {ord(char): f"[U+{ord(char):04X}]" for char in missing}
    shown = {key: _translated(value, codes) if key != "files" else value for key, value in document.items()}
    return _compile("document.typ", shown, standard)


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part)


def _translated(value: Any, codes: Mapping[int, str]) -> Any:
    if isinstance(value, str):
        return value.translate(codes)
    if isinstance(value, Mapping):
        return {key: _translated(part, codes) if key != "href" else part for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_translated(part, codes) for part in value]
    return value


def lacking(text: str) -> set[str]:
    """The characters of `text` that no font here has."""
    unsure = sorted({char for char in text if ord(char) >= ALWAYS_THERE})
    chunks = [unsure[n : n + CHUNK] for n in range(0, len(unsure), CHUNK)]
    return {char for chunk in chunks for char in _lacking(chunk)}


def _lacking(characters: list[str]) -> list[str]:
    import typst

    try:
        _compile("coverage.typ", {"characters": characters})
    except typst.TypstError as error:
        if not _is_glyph_missing(error):
            raise
        if len(characters) == 1:
            return characters
        half = len(characters) // 2
        return _lacking(characters[:half]) + _lacking(characters[half:])
    return []
