"""What the compiler makes: one mail for all readers, and what it noticed. Who only reads an issue needs no compiler."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # because who only reads an issue needs no files of its post
    from newsletter.publish import Published


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"  # readers would be failed: not to be sent like this
    WARNING = "warning"  # some readers would be: the author should decide
    NOTE = "note"  # worth knowing


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence on what a reader would suffer and what to do; `line` is that of the post's file, where it has one.

    The compiler notices; whether mail goes out is decided elsewhere.
    """

    severity: Severity
    message: str
    line: int | None = None
    file: Path | None = None
    """The file that `line` is of, where a post has two; None: the file of the post."""
    partner: tuple[Path, int] | None = None
    """File and line of what it is compared with, in the other half of a post in two languages."""


@dataclass(frozen=True, slots=True)
class CompiledEmail:
    """One mail for all readers: subject, preheader, html and text with their gaps open."""

    subject: str
    preheader: str
    html: str
    text: str
    language: str
    findings: tuple[Finding, ...]
    published: "tuple[Published, ...]" = ()
    """The files it leads to, which must be given out before anybody gets the mail."""
    title: str = ""
    """What stands above it, for lists of issues; its gaps are open, too."""
    second_language: str = ""
    """That of the lower half of a mail in two languages; `language` is that of the upper."""
    variants: "Mapping[str, CompiledEmail]" = field(default_factory=dict)
    """The mails for readers of one language, by its code, if an issue has such; all others get this mail."""

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that the mail is in, in their order."""
        return (self.language, self.second_language) if self.second_language else (self.language,)
