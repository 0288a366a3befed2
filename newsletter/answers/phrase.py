"""How phrases are searched for: without regard to case, in text from which names were removed."""

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
"""Three letters in a row; after the words of `_EMPTY` were removed, they mean that the text says something."""


def plain(text: str) -> str:
    """Remove all names from `text`: addresses, links, hosts."""
    return " ".join(word for word in text.split() if not _NAME.search(word))


def is_nothing_but_a_link(text: str) -> bool:
    """Say whether a refusal only points to a web page: blocklists answer like that, whatever the code is."""
    return bool(_LINK.search(text)) and not _SAYS_SOMETHING.search(_EMPTY.sub(" ", plain(text)))


def any_of(*phrases: str) -> re.Pattern[str]:
    """Make one pattern of phrases; each looks at most 60 characters ahead, so no text takes long."""
    return re.compile("|".join(f"(?:{phrase})" for phrase in phrases), re.IGNORECASE)
