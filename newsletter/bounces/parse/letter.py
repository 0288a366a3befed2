"""Reads the bytes of a mail: its fields, its prose, its reports, the head of the original.

Real bounces break every rule of MIME, so this file cuts a mail into parts leniently: a part that is not closed ends at
the end of the mail, and if the declared boundary does not occur, it is guessed. Any bytes make a letter; size, depth
and number of parts are bounded. The body of the original is thrown away: it is our own mail, and not part of an answer.
"""

import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser
from html import unescape
from itertools import islice

MOST_BYTES = 1_000_000
MOST_DEPTH = 6
MOST_PARTS = 60
MOST_VALUE = 2_000
"""How many characters of a field are read; the time to decode it grows with the square of its words."""

Fields = tuple[tuple[str, str], ...]
"""The fields of a mail's head in their order: names in lower case, values unfolded."""


@dataclass(frozen=True, slots=True)
class Part:
    """One leaf of a mail: its type, and its text with the transfer encoding decoded."""

    type: str
    text: str


@dataclass(frozen=True, slots=True)
class Letter:
    """What can be read in a mail to the bounce mailbox."""

    fields: Fields
    type: str = "text/plain"
    report_type: str = ""
    parts: tuple[Part, ...] = field(default=())
    """The leaves, without the original."""
    originals: tuple[str, ...] = ()
    """The head of each attached mail (or of each mail whose head alone is attached), as written."""

    def all(self, *names: str) -> list[str]:
        """Return the values of all fields with these names, name by name."""
        return [value for name in names for known, value in self.fields if known == name]

    def first(self, name: str) -> str:
        """Return the value of the first field with this name, or ""."""
        return next((value for known, value in self.fields if known == name), "")

    def words(self, name: str) -> str:
        """Return the same with its encoded words decoded (RFC 2047), as far as possible."""
        value = self.first(name)
        try:
            return str(make_header(decode_header(value)))
        except (MessageError, LookupError, ValueError):
            return value

    def of_type(self, *types: str) -> list[str]:
        """Return the texts of the parts of these types."""
        return [part.text for part in self.parts if part.type in types]


def open_letter(mail: bytes) -> Letter:
    """Read `mail`, whatever its bytes are. Raises nothing."""
    head, body = _halves(_without_envelope_line(mail[:MOST_BYTES]))
    top = _head(head)
    found = list(islice(_leaves(top, body, 0), MOST_PARTS))
    return Letter(
        fields=_fields(top),
        type=top.get_content_type(),
        report_type=_parameter(top, "report-type").lower(),
        parts=tuple(part for part in found if part.type not in _ORIGINALS),
        originals=tuple(part.text for part in found if part.type in _ORIGINALS),
    )


def read_fields(text: str) -> Fields:
    """Read the fields at the start of `text`, up to its first empty line."""
    return _fields(_head(text.encode("utf-8", "replace")))


_ORIGINALS = ("message/rfc822", "text/rfc822-headers", "text/rfc822-header", "message/rfc822-headers", "message/global")
_BLANK = re.compile(rb"\r?\n[ \t]*\r?\n")
_TAG = re.compile(r"<[^<>]{0,2000}>")
_LINE_TAG = re.compile(r"<(?:br|/p|/div|/tr|/h[1-6]|/li)\b[^<>]{0,200}>", re.IGNORECASE)
_GUESS = re.compile(rb"^--(\S[^\r\n]{5,100}?)[ \t]*\r?\n(?=content-)", re.MULTILINE | re.IGNORECASE)


def _leaves(head: "Message[str, str]", body: bytes, depth: int) -> Iterator[Part]:
    kind = head.get_content_type()
    if kind.startswith("multipart/") and depth < MOST_DEPTH:
        for piece in _pieces(head, body):
            inner, rest = _halves(piece)
            yield from _leaves(_head(inner), rest, depth + 1)
    else:
        text = _text(head, body)
        yield Part(kind, _prose_of(text) if kind == "text/html" else _original_head(kind, text))


def _pieces(head: "Message[str, str]", body: bytes) -> list[bytes]:
    """Return the parts between the boundaries; if the declared boundary does not occur, guess it from the body."""
    declared = _parameter(head, "boundary").encode("utf-8", "replace")
    pieces = _cut_at(declared, body) if declared else []
    if len(pieces) < 2:
        drawn = _GUESS.search(body)
        pieces = _cut_at(drawn[1], body) if drawn else [body]
    # Mail programs do not show text before the first boundary, so we read it only if there is nothing else.
    return (pieces[1:] or pieces)[:MOST_PARTS]


def _cut_at(boundary: bytes, body: bytes) -> list[bytes]:
    line = re.compile(rb"(?:\A|\r?\n)--" + re.escape(boundary) + rb"(?:--)?[ \t]*(?=\r?\n|\Z)")
    return [piece.lstrip(b"\r\n") if number else piece for number, piece in enumerate(line.split(body))]


def _halves(raw: bytes) -> tuple[bytes, bytes]:
    if not re.match(rb"[!-9;-~]{1,100}[ \t]*:", raw):
        return b"", raw  # no head: some servers write parts without one
    match = _BLANK.search(raw)
    return (raw[: match.start()], raw[match.end() :]) if match else (raw, b"")


def _without_envelope_line(mail: bytes) -> bytes:
    """Return `mail` without the "From " line with which a mail in an mbox file begins."""
    mail = mail.lstrip(b"\r\n")
    return mail.partition(b"\n")[2] if re.match(rb">?From ", mail) else mail


def _head(raw: bytes) -> "Message[str, str]":
    return BytesHeaderParser().parsebytes(raw)


def _fields(head: "Message[str, str]") -> Fields:
    return tuple(
        (name.lower(), " ".join(_legible(str(value)[:MOST_VALUE]).split())) for name, value in head.raw_items()
    )


def _legible(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _parameter(head: "Message[str, str]", name: str) -> str:
    if len(str(head.get("content-type", ""))) > MOST_VALUE:
        return ""
    try:
        value = head.get_param(name, "")
    except (LookupError, ValueError):
        return ""
    return value if isinstance(value, str) else str(value[2])


def _text(head: "Message[str, str]", body: bytes) -> str:
    charset = _parameter(head, "charset") or "utf-8"
    raw = _decoded(str(head.get("content-transfer-encoding", "")).strip().lower(), body)
    try:
        text = raw.decode(charset, "replace")
    except (LookupError, ValueError):
        text = raw.decode("utf-8", "replace")
    return text.replace("\r\n", "\n").replace("\0", "\ufffd")


def _decoded(encoding: str, body: bytes) -> bytes:
    if encoding == "quoted-printable":
        return quopri.decodestring(body)
    if encoding == "base64":
        try:
            return binascii.a2b_base64(body + b"==")
        except binascii.Error:
            return body
    return body


def _prose_of(html: str) -> str:
    return unescape(_TAG.sub(" ", _LINE_TAG.sub("\n", html)))


def _original_head(kind: str, text: str) -> str:
    if kind not in _ORIGINALS:
        return text
    return re.split(r"\n[ \t]*\n", text.lstrip("\n"), maxsplit=1)[0]
