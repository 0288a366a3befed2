"""One cell of a list in, its meaning out: an address as people write it, tags, a language, a JSON object; pure.

An empty cell says nothing. An address that `normalise` refuses is read again here: `Ada Lloyd <ada@example.org>`, or
several addresses of one person. Nothing is guessed: each part must be a valid address, and one record stays one person.
"""

import csv
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from typing import NamedTuple

from subscribers.address import normalise
from subscribers.errors import BadAddress
from subscribers.imports.spelling import column_name
from subscribers.imports.status import BadRow

MOST_TAG = 100
MOST_DOCUMENT = 4096
"""The longest value of a JSON object that becomes a field, in characters."""


class Written(NamedTuple):
    """The address in a cell, perhaps with a name, and with more addresses of the same person."""

    address: str
    name: str = ""
    others: tuple[str, ...] = ()


def read_address(text: str) -> Written:
    """Read an address cell, also if `normalise` refuses it. Raises BadAddress, with the reason for the whole cell."""
    try:
        return Written(normalise(text))
    except BadAddress as error:
        found = [*_addresses(text)] if len(text) < MOST_WRITTEN else []
        if not found:
            raise error from None
    return Written(found[0].address, found[0].name, tuple(dict.fromkeys(one.address for one in found[1:])))


MOST_WRITTEN = 1000
"""The longest address cell that is read again, in characters."""


@lru_cache(maxsize=1024)
def language(text: str) -> str:
    """Read a language; "" if it is not understood, because that is no reason to leave a person out."""
    tag = _LANGUAGES.get(text.lower(), text.replace("_", "-"))
    return tag if _LANGUAGE.fullmatch(tag) else ""


@lru_cache(maxsize=1024)
def tags(text: str, separator: str = "") -> tuple[str, ...]:
    """Read tags, separated by `separator`, or by ; or as in exports of Mailchimp and Google. Raises BadRow."""
    found = tuple(dict.fromkeys(tag for part in _parts(text, separator) if (tag := part.strip())))
    if any(len(tag) > MOST_TAG for tag in found):
        raise BadRow(f"one of its tags is longer than {MOST_TAG} characters")
    return found


def document(text: str) -> dict[str, str]:
    """Read fields from a JSON object, each as text; empty if the text is not a JSON object."""
    if text[:1] != "{":
        return {}
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return {name: value for key, each in read.items() if (name := column_name(key)) and (value := _plain(each))}


def _plain(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return " ".join(text.split())[:MOST_DOCUMENT]


def _addresses(text: str) -> Iterator[Written]:
    """Read each of several addresses; yield none unless all of them are valid."""
    found: list[Written] = []
    whole = _NAMED.fullmatch(text)
    for part in [text] if whole else _BETWEEN.split(text.strip(" ;,\t\r\n")):
        named = _NAMED.fullmatch(part)
        try:
            found.append(Written(normalise(named[2] if named else part.removeprefix("mailto:")), _name(named)))
        except BadAddress:
            return
    yield from found


def _name(named: re.Match[str] | None) -> str:
    name = " ".join(named[1].split()) if named else ""
    last, comma, first = name.partition(", ")
    return f"{first} {last}" if comma and ", " not in first else name


def _parts(text: str, separator: str) -> list[str]:
    if text[:1] == "[" and text[-1:] == "]":
        with suppress(ValueError, RecursionError):
            return [each if isinstance(each, str) else _name_in(each) for each in json.loads(text)]
    if text[:1] == ";":  # our own export
        return text.split(";")
    if text[:1] == '"' and _QUOTED.fullmatch(text):  # Mailchimp: "member","north"
        return next(csv.reader([text], skipinitialspace=True))
    if ":::" in text:  # Google: * myContacts ::: Friends
        return [part for part in map(str.strip, text.split(":::")) if not part.startswith("* ")]
    if separator == ",":
        return next(csv.reader([text], skipinitialspace=True), [])
    return text.split(separator or ";")


def _name_in(value: object) -> str:
    """Return the name of a tag that a program wrote as an object."""
    found = [value[key] for key in ("name", "title", "slug") if key in value] if isinstance(value, dict) else [value]
    return str(found[0]) if found else ""


_NAMED = re.compile(r"""\s*["']?([^<>@":]{0,200})["']?\s*<\s*(?:mailto:)?([^<>\s]{3,320})\s*>\s*""")
_BETWEEN = re.compile(r"\s*(?::::|[;,|\n])\s*|\s+(?:/|or|and|neu)\s+")
_QUOTED = re.compile(r'"[^"]*"(?:\s*,\s*"[^"]*")+|"[^"]*"')
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
_LANGUAGES = {"english": "en", "saesneg": "en", "welsh": "cy", "cymraeg": "cy"}
