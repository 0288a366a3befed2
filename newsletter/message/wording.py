"""What the mails of an issue say in one language, encoded once. In: a CompiledEmail. Out: subject and body with gaps.

An issue has one wording, or one more for each language that readers get alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape

from newsletter import merge
from newsletter.compiled import CompiledEmail
from newsletter.message import alternative
from newsletter.message.headers import unstructured
from newsletter.message.layout import Layout

Cut = Callable[[str, Callable[[str], str]], list[merge.Piece]]


@dataclass
class Wording:
    """The subject, and all after the recipient's own headers."""

    subject: list[merge.Piece]
    fixed_subject: bytes
    """The subject's whole header, if it is the same for all; else empty."""
    layout: Layout
    is_plain: bool = False
    """Whether a mail of it may go onto a wire as it is."""

    def subject_line(self, values: Mapping[str, str], mark: str = "") -> bytes:
        """Return the subject's header, with `mark` before its words. Raises ValueError for a value that cannot be."""
        filled = "".join(piece if isinstance(piece, str) else piece.fill(values) for piece in self.subject)
        return unstructured("Subject", mark + filled)


def word(email: CompiledEmail, headers: bytes, boundary: str, opened: Cut) -> Wording:
    """Encode `email` below the `headers` that are the same for all; `opened` cuts a text at its gaps."""
    subject = opened(email.subject, str)
    layout = Layout(
        headers + alternative.opening(boundary, "plain"),
        (opened(email.text, str), str),
        alternative.opening(boundary, "html"),
        (opened(email.html, escape), escape),
        alternative.closing(boundary),
    )
    wording = Wording(subject, b"", layout)
    if not any(isinstance(piece, merge.MergeTag) for piece in subject):
        wording.fixed_subject = wording.subject_line({})
    return wording
