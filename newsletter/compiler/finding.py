"""What the compiler noticed about a post, for its author. It notices; whether mail goes out is decided elsewhere."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"  # readers would be failed: not to be sent like this
    WARNING = "warning"  # some readers would be: the author should decide
    NOTE = "note"  # worth knowing


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence on what a reader would suffer and what to do; `line` is that of the post's file, where it has one."""

    severity: Severity
    message: str
    line: int | None = None
