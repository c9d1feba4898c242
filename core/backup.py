"""One file that holds everything: the database, uploaded files, and a manifest with their hashes.

SQLite is copied through its online backup, PostgreSQL by pg_dump, so a backup can be made while people work. Keys are
not in it: keep SECRET_KEY and FIELD_KEYS elsewhere, or encrypted values can't be read after a restore.
"""

import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

FORMAT = 1


class BackupError(RuntimeError):
    """The text says what to do."""


def _tool(name: str) -> str:
    """pg_dump or pg_restore that is at least as new as the server: an older one refuses."""
    from core.embedded import postgres

    wanted = connection.pg_version // 10_000  # type: ignore[attr-defined]
    folders = [Path(f) for f in os.environ.get("PATH", "").split(os.pathsep)]
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    wheel = postgres.from_wheel()
    for folder in [*folders, *([wheel] if wheel else [])]:
        candidate = folder / name
        if candidate.is_file():
            version = subprocess.run([str(candidate), "--version"], capture_output=True, text=True).stdout  # noqa: S603
            found = re.search(r"(\d+)", version)
            if found and int(found.group(1)) >= wanted:
                return str(candidate)
    raise BackupError(f"{name} {wanted} or newer is missing: install the PostgreSQL {wanted} client programs.")


def _pg_arguments() -> tuple[list[str], dict[str, str]]:
    found = connection.get_connection_params()  # the address may stand in OPTIONS
    arguments = ["--dbname", str(found["dbname"])]
    for option, key in (("--host", "host"), ("--port", "port"), ("--username", "user")):
        if found.get(key):
            arguments += [option, str(found[key])]
    # The password travels in the environment: arguments can be read by every local user.
    return arguments, {**os.environ, "PGPASSWORD": str(found.get("password") or "")}


def _run(command: list[str], env: dict[str, str]) -> None:
    done = subprocess.run(command, env=env, capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        raise BackupError(f"{Path(command[0]).name} failed: {done.stderr.strip()[-800:]}")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _copy_sqlite(source: str, target: Path) -> None:
    with sqlite3.connect(source) as live, sqlite3.connect(target) as copy:
        live.backup(copy)
    live.close()
    copy.close()


def make(folder: Path, *, at: datetime) -> Path:
    """Write `duckrow-<UTC time>.tar` into `folder` and return it. Whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"duckrow-{at:%Y%m%d-%H%M%S}.tar"
    with tempfile.TemporaryDirectory(dir=folder) as work:
        database = Path(work) / ("database.sqlite3" if connection.vendor == "sqlite" else "database.pgdump")
        if connection.vendor == "sqlite":
            _copy_sqlite(str(connection.settings_dict["NAME"]), database)
        else:
            arguments, env = _pg_arguments()
            _run([_tool("pg_dump"), "--format=custom", "--no-owner", "--file", str(database), *arguments], env)
        media = Path(settings.MEDIA_ROOT)
        files = sorted(p for p in media.rglob("*") if p.is_file()) if media.is_dir() else []
        manifest = {
            "format": FORMAT,
            "made_at": at.isoformat(),
            "vendor": connection.vendor,
            "sha256": {database.name: _sha256(database)}
            | {f"media/{file.relative_to(media)}": _sha256(file) for file in files},
        }
        (Path(work) / "manifest.json").write_text(json.dumps(manifest, indent=1))
        unfinished = Path(work) / "unfinished.tar"
        with tarfile.open(unfinished, "w") as tar:
            tar.add(Path(work) / "manifest.json", "manifest.json")
            tar.add(database, database.name)
            for file in files:
                tar.add(file, f"media/{file.relative_to(media)}")
        unfinished.chmod(0o600)
        unfinished.replace(target)
    return target


def _extract(tar: tarfile.TarFile, work: Path) -> None:
    """Plain files and folders below `work`, and nothing else. (Python before 3.11.4 knows no extraction filters.)"""
    for member in tar:
        target = work / member.name
        is_inside = not Path(member.name).is_absolute() and ".." not in Path(member.name).parts
        if not is_inside or not (member.isfile() or member.isdir()):
            raise tarfile.TarError(f"“{member.name}” does not belong in one")
        if member.isdir():
            target.mkdir(parents=True, exist_ok=True)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        source = tar.extractfile(member)
        assert source is not None
        with source, target.open("xb") as kept:
            shutil.copyfileobj(source, kept)


def _unpack(file: Path, work: Path) -> dict[str, Any]:
    """Check everything before anything is touched."""
    try:
        with tarfile.open(file) as tar:
            _extract(tar, work)
        manifest: dict[str, Any] = json.loads((work / "manifest.json").read_text())
    except (tarfile.TarError, OSError, ValueError, KeyError) as error:
        raise BackupError(f"{file} is no backup of Duckrow: {error}") from error
    if manifest.get("format") != FORMAT:
        raise BackupError(f"{file} has format {manifest.get('format')}; this version reads {FORMAT}.")
    for name, digest in manifest["sha256"].items():
        if not (work / name).is_file() or _sha256(work / name) != digest:
            raise BackupError(f"{name} in {file} is damaged; take another backup.")
    return manifest


def restore(file: Path, *, force: bool = False) -> dict[str, Any]:
    """Put a backup in the place of this database and these files; returns its manifest.

    Refuses a database that has people in it unless `force`. Stop web, worker and beat first.
    """
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        manifest = _unpack(file, work)
        if manifest["vendor"] != connection.vendor:
            raise BackupError(f"This is a backup of {manifest['vendor']}; the database here is {connection.vendor}.")
        if not force and _has_people():
            raise BackupError("There are people in this database. Add --force to replace everything.")
        connection.close()
        if connection.vendor == "sqlite":
            target = str(connection.settings_dict["NAME"])
            _copy_sqlite(str(work / "database.sqlite3"), Path(target))
        else:
            arguments, env = _pg_arguments()
            command = [_tool("pg_restore"), "--clean", "--if-exists", "--no-owner", "--single-transaction"]
            _run([*command, *arguments, str(work / "database.pgdump")], env)
        media = Path(settings.MEDIA_ROOT)
        if (work / "media").is_dir():
            shutil.rmtree(media, ignore_errors=True)
            shutil.copytree(work / "media", media)
        return manifest


def _has_people() -> bool:
    from django.contrib.auth import get_user_model

    user = get_user_model()
    if user._meta.db_table not in connection.introspection.table_names():
        return False
    return bool(user._default_manager.exists())
