"""The addresses of a mail. In: an address as a post has it. Out: an absolute one, or none and a finding that says why.

An address of the web stays, or is completed from the post's base_url; a file beside the post gets the address it is
published at. A merge tag in an address is percent-encoded when it is filled, and never decides the host.
"""

from typing import Protocol
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from newsletter.compiled import Severity
from newsletter.compiler.enclosed import Enclosed
from newsletter.compiler.gaps import Gaps
from newsletter.merge import LINKS
from newsletter.post import Post
from newsletter.publish import Published, Refusal

LINK, IMAGE = "link", "image"


class Note(Protocol):
    """Records a finding, with the words by which its line is found."""

    def __call__(self, severity: Severity, message: str, words: str | None) -> None: ...


class Addresses:
    """The addresses of one article."""

    def __init__(self, post: Post, gaps: Gaps, enclosed: Enclosed, note: Note) -> None:
        self._post = post
        self._gaps = gaps
        self._enclosed = enclosed
        self._note = note

    def absolute(self, address: str, kind: str, severity: Severity = Severity.ERROR) -> str:
        """Resolve `address`, or say why it cannot be kept and return an empty string."""
        tag = self._gaps.opening(address)
        if tag is not None:
            return self._opened_by(tag.name, address, kind)
        if not address or not splits(address):
            return ""
        if address.startswith("//"):
            address = f"https:{address}"
        if urlsplit(address).scheme:
            return self._of_the_web(address, kind)
        found = None if self._gaps.within(address) else self._enclosed.find(address, picture=kind == IMAGE)
        if isinstance(found, Published):
            return self._given_out(found, address)
        if self._post.base_url and (found is None or found.elsewhere):
            return self.absolute(urljoin(self._post.base_url, address), kind)
        if not address.startswith("#"):
            self._leads_nowhere(address, kind, severity, found)
        return ""

    def _opened_by(self, name: str, address: str, kind: str) -> str:
        if name in LINKS:
            return self._gaps.in_address(address)
        why = f"a {kind} begins with {{{{{name}}}}}: of the merge tags, only {', '.join(LINKS)} lead anywhere"
        self._note(Severity.ERROR, why, f"{{{{{name}")
        return ""

    def _of_the_web(self, address: str, kind: str) -> str:
        tag = self._gaps.within(urlsplit(address).netloc)
        if tag is None:
            return self._gaps.in_address(_in_ascii(address))
        why = f"{{{{{tag.name}}}}} stands where a {kind} names its host: every reader would be led somewhere else"
        self._note(Severity.ERROR, why, f"{{{{{tag.name}")
        return ""

    def _leads_nowhere(self, address: str, kind: str, severity: Severity, refused: Refusal | None) -> None:
        if refused is not None:
            self._note(Severity.ERROR, f"the {kind} leads nowhere: {refused.why}", address)
            return
        what = f'the {kind} "{address}" leads nowhere from a mail: write its whole address, or set base_url'
        self._note(severity, what, address)

    def _given_out(self, file: Published, written: str) -> str:
        for severity, remarks in ((Severity.WARNING, file.warnings), (Severity.NOTE, file.notes)):
            for remark in remarks:
                self._note(severity, remark, written)
        return file.address


def splits(address: str) -> bool:
    """Say whether `address` can be parsed at all."""
    try:
        return bool(urlsplit(address))
    except ValueError:
        return False


def _in_ascii(address: str) -> str:
    parts = urlsplit(address)
    try:
        host = parts.netloc.encode("idna").decode() if not parts.netloc.isascii() else parts.netloc
    except UnicodeError:
        host = parts.netloc
    return quote(urlunsplit(parts._replace(netloc=host)), safe="!#$%&'()*+,/:;=?@[]~-._")
