"""What the doctor found: one thing looked at, how it stands, and what follows from it."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much it matters."""

    OK = "ok"
    NOTE = "note"
    """Nothing to do, or nothing that can be seen from here."""
    WARNING = "warning"
    """Some receivers, or some day, will mind."""
    ERROR = "error"
    """Mail is refused, lost or unsafe as it stands."""


SETTINGS = "settings"
"""The subject of findings that only a change of .env can put right."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. `record` is a line for a zone file, exactly as it is to be put there."""

    subject: str
    severity: Severity
    found: str
    consequence: str = ""
    """What a receiver, or a reader, will do."""
    change: str = ""
    """What to change."""
    record: str = ""


def ok(subject: str, found: str) -> Finding:
    """All is well."""
    return Finding(subject, Severity.OK, found)


def note(subject: str, found: str, consequence: str = "", change: str = "", record: str = "") -> Finding:
    """Nothing that must be done."""
    return Finding(subject, Severity.NOTE, found, consequence, change, record)


def warning(subject: str, found: str, consequence: str, change: str, record: str = "") -> Finding:
    """Something to change when there is time."""
    return Finding(subject, Severity.WARNING, found, consequence, change, record)


def error(subject: str, found: str, consequence: str, change: str, record: str = "") -> Finding:
    """Something to change before the next send."""
    return Finding(subject, Severity.ERROR, found, consequence, change, record)
