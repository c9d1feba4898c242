"""Everything at once on one machine: database, demo data, broker, worker, beat, mail and web."""

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from core.embedded import broker
from core.embedded.processes import free_port, is_taken, spawn, stop


class Command(BaseCommand):
    help = "Start the whole product with demo data; Ctrl-C ends it. `make demo` calls this."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--fresh", action="store_true", help="forget the demo's data first")

    def handle(self, *args: Any, **options: Any) -> None:
        port = options["port"]
        if os.environ.get("DUCKROW_DEMO_KEYS") != "set":
            self._restart_with_keys(port, fresh=options["fresh"])
        if not 1 <= port <= 65535:
            raise CommandError(f"{port} is no port. Choose one between 1024 and 65535.")
        if is_taken(port):
            raise CommandError(f"Port {port} is taken. Choose another: make demo PORT={port + 1}")
        started = time.monotonic()
        signal.signal(signal.SIGTERM, _interrupt)
        children: list[subprocess.Popen[bytes]] = []
        try:
            self._run(port, children, started)
        except KeyboardInterrupt:
            self.stdout.write("\nStopping …")
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            for child in reversed(children):
                stop(child)
        self.stdout.write("Stopped. The data is kept; `make demo FRESH=1` starts over.")

    def _restart_with_keys(self, port: int, *, fresh: bool) -> None:
        """Settings are read when Python starts, so the demo's keys and mode go into the environment first."""
        folder = Path(os.environ.get("DUCKROW_VAR") or settings.BASE_DIR / "var" / "demo")
        if fresh and folder.exists():
            if folder.resolve() in (Path("/"), Path.home(), settings.BASE_DIR):
                raise CommandError(f"Refusing to delete {folder}.")
            shutil.rmtree(folder)
        folder.mkdir(parents=True, exist_ok=True)
        keys = folder / "keys.json"
        if not keys.exists():
            fresh_keys = {"SECRET_KEY": secrets.token_urlsafe(48), "FIELD_KEYS": Fernet.generate_key().decode()}
            keys.write_text(json.dumps(fresh_keys))
            keys.chmod(0o600)
        env = {
            **os.environ,
            **json.loads(keys.read_text()),
            "DUCKROW_DEMO_KEYS": "set",
            "DUCKROW_MODE": "demo",
            "DUCKROW_VAR": str(folder),
            "SITE_URL": f"http://localhost:{port}",
            "MFA_REQUIRED_ROLES": "",
            "LOG_LEVEL": "WARNING",
            "PYTHONUNBUFFERED": "1",
        }
        os.execve(sys.executable, [sys.executable, "manage.py", "demo", "--port", str(port)], env)  # noqa: S606

    def _run(self, port: int, children: list[subprocess.Popen[bytes]], started: float) -> None:
        folder: Path = settings.VAR_DIR
        logs = folder / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        call_command("migrate", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        from accounts.models import User

        if not User.objects.exists():
            call_command("seed_demo", verbosity=0)
        connection.close()
        mail_port, mail_page = free_port(), free_port()
        env = {
            **os.environ,
            "EMAIL_URL": f"smtp://127.0.0.1:{mail_port}",
            "SWEEP_EVERY": os.environ.get("SWEEP_EVERY", "10"),
        }
        queue = None if os.environ.get("BROKER_URL") else broker.start(folder / "broker")
        if queue:
            children.append(queue[0])
        env.setdefault("BROKER_URL", queue[1] if queue else "filesystem://")
        python = sys.executable
        children.append(
            spawn(
                [python, "-m", "core.embedded.mailbox", str(mail_port), str(mail_page)], env=env, log=logs / "mail.log"
            )
        )
        celery = [python, "-m", "celery", "-A", "config", "--quiet"]
        worker = [
            *celery,
            "worker",
            "--pool",
            "threads",
            "--concurrency",
            "2",
            "--loglevel",
            "WARNING",
            "--without-mingle",
        ]
        web = [python, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread"]
        web += [
            "--workers",
            "1",
            "--threads",
            "8",
            "--log-level",
            "warning",
            "--control-socket",
            str(folder / "web.ctl"),
        ]
        beat_file = folder / "beat-schedule"
        children.append(spawn(web, env=env, log=logs / "web.log"))
        children.append(spawn(worker, env=env, log=logs / "worker.log"))
        beat = [*celery, "beat", "--schedule", str(beat_file), "--pidfile", "", "--loglevel", "WARNING"]
        children.append(spawn(beat, env=env, log=logs / "beat.log"))
        self._wait(port, children[-3], logs / "web.log")
        self._announce(port, mail_page, time.monotonic() - started)
        while True:
            for child in children:
                if child.poll() is not None:
                    self.stderr.write(f"{child.args!r} ended with {child.returncode}; see {logs}.")
                    return
            time.sleep(0.5)

    def _wait(self, port: int, web: subprocess.Popen[bytes], log: Path) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if web.poll() is not None:
                raise CommandError(f"The web server ended at once:\n{log.read_text()[-1500:]}")
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:  # noqa: S310
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise CommandError(f"The web server did not answer within a minute; see {log}.")

    def _announce(self, port: int, mail_page: int, seconds: float) -> None:
        from reminders.demo import PASSWORD, SIGN_INS

        write = self.stdout.write
        write(f"\n  Duckrow is up after {seconds:.1f} s:  http://localhost:{port}")
        write(f"  Every mail it sends:          http://localhost:{mail_page}\n")
        write(f"  Sign in with the password “{PASSWORD}”:")
        for role, email in SIGN_INS:
            write(f"    {role:<14} {email}")
        write("\n  A second factor is required of nobody in the demo. Ctrl-C ends everything.\n")
        self.stdout.flush()


def _interrupt(_signum: int, _frame: Any) -> None:
    raise KeyboardInterrupt
