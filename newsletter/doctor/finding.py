"""A finding of the doctor: the thing it looked at, its state, and what follows from it."""

from dataclasses import dataclass
from enum import StrEnum


class DoctorSeverity(StrEnum):
    """How much it matters."""

    OK = "ok"
    NOTE = "note"
    """There is nothing to do, or nothing can be seen from here."""
    WARNING = "warning"
    """Some receivers object to it, or it will become a problem one day."""
    ERROR = "error"
    """Mail is refused, lost or unsafe until this is changed."""


SETTINGS = "settings"
"""The subject of findings that only a change in .env can fix."""


@dataclass(frozen=True, slots=True)
class DoctorFinding:
    """One finding. `record` is a line for a DNS zone file, exactly as it must stand there."""

    subject: str
    severity: DoctorSeverity
    found: str
    consequence: str = ""
    """What a receiver, or a reader, will do."""
    change: str = ""
    """What to change."""
    record: str = ""


def ok(subject: str, found: str) -> DoctorFinding:
    """Make a finding that says all is well."""
    return DoctorFinding(subject, DoctorSeverity.OK, found)


def note(subject: str, found: str, consequence: str = "", change: str = "", record: str = "") -> DoctorFinding:
    """Make a finding that needs no action."""
    return DoctorFinding(subject, DoctorSeverity.NOTE, found, consequence, change, record)


def warning(subject: str, found: str, consequence: str, change: str, record: str = "") -> DoctorFinding:
    """Make a finding about something to change when there is time."""
    return DoctorFinding(subject, DoctorSeverity.WARNING, found, consequence, change, record)


def error(subject: str, found: str, consequence: str, change: str, record: str = "") -> DoctorFinding:
    """Make a finding about something to change before the next send."""
    return DoctorFinding(subject, DoctorSeverity.ERROR, found, consequence, change, record)
