"""Escapes words that Markdown would misread. In: text. Out: Markdown that shows that text."""

import re

_PERHAPS = re.compile(r"[\\`*\[\]<~&_]")
_ALWAYS = re.compile(r"[\\`*\[\]<]|~~|&(?=#?\w+;)|(?<!\w)_|_(?!\w)")
_LINE_START = re.compile(r"(\s*)(#{1,6}(?=\s|$)|>|[-+](?=\s|$)|=+\s*$|-{2,}\s*$|:(?=\s|$)|\||\d{1,9}[.)](?=\s|$))")
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
    return "\n".join(map(_escaped_at_start, paragraph.split("\n")))


def _escaped_at_start(line: str) -> str:
    found = _LINE_START.match(line)
    if not found:
        return line
    at = found.end() - 1 if found[2][0].isdigit() else found.start(2)
    return f"{line[:at]}\\{line[at:]}"


def _escaped(text: str) -> str:
    if not _PERHAPS.search(text):
        return text
    return _ALWAYS.sub(lambda sign: "\\~\\~" if sign[0] == "~~" else "\\" + sign[0], text)
