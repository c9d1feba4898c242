"""What a file is, judged by its content: few types, none of which a browser would run.

Pictures, PDFs, films and plain text are taken. Archives, office files, markup and programs are not: nothing here
unpacks, renders or runs what somebody handed in, and what is taken is only ever sent back as a download (D10).
"""

import re
from dataclasses import dataclass
from typing import BinaryIO

from django.utils.translation import gettext as _

from core.errors import DomainError
from core.text import clean_text

HEAD, TAIL = 8192, 66_000  # bytes looked at; a ZIP's end record lies within its last 65,557
LONGEST_NAME, MOST_BYTES_OF_NAME = 120, 200


@dataclass(frozen=True)
class FileType:
    mime: str
    magic: tuple[str, ...] = ()  # extensions under which puremagic knows it; none: text


PICTURE = FileType("image/jpeg", (".jpg", ".jpeg", ".jpe", ".jfif"))
TEXT = FileType("text/plain; charset=utf-8")
TYPES: dict[str, FileType] = {
    "png": FileType("image/png", (".png",)),
    "jpg": PICTURE,
    "jpeg": PICTURE,
    "gif": FileType("image/gif", (".gif",)),
    "webp": FileType("image/webp", (".webp",)),
    "pdf": FileType("application/pdf", (".pdf",)),
    "mp4": FileType("video/mp4", (".mp4", ".m4v", ".mov")),
    "webm": FileType("video/webm", (".webm", ".mkv")),
    **dict.fromkeys(("txt", "log", "md", "csv", "json", "yaml", "yml", "toml", "diff", "patch"), TEXT),
}
ACCEPT = ",".join(f".{ending}" for ending in TYPES)
MARKUP = re.compile(rb"<(?:!doctype|html|head|body|script|svg|iframe|\?php|\?xml)", re.I)
BEGINS_AS_MARKUP = re.compile(r"\s*<(?:!|\?|/?[a-z])", re.I)
ACTS = re.compile(rb"/(?:JavaScript|Launch)\b")  # what makes a PDF do something
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")  # an escape may colour a log
ENDING = re.compile(r"[A-Za-z0-9]{1,12}")
RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)", re.I)
UNFIT = re.compile(r"""[<>:"|?*%;`'\x00-\x1f\x7f]""")


class FileRefused(DomainError):
    """The sentence names the file and says what to do instead."""


def clean_name(raw: str) -> str:
    """The last part of a path as a file name for any system: one line, no direction tricks, at most 200 bytes with its
    ending kept."""
    name = re.split(r"[/\\]", clean_text(raw.encode("utf-8", "replace").decode()))[-1]
    name = UNFIT.sub("", re.sub(r"\s+", " ", name)).strip().rstrip(". ")
    stem, dot, ending = name.rpartition(".")
    if not dot or not ENDING.fullmatch(ending):
        stem, ending = name, ""
    stem = stem.strip(". ")[:LONGEST_NAME] or "file"
    stem = f"_{stem}" if RESERVED.fullmatch(stem.split(".")[0]) else stem
    ending = f".{ending}" if ending else ""
    while len(f"{stem}{ending}".encode()) > MOST_BYTES_OF_NAME:
        stem = stem[:-1]
    return f"{stem}{ending}"


def judge(file: BinaryIO, name: str) -> FileType:
    """The type of `file` (read and left at its start). Raises FileRefused unless its content is what its name says and
    that is a type that we take."""
    name = clean_name(name)
    ending = name.rpartition(".")[2].lower()
    if ending not in TYPES:
        raise FileRefused(
            _("“%(name)s” is of a kind that is not taken. Hand in a picture, PDF, film or text, or give a link.")
            % {"name": name}
        )
    file.seek(0, 2)
    size = file.tell()
    file.seek(0)
    if size == 0:
        raise FileRefused(_("“%(name)s” is empty. Choose it again.") % {"name": name})
    kind = TYPES[ending]
    try:
        is_it = _is_text(file) if not kind.magic else _is_binary(file, size, kind)
    finally:
        file.seek(0)
    if not is_it:
        raise FileRefused(
            _("“%(name)s” is not what its name says. Save it as %(ending)s again, or give a link.")
            % {"name": name, "ending": ending.upper()}
        )
    return kind


def _is_binary(file: BinaryIO, size: int, kind: FileType) -> bool:
    head = file.read(HEAD)
    file.seek(max(0, size - TAIL))
    tail = file.read()
    if _endings(head).isdisjoint(kind.magic) or MARKUP.search(head) or _ends_as_zip(tail):
        return False
    if kind.mime == "image/png":
        return b"IEND\xaeB`\x82" in tail[-64:]
    if kind.mime == "application/pdf":
        if not head.startswith(b"%PDF-") or b"%%EOF" not in tail[-1100:]:
            return False
        file.seek(0)
        return not ACTS.search(file.read())
    return True


def _endings(head: bytes) -> set[str]:
    """Those of every type whose marks these first bytes bear."""
    import puremagic  # its tables, where somebody hands in a file

    try:
        return {match.extension for match in puremagic.magic_string(head) if match.byte_match}
    except (puremagic.PureError, ValueError):
        return set()


def _ends_as_zip(tail: bytes) -> bool:
    """Whether a reader of archives would find one here, whatever stands before it."""
    place = tail.rfind(b"PK\x05\x06")
    return place >= 0 and len(tail) - place >= 22


def _is_text(file: BinaryIO) -> bool:
    content = file.read()
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return not CONTROL.search(text) and not BEGINS_AS_MARKUP.match(text)
