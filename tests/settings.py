"""The product's settings in test mode, with a folder of their own. Set before anything else looks at them."""

import os
import tempfile

os.environ.setdefault("DUCKROW_MODE", "test")
if "DUCKROW_VAR" not in os.environ:
    os.environ["DUCKROW_VAR"] = tempfile.mkdtemp(prefix="duckrow-test-")

from config.settings import *  # noqa: F403
