"""Finds in the text meant for people what it says about which address: for servers that write no other report."""

import re

from newsletter.bounces.parse.letter import Letter

MOST_TEXT = 100_000
MOST_PROSE = 20_000


def told(letter: Letter) -> tuple[str, str]:
    """Return the prose of `letter`, and the head of the original if that is copied below the prose."""
    plain = letter.of_type("text/plain")
    text = "\n".join(plain if any(map(str.strip, plain)) else letter.of_type("text/html"))[:MOST_TEXT]
    cut = _original_starts(text)
    below = text[cut:].lstrip("\n-=_ ") if cut < len(text) else ""
    return text[:cut][:MOST_PROSE], re.split(r"\n[ \t]*\n", below, maxsplit=1)[0][:MOST_PROSE]


def addresses(prose: str) -> list[str]:
    """Find the addresses at the start of a line, where servers name those that failed; each once."""
    return list(dict.fromkeys(match[1] for match in _NAMED.finditer(prose)))[:20]


def paragraph_about(prose: str, address: str, others: list[str]) -> str:
    """Return the text from where `address` is named until another address is named."""
    start = prose.find(address)
    if start < 0:
        return prose
    ends = [found for other in others if other != address and (found := prose.find(other, start + len(address))) > 0]
    return prose[start : min(ends, default=len(prose))]


def answer_in(prose: str) -> str:
    """Return the answer that `prose` quotes, from its code to the end of the paragraph; without one, all of `prose`."""
    found = _ANSWER.search(prose)
    return prose[found.start() :].partition("\n\n")[0] if found else prose


_ANSWER = re.compile(r"(?<![\d.])(?:[45]\d\d(?=[\s:-])(?!\s+seconds)|[45]\.\d{1,3}\.\d{1,3}(?![\d.]))")
_NAMED = re.compile(
    r"^[\s>\"'*-]{0,12}(?:(?:could not be delivered|undeliverable|mail|rcpt) to:\s{0,4})?"
    r"<?([^\s<>()\"';:,]{1,64}@[A-Za-z0-9.-]{1,200}[A-Za-z0-9])>?",
    re.IGNORECASE | re.MULTILINE,
)
_SEPARATOR = re.compile(
    r"^[^\w\n]{0,40}(?:[^\n]{0,40}\b(?:copy|headers?|text)\b[^\n]{0,30}\b(?:message|mail)\b|original (?:message|"
    r"mail)\b|"
    r"(?:below|here) is [^\n]{0,30}original|unsent message|returned message|message headers? follow|"
    r"original message follow)"
    r"[^\n]{0,40}\n(?=(?:[^\n]{0,80}\n){0,3}?[^\w\n]{0,3}(?:From |[A-Za-z][A-Za-z0-9-]{1,40}:))",
    re.IGNORECASE | re.MULTILINE,
)
_HEAD = re.compile(r"^(?:received|return-path|x-received|dkim-signature):", re.IGNORECASE | re.MULTILINE)


def _original_starts(text: str) -> int:
    separator, head = _SEPARATOR.search(text), _HEAD.search(text)
    starts = [separator.end()] if separator else []
    starts += [head.start()] if head else []
    return min(starts, default=len(text))


def is_late(text: str) -> bool:
    """Say whether the server has not given up yet."""
    return bool(_LATE.search(text)) and not _GIVEN_UP.search(text)


_LATE = re.compile(
    r"\b(?:delay|warning\b.{0,40}could not send|will (?:be )?(?:retr|continue|keep|try)|still (?:being )?(?:tr|in)|"
    r"not (?:yet )?been deliver|no action is required|do not need to (?:re-?send|do anything))|"
    r"delivery status notification \(delay\)",
    re.IGNORECASE,
)
_GIVEN_UP = re.compile(r"permanent|giv(?:en|ing) up|not going to try again|failed permanently", re.IGNORECASE)
