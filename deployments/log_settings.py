"""What a person may choose about logs; apart from `logging.py`, which is slow to import."""

from __future__ import annotations

import enum


class LogFormat(enum.StrEnum):
    """How a log line is written."""

    CONSOLE = "console"
    JSON = "json"


class LogLevel(enum.StrEnum):
    """The least that is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
