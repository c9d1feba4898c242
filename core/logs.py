"""Structured logs: one JSON object a line in production, readable lines elsewhere; always with the request id."""

import logging
import re
import sys
from typing import Any

import structlog

# Random link tokens and anything that calls itself a secret never reach a log line.
TOKEN = re.compile(r"(/(?:o|offers|invitations|openings/apply|reset|key|calendar)/)[A-Za-z0-9_-]{16,}")
API_TOKEN = re.compile(r"(duck[rw]_[A-Za-z0-9]{8})[A-Za-z0-9]+")  # its first part names it and opens nothing
SECRET_KEYS = {"password", "token", "secret", "authorization", "cookie", "csrfmiddlewaretoken", "iban"}


def redact(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    for key, value in event.items():
        if key.lower() in SECRET_KEYS:
            event[key] = "…"
        elif isinstance(value, str):
            value = API_TOKEN.sub(r"\1…", TOKEN.sub(r"\1…", value))
            event[key] = value if key == "exception" else value.replace("\r", "\\r").replace("\n", "\\n")
    return event


def configure(options: dict[str, Any]) -> None:
    """Called by Django with settings.LOGGING = {"level": ..., "json": bool}."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
        structlog.processors.format_exc_info,
        redact,
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer() if options["json"] else structlog.dev.ConsoleRenderer(colors=False)
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(options["level"])
    structlog.configure(
        processors=[
            *shared[:1],
            structlog.stdlib.filter_by_level,
            *shared[1:],
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
