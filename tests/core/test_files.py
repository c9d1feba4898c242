"""What is taken, what is refused, and how it is kept. Every hostile file is made here, byte by byte."""

import gzip
import hashlib
import io
import os
import struct
import zipfile
import zlib
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

from core import files
from core.errors import DomainError
from core.filetypes import MOST_BYTES_OF_NAME, clean_name, judge
from core.models import StoredFile
from tests.factories import NOW, make_user


def png(*, extra: bytes = b"", tail: bytes = b"") -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + extra + chunk(b"IDAT", zlib.compress(b"\0\0\0\0")) + chunk(b"IEND", b"") + tail


def archive(names: tuple[str, ...] = ("a.txt",), content: bytes = b"x") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as pack:
        for name in names:
            pack.writestr(name, content)
    return made.getvalue()


def pdf(body: bytes = b"", tail: bytes = b"") -> bytes:
    return b"%PDF-1.4\n1 0 obj\n<</Type/Catalog" + body + b">>\nendobj\ntrailer\n<</Root 1 0 R>>\n%%EOF\n" + tail


GIF = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + b"\x00" * 40 + b"\xff\xd9"
WEBP = b"RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00"
MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + b"\x00" * 32
WEBM = (
    b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08\x42\x82\x84webm"
    + b"\x00" * 8
)
HTML = b"<!doctype html><script>alert(1)</script>"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"

GOOD = {
    "photo.png": png(), "photo.jpg": JPEG, "photo.JPEG": JPEG, "anim.gif": GIF, "shot.webp": WEBP, "report.pdf": pdf(),
    "film.mp4": MP4, "film.webm": WEBM, "notes.txt": "Häuser, 日本".encode(), "run.log": b"\x1b[32mok\x1b[0m\n",
    "table.csv": "\ufeffa;b\n1;2\n".encode(), "wide.txt": "a\nb".encode("utf-16"), "data.json": b'{"a": 1}',
    "change.diff": b"--- a\n+++ b\n-<b>x</b>\n", "readme.md": b"# Title\n\nText with <b>bold</b>.\n",
}  # fmt: skip
HOSTILE: dict[str, tuple[str, bytes]] = {
    "html as png": ("a.png", HTML), "html as jpg": ("a.jpg", HTML), "html as gif": ("a.gif", HTML),
    "html as pdf": ("a.pdf", HTML), "html as mp4": ("a.mp4", HTML), "html as webp": ("a.webp", HTML),
    "html as text": ("a.txt", HTML), "html as csv": ("a.csv", b"\n\n  <HTML><body onload=alert(1)>"),
    "html as markdown": ("a.md", b"<script>alert(1)</script>"), "html after a mark": ("a.txt", b"\xef\xbb\xbf" + HTML),
    "html in utf-16": ("a.txt", HTML.decode().encode("utf-16")), "html itself": ("a.html", HTML),
    "xhtml": ("a.xhtml", HTML), "svg itself": ("a.svg", SVG), "svg as png": ("a.png", SVG),
    "svg as text": ("a.txt", SVG),
    "svg compressed": ("a.svgz", gzip.compress(SVG)), "php as text": ("a.txt", b"<?php system($_GET[0]);"),
    "php after a picture": ("a.jpg.php", JPEG), "php in a picture": ("a.png", png(extra=b"<?php system(0); ?>")),
    "png head and html": ("a.png", b"\x89PNG\r\n\x1a\n" + HTML),
    "gif and script": ("a.gif", b"GIF89a/*" + HTML + b"*/;"),
    "jpeg and html": ("a.jpg", JPEG[:20] + HTML + JPEG[20:]), "png without an end": ("a.png", png()[:-12]),
    "png and zip": ("a.png", png(tail=archive())), "jpeg and zip": ("a.jpg", JPEG + archive()),
    "gif and jar": ("a.gif", GIF + archive(("META-INF/MANIFEST.MF",))), "pdf and zip": ("a.pdf", pdf(tail=archive())),
    "mp4 and zip": ("a.mp4", MP4 + archive()), "pdf after zip": ("a.pdf", archive() + pdf()),
    "pdf with script": ("a.pdf", pdf(b"/OpenAction<</S/JavaScript/JS(app.alert(1))>>")),
    "pdf that launches": ("a.pdf", pdf(b"/OpenAction<</S/Launch/F(calc.exe)>>")),
    "pdf later in the file": ("a.pdf", b"x" * 600 + pdf()), "pdf cut off": ("a.pdf", b"%PDF-1.4\n"),
    "zip": ("a.zip", archive()), "zip bomb": ("bomb.zip", archive(("0",), b"0" * 3_000_000)),
    "nested zip": ("n.zip", archive(("a.zip",), archive())),
    "many files": ("m.zip", archive(tuple(map(str, range(300))))),
    "zip that climbs": ("c.zip", archive(("../../etc/passwd",))), "zip as text": ("a.txt", archive()),
    "zip as png": ("a.png", archive()), "office with macros": ("a.docm", archive(("word/vbaProject.bin",))),
    "gzip bomb": ("a.gz", gzip.compress(b"0" * 1_000_000)), "gzip as log": ("a.log", gzip.compress(b"x")),
    "program": ("a.exe", b"MZ\x90\x00" + b"\x00" * 64), "program as png": ("a.png", b"MZ\x90\x00" + b"\x00" * 64),
    "elf as text": ("a.txt", b"\x7fELF\x02\x01\x01" + b"\x00" * 64), "script": ("a.sh", b"#!/bin/sh\nrm -rf /"),
    "javascript": ("a.js", b"alert(1)"), "eicar": ("eicar.com", EICAR),
    "shortcut": ("a.lnk", b"L\x00\x00\x00" + b"\x00" * 72),
    "mail page": ("a.mht", b"MIME-Version: 1.0\n\n" + HTML), "flash": ("a.swf", b"FWS\x09" + b"\x00" * 20),
    "nul in text": ("a.txt", b"a\x00b"), "half a character": ("a.txt", b"\xff\xc3\x28"), "bell": ("a.csv", b"a\x07;b"),
    "nothing": ("a.txt", b""), "no ending": ("README", b"text"),
    "right to left": ("photo\u202egnp.exe", png()), "two endings": ("a.png.exe", png()),
}  # fmt: skip


