"""Whether two recipients got the same answer: the parts that differ from recipient to recipient are removed.

These are addresses, links, host names, anything in angle brackets or quotes, numbers, and identifiers (words with
digits, and runs longer than any word, such as base64). What is left is compared without regard to case.
"""

import re

_GONE = re.compile(
    r"<[^<>]*>"  # <ada@example.org>, <queue id>
    r"|\"[^\"]*\"|“[^”]*”"  # a quoted name, such as Ratelimit "x"
    r"|\S*(?:://|@)\S*"  # links and addresses
    r"|[\w-]+(?:\.[\w-]+)+"  # host names, version numbers, dotted codes
    r"|\b(?=\w*\d)[\w/+=:-]+"  # any word with a digit in it
    r"|\b[A-Za-z0-9+/=_-]{24,}"  # longer than any word: base64 and the like
)
_IDENTIFIER = re.compile(r"\b\w*[a-z][A-Z]\w*|\b[A-Z]{8,}\b")
"""Letters that look like an identifier; some are words (SendAsDenied), so they are shown, but not compared."""
_CODE = re.compile(r"^[245]\.\d{1,3}\.\d{1,3}(?=\s|$)")
_GAP = "…"
_GAPS = re.compile(r"(?:[\s()\[\],;:#=*-]*…)+[)\]]*")
LONGEST = 160
"""Text beyond so many characters is neither compared nor shown."""


def likeness(code: int | None, text: str) -> str:
    """Return a key of an answer: two recipients got the same answer if the keys are equal."""
    return f"{code or ''} {_IDENTIFIER.sub('', shown_for_many(text))}".casefold()


def shown_for_many(text: str) -> str:
    """Show an answer that many recipients got: status code and words, with a gap for each address and identifier."""
    code = _CODE.match(text)
    head, rest = (code[0], text[code.end() :]) if code else ("", text)
    words = _GAPS.sub(f" {_GAP}", _GONE.sub(_GAP, rest))
    return " ".join(f"{head} {words}".split())[:LONGEST]
