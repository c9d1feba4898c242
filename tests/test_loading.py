"""What a web worker loads before it is asked for anything."""

import subprocess
import sys

from django.conf import settings

ASKED_FOR_BY_FEW = ["icalendar", "jsonschema", "lxml", "ninja", "puremagic", "typst"]
LOADS = f"""
import runpy, sys, config.wsgi
runpy.run_path("gunicorn.conf.py")["when_ready"](None)
import milestones.views.milestone
print([name for name in {ASKED_FOR_BY_FEW} if name in sys.modules])
"""


def test_what_few_addresses_need_is_loaded_when_one_of_them_is_asked_for() -> None:
    done = subprocess.run([sys.executable, "-c", LOADS], cwd=settings.BASE_DIR, capture_output=True, text=True)

    assert done.stdout.strip() == "[]", done.stderr[-800:]
