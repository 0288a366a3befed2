"""Escapes words that Markdown would misread. In: text. Out: Markdown that shows that text."""

import re

_ALWAYS = re.compile(r"[\\`*\[\]<]|~~|&(?=#?\w+;)|(?<!\w)_|_(?!\w)")
_LINE_START = re.compile(r"^(\s*)(#{1,6}(?=\s|$)|>|[-+](?=\s|$)|=+\s*$|-{2,}\s*$|:(?=\s)|\|)", re.MULTILINE)
_NUMBERED = re.compile(r"^(\s*\d{1,9})([.)])(?=\s|$)", re.MULTILINE)
_ADDRESS = re.compile(r"(?:https?://|mailto:)[^\s<>\"]+")


def escape(text: str) -> str:
    """Escape what would be a sign of Markdown within a line; bare addresses stay as they are, to become links."""
    if "http" not in text and "mailto:" not in text:
        return _escaped(text)
    pieces, end = [], 0
    for address in _ADDRESS.finditer(text):
        pieces += [_escaped(text[end : address.start()]), address[0]]
        end = address.end()
    return "".join([*pieces, _escaped(text[end:])])


def escape_line_starts(paragraph: str) -> str:
    """Escape what would make a paragraph's line a heading, a quote, a list or a rule."""
    return _NUMBERED.sub(r"\1\\\2", _LINE_START.sub(r"\1\\\2", paragraph))


def _escaped(text: str) -> str:
    return _ALWAYS.sub(lambda sign: "\\~\\~" if sign[0] == "~~" else "\\" + sign[0], text)
