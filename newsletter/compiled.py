"""What the compiler makes: one mail for all readers, and what it noticed. Who only reads an issue needs no compiler."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

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


_STORED = ("subject", "preheader", "html", "text", "language", "title")


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

    def languages_for(self, reader: str) -> str:
        """Name the languages of the mail for a reader whose language is `reader`: "cy", or "cy+en" for both."""
        own = reader.lower().partition("-")[0]
        return own if own in self.variants else "+".join(self.languages)

    def to_content(self) -> dict[str, Any]:
        """Return what is stored of it with an issue."""
        words = {name: getattr(self, name) for name in _STORED}
        words |= {"second_language": self.second_language} if self.second_language else {}
        variants = {language: variant.to_content()["email"] for language, variant in self.variants.items()}
        return {"email": words} | ({"variants": variants} if variants else {})

    @classmethod
    def from_content(cls, content: Mapping[str, Any]) -> "CompiledEmail":
        """Read what `to_content` returned; an issue frozen earlier has no variants."""
        variants = content.get("variants", {})
        read = {language: cls(**words, findings=()) for language, words in variants.items()}
        return cls(**content["email"], findings=(), variants=read)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that the mail is in, in their order."""
        return (self.language, self.second_language) if self.second_language else (self.language,)
