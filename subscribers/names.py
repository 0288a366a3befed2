"""A name that a visitor typed in, that name or "" out: our mail must not carry other people's links.

The holder of a forwarded link can type a name into its owner's preferences, and the next mail contains it. So text
that could be read as a web or email address is not accepted as a name, even with lookalike dots and slashes.
"""

import re
import unicodedata

LONGEST = 60
"""The longest name, in characters."""

_LINK = re.compile(r"://|www\.|[@/\\]|[^\W_]\.[^\W\d_]{2,}|[0-9]{1,3}(\.[0-9]{1,3}){3}", re.IGNORECASE)
_DOTS = str.maketrans(dict.fromkeys("\u3002\uff0e\uff61\u2024\ufe52\u0701\u0702\u06d4\u2e3c\u2e33", "."))
_SLASHES = str.maketrans(dict.fromkeys("\u2044\u2215\u29f8\u2571\uff0f", "/"))


def typed_name(text: str) -> str:
    """Return the name in what a visitor typed, on one line; empty: there is none, or we do not accept it."""
    name = one_line(text, len(text))
    folded = unicodedata.normalize("NFKC", name).translate(_DOTS).translate(_SLASHES)
    # "evil . example" and "evil .example" are allowed: no mail program makes links of them.
    return "" if len(name) > LONGEST or _LINK.search(folded) else name


def one_line(text: str, most: int) -> str:
    """Make what a visitor typed one line of printable characters, at most `most` of them."""
    plain = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(plain.split())[:most]
