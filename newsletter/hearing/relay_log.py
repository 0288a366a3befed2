"""The lines of a Postfix log in, what became of mails by their Message-ID out. Pure: who reads the file is not here.

Postfix logs a Message-ID before a mail is whole; it has taken it once the queue manager or a delivery agent speaks
of it. A queue number counts only until its mail is removed, because it is given out again.
"""

import re
from collections.abc import Collection, Iterable

TAKEN = "taken"
"""The fate of what the relay has, and has not tried yet."""

_LINE = re.compile(r"postfix[\w/.-]*/(\w+)\[\d+\]: ([0-9A-Za-z]{5,30}): (.{1,2000})")
_MESSAGE_ID = re.compile(r"(?:resent-)?message-id=(<[^<>\s]{3,250}>)")
_STATUS = re.compile(r"\bstatus=(sent|deferred|bounced|expired|undeliverable)\b")


def fates(lines: Iterable[str], wanted: Collection[str]) -> dict[str, str]:
    """Say of each Message-ID of `wanted` that the relay took: taken, sent, deferred, bounced; the latest holds."""
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
