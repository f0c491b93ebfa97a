"""Logs: structured, with cluster, operation, run and step; secrets never get in."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import TypeAlias

import structlog

from bedplate.adapters.redaction import HIDDEN, KNOWN
from bedplate.errors import BadInput, Owner
from deployments.log_settings import LogFormat, LogLevel

Event: TypeAlias = MutableMapping[str, object]

SECRET_KEYS = re.compile(
    r"(.*[_-])?(passw(or)?d|secret|token|credentials?|authorization|private_?key)", re.IGNORECASE
)


class Binding:
    """Adds the fields that every line of this process carries: one process, one run.

    Not a context variable: the steps run in threads, which do not inherit those.
    """

    def __init__(self) -> None:
        self._fields: dict[str, str] = {}

    def bind(self, **fields: str) -> None:
        """Add fields to every line from now on."""
        self._fields |= fields

    def __call__(self, logger: object, method: str, event: Event) -> Event:
        """Add them to one line, without hiding what the line itself says."""
        for name, value in self._fields.items():
            event.setdefault(name, value)
        return event


def redact(_logger: object, _method: str, event: Event) -> Event:
    """Hide remembered secrets anywhere in a line, and whatever a key calls a secret."""
    for key in list(event):
        event[key] = HIDDEN if SECRET_KEYS.fullmatch(key) else _redacted(event[key])
    return event


def _redacted(value: object) -> object:
    if isinstance(value, str):
        return KNOWN.redact(value)
    if isinstance(value, dict):
        return {
            key: HIDDEN if SECRET_KEYS.fullmatch(str(key)) else _redacted(item)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_redacted(item) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return KNOWN.redact(str(value))


def set_up(
    binding: Binding,
    *,
    level: LogLevel = LogLevel.INFO,
    on_stderr: LogFormat | None = None,
    file: Path | None = None,
) -> None:
    """Send what `bedplate` logs to stderr in a format, to a file as JSON lines, or to both."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handlers: list[logging.Handler] = []
    if on_stderr is not None:
        handlers.append(_handler(logging.StreamHandler(sys.stderr), on_stderr, binding))
    if file is not None:
        handlers.append(_handler(_open(file), LogFormat.JSON, binding))
    _use(handlers or [logging.NullHandler()], level)


def _open(file: Path) -> logging.Handler:
    try:
        return logging.FileHandler(file, encoding="utf-8")
    except OSError as error:
        raise BadInput(
            "LOG_UNWRITABLE",
            f"the log {file} cannot be written: {error.strerror}",
            why="every run keeps a log",
            remedy="make the file writable, or name another folder in BEDPLATE_HOME",
            owner=Owner.PLATFORM,
        ) from error


def _use(handlers: list[logging.Handler], level: LogLevel) -> None:
    logger = logging.getLogger("bedplate")
    for old in list(logger.handlers):
        logger.removeHandler(old)
        old.close()
    for handler in handlers:
        logger.addHandler(handler)
    logger.setLevel(level.upper())
    logger.propagate = False
    logging.raiseExceptions = False  # a log that cannot be written ends no run and shows no trace


def _handler(handler: logging.Handler, shape: LogFormat, binding: Binding) -> logging.Handler:
    """Give a handler the one chain of processors; redaction is the last before the writing."""
    renderer: structlog.typing.Processor = structlog.processors.JSONRenderer(ensure_ascii=False)
    if shape is LogFormat.CONSOLE:
        renderer = structlog.dev.ConsoleRenderer(colors=False, sort_keys=False)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.add_log_level,
                binding,
                structlog.processors.format_exc_info,
                redact,
                renderer,
            ],
        )
    )
    return handler
