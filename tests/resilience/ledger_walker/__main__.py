"""Prints one line of JSON: how many acts of which name were carried out, and what was acknowledged. Ends with an error
when anything but a refusal happened."""

import json
import os
import sys
import traceback
from collections import Counter

import django

django.setup()

from django.db import connections  # noqa: E402

from milestones.queries import pay_by  # noqa: E402
from tests.factories import NOW  # noqa: E402
from tests.resilience.ledger_walker.guards import leave_out  # noqa: E402
from tests.resilience.ledger_walker.walker import Walker  # noqa: E402


def main(seed: int, steps: int, clients: int, guards: str = "", only: str = "") -> int:
    leave_out(guards)
    pay_by(NOW)  # what is imported late is imported once, not by each client
    connections.close_all()
    children = []
    waiting, go = os.pipe()  # all begin at once: when the last has been made, the pipe is closed
    for number in range(clients):
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            told, code = "{}", 1
            try:
                walker = Walker(seed, number)
                os.close(go)
                os.read(waiting, 1)
                told, code = json.dumps(walker.walk(steps, only=only, is_guarded=not guards)), 0
            except BaseException:
                traceback.print_exc()
            finally:
                with os.fdopen(writing, "w") as pipe:
                    pipe.write(told)
                connections.close_all()
                sys.stderr.flush()
                os._exit(code)
        os.close(writing)
        children.append((child, reading))
    os.close(go)
    acts: Counter[str] = Counter()
    rows: dict[str, list[object]] = {}
    worst = 0
    for child, reading in children:
        with os.fdopen(reading) as pipe:
            told = json.loads(pipe.read() or "{}")
        worst = max(worst, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        acts.update(told.pop("acts", {}))
        for name, found in told.items():
            rows.setdefault(name, []).extend(found)
    print(json.dumps({"acts": acts, **rows}))
    return worst


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:]))
