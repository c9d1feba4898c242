"""Children that never outlive their parent, however it ends."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any

PR_SET_PDEATHSIG = 1


def die_with_parent(ending: int = signal.SIGTERM) -> Callable[[], None]:
    """What a child runs before its program (`preexec_fn`): the kernel will end it when the parent goes (Linux). If the
    parent is gone already, it goes at once."""
    parent = os.getpid()
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

    def prepare() -> None:
        if libc is not None:
            libc.prctl(PR_SET_PDEATHSIG, ending)
            if os.getppid() != parent:
                os._exit(1)

    return prepare


def spawn(
    command: Sequence[str],
    *,
    env: dict[str, str] | None = None,
    log: Path | None = None,
    cwd: Path | None = None,
    user: int | None = None,
    group: int | None = None,
    ending: int = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start `command` in its own session, its output appended to `log` (or dropped). `ending` is the signal that it
    gets when this process dies."""
    more: dict[str, Any] = {} if user is None else {"user": user, "group": group, "extra_groups": []}
    out: IO[bytes] | int = log.open("ab") if log else subprocess.DEVNULL
    try:
        return subprocess.Popen(
            list(command),
            env=env,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent(ending),
            **more,
        )
    finally:
        if not isinstance(out, int):
            out.close()


def stop(process: subprocess.Popen[bytes], seconds: float = 12.0, ending: int = signal.SIGTERM) -> None:
    """Ask it to end with the signal `ending`, then KILL its whole group."""
    if process.poll() is None:
        process.send_signal(ending)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(5)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def refusal(port: int) -> str:
    """Why a server can't listen on `port`, as a sentence; "" when it can."""
    if not 1 <= port <= 65535:
        return f"{port} is no port."
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))  # noqa: S104 (a probe; nothing listens)
        except PermissionError:
            return f"Port {port} is for the system's own services."
        except OSError:
            return f"Port {port} is taken."
    return ""


def wait_for_port(port: int, process: subprocess.Popen[bytes], seconds: float = 15.0) -> None:
    """Until somebody accepts on `port`; raises RuntimeError when the process ends first or takes too long."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode} before it listened.")
        with socket.socket() as probe:
            probe.settimeout(0.2)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.03)
    raise RuntimeError(f"Nothing listens on {port} after {seconds:g} s.")
