"""What the domain logs, in the logs of the Prefect run and task run that it happens in."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, MutableMapping

import structlog
from prefect.context import FlowRunContext, TaskRunContext
from prefect.logging.handlers import APILogHandler

from bedplate.adapters.redaction import KNOWN
from tasks.failures import StepFailed
from tasks.times import spoken

LOGGER = "bedplate"

Event = MutableMapping[str, object]


def attach_logs() -> None:
    """Send what the domain logs to Prefect, as lines for people and without secrets."""
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, _render],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    logger = logging.getLogger(LOGGER)
    logger.setLevel(logging.INFO)
    if not any(isinstance(handler, APILogHandler) for handler in logger.handlers):
        handler = APILogHandler()
        handler.addFilter(_in_a_run)
        logger.addHandler(handler)
    for name in ("prefect.flow_runs", "prefect.task_runs"):
        logging.getLogger(name).addFilter(_tidy)


def _in_a_run(_record: logging.LogRecord) -> bool:
    """Prefect takes lines of runs only; what is said between them, or at the end, it refuses."""
    return FlowRunContext.get() is not None or TaskRunContext.get() is not None


def _tidy(record: logging.LogRecord) -> bool:
    """Let Prefect's own lines pass without secrets, and explained failures without a traceback."""
    record.msg, record.args = KNOWN.redact(record.getMessage()), ()
    if record.exc_info and isinstance(record.exc_info[1], StepFailed):
        record.exc_info = None
    return True


def _render(_logger: object, _method: str, event: Event) -> str:
    what = str(event.pop("event"))
    line = _LINES.get(what, _plain(what))
    return KNOWN.redact(line(event))


def _plain(what: str) -> Callable[[Mapping[str, object]], str]:
    return lambda event: " ".join([what, *(f"{key}={value}" for key, value in event.items())])


def _planned(event: Mapping[str, object]) -> str:
    steps = event["steps"]
    if not isinstance(steps, Mapping):
        return f"Plan: {steps}"
    by_action: dict[object, list[str]] = {}
    for step, action in steps.items():
        by_action.setdefault(action, []).append(str(step))
    return "\n".join(f"{action}: {', '.join(names)}" for action, names in by_action.items())


def _failed(event: Mapping[str, object]) -> str:
    return "\n".join(
        (
            f"❌ {event['step']} failed: {event['code']}: {event['seen']}",
            f"   why    {event['why']}",
            f"   to do  {event['remedy']}",
            f"   who    {event['owner']}",
        )
    )


def _seconds(value: object) -> str:
    return spoken(value) if isinstance(value, float | int) else str(value)


_LINES: Mapping[str, Callable[[Mapping[str, object]], str]] = {
    "planned": _planned,
    "step started": lambda event: str(event["title"]),
    "said": lambda event: str(event["text"]),
    "waiting": lambda event: f"waiting on {event['on']}",
    "step kept": lambda event: f"Kept: {event['why']}",
    "step settled": lambda event: f"Settled in {_seconds(event['seconds'])}",
    "step will be retried": lambda event: (
        f"{event['code']}: {event['seen']}; trying again after {_seconds(event['after'])}"
    ),
    "step failed": _failed,
    "recorded fact cannot be read": lambda event: (
        f"What {event['step']} left is looked up again, its record cannot be read: {event['why']}"
    ),
}
