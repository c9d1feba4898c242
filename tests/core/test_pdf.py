"""PDF from data: what people wrote stays text, tags are there, and no character is lost silently."""

import io
from typing import Any

import pypdf

from core.markdown import as_blocks
from core.pdf import lacking, typeset


def made(*blocks: dict[str, Any], **more: Any) -> bytes:
    document = {
        "title": "A title",
        "author": "Mill Pond",
        "lang": "en",
        "made": [2026, 11, 23, 9, 0, 0],
        "footer": "at the foot",
        "blocks": [{"k": "h", "level": 1, "t": "A title"}, *blocks],
        "files": [],
    }
    return typeset({**document, **more})


def read(pdf: bytes) -> tuple[pypdf.PdfReader, str]:
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    return reader, " ".join(page.extract_text() for page in reader.pages)


def words(text: str) -> str:
    return " ".join(text.split())


def test_names_of_many_scripts_come_out_as_they_went_in() -> None:
    names = "Nguyễn Thị Ánh Đặng, Zoë Łukaszewicz, Søren Þórsson, Ελένη, Оксана, გიორგი"

    assert names in words(read(made({"k": "p", "runs": [{"t": names}]}))[1])


def test_a_character_that_no_font_has_stands_as_its_code_and_is_kept_in_the_attachment() -> None:
    file = {"name": "a.json", "text": '"\U000e0041"', "mime": "application/json", "description": "x"}

    reader, text = read(made({"k": "p", "runs": [{"t": "A\U00012000B"}]}, files=[file]))

    assert lacking("A\U00012000é") == {"\U00012000"}
    assert "A[U+12000]B" in text
    assert reader.attachments["a.json"] == ['"\U000e0041"'.encode()]


def test_what_looks_like_markup_stays_text() -> None:
    hostile = '#read("/etc/passwd") $x^2$ *b* _i_ `c` @ref <label> \\ // /* = Heading #pagebreak() "q"'

    text = words(read(made({"k": "p", "runs": [{"t": hostile}]}, {"k": "mono", "t": hostile}))[1])

    assert text.count(hostile) == 2


def test_it_is_tagged_and_says_so() -> None:
    pdf = made({"k": "table", "head": ["When", "What"], "widths": [1, 2], "rows": [["now", "#here"]]})
    root: Any = read(pdf)[0].trailer["/Root"]

    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712 (a PDF's own boolean)
    assert root["/Lang"] == "en"
    assert "/StructTreeRoot" in root
    assert b"<pdfuaid:part>1" in pdf
    assert read(pdf)[0].metadata["/Title"] == "A title"


def test_markdown_becomes_blocks_and_only_safe_links_lead_anywhere() -> None:
    text = "# Keys\n\n*Stay* with **us**, [see](https://a.example) [bad](javascript:x)\n\n3. a\n   - b\n\n> c"
    text += "\n\n    d\n\n---"

    heading, line, numbered, quote, mono, rule = as_blocks(text)

    assert heading == {"k": "p", "runs": [{"t": "Keys", "b": True}]}
    assert line["runs"][0] == {"t": "Stay", "i": True}
    assert {"t": "see", "href": "https://a.example"} in line["runs"]
    assert not any("javascript" in run.get("href", "") for run in line["runs"])
    assert (numbered["ordered"], numbered["start"]) == (True, 3)
    assert numbered["items"][0][1]["items"] == [[{"k": "p", "runs": [{"t": "b"}]}]]
    assert quote["blocks"][0]["runs"] == [{"t": "c"}]
    assert (mono, rule) == ({"k": "mono", "t": "d\n"}, {"k": "rule"})
    assert read(made(heading, line, numbered, quote, mono, rule))[1]


def test_hostile_markdown_is_typeset_all_the_same() -> None:
    for text in (
        "> " * 300 + "x",
        "[" * 200 + "](" * 200,
        "*" * 500,
        "- " * 100 + "x",
        "`" * 99,
        "\n" * 99,
        "1" * 9 + ". x",
    ):
        assert made(*as_blocks(text))
