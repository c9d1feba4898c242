"""The whole suite on SQLite and on PostgreSQL, side by side on two cores: `python tests/run.py [pytest arguments]`.

Lines come as they happen, each after the database it is about; both closing lines stand at the end.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.update(DUCKROW_MODE="test", PYTHONUNBUFFERED="1")

from core.embedded import postgres  # noqa: E402
from core.embedded.processes import die_with_parent  # noqa: E402


class Run:
    """One pytest on one database, in a folder of its own."""

    def __init__(self, name: str, url: str, arguments: list[str], share: str) -> None:
        self.name, self.last = name, "ended without a word"
        self.folder = tempfile.mkdtemp(prefix="duckrow-run-")
        env = {**os.environ, "DUCKROW_VAR": self.folder, "TMPDIR": self.folder, "SUITE_SHARE": share}
        env.pop("DATABASE_URL", None)
        if url:
            env["DATABASE_URL"] = url
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--color=no", *arguments]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            preexec_fn=die_with_parent(),
        )
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.strip():
                self.last = line.strip()
            print(f"{self.name:<10} │ {line}", end="", flush=True)

    def code(self) -> int:
        self.reader.join()
        return self.process.wait()

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        self.code()
        shutil.rmtree(self.folder, ignore_errors=True)


def stop(_signal: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def main() -> int:
    signal.signal(signal.SIGTERM, stop)
    arguments = sys.argv[1:] or ["tests"]
    runs: list[Run] = []
    cluster = None
    try:
        url = os.environ.get("TEST_DATABASE_URL", "")
        if not url:
            cluster = postgres.Cluster()
            url = cluster.url()
        runs += [Run("SQLite", "", arguments, "0/2"), Run("PostgreSQL", url, arguments, "1/2")]
        codes = [run.code() for run in runs]
    except postgres.NoPostgres as why:
        print(why)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        for run in runs:
            run.close()
        if cluster:
            cluster.close()
    for run, code in zip(runs, codes, strict=True):
        print(f"{run.name:<10} {'passed' if code == 0 else f'FAILED ({code})'}: {run.last}")
    return int(any(codes))


if __name__ == "__main__":
    raise SystemExit(main())
