"""gunicorn reads this in the folder in which it is started; what stands on its command line counts more.

The application is loaded once, before the workers are made, so that they share what they do not write to. A changed
application therefore needs a restart: on HUP gunicorn starts new workers from the one that it has loaded.
"""

import gc
import importlib
import os
from typing import Any

preload_app = True


def when_ready(server: Any) -> None:
    """With all addresses and their views, the frame of a page and the world's holidays, which each worker would load
    for itself at its first requests otherwise. Frozen, since a collector that looks at everything would make each
    worker's own copy of it."""
    if os.environ.get("DJANGO_SETTINGS_MODULE") == "config.settings":
        from django.template.loader import get_template
        from django.urls import get_resolver

        _load(get_resolver())
        get_template("base.html")
        importlib.import_module("holidays.countries")
    gc.collect()
    gc.freeze()


def _load(resolver: Any) -> None:
    for pattern in resolver.url_patterns:
        if getattr(pattern, "namespace", "") != "api" and hasattr(pattern, "url_patterns"):
            _load(pattern)
