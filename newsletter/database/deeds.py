"""Deeds: what people did with the newsletter, in a chain that only grows. In: an act; out: one more row.

Each row has a hash over itself and over the hash of the row before it. So a row that was changed, removed or put
elsewhere no longer fits, and `check` names it. That the end of the chain was cut off shows only to a person who has
kept the number and hash of a later row: every request for approval, and `newsletter deeds --json`, carry them.

A row holds no email address: one that stands in the words of a person is left out. Triggers of the database refuse to
change or delete a row; a person who can remove the triggers can also write a new chain, which is why hashes are mailed.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, text

from newsletter.database.lock import ADVISORY_CLASS
from newsletter.database.oversight import deeds

START = "0" * 64
"""What stands in place of the hash before the first row."""
CHAIN_CLASS = ADVISORY_CLASS + 2
"""The class of the lock of the chain on PostgreSQL, which has the number 1."""

_ADDRESS = re.compile(r"[^\s@<>(),;:\"'«»“”]{1,254}@[^\s@<>(),;:\"'«»“”]{1,254}")
LEFT_OUT = "(address left out)"


@dataclass(frozen=True, slots=True)
class Deed:
    """One act of a person: when, who, what, on what."""

    number: int
    at: datetime
    who: str
    what: str
    about: str
    details: Mapping[str, object]
    hash: str


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The number and hash of the last deed; 0 and START before the first."""

    number: int
    hash: str

    def __str__(self) -> str:
        return f"{self.number} {self.hash}"


def record(
    connection: Connection,
    who: str,
    what: str,
    about: str,
    at: datetime,
    details: Mapping[str, object] | None = None,
) -> ChainHead:
    """Add a deed to the chain and return its number and hash. The caller commits it, together with the act.

    Call it last in the transaction: on PostgreSQL other acts wait for the chain from here to the commit.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:kind, 1)"), {"kind": CHAIN_CLASS})
    before = chain_head(connection)
    row = {
        "number": before.number + 1,
        "at": at.isoformat(),
        "who": without_addresses(who),
        "what": what,
        "about": without_addresses(about),
        "details": json.dumps(_without_addresses(dict(details or {})), ensure_ascii=False, sort_keys=True),
    }
    row["hash"] = _hash(before.hash, row)
    connection.execute(insert(deeds), row)
    return ChainHead(before.number + 1, str(row["hash"]))


def chain_head(connection: Connection) -> ChainHead:
    """Return the number and hash of the last deed."""
    last = connection.execute(select(deeds.c.number, deeds.c.hash).order_by(deeds.c.number.desc()).limit(1)).first()
    return ChainHead(last.number, last.hash) if last else ChainHead(0, START)


def all_deeds(connection: Connection) -> Iterator[Deed]:
    """Yield the deeds, the oldest first. Raises nothing for a row that was changed; `broken_at` finds those."""
    for row in connection.execute(select(deeds).order_by(deeds.c.number)):
        yield Deed(row.number, _moment(row.at), row.who, row.what, row.about, _object(row.details), row.hash)


def broken_at(connection: Connection, kept: Iterable[ChainHead] = ()) -> str:
    """Say where the chain does not hold; empty: it holds, and has every row of `kept`.

    A row of `kept` with the number 0 is looked for by its hash alone.
    """
    before, wanted = ChainHead(0, START), list(kept)
    seen = {START}
    for row in connection.execute(select(deeds).order_by(deeds.c.number)):
        if row.number != before.number + 1:
            return f"after deed {before.number} comes deed {row.number}: what stood between them was removed"
        known = {name: getattr(row, name) for name in ("number", "at", "who", "what", "about", "details")}
        if row.hash != _hash(before.hash, known):
            return f"deed {row.number} does not fit: it, or the deed before it, was changed, removed or moved"
        before = ChainHead(row.number, row.hash)
        seen |= {row.hash} & {each.hash for each in wanted}
        for each in wanted:
            if each.number == row.number and each.hash != row.hash:
                return f"deed {row.number} is not the one that had the hash {each.hash[:16]}…: all from there is new"
    for each in wanted:
        if each.hash not in seen:
            where = f"deed {each.number}" if each.number else f"the deed with the hash {each.hash[:16]}…"
            return f"{where} is missing: the end of the chain was cut off, or written anew"
    return ""


def without_addresses(words: str) -> str:
    """Leave out the email addresses in `words`, because a deed is kept for ever."""
    # PostgreSQL stores no NUL, and no half of a character.
    return _ADDRESS.sub(LEFT_OUT, words.replace("\0", "").encode("utf-8", "replace").decode())


def _without_addresses(value: object) -> object:
    match value:
        case str():
            return without_addresses(value)
        case dict():
            return {without_addresses(str(name)): _without_addresses(each) for name, each in value.items()}
        case list() | tuple():
            return [_without_addresses(each) for each in value]
    return value


def _hash(before: str, row: Mapping[str, object]) -> str:
    parts = [before, *(row[name] for name in ("number", "at", "who", "what", "about", "details"))]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode("utf-8", "replace")).hexdigest()


def _moment(written: str) -> datetime:
    try:
        return datetime.fromisoformat(written)
    except ValueError:
        return datetime.fromtimestamp(0).astimezone()


def _object(written: str) -> dict[str, object]:
    try:
        found = json.loads(written)
    except ValueError:
        return {"unreadable": written}
    return found if isinstance(found, dict) else {"unreadable": written}
