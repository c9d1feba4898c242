"""Everything at once on one machine: database, demo data, broker, worker, beat, mail and web."""

import importlib
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from core.embedded import broker, tables
from core.embedded.processes import free_port, spawn, stop


class Command(BaseCommand):
    help = "Start the whole product with demo data; Ctrl-C ends it. `make demo` calls this."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--fresh", action="store_true", help="forget the demo's data first")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.MODE != "demo":
            raise CommandError("Start the demo as “make demo” or “python manage.py demo”.")
        started = time.monotonic()
        for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(ending, _interrupt)
        mail_page = free_port()
        children: dict[str, subprocess.Popen[bytes]] = {}
        try:
            self._start(options["port"], mail_page, children)
            self._announce(options["port"], mail_page, time.monotonic() - started)
            self._watch(children)
        except KeyboardInterrupt:
            self.stdout.write("\nStopping …")
        finally:
            for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(ending, signal.SIG_IGN)
            for child in reversed(children.values()):
                stop(child)
        self.stdout.write("Stopped. The data is kept; “make demo FRESH=1” starts over.")

    def _start(self, port: int, mail_page: int, children: dict[str, subprocess.Popen[bytes]]) -> None:
        folder: Path = settings.VAR_DIR
        logs = folder / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        env = {**os.environ}
        if not env.get("BROKER_URL"):
            queue = broker.start(folder / "broker")
            if queue:
                children["broker"] = queue[0]
            env["BROKER_URL"] = queue[1] if queue else "filesystem://"

        def start(name: str, module: str, *arguments: str) -> None:
            command = [sys.executable, "-m", module, *arguments]
            children[name] = spawn(command, env=env, log=logs / f"{name}.log", cwd=settings.BASE_DIR)

        start("mail", "core.embedded.mailbox", str(settings.EMAIL_PORT), str(mail_page))
        call_command("collectstatic", verbosity=0, interactive=False)
        tables.migrate()
        # Web loads while the data does; worker and beat come when there is something to look at.
        web = f"config.wsgi --bind 127.0.0.1:{port} --worker-class gthread --workers 1 --threads 8 --log-level warning"
        start("web", "gunicorn", *web.split(), "--no-control-socket")
        self._seed()
        # Threads: one process less in memory, and no pool of children to look after.
        worker = "-A config --quiet worker --pool threads --concurrency 2 --loglevel WARNING"
        start("worker", "celery", *worker.split(), "--without-mingle", "--without-gossip", "--without-heartbeat")
        beat = ["--schedule", str(folder / "beat-schedule"), "--pidfile", "", "--loglevel", "WARNING"]
        start("beat", "celery", "-A", "config", "--quiet", "beat", *beat)
        self._wait(port, children["web"], logs / "web.log")

    def _seed(self) -> None:
        from accounts.models import User

        settings.RING_BROKER = False  # nobody hears the bell yet; the worker finds the rows
        if not User.objects.exists():
            call_command("seed_demo", verbosity=0)
        connection.close()

    def _wait(self, port: int, web: subprocess.Popen[bytes], log: Path) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if web.poll() is not None:
                raise CommandError(f"The web server ended at once:\n{log.read_text()[-1500:]}")
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise CommandError(f"The web server did not answer within a minute; see {log}.")

    def _watch(self, children: dict[str, subprocess.Popen[bytes]]) -> None:
        while True:
            for name, child in children.items():
                if child.poll() is not None:
                    raise CommandError(
                        f"The {name} process ended with {child.returncode}; see {settings.VAR_DIR / 'logs'}."
                    )
            time.sleep(0.5)

    def _announce(self, port: int, mail_page: int, seconds: float) -> None:
        # What the demo's data is, only the app that makes it knows.
        demo = importlib.import_module("reminders.demo")
        write = self.stdout.write
        write(f"\n  Duckrow is up after {seconds:.1f} s:  http://localhost:{port}")
        write(f"  Every mail it sends:         http://localhost:{mail_page}\n")
        write(f"  Sign in with the password “{demo.PASSWORD}” as")
        for role, email in demo.SIGN_INS:
            write(f"    {role:<14} {email}")
        write("\n  No second factor is asked for in the demo (in production admin and finance need one).")
        write("  Ctrl-C ends everything.\n")
        self.stdout.flush()


def _interrupt(_signum: int, _frame: Any) -> None:
    raise KeyboardInterrupt
