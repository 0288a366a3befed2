"""JSON in, with one object for each person (an object a line, a list of them, or a list in an object); a table out.

A nested object or list becomes a cell with its JSON text: an object may hold fields, a list may hold tags. Raises
UnreadableList.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from subscribers.errors import UnreadableList
from subscribers.imports.forms.decoding import Decoded
from subscribers.imports.forms.sheet import Block
from subscribers.imports.forms.table import Table
from subscribers.imports.header import MOST_COLUMNS, read_header
from subscribers.imports.organiser_answers import OrganiserAnswers

MOST_TEXT = 64 << 20
"""The longest text that is not one object a line, in characters: it is held in memory."""
MOST_LINE = 1 << 20

_AT_ONCE = 1000
_LISTS = ("subscribers", "contacts", "members", "people", "entries", "results", "records", "users", "data", "items")
_POSTS = ("db", "posts", "articles")

Objects = Callable[[], Iterator[tuple[int, dict[str, Any] | None]]]


def understood(source: Decoded, name: str, said: OrganiserAnswers) -> Table:
    """Make a table of JSON. Raises UnreadableList."""
    objects: Objects = partial(_lines, source) if _are_lines(source) else _from_whole(source, name)
    columns: dict[str, None] = {}
    documents: set[str] = set()
    for _, each in objects():
        flat = _flat(each) if each else {}
        columns |= dict.fromkeys(flat)
        documents |= {key for key, value in flat.items() if value[:1] == "{"}
        if len(columns) > MOST_COLUMNS:
            raise UnreadableList(file=name, why=f"its objects have more than {MOST_COLUMNS} different keys")
    cells = [*columns]
    try:
        header = read_header(cells, said, name, documents)
    except ValueError as error:
        raise UnreadableList(file=name, why=str(error)) from None
    return Table(name, header, cells, partial(_blocks, objects, cells), "JSON")


def _are_lines(source: Decoded) -> bool:
    """Say whether the text has one object a line, by its first lines."""
    with source.text() as text:
        lines = [line for line in (text.readline(MOST_LINE).strip(" \r\n\t\ufeff") for _ in range(20)) if line][:2]
    if not lines or lines[0][:1] != "{":
        return False
    try:
        return (
            isinstance(json.loads(lines[0]), dict)
            and (len(lines) == 1 or lines[1][:1] == "{")
            and not _is_wrapper(lines)
        )
    except (ValueError, RecursionError):
        return False


def _is_wrapper(lines: Sequence[str]) -> bool:
    return len(lines) == 1 and any(
        isinstance(value, list | dict) and key in (*_LISTS, *_POSTS)
        for key, value in json.loads(lines[0]).items()
        if key != "data" or isinstance(value, list)
    )


def _lines(source: Decoded) -> Iterator[tuple[int, dict[str, Any] | None]]:
    with source.text() as text:
        for number, line in enumerate(iter(partial(text.readline, MOST_LINE), ""), start=1):
            plain = line.strip(" \r\n\t\ufeff")
            if plain:
                try:
                    read = json.loads(plain)
                except (ValueError, RecursionError):
                    read = None
                yield number, read if isinstance(read, dict) else None


def _from_whole(source: Decoded, name: str) -> Objects:
    with source.text() as text:
        whole = text.read(MOST_TEXT + 1).lstrip("\ufeff")
    if len(whole) > MOST_TEXT:
        why = f"it is JSON of more than {MOST_TEXT >> 20} MB. Write one object to a line (.jsonl), which has no limit"
        raise UnreadableList(file=name, why=why)
    try:
        read = json.loads(whole)
    except (ValueError, RecursionError) as error:
        raise UnreadableList(file=name, why=f"it is not JSON that can be read ({error}). Export it again") from None
    people = _people(read)
    if people is None:
        why = "it is JSON, and no list of people"
        if isinstance(read, dict) and any(key in read for key in _POSTS):
            why = "it holds posts, and no people. Export the members, too, and import that file"
        raise UnreadableList(file=name, why=why)
    return lambda: ((number, each if isinstance(each, dict) else None) for number, each in enumerate(people, start=1))


def _people(read: Any) -> list[Any] | None:
    if isinstance(read, list):
        return read if any(isinstance(each, dict) for each in read) else None
    if not isinstance(read, dict):
        return None
    found = next((read[key] for key in _LISTS if isinstance(read.get(key), list)), None)
    if found is None and isinstance(read.get("data"), dict):  # listmonk: {"data": {"results": […]}}
        return _people(read["data"])
    if found is None and any("mail" in key.lower() for key in read):
        return [read]
    return found


def _blocks(objects: Objects, columns: Sequence[str]) -> Iterator[Block]:
    block = Block([], [])
    for number, each in objects():
        if each is None:
            block.faults[number] = "it is no JSON object: was it damaged?"
        else:
            flat = _flat(each)
            block.lines.append(number)
            block.cells.append([flat.get(column, "") for column in columns])
        if len(block.lines) + len(block.faults) == _AT_ONCE:
            yield block
            block = Block([], [])
    if block.lines or block.faults:
        yield block


def _flat(each: dict[str, Any]) -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in each.items():
        if key == "suppressed" and isinstance(value, dict):  # our own export
            flat |= {"suppressed": _text(value.get("reason")), "suppressed_at": _text(value.get("at"))}
            flat["suppressed_detail"] = _text(value.get("detail"))
        elif key == "custom_fields" and isinstance(value, list):  # beehiiv, Kit
            pairs = {str(one.get("name") or one.get("key")): one.get("value") for one in value if isinstance(one, dict)}
            flat[key] = json.dumps(pairs)
        elif key == "declined_topics" and isinstance(value, list):
            flat[key] = ";".join(map(str, value))
        else:
            flat[str(key)] = _text(value)
    return flat


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value, ensure_ascii=False) if value not in ({}, []) else ""
