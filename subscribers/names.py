"""What a stranger typed as a name in, a name out, or none: our mail must not carry other people's links.

Whoever holds a forwarded link can type a name into its owner's preferences, and it stands in the next mail. So what
could be read as a web or an email address is no name, however its letters are disguised.
"""

import re
import unicodedata

LONGEST = 60
"""The longest name, in characters."""

_LINK = re.compile(r"://|www\.|[@/\\]|[^\W_]\.[^\W\d_]{2,}|[0-9]{1,3}(\.[0-9]{1,3}){3}", re.IGNORECASE)
_DOTS = str.maketrans(dict.fromkeys("\u3002\uff0e\uff61\u2024\ufe52\u0701\u0702\u06d4\u2e3c\u2e33", "."))
_SLASHES = str.maketrans(dict.fromkeys("\u2044\u2215\u29f8\u2571\uff0f", "/"))


def name_of(text: str) -> str:
    """Give the name in what somebody typed, on one line; empty: it holds none, or is none."""
    name = one_line(text, len(text))
    folded = unicodedata.normalize("NFKC", name).translate(_DOTS).translate(_SLASHES)
    # A domain may be spread out: "evil . example" and "evil .example" are made links by no program, so they may stand.
    return "" if len(name) > LONGEST or _LINK.search(folded) else name


def one_line(text: str, most: int) -> str:
    """Make what somebody typed one line of printable characters, at most so long."""
    plain = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(plain.split())[:most]
