"""The tables of the list. Everything an organiser must account for is a row with a time and a reason.

No foreign key leads to a table outside this package: a person can be erased here without breaking the totals of the
send log.
"""

import json
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ARRAY,
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
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import TypeEngine

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMES)


class Moment(TypeDecorator[datetime]):
    """A time in UTC. SQLite drops the time zone, so reading puts it back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


def moments_for(connection: Connection) -> Callable[[datetime | None], Any]:
    """Return the function that converts a time for the driver, for statements that bypass SQLAlchemy's binding."""
    return _moments_of(connection.dialect)


@lru_cache
def _moments_of(dialect: Dialect) -> Callable[[datetime | None], Any]:
    return Moment().dialect_impl(dialect).bind_processor(dialect) or (lambda moment: moment)


class Document(TypeDecorator[Any]):
    """A JSON list or mapping of text; on PostgreSQL, JSONB."""

    impl = JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name != "postgresql":
            return dialect.type_descriptor(JSON())
        from sqlalchemy.dialects.postgresql import JSONB  # here, because it takes long to load

        return dialect.type_descriptor(JSONB())

    def coerce_compared_value(self, op: OperatorType | None, value: Any) -> Any:
        return JSON().coerce_compared_value(op, value)


def limited_to(column: str, words: Iterable[str]) -> CheckConstraint:
    """Let a column hold only one of `words`.

    OR, not IN: SQLite rebuilds an IN list for every row written. With OR, an audience is frozen a quarter faster.
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
    # The same as in the latest row of `consents`, so that an audience is one scan.
    Column("consent", String(9), limited_to("consent", CONSENT_STATES), nullable=False),
    Column("joined_at", Moment, nullable=False),
    # The subscriber's own choice: no mail before this time.
    Column("paused_until", Moment),
    # When the row was last changed, by a person or a program; NULL: it is as it was added. Every UPDATE sets it, so
    # that taking an import back finds the rows that were not changed since.
    Column("changed_at", Moment, onupdate=func.now()),
    # An id is part of every signed link: SQLite must never give the same id to two rows.
    sqlite_autoincrement=True,
)

_SET = text("issue_id IS NOT NULL")
_WHERE_SET: dict[str, Any] = {"sqlite_where": _SET, "postgresql_where": _SET}
"""Limits an index to the few rows that came through an issue's link, so that an import writes nothing to it."""

