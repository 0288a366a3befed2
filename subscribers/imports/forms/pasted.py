"""Addresses without a header in, a record for each out: a pasted member list, or the pasted To: line of a mail.

A line may have one address (`Price, Eve <eve@example.org>`) or many, separated by commas or semicolons. A name before
an address in angle brackets belongs to it, even if the name contains a comma.
"""

import re
from collections.abc import Iterator
from email.errors import MessageError
from email.header import decode_header, make_header
from functools import partial
from itertools import islice
from typing import TextIO

from subscribers.errors import BadAddress
from subscribers.imports.cell import read_address
from subscribers.imports.forms.sheet import Block

MOST_LINE = 1 << 20
"""The longest line of addresses, in characters: some twenty thousand people."""

_LINES = 2000
_FIELD = re.compile(r"\s*(?:to|cc|bcc|from|an|von|kopie|at|oddi wrth|copi|à|a|para|de)\s*:\s*", re.IGNORECASE)
_PLAIN = re.compile(r"[^,;<>\"'(:=\t]*")
_PART = re.compile(r"""(?:[^,;<>"]|"[^"]*"|<[^<>]*>)+""")
_COMMENT = re.compile(r"\s*\(([^()]*)\)\s*$")


def is_list(line: str) -> bool:
    """Say whether a line has only addresses, with or without names."""
    found = people_in(line)
    return bool(found) and all(map(_is_address, found))


def blocks(text: TextIO, lines_before: int = 0) -> Iterator[Block]:
    """Yield the addresses of a text, each as a record with one cell."""
    readline = iter(partial(text.readline, MOST_LINE), "")
    number = lines_before
    while lines := [*islice(readline, _LINES)]:
        if _PLAIN.fullmatch("".join(lines)) and "".join(lines).isascii():
            kept = [(number + at, line.strip()) for at, line in enumerate(lines, start=1) if line.strip()]
            yield Block([line for line, _ in kept], [[cell] for _, cell in kept], is_plain=lambda: True)
        else:
            kept = [(number + at, each) for at, line in enumerate(lines, start=1) for each in people_in(line)]
            yield Block([line for line, _ in kept], [[cell] for _, cell in kept])
        number += len(lines)


def people_in(line: str) -> list[str]:
    """Split a line into addresses, each with its name."""
    line = (
        _FIELD.sub("", line.strip(" \t\r\n;,\ufeff"), count=1) if _FIELD.match(line) else line.strip(" \t\r\n;,\ufeff")
    )
    if not line:
        return []
    parts = [part.strip() for part in _PART.findall(line) if part.strip()]
    people: list[str] = []
    name: list[str] = []
    for part in parts:
        if "@" not in part:
            name.append(part)
        elif name and "<" in part and (len(name) == 1 or part[:1] == "<"):
            people.append(f"{', '.join(name)}, {part}" if part[:1] != "<" else f"{', '.join(name)} {part}")
            name = []
        else:
            people += [*name, part]
            name = []
    return [_spelt(each) for each in [*people, *name]]


def _spelt(person: str) -> str:
    """Rewrite a person for `cell.written`, also from `eve@example.org (Eve Price)` and from encoded words."""
    if "=?" in person:
        try:
            person = str(make_header(decode_header(person)))
        except (MessageError, LookupError, ValueError):
            return person
    found = _COMMENT.search(person)
    if found and "@" in person[: found.start()] and "<" not in person:
        return f"{found[1]} <{person[: found.start()].strip()}>"
    return person.replace('"', "") if '"' in person and "<" in person else person


def _is_address(text: str) -> bool:
    try:
        return bool(read_address(text))
    except BadAddress:
        return False
