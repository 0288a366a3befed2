"""The parts of a mail. In: a message. Out: its words, as HTML or text, the pictures it brings, and what is attached.

Of alternatives, which say the same, the best is taken. Mixed parts are read in order. A mail in a mail is attached.
"""

import re
from dataclasses import dataclass, field
from email.message import EmailMessage, Message
from html import escape

from newsletter.post.source import decode

_STATEFUL = re.compile(r"iso-2022|hz-|utf-7|utf-16|utf-32", re.IGNORECASE)
_MOST_PARTS = 500


@dataclass
class Parts:
    """What a mail is made of; `pictures` are found by `cid:` address, or by the name or address they have."""

    html: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    pictures: dict[str, bytes] = field(default_factory=dict)
    attached: list[str] = field(default_factory=list)
    forwarded: list[EmailMessage] = field(default_factory=list)
    is_encrypted: bool = False

    @property
    def has_words(self) -> bool:
        """Tell whether any words were found."""
        return any(each.strip() for each in (*self.html, *self.text))

    def whole_html(self) -> str:
        """Join the pieces; text that stands between pieces of HTML becomes paragraphs."""
        return "\n".join(self.html)


def parts_of(message: EmailMessage) -> Parts:
    """Read the parts of `message`."""
    parts = Parts()
    _read(message, parts, [_MOST_PARTS])
    return parts


def _read(part: Message, parts: Parts, left: list[int]) -> None:
    left[0] -= 1
    if left[0] < 0:
        return
    kind = part.get_content_type()
    if kind in ("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"):
        parts.is_encrypted = True
    elif kind == "message/rfc822":
        inner = part.get_payload()
        parts.forwarded += (
            [each for each in inner[:1] if isinstance(each, EmailMessage)] if isinstance(inner, list) else []
        )
    elif kind == "multipart/alternative":
        _read_best(part, parts, left)
    elif part.is_multipart():
        for child in _children(part):
            _read(child, parts, left)
    else:
        _leaf(part, kind, parts)


def _read_best(part: Message, parts: Parts, left: list[int]) -> None:
    """Read the alternative with HTML, else the one with text; a calendar invitation beside them does not count."""
    read: list[Parts] = []
    for child in _children(part):
        made = Parts()
        _read(child, made, left)
        read.append(made)
    best = next((each for each in reversed(read) if any(html.strip() for html in each.html)), None)
    best = best or next((each for each in read if each.has_words), None)
    for each in read:
        parts.pictures |= each.pictures
        parts.attached += each.attached
        parts.forwarded += each.forwarded
        parts.is_encrypted |= each.is_encrypted
    if best is not None:
        parts.html += best.html
        parts.text += best.text


def _children(part: Message) -> list[Message]:
    return [child for child in part.get_payload() if isinstance(child, Message)]


def _leaf(part: Message, kind: str, parts: Parts) -> None:
    name = str(part.get_filename() or "")
    is_attached = part.get_content_disposition() == "attachment"
    if kind in ("text/html", "text/plain") and not is_attached and not (name and part.get_content_disposition()):
        (parts.html if kind == "text/html" else parts.text).append(_words(part, kind))
    elif kind.startswith("image/"):
        _picture(part, name or kind, parts)
    elif kind not in _FOR_PROGRAMS:
        parts.attached.append(name or kind)


_FOR_PROGRAMS = (
    "application/pgp-signature",
    "application/pkcs7-signature",
    "application/x-pkcs7-signature",
    "text/css",
)


def _picture(part: Message, called: str, parts: Parts) -> None:
    """Keep a picture under each address by which the text may mean it; show one that the text does not mean."""
    name = str(part.get_filename() or "")
    cid = str(part.get("Content-ID") or "").strip().strip("<>")
    location = str(part.get("Content-Location") or "").strip()
    content = part.get_payload(decode=True)
    for key in filter(None, (cid and f"cid:{cid}", location, name)):
        parts.pictures.setdefault(key, content if isinstance(content, bytes) else b"")
    disposition = part.get_content_disposition()
    if disposition == "inline" and name and parts.html and not (cid or location):
        parts.html.append(f'<p><img src="{escape(name)}"></p>')
    elif disposition == "attachment" and not cid:
        parts.attached.append(called)


def _words(part: Message, kind: str) -> str:
    content = part.get_payload(decode=True)
    data = content if isinstance(content, bytes) else str(part.get_payload()).encode("utf-8", "replace")
    charset = str(part.get_content_charset() or "")
    text = None
    if _STATEFUL.match(charset):
        try:
            text = data.decode(charset)
        except (LookupError, UnicodeError):
            text = None
    text = text if text is not None else (decode(data, charset) or data.decode("utf-8", "replace").replace("\0", ""))
    text = text.replace("\r\n", "\n")
    flowed = kind == "text/plain" and str(part.get_param("format") or "").lower() == "flowed"
    return _unflowed(text) if flowed else text


def _unflowed(text: str) -> str:
    """Join lines that RFC 3676 says go on: those that end in a space."""
    lines: list[str] = []
    for line in text.split("\n"):
        goes_on = bool(lines) and lines[-1].endswith(" ") and lines[-1] != "-- " and not line.startswith(">")
        if goes_on and line.strip():
            lines[-1] += line
        else:
            lines.append(line)
    return "\n".join(line if line == "-- " else line.rstrip() for line in lines)
