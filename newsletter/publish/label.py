"""What a link to a document says. In: its kind, its size, a language. Out: "PDF, 210 KB", as it is written there."""

from functools import cache

from babel import Locale, UnknownLocaleError
from babel.units import format_unit

KILO, MEGA = 1000, 1_000_000


def label(kind: str, size: int, language: str) -> str:
    """Say what a document of `size` bytes is."""
    locale = _locale(language)
    if size < MEGA - KILO // 2:
        written = format_unit(max(round(size / KILO), 1), "digital-kilobyte", "short", locale=locale)
    else:
        written = format_unit(round(size / MEGA, 1), "digital-megabyte", "short", format="0.#", locale=locale)
    # Because readers know it from everywhere else as KB.
    return f"{kind}, {written.replace('kB', 'KB')}"


@cache
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")
