"""Visiting cards (.vcf, versions 2.1 to 4.0: RFC 6350) in, a table with a record for each card out.

Only the name, addresses, categories and note of a card are read. Raises UnreadableList if there is no card.
"""

import quopri
import re
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple, TextIO

from subscribers.errors import UnreadableList
from subscribers.imports.forms.decoding import Decoded
from subscribers.imports.forms.sheet import MOST_RECORD, Block
from subscribers.imports.forms.table import Table
from subscribers.imports.header import read_header
from subscribers.imports.organiser_answers import OrganiserAnswers

COLUMNS = ["email", "first_name", "last_name", "vcard_name", "categories", "note"]

_AT_ONCE = 1000
_LINE = re.compile(r"(?:[\w-]+\.)?([\w-]+)((?:;[^:\"]*(?:\"[^\"]*\")?[^:\"]*)*):(.*)", re.DOTALL)


class _Property(NamedTuple):
    name: str
    parameters: str
    value: str


def understood(source: Decoded, name: str, said: OrganiserAnswers) -> Table:
    """Make a table of the cards in a text. Raises UnreadableList."""
    with source.text() as text:
        if next(_cards(text), None) is None:
            raise UnreadableList(
                file=name, why="it begins like visiting cards, and holds none that ends. Export it again"
            )
    header = read_header(COLUMNS, said, name)
    return Table(name, header, COLUMNS, partial(_blocks, source), "visiting cards (vCard)")


def _blocks(source: Decoded) -> Iterator[Block]:
    with source.text() as text:
        block = Block([], [])
        for line, properties in _cards(text):
            block.lines.append(line)
            block.cells.append(_record(properties))
            if len(block.lines) == _AT_ONCE:
                yield block
                block = Block([], [])
        if block.lines:
            yield block


def _record(card: list[_Property]) -> list[str]:
    said: dict[str, str] = {}
    emails: list[tuple[bool, str]] = []
    for each in card:
        if each.name == "EMAIL":
            emails.append(("PREF" not in each.parameters, each.value.strip().removeprefix("mailto:")))
        elif each.name in ("N", "FN", "CATEGORIES", "NOTE") and each.name not in said:
            said[each.name] = each.value
    last, first = [*map(_unescaped, _split(said.get("N", ""), ";")), "", ""][:2]
    plain = "" if first or last else _unescaped(said.get("FN", ""))
    ordered = "; ".join(address for _, address in sorted(emails, key=lambda email: email[0]) if address)
    categories = ",".join(f'"{_unescaped(each)}"' for each in _split(said.get("CATEGORIES", ""), ",") if each.strip())
    return [ordered, first, last, plain, categories, _unescaped(said.get("NOTE", ""))]


def _cards(text: TextIO) -> Iterator[tuple[int, list[_Property]]]:
    card: list[_Property] | None = None
    begun = 0
    for number, line in _unfolded(text):
        plain = line.strip().upper()
        if plain == "BEGIN:VCARD":
            card, begun = [], number
        elif plain == "END:VCARD" and card is not None:
            yield begun, card
            card = None
        elif card is not None and len(card) < 1000 and (found := _LINE.fullmatch(line)):
            value = found[3]
            if "QUOTED-PRINTABLE" in found[2].upper():
                value = quopri.decodestring(value.encode()).decode("utf-8", "replace")
            card.append(_Property(found[1].upper(), found[2].upper(), value))


def _unfolded(text: TextIO) -> Iterator[tuple[int, str]]:
    """Join lines that were folded: with a space at the start, or in quoted-printable with = at the end of a line."""
    whole, begun = "", 1
    for number, line in enumerate(iter(partial(text.readline, MOST_RECORD), ""), start=1):
        plain = line.rstrip("\r\n")
        soft = whole.endswith("=") and "QUOTED-PRINTABLE" in whole.upper()
        if (plain[:1] in " \t" and plain) or soft:
            if len(whole) < MOST_RECORD:  # a picture has many lines, which we do not need
                whole = whole[:-1] + plain if soft else whole + plain[1:]
            continue
        if whole:
            yield begun, whole
        whole, begun = plain, number
    if whole:
        yield begun, whole


def _split(text: str, at: str) -> list[str]:
    return re.split(rf"(?<!\\){at}", text) if text else []


def _unescaped(text: str) -> str:
    return " ".join(re.sub(r"\\([nN])|\\(.)", lambda found: "\n" if found[1] else found[2], text).split())
