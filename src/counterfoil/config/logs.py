"""Structured logs: one fixed message and its values as fields, readable on a terminal, JSON elsewhere."""

import logging
import sys

import structlog

# Values that must never reach a log, whatever the code around them does.
_SECRET_WORDS = ("token", "secret", "password", "authorization", "cookie", "code_verifier")


def _hide_secrets(
    _logger: object, _name: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    for key in event:
        if any(word in key.lower() for word in _SECRET_WORDS):
            event[key] = "[hidden]"
    return event


def configure_logs(*, debug: bool) -> None:
    """Send everything, our own and the libraries', through one chain to standard error."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _hide_secrets,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.DEBUG if debug else logging.INFO)
    # These narrate every request and statement; the addresses they print can hold one-time codes.
    for name in ("httpx", "httpcore", "hpack", "django.db.backends", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("procrastinate").setLevel(logging.WARNING)


def leave_terminal_alone() -> None:
    """Keep the log off a terminal on which a command shows its progress; its result tells what went wrong."""
    logging.getLogger().setLevel(logging.CRITICAL)
