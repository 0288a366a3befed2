"""Whether two answers are the same answer to two people: what differs from recipient to recipient is taken out.

Taken out are addresses, links, host names, anything in angle brackets, numbers, and identifiers (words with digits in
them, long runs without a vowel pattern of a word such as base64). What is left is compared without regard to case.
"""

import re

_GONE = re.compile(
    r"<[^<>]*>"  # <ada@example.org>, <queue id>
    r"|\"[^\"]*\"|“[^”]*”"  # a quoted name, as Ratelimit "x"
    r"|\S*(?:://|@)\S*"  # links and addresses
    r"|[\w-]+(?:\.[\w-]+)+"  # host names, version numbers, dotted codes
    r"|\b(?=\w*\d)[\w/+=:-]+"  # whatever has a digit in it
    r"|\b[A-Za-z0-9+/=_-]{24,}"  # longer than any word: base64 and the like
)
_IDENTIFIER = re.compile(r"\b\w*[a-z][A-Z]\w*|\b[A-Z]{8,}\b")
"""Letters that look like an identifier; some are words (SendAsDenied), so they are shown, and not compared."""
_CODE = re.compile(r"^[245]\.\d{1,3}\.\d{1,3}(?=\s|$)")
_GAP = "…"
_GAPS = re.compile(r"(?:[\s()\[\],;:#=*-]*…)+[)\]]*")
LONGEST = 160
"""Words beyond so many characters are not compared, nor shown for many."""


def likeness(code: int | None, text: str) -> str:
    """Return what two people's answers have in common when they are the same answer."""
    return f"{code or ''} {_IDENTIFIER.sub('', shown_for_many(text))}".casefold()


def shown_for_many(text: str) -> str:
    """Show an answer as it was given to many: its status code and words, a gap for each address and identifier."""
    code = _CODE.match(text)
    head, rest = (code[0], text[code.end() :]) if code else ("", text)
    words = _GAPS.sub(f" {_GAP}", _GONE.sub(_GAP, rest))
    return " ".join(f"{head} {words}".split())[:LONGEST]
