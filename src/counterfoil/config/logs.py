"""Structured logs: one fixed message and its values as fields; readable lines, or JSON for a program."""

import logging
import sys

import structlog

from counterfoil.config.discretion import FailureFormatter, hide_secrets, reword_libraries

_SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    hide_secrets,
]


def configure_logs(*, debug: bool, as_json: bool) -> None:
    """Send everything, our own and the libraries', through one chain to standard error."""
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(make_formatter(debug=debug, as_json=as_json))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.DEBUG if debug else logging.INFO)
    # These narrate every request and statement; the addresses they print can hold one-time codes.
    for name in ("httpx", "httpcore", "hpack", "django.db.backends", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("procrastinate").setLevel(logging.WARNING)


def make_formatter(*, debug: bool, as_json: bool) -> logging.Formatter:
    """Return what makes a line of the log; only while looking closer do exceptions tell all they know."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*_SHARED, reword_libraries],
        processors=[
            FailureFormatter(tells_all=debug),
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            renderer,
        ],
    )


def leave_terminal_alone() -> None:
    """Keep the log off a terminal on which a command shows its progress; its result tells what went wrong."""
    logging.getLogger().setLevel(logging.CRITICAL)
