"""How findings about a post are shown. In: a file and its Findings. Out: lines for a person, or JSON."""

import shutil
import textwrap
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

from newsletter.cli.printing import say
from newsletter.compiled import Finding, Severity

_NARROW, _WIDE = 40, 100
"""Columns: narrower lines would break words, and wider ones are hard to read."""


def lines_of_findings(path: Path, findings: Collection[Finding]) -> Iterator[str]:
    """Name each file once, and below it each finding with its line number, wrapped between words."""
    room = min(max(shutil.get_terminal_size((80, 24)).columns, _NARROW), _WIDE)
    digits = max((len(str(finding.line or "")) for finding in findings), default=0)
    named: Path | None = None
    for finding in findings:
        if (finding.file or path) != named:
            named = finding.file or path
            yield str(named)
        head = f"  {finding.line or '':>{digits}}  {finding.severity:<7}  "
        yield from textwrap.wrap(
            finding.message,
            room,
            initial_indent=head,
            subsequent_indent=" " * len(head),
            break_long_words=False,
            break_on_hyphens=False,
        )


def as_json(path: Path, finding: Finding) -> dict[str, Any]:
    """Return one finding as JSON, for other programs."""
    said: dict[str, Any] = {"file": str(finding.file or path), "line": finding.line, "severity": finding.severity}
    said["message"] = finding.message
    if finding.partner:
        said["partner"] = {"file": str(finding.partner[0]), "line": finding.partner[1]}
    return said


def counted(findings: Iterable[Finding]) -> str:
    """Count findings by severity: "2 errors, 1 warning, 0 notes"."""
    counts = Counter(finding.severity for finding in findings)
    return ", ".join(f"{counts[each]} {each}{'' if counts[each] == 1 else 's'}" for each in Severity)


def say_findings(path: Path, findings: Iterable[Finding]) -> None:
    """Say on stderr what a reader would suffer from the post; notes are left to `check`."""
    for line in lines_of_findings(path, [each for each in findings if each.severity is not Severity.NOTE]):
        say(line)
