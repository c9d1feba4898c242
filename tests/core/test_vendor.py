"""What others wrote is what we think it is, and templates keep to the content policy."""

import hashlib
import re
import tomllib
from pathlib import Path

import pytest
from django.conf import settings

STATIC = settings.BASE_DIR / "static"
TEMPLATES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))
ASSETS = tomllib.loads((STATIC / "vendor" / "VENDOR.toml").read_text())["asset"]


@pytest.mark.parametrize(
    ("path", "digest"), [(path, digest) for asset in ASSETS for path, digest in asset["sha256"].items()]
)
def test_a_vendored_file_is_the_one_that_was_written_down(path: str, digest: str) -> None:
    assert hashlib.sha256((STATIC / path).read_bytes()).hexdigest() == digest


@pytest.mark.parametrize("asset", ASSETS, ids=lambda asset: asset["name"])
def test_a_vendored_asset_names_its_version_licence_and_home(asset: dict[str, str]) -> None:
    assert all(asset[key] for key in ("name", "version", "licence", "home"))


def test_every_file_of_the_vendor_folder_and_every_font_is_written_down() -> None:
    written = {path for asset in ASSETS for path in asset["sha256"]}
    there = {
        str(file.relative_to(STATIC))
        for folder in ("vendor", "fonts")
        for file in (STATIC / folder).iterdir()
        if file.name != "VENDOR.toml"
    }
    assert there - written == set()


def name_of(file: Path) -> str:
    return str(file.relative_to(settings.BASE_DIR))


@pytest.mark.parametrize("file", [f for f in TEMPLATES if "mail" not in f.parts], ids=name_of)
def test_a_template_has_nothing_that_the_content_policy_stops(file: Path) -> None:
    text = file.read_text()
    inline = [
        tag
        for tag in re.findall(r"<script\b[^>]*>", text)
        if "src=" not in tag and 'type="application/json"' not in tag
    ]
    assert inline == []
    assert not re.search(r"\sstyle\s*=|<style\b|\son[a-z]+\s*=\s*[\"']|javascript:|src=[\"']data:|hx-on", text)


def test_our_sheet_loads_nothing_from_elsewhere() -> None:
    addresses = re.findall(r"url\(([^)]+)\)", (STATIC / "css" / "duckrow.css").read_text())
    assert addresses
    assert [a for a in addresses if not a.startswith("../")] == []
    assert [a for a in addresses if not (STATIC / "css" / a).resolve().is_file()] == []
