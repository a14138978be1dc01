"""Logging, configured once: JSON lines to a pipe, readable on a terminal, always on standard error."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from app.printing import coloured
from ops.words import visible

_PYTHON_LOGS = logging.getLogger()


def configure_logs(level: str) -> None:
    """Send the logs of doctrail and of its libraries to standard error from ``level`` on."""
    number = logging.getLevelNamesMapping()[level.upper()]
    terminal = sys.stderr.isatty()
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        processors=[*shared, *(_for_people() if terminal else _for_programs())],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    # What it meets and rides out is no error of ours, and what it does not we say ourselves.
    logging.getLogger("aiokafka").setLevel(logging.NOTSET if number < logging.INFO else logging.CRITICAL)
    _PYTHON_LOGS.handlers = [_Forwarder(max(number, logging.WARNING))]


class _Forwarder(logging.Handler):
    """Hands what libraries log to structlog, so that a pipe carries one format."""

    def emit(self, record: logging.LogRecord) -> None:
        structlog.get_logger("library").log(
            record.levelno, "library.message", logger=record.name, message=record.getMessage()
        )


def _for_programs() -> list[structlog.typing.Processor]:
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]


def _for_people() -> list[structlog.typing.Processor]:
    return [
        _spell_out,
        structlog.dev.ConsoleRenderer(
            colors=coloured(sys.stderr), exception_formatter=structlog.dev.plain_traceback
        ),
    ]


def _spell_out(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Make what may come from a document harmless to a terminal."""
    return {key: visible(value) if isinstance(value, str) else value for key, value in event.items()}
