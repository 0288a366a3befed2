"""How phrases are searched for: without regard to case, in text from which names were removed."""

import re
from functools import cached_property

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


def without_names(text: str) -> str:
    """Remove all names from `text`: addresses, links, hosts."""
    return " ".join(word for word in text.split() if not _NAME.search(word))


def is_nothing_but_a_link(text: str) -> bool:
    """Say whether a refusal only points to a web page: blocklists answer like that, whatever the code is."""
    return bool(_LINK.search(text)) and not _SAYS_SOMETHING.search(_EMPTY.sub(" ", without_names(text)))


class Phrases:
    """Phrases that mean the same, searched for together; each looks at most 60 characters ahead, so no text takes long.

    The pattern is compiled when it is first used: compiling all of them takes longer than most commands.
    """

    def __init__(self, phrases: tuple[str, ...]) -> None:
        self._phrases = phrases

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """One pattern of all phrases."""
        return re.compile("|".join(f"(?:{phrase})" for phrase in self._phrases), re.IGNORECASE)

    def search(self, text: str) -> re.Match[str] | None:
        """Find the first phrase in `text`."""
        return self.pattern.search(text)


def any_of(*phrases: str) -> Phrases:
    """Return `phrases` to be searched for together."""
    return Phrases(phrases)
