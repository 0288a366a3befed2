"""Text as tokens. In: words. Out: words, numbers and signs in order, with where they stand."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation


@dataclass(frozen=True)
class Token:
    """A word in small letters, a sign, or a number with the letters that hang on it ("21" and "ain")."""

    text: str
    start: int
    end: int
    number: str = ""
    """Its digits as written; empty: it is none."""
    hanging: str = ""

    @property
    def capital(self) -> bool:
        return self.text[:1].isupper()

    @property
    def word(self) -> str:
        return "" if self.number else self.text.lower()


_TOKEN = re.compile(
    r"(?P<number>\d{1,3}(?: \d{3})+(?![\d.,:]\d|\d)|\d+(?:[.,:]\d+)*)(?P<hanging>[^\W\d_]*)"
    r"|[^\W\d_]+(?:'[^\W\d_]+)*|[^\w\s]|_"
)
_STOPS = (
    (re.compile(r"\b([ap])\. ?m\b\.?", re.IGNORECASE), r"\1m"),
    (re.compile(r"\by\. ?([bphn])\b\.?", re.IGNORECASE), r"y\1"),
)
_GROUPED = re.compile(r"\d{1,3}(?:[., ]\d{3})+")
_FRACTIONS = str.maketrans({"½": "1/2", "¼": "1/4", "¾": "3/4"})


def tokens(text: str) -> list[Token]:
    """Cut `text`, in which every piece keeps its place."""
    text = text.replace("’", "'").replace("‘", "'")
    for written, meant in _STOPS:
        text = written.sub(lambda found, meant=meant: found.expand(meant).ljust(len(found[0])), text)  # type: ignore[misc]
    return [
        Token(match[0], match.start(), match.end(), match["number"] or "", (match["hanging"] or "").lower())
        for match in _TOKEN.finditer(text)
    ]


def values(written: str) -> tuple[Decimal, ...]:
    """Read a number in digits; it has two readings where a point may group or part: "1.250"."""
    try:
        if _GROUPED.fullmatch(written):
            whole = Decimal(re.sub(r"[., ]", "", written))
            is_open = written.count(".") == 1 and "," not in written and not written.endswith(".000")
            return (whole, Decimal(written)) if is_open else (whole,)
        grouped = re.fullmatch(r"(\d{1,3}(?:,\d{3})+)\.(\d+)|(\d{1,3}(?:\.\d{3})+),(\d+)", written)
        if grouped:
            whole_part = re.sub(r"[.,]", "", grouped[1] or grouped[3])
            return (Decimal(f"{whole_part}.{grouped[2] or grouped[4]}"),)
        if re.fullmatch(r"\d+(?:[.,]\d+)?", written):
            return (Decimal(written.replace(",", ".")),)
    except InvalidOperation:
        pass
    return ()


def as_plain(value: Decimal) -> str:
    """Write a number in one way only: 5, not 5.0 or 5E+3."""
    whole = value.to_integral_value()
    return str(int(whole)) if whole == value else format(value.normalize(), "f")


def has(read: Sequence[Token], at: int, *words: str) -> bool:
    """Say whether the tokens from `at` on are these words."""
    return all(0 <= at + step < len(read) and read[at + step].word == word for step, word in enumerate(words))
