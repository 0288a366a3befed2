"""How phrases are looked for: without regard to case, in words from which names have been taken out."""

import re

_NAME = re.compile(r"://|@|[a-z0-9-]\.[a-z]{2}", re.IGNORECASE)
_LINK = re.compile(r"https?://|\bwww\.", re.IGNORECASE)
_EMPTY = re.compile(
    r"\b(?:see|please|visit|for|more|further|information|info|details?|help|refer|to|go|check|at|the|this|page|"
    r"link|url|error|code|reason|reject(?:ed)?|refused|blocked|block|denied|message|e-?mail|mail|connection|"
    r"your|is|was|has been|and|or|read|look|up|smtp|here|by|on|from|said|host|remote|server)\b",
    re.IGNORECASE,
)
_SAYS_SOMETHING = re.compile(r"[^\W\d_]{3}")
"""Three letters in a row that are none of the words that say nothing."""


def plain(text: str) -> str:
    """Take out of `text` whatever is a name rather than a word: addresses, links, hosts."""
    return " ".join(word for word in text.split() if not _NAME.search(word))


def is_nothing_but_a_link(text: str) -> bool:
    """Say whether a refusal only points to a page: that is how blocklists answer, whatever the code before it."""
    return bool(_LINK.search(text)) and not _SAYS_SOMETHING.search(_EMPTY.sub(" ", plain(text)))


def any_of(*phrases: str) -> re.Pattern[str]:
    """Make a pattern of phrases; each looks at most 60 characters ahead, so that no text takes long."""
    return re.compile("|".join(f"(?:{phrase})" for phrase in phrases), re.IGNORECASE)
