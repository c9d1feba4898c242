"""The whole suite on SQLite and on PostgreSQL, side by side on two cores. `python tests/run.py [pytest arguments]`."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.update(DUCKROW_MODE="test", PYTHONUNBUFFERED="1")

from core.embedded import postgres  # noqa: E402


def browser() -> str | None:
    import shutil

    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def main() -> int:
    if browser() is None:
        print("Chromium is missing: install your distribution's “chromium” package (make test does it for root).")
        return 1
    arguments = sys.argv[1:] or ["tests"]
    cluster = None
    url = os.environ.get("TEST_DATABASE_URL", "")
    if not url:
        cluster = postgres.Cluster()
        url = cluster.url()
    runs = []
    try:
        for name, database in (("SQLite", ""), ("PostgreSQL", url)):
            var = Path(tempfile.mkdtemp(prefix=f"duckrow-{name.lower()}-"))
            env = {**os.environ, "DUCKROW_VAR": str(var)}
            env.pop("DATABASE_URL", None)
            if database:
                env["DATABASE_URL"] = database
            log = (var / "pytest.log").open("w+")
            command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
            process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=subprocess.STDOUT)
            runs.append((name, process, log))
        worst = 0
        for name, process, log in runs:
            code = process.wait()
            worst = max(worst, abs(code))
            log.seek(0)
            print(f"\n===== {name} =====\n{log.read()}", flush=True)
    finally:
        for _name, process, _log in runs:
            if process.poll() is None:
                process.kill()
        if cluster:
            cluster.close()
    return min(worst, 1)


if __name__ == "__main__":
    raise SystemExit(main())