@pytest.mark.parametrize("name", GOOD)
def test_pictures_films_papers_and_text_are_taken(name: str) -> None:
    assert judge(io.BytesIO(GOOD[name]), name).mime.split("/")[0] in ("image", "video", "application", "text")


@pytest.mark.parametrize("what", HOSTILE)
def test_everything_else_is_refused_with_a_sentence(what: str) -> None:
    name, content = HOSTILE[what]

    with pytest.raises(DomainError) as refusal:
        judge(io.BytesIO(content), name)

    assert refusal.value.sentence.endswith(".")


def test_the_corpus_is_large_enough() -> None:
    assert len(HOSTILE) >= 55


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("C:\\Users\\a\\plan.pdf", "plan.pdf"),
        ("photo\u202egnp.exe", "photognp.exe"),
        ("a\r\nSet-Cookie: x=1.png", "a Set-Cookie x=1.png"),
        ("a\x00.png", "a.png"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("  . hidden . .", "hidden"),
        ("", "file"),
        ("....", "file"),
        (".png", "file.png"),
        ('a"b<c>|d.txt', "abcd.txt"),
        ("é".encode().decode() + ".txt", "é.txt"),
        ("a\ud800b.txt", "a?b.txt".replace("?", "")),
        ("a   b.txt", "a b.txt"),
    ],
)
def test_a_name_becomes_one_that_any_system_takes(raw: str, name: str) -> None:
    assert clean_name(raw) == name


