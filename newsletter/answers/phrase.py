"""How phrases are looked for: without regard to case, in words from which names have been taken out."""

import re

_NAME = re.compile(r"://|@|[a-z0-9-]\.[a-z]{2}", re.IGNORECASE)


def plain(text: str) -> str:
    """Take out of `text` whatever is a name rather than a word: addresses, links, hosts."""
    return " ".join(word for word in text.split() if not _NAME.search(word))


def any_of(*phrases: str) -> re.Pattern[str]:
    """Make a pattern of phrases; each looks at most 60 characters ahead, so that no text takes long."""
    return re.compile("|".join(f"(?:{phrase})" for phrase in phrases), re.IGNORECASE)
