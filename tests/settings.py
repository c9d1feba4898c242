"""The product's settings in test mode, with a folder of their own. Set before anything else looks at them.

`pytest --pg` runs on a PostgreSQL of its own (or TEST_DATABASE_URL), plain `pytest` on SQLite.
"""

import atexit
import os
import shutil
import sys
import tempfile

os.environ.setdefault("DUCKROW_MODE", "test")
if "DUCKROW_VAR" not in os.environ:
    os.environ["DUCKROW_VAR"] = tempfile.mkdtemp(prefix="duckrow-test-")
    atexit.register(shutil.rmtree, os.environ["DUCKROW_VAR"], ignore_errors=True)
if "--pg" in sys.argv and "DATABASE_URL" not in os.environ:
    if url := os.environ.get("TEST_DATABASE_URL"):
        os.environ["DATABASE_URL"] = url
    else:
        from core.embedded import postgres

        _cluster = postgres.Cluster()
        os.environ["DATABASE_URL"] = _cluster.url()
        atexit.register(_cluster.close)

from config.settings import *  # noqa: F403