@pytest.mark.parametrize("raw", ["x" * 400 + ".png", "日" * 255 + ".png", "👩‍👩‍👧" * 90 + ".png", "a." + "b" * 300])
def test_a_long_name_keeps_its_ending_within_the_bytes_that_a_disk_takes(raw: str) -> None:
    assert len(clean_name(raw).encode()) <= MOST_BYTES_OF_NAME
    assert clean_name(raw).endswith(".png") or raw.startswith("a.")


# --- kept -----------------------------------------------------------------------------
@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Any) -> Any:
    settings.MEDIA_ROOT = str(tmp_path / "media")
    return tmp_path / "media"


def upload(name: str = "photo.png", content: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, png() if content is None else content, content_type="text/html")


def stored() -> list[Any]:
    return [p for p in files.folder().rglob("*") if p.is_file()]


@pytest.mark.django_db
def test_a_file_lies_under_a_random_name_with_its_hash_in_the_row() -> None:
    user = make_user("contractor")

    row = files.keep(upload(), by=user, at=NOW)

    assert (row.name, row.content_type, row.size) == ("photo.png", "image/png", len(png()))
    path = files.path_of(row.storage_name)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == row.sha256
    assert "photo" not in str(path)
    assert os.stat(path).st_mode & 0o777 == 0o600


@pytest.mark.django_db
def test_what_is_refused_leaves_neither_row_nor_bytes(settings: Any) -> None:
    user = make_user("contractor")
    settings.UPLOAD_QUOTA_BYTES = len(png()) + 1
    files.keep(upload(), by=user, at=NOW)

    for wrong in (upload("a.html", HTML), upload()):
        with pytest.raises(DomainError):
            files.keep(wrong, by=user, at=NOW)

    assert (StoredFile.objects.count(), len(stored())) == (1, 1)


@pytest.mark.django_db
def test_a_file_larger_than_the_limit_is_refused_before_it_is_read(settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 10

    with pytest.raises(DomainError, match="larger than 10"):
        files.keep(upload(), by=make_user("contractor"), at=NOW)


@pytest.mark.django_db
def test_each_person_has_an_own_quota(settings: Any) -> None:
    settings.UPLOAD_QUOTA_BYTES = len(png())

    for _turn in range(2):
        files.keep(upload(), by=make_user("contractor"), at=NOW)

    assert StoredFile.objects.count() == 2


@pytest.mark.django_db
def test_a_full_disk_is_told_in_a_sentence(media: Any) -> None:
    media.mkdir(parents=True)
    (media / "files").write_text("in the way")  # as good as no room

    with pytest.raises(DomainError, match="no room"):
        files.keep(upload(), by=make_user("contractor"), at=NOW)

    assert not StoredFile.objects.exists()


@pytest.mark.django_db
def test_drafts_that_became_nothing_and_bytes_without_a_row_are_forgotten() -> None:
    user = make_user("contractor")
    kept, _draft = (files.keep(upload(), by=user, at=NOW) for _turn in range(2))
    files.attach(kept, at=NOW)
    stray = files.folder() / "ab" / "stray"
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"x")
    long_ago = (NOW - timedelta(days=9)).timestamp()
    os.utime(stray, (long_ago, long_ago))

    gone = files.forget(at=NOW + timedelta(days=3))

    assert gone == 2
    assert list(StoredFile.objects.all()) == [kept]
    assert stored() == [files.path_of(kept.storage_name)]


@pytest.mark.django_db(transaction=True)
def test_a_backup_brings_files_back(tmp_path: Any) -> None:
    row = files.keep(upload(), by=make_user("contractor"), at=NOW)
    call_command("backup", tmp_path / "backups", verbosity=0)
    (backup,) = (tmp_path / "backups").glob("*.tar")
    files.path_of(row.storage_name).unlink()

    call_command("restore", backup, force=True, verbosity=0)

    row = StoredFile.objects.get()
    assert hashlib.sha256(files.path_of(row.storage_name).read_bytes()).hexdigest() == row.sha256
