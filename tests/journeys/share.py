"""Where both databases run side by side, `SUITE_SHARE=part/parts` says which part of the looks is ours
(and of what asks no database: tests/conftest.py)."""

import os

PART, PARTS = map(int, os.environ.get("SUITE_SHARE", "0/1").split("/"))
