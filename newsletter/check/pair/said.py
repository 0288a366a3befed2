"""How findings about two halves are worded. In: a half, a unit, a problem. Out: Findings that name both lines."""

from newsletter.check.pair.units import Half, Unit
from newsletter.check.reading import excerpt
from newsletter.compiled import Finding, Severity

LANGUAGE = {"cy": "Welsh", "en": "English"}
"""What organisers call each language."""


def place_of(half: Half, line: int) -> str:
    """Name a line of a half."""
    return f"line {line} of {half.name}"


def in_quotes(text: str) -> str:
    """Quote the first words of `text`."""
    return f"“{excerpt(text, 40)}”"


def found(
    half: Half, line: int, other: Half, other_line: int, why: str, severity: Severity = Severity.ERROR
) -> Finding:
    """Make a finding about `line` of `half`, and about `other_line` of the other."""
    return Finding(severity, why, line, half.post.path, (other.post.path, other_line))


def name_of(half: Half) -> str:
    """Name the language of a half."""
    return LANGUAGE[half.language]


def last_line(units: list[Unit], otherwise: int = 1) -> int:
    """Name the line of the last of `units`."""
    return units[-1].line if units else otherwise
