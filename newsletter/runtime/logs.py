"""One line for each event that matters to an operator: on stderr, as words (-v) or as JSON objects (--log-json).

Events go through the standard logging module, so that another program can send them elsewhere. An address is never
shown above DEBUG: a line in a journal is read by more people than the database.
"""

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any

ROOTS = ("newsletter", "subscribers")
"""The names of the loggers that all others here stand under."""

_ADDRESS = re.compile(r"[^\s<>@\"'(),:;]{1,256}@[^\s<>@\"'(),;]{1,256}")
_HIDDEN = "(address)"


def event(log: logging.Logger, what: str, level: int = logging.INFO, **facts: object) -> None:
    """Log that `what` happened, with its facts. Facts that are None are left out."""
    if log.isEnabledFor(level):
        known = {name: value for name, value in facts.items() if value is not None}
        log.log(level, what, extra={"facts": known})


def show(verbosity: int, as_json: bool) -> None:
    """Show events on stderr: warnings only (0), what matters (1, and the least with `as_json`), or everything (2)."""
    level = {0: logging.INFO if as_json else logging.WARNING, 1: logging.INFO}.get(verbosity, logging.DEBUG)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_AsJson() if as_json else _InWords())
    for name in ROOTS:
        log = logging.getLogger(name)
        log.handlers = [handler]
        log.propagate = False
        log.setLevel(level)


class _InWords(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        facts = " ".join(f"{name}={_word(value)}" for name, value in _facts(record).items())
        line = f"{_when(record)} {record.levelname.lower()} {record.name}: {record.getMessage()} {facts}".rstrip()
        traceback = f"\n{self.formatException(record.exc_info)}" if record.exc_info else ""
        return _without_addresses(record, line.replace("\n", " ") + traceback)


class _AsJson(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, Any] = {
            "at": _when(record),
            "level": record.levelname.lower(),
            "log": record.name,
            "event": _without_addresses(record, record.getMessage()),
        }
        for name, value in _facts(record).items():
            said.setdefault(name, _without_addresses(record, value) if isinstance(value, str) else value)
        if record.exc_info:
            said["traceback"] = _without_addresses(record, self.formatException(record.exc_info))
        return json.dumps(said, ensure_ascii=False, default=str)


def _facts(record: logging.LogRecord) -> dict[str, object]:
    facts: dict[str, object] = getattr(record, "facts", {})
    return facts


def _when(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _word(value: object) -> str:
    text = str(value)
    return text if re.fullmatch(r"[\w.:+/-]+", text) else json.dumps(text, ensure_ascii=False)


def _without_addresses(record: logging.LogRecord, text: str) -> str:
    return text if record.levelno <= logging.DEBUG else _ADDRESS.sub(_HIDDEN, text)
