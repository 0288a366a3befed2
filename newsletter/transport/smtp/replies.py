"""Turns octets from a relay into replies (RFC 5321 §4.2), however the network cut them.

Only the form is checked here, and only as far as the first digit needs it; memory stays bounded whatever comes. What a
reply means, the conversation decides.
"""

import re
from collections import deque
from typing import NamedTuple

from newsletter.policy.reply import Reply, Stage

LONGEST_LINE = 2048
MOST_LINES = 100
MOST_OCTETS = 65536
LONGEST_TEXT = 500

_LINE = re.compile(rb"([2-5][0-9]{2})(?:([ -])(.*))?", re.DOTALL)
# One-line replies, which is what relays mostly say: one match instead of reading line by line.
_SINGLE_LINES = re.compile(rb"(?:[2-5][0-9]{2}(?: [^\r\n]{0,500})?\r\n)+")
# The four good replies to a final dot and to the MAIL, RCPT and DATA of the next mail: one match per mail.
_TURN = re.compile(
    rb"(2[0-9]{2})(?: ((2\.[0-9]{1,3}\.[0-9]{1,3})(?=[ \r])[ -~]{0,480}|[ -~]{0,500}))?\r\n"
    rb"(?:2[0-9]{2}(?: [^\r\n]{0,500})?\r\n){2}3[0-9]{2}(?: [^\r\n]{0,500})?\r\n"
)
_ENHANCED = re.compile(r"([245]\.[0-9]{1,3}\.[0-9]{1,3})(?: |$)")


class MalformedReply(Exception):
    """What came is no reply; the text says why."""


class RawReply(NamedTuple):
    """A reply as it came: its code, and its lines without code and line end."""

    code: int
    lines: tuple[bytes, ...]


class ReplyReader:
    """Cuts a stream of octets into replies."""

    def __init__(self) -> None:
        self._whole: deque[RawReply] = deque()
        self._buffer = b""
        self._begun: list[tuple[int, bytes]] = []
        self._octets = 0

    @property
    def has_more(self) -> bool:
        """Whether anything was added that `next` has not returned yet."""
        return bool(self._whole or self._buffer or self._begun)

    def add(self, data: bytes) -> None:
        """Take what the relay sent."""
        if not self.has_more and _SINGLE_LINES.fullmatch(data):
            self._whole.extend([RawReply(int(line[:3]), (line[4:],)) for line in data[:-2].split(b"\r\n")])
        else:
            self._buffer += data

    def next(self) -> RawReply | None:
        """Cut off the next whole reply, if it has come. Raises MalformedReply at what cannot be one."""
        if self._whole:
            return self._whole.popleft()
        while (line := self._next_line()) is not None:
            said = self._take(line)
            if said is not None:
                return said
        return None

    def _next_line(self) -> bytes | None:
        buffer = self._buffer
        end = buffer.find(b"\n")
        if (end if end >= 0 else len(buffer)) > LONGEST_LINE:
            raise MalformedReply(f"a line of more than {LONGEST_LINE} octets")
        if end < 0:
            return None
        self._buffer = buffer[end + 1 :]
        return buffer[:end].removesuffix(b"\r")

    def _take(self, line: bytes) -> RawReply | None:
        match = _LINE.fullmatch(line)
        if not match:
            raise MalformedReply(f"a line that is no reply: {_printable(line)[:80]!r}")
        code, more, text = int(match[1]), match[2] == b"-", match[3] or b""
        if not self._begun and not more:
            return RawReply(code, (text,))
        self._begun.append((code, text))
        self._octets += len(line)
        self._check_what_has_begun()
        if more:
            return None
        begun, self._begun, self._octets = self._begun, [], 0
        return RawReply(begun[0][0], tuple(text for _, text in begun))

    def _check_what_has_begun(self) -> None:
        if len(self._begun) > MOST_LINES or self._octets > MOST_OCTETS:
            raise MalformedReply(f"a reply of more than {MOST_LINES} lines or {MOST_OCTETS} octets")
        if self._begun[-1][0] // 100 != self._begun[0][0] // 100:
            raise MalformedReply(f"a reply that is both {self._begun[0][0]} and {self._begun[-1][0]}")


def extensions(said: RawReply) -> dict[str, str]:
    """Read the keywords of an answer to EHLO, each with its parameters, all in capitals (RFC 5321 §4.1.1.1)."""
    # Old relays write AUTH=PLAIN where the standard says AUTH PLAIN.
    lines = [_printable(line).strip().upper().replace("AUTH=", "AUTH ") for line in said.lines[1:]]
    offered: dict[str, str] = {}
    for keyword, _, parameters in (line.partition(" ") for line in lines):
        # Some relays have one line for old clients and one for new ones, each with different login mechanisms.
        before = f"{offered[keyword]} " if keyword == "AUTH" and keyword in offered else ""
        offered[keyword] = before + parameters
    return offered


def turn(data: bytes) -> Reply | None:
    """Read the reply to a final dot, if `data` is that, three replies that let the next mail go on, and no more."""
    match = _TURN.fullmatch(data)
    if match is None:
        return None
    code, text, enhanced = (group.decode("ascii") for group in match.groups(b""))
    return Reply(Stage.DOT, int(code), text.strip(), enhanced)


def reply_text(said: RawReply) -> str:
    """Show a reply in a form that the operator of the relay recognises."""
    return f"{said.code} {worded(Stage.CONNECT, said).text}".rstrip()


def worded(stage: Stage, said: RawReply) -> Reply:
    """Make a Reply: one printable line of bounded length, with the status code of RFC 3463 kept separately."""
    lines = [_printable(line).strip() for line in said.lines]
    match = _ENHANCED.match(lines[0])
    enhanced = match[1] if match and int(match[1][0]) == said.code // 100 else ""
    if len(lines) == 1:
        return Reply(stage, said.code, lines[0][:LONGEST_TEXT], enhanced)
    # Relays repeat the status code on every line (RFC 2034 §4); in a single line that reads badly.
    rest = [line.removeprefix(enhanced).lstrip() for line in lines[1:]]
    text = " ".join(line for line in [lines[0], *rest] if line)
    return Reply(stage, said.code, text[:LONGEST_TEXT], enhanced)


def _printable(octets: bytes) -> str:
    text = octets[:LONGEST_LINE].decode("utf-8", "replace")
    return text if text.isprintable() else "".join(c if c.isprintable() else "?" for c in text)