consents = Table(
    "consents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subscriber_id", ForeignKey("subscribers.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("consent", String(9), limited_to("consent", CONSENT_STATES), nullable=False),
    Column("at", Moment, nullable=False),
    # The source of the evidence: "import people.csv", "unsubscribe link", "one-click", "undo", "organiser".
    Column("source", Text, nullable=False),
    # What the person said yes to, word for word.
    Column("wording", Text, nullable=False, default=""),
    Column("network_address", Text, nullable=False, default=""),
    # A row of `imports`; NULL: it came from the subscriber or the organiser, and stays valid whatever import is undone.
    Column("import_id", Integer),
    # The issue whose link was used, by its number in the send log (not in this package). NULL: the link of no issue.
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
    # The name of the file, and what the people in it agreed to, as the organiser said.
    Column("source", Text, nullable=False),
    Column("wording", Text, nullable=False, default=""),
    # The programs that wrote the file, by the names people use.
    Column("program", Text, nullable=False, default=""),
    *(
        Column(name, Integer, nullable=False, default=0)
        for name in ("rows", "added", "updated", "unchanged", "suppressed", "rejected")
    ),
    # NULL: it was interrupted.
    Column("done_at", Moment),
    Column("undone_at", Moment),
    # Evidence refers to the id of an import: SQLite must never give the same id to two rows.
    sqlite_autoincrement=True,
)

import_changes = Table(
    "import_changes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("import_id", ForeignKey("imports.id", ondelete="CASCADE"), nullable=False, index=True),
    # A subscriber that the import changed: their values before and after, by column.
    Column("subscriber_id", ForeignKey("subscribers.id", ondelete="CASCADE"), index=True),
    # Or an address that an earlier import had suppressed and this one suppresses too.
    Column("address", String(254), index=True),
    Column("before", Document, nullable=False, default=dict),
    Column("after", Document, nullable=False, default=dict),
)

erasures = Table(
    "erasures",
    metadata,
    # All that is left of an erased person: a keyed hash of their address, and a mark of the key. See `erasure`.
    Column("digest", String(64), primary_key=True),
    Column("key", String(16), nullable=False),
    Column("at", Moment, nullable=False),
)

segments = Table(
    "segments",
    metadata,
    Column("name", String(64), primary_key=True),
    # As `segment` writes it and can read it again.
    Column("expression", Text, nullable=False),
    Column("at", Moment, nullable=False),
)

topics = Table(
    "topics",
    metadata,
    Column("slug", String(64), primary_key=True),
    # Title by language.
    Column("titles", Document, nullable=False),
    Column("at", Moment, nullable=False),
)

declines = Table(
    "declines",
    metadata,
    Column("subscriber_id", ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True),
    # No foreign key: a no stays when the topic is removed, in case the topic is made again.
    Column("topic", String(64), primary_key=True),
    Column("at", Moment, nullable=False),
)

unsubscribe_reasons = Table(
    "partings",
    metadata,
    Column("subscriber_id", ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    # The issue whose link they left by, by its number in the send log (not in this package).
    Column("issue_id", Integer, nullable=False, index=True),
    # A value of `unsubscribe_reason.UnsubscribeReason`.
    Column("reason", String(12), nullable=False),
    Column("words", Text, nullable=False),
    Column("at", Moment, nullable=False),
)

changes = Table(
    "changes",
    metadata,
    # What a subscriber changed on their preferences page; append-only.
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
    # Each change of a subscriber's address; kept, so that no import brings back the old address. See `moves`.
    Column("id", Integer, primary_key=True),
    Column("subscriber_id", ForeignKey("subscribers.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("old_address", String(254), nullable=False, index=True),
    Column("new_address", String(254), nullable=False),
    Column("at", Moment, nullable=False),
    Column("network_address", Text, nullable=False),
    Column("issue_id", Integer, index=True),
    # When this move was undone, by its own old mailbox or because an earlier move was undone.
    Column("undone_at", Moment),
    # The id must never be given to a second row: notices of a move refer to it.
    sqlite_autoincrement=True,
)

requests = Table(
    "requests",
    metadata,
    Column("id", Integer, primary_key=True),
    # A value of `Asked`: what the mail to the address asks the owner to confirm.
    Column("asked", String(9), nullable=False),
    Column("address", String(254), nullable=False, index=True),
    # The subscriber whose address is to change, or who asks to come back; NULL: a visitor subscribes.
    Column("subscriber_id", Integer),
    Column("language", String(35), nullable=False),
    Column("first_name", Text, nullable=False),
    Column("wording", Text, nullable=False),
    Column("network", Text, nullable=False),
    Column("network_address", Text, nullable=False),
    Column("at", Moment, nullable=False, index=True),
    # Lets the database allow one request a day for an address; a notice of a move has the move's number here.
    Column("day", String(10), nullable=False),
    # The topics the form showed, each with whether it is wanted.
    Column("topics", Document, nullable=False, default=dict),
    Column("used_at", Moment),
    # Its mail (see `pending_mail`): when to try it next (NULL: it is not pending), the tries, when it was sent.
    Column("mail_at", Moment, index=True),
    Column("mail_tries", Integer, nullable=False, default=0),
    Column("mailed_at", Moment, index=True),
    # The mailbox of the address, for rate caps only: without dots and plus-tags, see `mailbox_of`.
    Column("mailbox", String(254), nullable=False, default="", index=True),
    # When the same mail was asked for a second time within a day.
    Column("again_at", Moment),
    # When a newer request took its place.
    Column("over_at", Moment),
    # When the mail was given up because it could not be sent in time.
    Column("given_up_at", Moment),
    Column("issue_id", Integer),
    # The move that a notice is about.
    Column("move_id", Integer),
    UniqueConstraint("address", "day"),
    # An id is part of a signed link: SQLite must never give the same id to two rows.
    sqlite_autoincrement=True,
)


def one_of(connection: Connection, column: Column[str], values: Collection[str]) -> ColumnElement[bool]:
    """Make a condition: is the column one of `values`? One bound parameter: a statement takes only so many."""
    if connection.dialect.name == "sqlite":
        each = func.json_each(json.dumps(list(values))).table_valued("value")
        return column.in_(select(each.c.value))
    return column == any_(literal(list(values), ARRAY(Text)))


def is_number(column: ColumnElement[Any], number: int | None) -> ColumnElement[bool]:
    """Make a condition: does the column hold `number`? None (the person is not on the list) matches no row.

    Needed because SQLAlchemy turns `column == None` into IS NULL, which matches every row without a number: the rows
    of other people.
    """
    return false() if number is None else column == number


def insert_into(connection: Connection, table: Table) -> "sqlite.Insert | postgresql.Insert":
    """Begin an INSERT that can take ON CONFLICT: both databases have it, but standard SQL does not."""
    if connection.dialect.name == "sqlite":
        from sqlalchemy.dialects import sqlite  # here, because only one of the two is needed

        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)
