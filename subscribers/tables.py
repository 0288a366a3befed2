"""The tables of the list. Everything an organiser is accountable for is a row with a time and a reason.

No foreign key leaves this package: a person can be erased here without breaking the sums of the send log.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    ColumnElement,
    Connection,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    any_,
    false,
    func,
    literal,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMES)


class Moment(TypeDecorator[datetime]):
    """A time in UTC: SQLite drops the zone, so it is put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


def moments_for(connection: Connection) -> Callable[[datetime | None], Any]:
    """Say how a time is given to the driver where a statement does not pass SQLAlchemy's own binding."""
    return _moments_of(connection.dialect)


@lru_cache
def _moments_of(dialect: Dialect) -> Callable[[datetime | None], Any]:
    return Moment().dialect_impl(dialect).bind_processor(dialect) or (lambda moment: moment)


Document = JSON().with_variant(JSONB(), "postgresql")
"""A list or a mapping of people's own words."""


def limited_to(column: str, words: Iterable[str]) -> CheckConstraint:
    """Let a column hold one of `words` only.

    Not with IN, because SQLite makes a table of what stands there anew for every row that is written: spelt out, an
    audience is frozen a quarter faster.
    """
    return CheckConstraint(" OR ".join(f"{column} = '{word}'" for word in words), name=column)


CONSENT_STATES = ("pending", "confirmed", "withdrawn")

subscribers = Table(
    "subscribers",
    metadata,
    Column("id", Integer, primary_key=True),
    # As normalised by `address`: one row per mailbox.
    Column("address", String(254), nullable=False, unique=True),
    Column("first_name", Text, nullable=False, default=""),
    Column("last_name", Text, nullable=False, default=""),
    Column("language", String(35), nullable=False, default=""),
    Column("tags", Document, nullable=False, default=list),
    Column("fields", Document, nullable=False, default=dict),
    # The latest of `consents`, kept here so that an audience is one scan.
    Column("consent", String(9), limited_to("consent", CONSENT_STATES), nullable=False),
    Column("joined_at", Moment, nullable=False),
    # Their own wish: nothing is sent before then.
    Column("paused_until", Moment),
    # When anything of it was last changed, whoever did it; NULL: it is as it was added. Every UPDATE sets it, so that
    # an import can be taken back where nobody has touched what it made.
    Column("changed_at", Moment, onupdate=func.now()),
    # An id is part of every signed link: SQLite must never hand one out twice.
    sqlite_autoincrement=True,
)

_SET = text("issue_id IS NOT NULL")
_WHERE_SET: dict[str, Any] = {"sqlite_where": _SET, "postgresql_where": _SET}
"""For an index of the few rows that came through an issue's link: an import of a million writes none of it."""

