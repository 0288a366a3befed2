"""Finds in the lines of a Postfix log what became of mails, by their Message-ID. Pure: the caller reads the file.

Postfix logs a Message-ID before it has the whole mail; it has accepted the mail once the queue manager or a delivery
agent logs a line about it. A queue number counts only until its mail is removed, because Postfix uses it again.
"""

import re
from collections.abc import Collection, Iterable

TAKEN = "taken"
"""The fate of a mail that the relay has accepted and not tried yet."""

_LINE = re.compile(r"postfix[\w/.-]*/(\w+)\[\d+\]: ([0-9A-Za-z]{5,30}): (.{1,2000})")
_MESSAGE_ID = re.compile(r"(?:resent-)?message-id=(<[^<>\s]{3,250}>)")
_STATUS = re.compile(r"\bstatus=(sent|deferred|bounced|expired|undeliverable)\b")


def fates(lines: Iterable[str], wanted: Collection[str]) -> dict[str, str]:
    """Return the latest fate of each Message-ID of `wanted` that the relay accepted: taken, sent, deferred, bounced."""
    queued: dict[str, str] = {}
    found: dict[str, str] = {}
    for line in lines:
        match = _LINE.search(line)
        if match is None:
            continue
        program, number, words = match.groups()
        if program == "cleanup":
            _begin(queued, number, words, wanted)
        elif number in queued:
            _go_on(queued, found, number, words)
    return found


def _begin(queued: dict[str, str], number: str, words: str, wanted: Collection[str]) -> None:
    named = _MESSAGE_ID.match(words)
    if named:
        queued.pop(number, None)
        if named[1] in wanted:
            queued[number] = named[1]


def _go_on(queued: dict[str, str], found: dict[str, str], number: str, words: str) -> None:
    if words.startswith("removed"):
        del queued[number]
    elif status := _STATUS.search(words):
        found[queued[number]] = status[1]
    elif "(queue active)" in words:
        found.setdefault(queued[number], TAKEN)
