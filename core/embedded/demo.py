"""The demo's environment. Settings are read when Django loads, so manage.py calls this before."""

import argparse
import base64
import fcntl
import json
import os
import secrets
import shutil
import sys
from pathlib import Path
from typing import IO

from core.embedded.processes import free_port, refusal

ROOT = Path(__file__).resolve().parent.parent.parent
_held: list[IO[str]] = []  # the lock, until this process ends


def parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(prog="manage.py demo", add_help=False)
    options.add_argument("--port", type=int, default=8000)
    options.add_argument("--fresh", action="store_true")
    return options


def prepare(arguments: list[str]) -> None:
    """Put the demo's mode, folder, keys and addresses into os.environ. Ends the program with one sentence when the
    port or the folder is in use."""
    given, _rest = parser().parse_known_args(arguments)
    port = given.port
    if why := refusal(port):
        sys.exit(f"{why} Choose another: make demo PORT={port + 1 if 1024 <= port < 65535 else 8001}")
    folder = Path(os.environ.get("DUCKROW_VAR") or ROOT / "var" / "demo").resolve()
    _hold(folder)
    if given.fresh and folder.exists():
        if ROOT.is_relative_to(folder) or Path.home().is_relative_to(folder):
            sys.exit(f"Refusing to delete {folder}: more than the demo lives there.")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    os.environ.update(
        _keys(folder / "keys.json"),
        DUCKROW_MODE="demo",
        DUCKROW_VAR=str(folder),
        SITE_URL=f"http://localhost:{port}",
        EMAIL_URL=f"smtp://127.0.0.1:{free_port()}",
        MFA_REQUIRED_ROLES="",
        PYTHONUNBUFFERED="1",
    )
    os.environ.setdefault("SWEEP_EVERY", "10")
    os.environ.setdefault("LOG_LEVEL", "WARNING")


def _keys(file: Path) -> dict[str, str]:
    """Made once, so that sessions and encrypted columns outlive a restart."""
    if not file.exists():
        file.touch(mode=0o600)
        field_key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        file.write_text(json.dumps({"SECRET_KEY": secrets.token_urlsafe(48), "FIELD_KEYS": field_key}))
    return dict(json.loads(file.read_text()))


def _hold(folder: Path) -> None:
    """Two demos on one folder would share a queue and a schedule."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    lock = folder.with_name(folder.name + ".lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        sys.exit(f"A demo already runs on {folder}. End it first, or set DUCKROW_VAR to another folder.")
    _held.append(lock)