consents = Table(
    "consents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subscriber_id", ForeignKey("subscribers.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("consent", String(9), limited_to("consent", CONSENT_STATES), nullable=False),
    Column("at", Moment, nullable=False),
    # Where it came from: "import people.csv", "unsubscribe link", "one-click", "undo", "organiser".
    Column("source", Text, nullable=False),
    # What the person said yes to, word for word.
    Column("wording", Text, nullable=False, default=""),
    Column("network_address", Text, nullable=False, default=""),
    # Of `imports`; NULL: it came from the person, or the organiser, and no import can take it back.
    Column("import_id", Integer),
    # Whose link it was said through: a number of the send log's, which this package knows nothing of. NULL: no issue's.
    Column("issue_id", Integer),
    Index("ix_consents_issue_id", "issue_id", **_WHERE_SET),
)

suppressions = Table(
    "suppressions",
    metadata,
    Column("address", String(254), primary_key=True),
    Column("reason", String(20), nullable=False),
    Column("detail", Text, nullable=False, default=""),
    Column("at", Moment, nullable=False),
    # As in `consents`.
    Column("import_id", Integer),
)

imports = Table(
    "imports",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
    # The name of the file, and what the organiser said its people agreed to.
    Column("source", Text, nullable=False),
    Column("wording", Text, nullable=False, default=""),
    # Which programs wrote it, as a person calls them.
    Column("program", Text, nullable=False, default=""),
    *(
        Column(name, Integer, nullable=False, default=0)
        for name in ("rows", "added", "updated", "unchanged", "suppressed", "rejected")
    ),
    # NULL: it was interrupted.
    Column("done_at", Moment),
    Column("undone_at", Moment),
    # A number is never given to another import, because evidence refers to it.
    sqlite_autoincrement=True,
)

import_changes = Table(
    "import_changes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("import_id", ForeignKey("imports.id", ondelete="CASCADE"), nullable=False, index=True),
    # Who was on the list before, and is changed: what they were and became, by column.
    Column("subscriber_id", ForeignKey("subscribers.id", ondelete="CASCADE"), index=True),
    # Or an address that was suppressed by another import before, and is by this one, too.
    Column("address", String(254), index=True),
    Column("before", Document, nullable=False, default=dict),
    Column("after", Document, nullable=False, default=dict),
)

erasures = Table(
    "erasures",
    metadata,
    # All that is left of somebody erased: a keyed hash of their address, and a mark of the key. See `erasure`.
    Column("digest", String(64), primary_key=True),
    Column("key", String(16), nullable=False),
    Column("at", Moment, nullable=False),
)

segments = Table(
    "segments",
    metadata,
    Column("name", String(64), primary_key=True),
    # As `segment` writes it, which it can read again.
    Column("expression", Text, nullable=False),
    Column("at", Moment, nullable=False),
)

topics = Table(
    "topics",
    metadata,
    Column("slug", String(64), primary_key=True),
    # By language.
    Column("titles", Document, nullable=False),
    Column("at", Moment, nullable=False),
)

declines = Table(
    "declines",
    metadata,
    Column("subscriber_id", ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True),
    # Without a foreign key: a no outlives the topic, in case it is made again.
    Column("topic", String(64), primary_key=True),
    Column("at", Moment, nullable=False),
)

partings = Table(
    "partings",
    metadata,
    Column("subscriber_id", ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    # Whose link they left by; a number of the send log's, which this package knows nothing of.
    Column("issue_id", Integer, nullable=False, index=True),
    # Of `parting.Reason`.
    Column("reason", String(12), nullable=False),
    Column("words", Text, nullable=False),
    Column("at", Moment, nullable=False),
)

changes = Table(
    "changes",
    metadata,
    # What somebody changed on their preferences page; append-only.
    Column("id", Integer, primary_key=True),
    Column("subscriber_id", ForeignKey("subscribers.id", ondelete="CASCADE"), nullable=False, index=True),
    # In words, without what was typed: "language cy; a break until 2027-03-01".
    Column("what", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("network_address", Text, nullable=False),
    Column("issue_id", Integer, index=True),
    sqlite_autoincrement=True,
)

moves = Table(
    "moves",
    metadata,
    # Each change of a subscriber's address; kept, so that an import of the old address revives nobody. See `moves`.
    Column("id", Integer, primary_key=True),
    Column("subscriber_id", ForeignKey("subscribers.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("old_address", String(254), nullable=False, index=True),
    Column("new_address", String(254), nullable=False),
    Column("at", Moment, nullable=False),
    Column("network_address", Text, nullable=False),
    Column("issue_id", Integer, index=True),
    # When the owner of the old mailbox took it back, or a move before it.
    Column("undone_at", Moment),
    # An id is part of a signed link: SQLite must never hand one out twice.
    sqlite_autoincrement=True,
)

requests = Table(
    "requests",
    metadata,
    Column("id", Integer, primary_key=True),
    # Of `Asked`: what the mail to the address asks to be confirmed.
    Column("asked", String(9), nullable=False),
    Column("address", String(254), nullable=False, index=True),
    # Whose address is to change; nobody's where a stranger subscribes.
    Column("subscriber_id", Integer),
    Column("language", String(35), nullable=False),
    Column("first_name", Text, nullable=False),
    Column("wording", Text, nullable=False),
    Column("network", Text, nullable=False),
    Column("network_address", Text, nullable=False),
    Column("at", Moment, nullable=False, index=True),
    # One request a day for any address, by the database; a notice of a move has the move's number here.
    Column("day", String(10), nullable=False),
    # Which of the topics a form showed are wanted.
    Column("topics", Document, nullable=False, default=dict),
    Column("used_at", Moment),
    # Of the mail that asks, see `owed`: when it is to be tried (NULL: it is not owed), how often it was, when it left.
    Column("mail_at", Moment, index=True),
    Column("mail_tries", Integer, nullable=False, default=0),
    Column("mailed_at", Moment, index=True),
    # The mailbox behind the address, for caps alone: without dots and plus-tags, see `mailbox_of`.
    Column("mailbox", String(254), nullable=False, default="", index=True),
    # When the mail was asked for a second time that day.
    Column("again_at", Moment),
    # When a newer request took its place.
    Column("over_at", Moment),
    # When the mail was given up, because it could not be sent in time.
    Column("given_up_at", Moment),
    Column("issue_id", Integer),
    # The move that a notice is about.
    Column("move_id", Integer),
    UniqueConstraint("address", "day"),
    # An id is part of a signed link: SQLite must never hand one out twice.
    sqlite_autoincrement=True,
)


ROOM, USUAL_ROOM = 24_000, 2_000
"""So many KB of pages SQLite may keep while a long list is written, and otherwise."""


@contextmanager
def roomy(connection: Connection) -> Iterator[None]:
    """Let SQLite keep more pages meanwhile: a long list touches the index of addresses all over."""
    if connection.dialect.name != "sqlite":
        yield
        return
    connection.exec_driver_sql(f"PRAGMA cache_size=-{ROOM}")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA cache_size=-{USUAL_ROOM}")


def one_of(connection: Connection, column: Column[str], values: Collection[str]) -> ColumnElement[bool]:
    """Say that a column is one of many values: they travel as one, because a statement takes only so many."""
    if connection.dialect.name == "sqlite":
        each = func.json_each(json.dumps(list(values))).table_valued("value")
        return column.in_(select(each.c.value))
    return column == any_(literal(list(values), ARRAY(Text)))


def is_number(column: ColumnElement[Any], number: int | None) -> ColumnElement[bool]:
    """Say that a column holds `number`; None, the number of a person who is not known, is true of no row.

    Because `column == None` is IS NULL to SQLAlchemy: true of every row that has no number there, which are those of
    strangers.
    """
    return false() if number is None else column == number


def insert_into(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Begin an INSERT that can say what to do ON CONFLICT, which the two databases spell alike and SQL does not."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)
