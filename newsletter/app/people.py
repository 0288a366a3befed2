"""The list as a whole: read it, write it out, tag a part of it."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TextIO

from sqlalchemy import ColumnElement, Connection

from newsletter.app import deeds
from newsletter.app.list_folder import ListFolder
from newsletter.app.segments import Warn, among
from newsletter.database.engine import reading, writing
from subscribers import export as exports
from subscribers import listed, tagging
from subscribers.address import normalise

Who = str | Collection[str]
"""A segment, by its name or as an expression; or addresses, as a list or tuple."""


@contextmanager
def everybody(place: ListFolder, segment: str | None, warn: Warn) -> Iterator[Iterator[Mapping[str, Any]]]:
    """Yield the subscribers of a segment, or of the whole list, one by one: address, names, consent and tags.

    They are read while the block runs. Raises UnknownSegment and BadSegment.
    """
    with reading(place.engine) as connection:
        rows = listed.each(connection, _part(connection, segment, warn))
        yield (dict(row) for row in rows)


def search(place: ListFolder, words: str, most: int = 50) -> list[Mapping[str, Any]]:
    """Find subscribers by a part of their address or name; at most `most`, the newest first. Empty words find none."""
    if not words.strip():
        return []
    with reading(place.engine) as connection:
        return [dict(row) for row in listed.search(connection, words.strip(), most)]


def export(place: ListFolder, out: TextIO, segment: str | None, as_json: bool, warn: Warn) -> int:
    """Write the whole list, or a segment, so that an import reads it back; say how many subscribers.

    As CSV, or as one JSON object a line. Only the whole list has also the suppressed addresses that are not on it.
    Raises UnknownSegment and BadSegment.
    """
    write = exports.export_json if as_json else exports.export_csv
    with reading(place.engine) as connection:
        return write(connection, out, _part(connection, segment, warn))


def tags(place: ListFolder) -> list[tuple[str, int]]:
    """List every tag in use, each with how many subscribers have it."""
    with reading(place.engine) as connection:
        return tagging.counted(connection)


def tag(place: ListFolder, name: str, who: Who, warn: Warn) -> int:
    """Put a tag on subscribers; say how many did not have it.

    Raises BadTag, BadAddress, UnknownSubscriber, UnknownSegment and BadSegment.
    """
    return _retag(place, tagging.tag, name, who, warn)


def untag(place: ListFolder, name: str, who: Who, warn: Warn) -> int:
    """Take a tag off subscribers; say how many had it. Raises as `tag` does."""
    return _retag(place, tagging.untag, name, who, warn)


Retag = Callable[[Connection, str, ColumnElement[bool]], int]


def _retag(place: ListFolder, change: Retag, name: str, who: Who, warn: Warn) -> int:
    tag = tagging.tag_name(name)
    with writing(place.engine) as connection:
        if isinstance(who, str):
            part = among(connection, who, warn)
        else:
            part = listed.these(connection, [normalise(address) for address in who])
        changed = change(connection, tag, part)
        if changed:
            how = "tag" if change is tagging.tag else "untag"
            deeds.note(connection, place, how, tag, {"people": changed})
    return changed


def _part(connection: Connection, segment: str | None, warn: Warn) -> ColumnElement[bool] | None:
    return None if segment is None else among(connection, segment, warn)
