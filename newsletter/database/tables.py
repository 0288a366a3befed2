"""The tables of the send log: issues, their recipients, and every answer of a relay. See docs/maintainers/decisions.md.

queued     in the frozen audience, not yet tried
sending    claimed; once `dotted`, the final dot may have left
accepted   the relay said 2yz after the end of DATA: the relay is responsible for the mail now
deferred   4yz, or trouble before the final dot; tried again at `retry_at`
refused    5yz; not tried again
expired    deferred for longer than the shelf life
skipped    suppressed or unsubscribed between freeze and send, or the issue was cancelled
uncertain  the connection dropped between the final dot and its reply; the organiser decides
"""

from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Float,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
    text,
    true,
)

from newsletter.database import oversight as oversight  # so that `metadata` has all tables
from newsletter.database.incoming import hook_events as hook_events
from newsletter.database.incoming import hook_tokens as hook_tokens
from newsletter.database.incoming import replies as replies
from newsletter.database.metadata import metadata as metadata
from subscribers import counts as counts  # so that the metadata of the list has all tables
from subscribers.tables import Document, Moment, limited_to


class State(StrEnum):
    """The state of one delivery."""

    QUEUED = "queued"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    EXPIRED = "expired"
    SKIPPED = "skipped"
    UNCERTAIN = "uncertain"


class Lifecycle(StrEnum):
    """Whether an issue may be sent."""

    OPEN = "open"
    PAUSED = "paused"
    """Until an organiser runs `resume`."""
    CANCELLED = "cancelled"
    """For good; deliveries still to be tried are skipped."""


class Leaving(StrEnum):
    """Why a sender is gone."""

    DONE = "done"
    """Its run ended by itself, or was told to end."""
    ERROR = "error"
    """An error ended it, and it has settled what it held."""
    DIED = "died"
    """It did not leave: it was found dead."""
    HUNG = "hung"
    """It was silent for too long, and may still be alive."""


class FeedbackKind(StrEnum):
    """Kinds of feedback about a delivery after the relay had accepted it."""

    BOUNCE = "bounce"
    LATE = "late"
    """A server is still trying."""
    COMPLAINT = "complaint"
    UNSUBSCRIBE = "unsubscribe"
    """By mail; unsubscribing by a link is recorded only as a consent."""


def _partial_index(name: str, condition: str, *columns: Column[Any]) -> None:
    Index(name, *columns, sqlite_where=text(condition), postgresql_where=text(condition))


issues = Table(
    "issues",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("post", Text, nullable=False),
    # Hash of the post as written, not as compiled: an upgrade of a template must not make it another issue.
    Column("fingerprint", String(64), nullable=False, index=True),
    # The expression of the segment it is for; empty: the whole list. Two sendings of one issue have the same segment.
    Column("segment", Text, nullable=False, server_default=""),
    Column("frozen_at", Moment, nullable=False),
    # The CompiledEmail and the Letterhead of all its messages, as they will be sent: see newsletter.issue.
    Column("content", Document, nullable=False),
    Column("candidates", Integer, nullable=False),
    Column("frozen", Integer, nullable=False),
    # Seconds from the first connection to the last reply, summed over all runs.
    Column("seconds", Float, nullable=False, default=0.0),
    # What an organiser has decided since, from any terminal; a running sender reads it (newsletter.delivery.lifecycle).
    Column("standing", String(9), nullable=False, server_default="open"),
    Column("why", Text, nullable=False, server_default=""),
    Column("not_before", Moment),
    # The topic of the mail, which subscribers may have declined; empty: it has none.
    Column("topic", String(64), nullable=False, server_default=""),
    # Whether the public archive shows it, once it has begun to go out.
    Column("listed", Boolean, nullable=False, server_default=true()),
    # Which code builds the bytes of its mails, so that every try of a delivery has the same.
    Column("message_format", SmallInteger, nullable=False, server_default="1"),
    # So many get it first, and the others so many seconds later, if all is well. NULL: no first wave, or it was judged.
    Column("canary_first", Integer),
    Column("canary_seconds", Float),
    # When to judge what became of the first; NULL: not all of them have been written to.
    Column("canary_until", Moment),
    sqlite_autoincrement=True,
)

exclusions = Table(
    "exclusions",
    metadata,
    Column("issue_id", ForeignKey("issues.id"), primary_key=True),
    Column("subscriber_id", Integer, primary_key=True),
    Column("reason", String(20), nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("issue_id", ForeignKey("issues.id"), nullable=False),
    Column("subscriber_id", Integer, nullable=False),
    Column("address", String(254), nullable=False),
    # The merge tags' values for this recipient, as they were when the issue was frozen.
    Column("first_name", Text, nullable=False),
    Column("last_name", Text, nullable=False),
    Column("fields", Document, nullable=False),
    Column("state", String(9), limited_to("state", State), nullable=False),
    Column("dotted", Boolean, nullable=False, default=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("retry_at", Moment),
    # The last answer: its three digits (none: no reply came), its text, and its time.
    Column("code", Integer),
    Column("reply", Text),
    Column("at", Moment),
    # The languages of the mail they get: "cy", "cy+en"; empty: frozen before this was kept. See newsletter.issue.
    Column("language", String(35), nullable=False, server_default=""),
    # The sender that claimed it last; none: not claimed since the table of senders exists. See send_log.senders.
    Column("sender", Integer),
    # The database ensures that no address gets an issue twice.
    UniqueConstraint("issue_id", "address"),
)
# These indexes hold only open deliveries, so they shrink while an issue is sent.
_partial_index("ix_deliveries_queued", "state = 'queued'", deliveries.c.issue_id, deliveries.c.id)
_partial_index("ix_deliveries_deferred", "state = 'deferred'", deliveries.c.issue_id, deliveries.c.retry_at)
# Beside the index by time, because with that one a slice would read the deferred deliveries of all others.
_partial_index("ix_deliveries_deferred_slice", "state = 'deferred'", deliveries.c.issue_id, deliveries.c.id)
_partial_index("ix_deliveries_sending", "state = 'sending'", deliveries.c.issue_id, deliveries.c.id)
ENDED_BADLY = "state IN ('refused', 'expired', 'skipped', 'uncertain')"
"""As a condition in SQL. Such deliveries are few, so that an index of them costs a sender nothing."""
# All others were accepted, or are in an index above: so the states of many issues are counted without their deliveries.
_partial_index("ix_deliveries_ended", ENDED_BADLY, deliveries.c.issue_id, deliveries.c.state)

senders = Table(
    "senders",
    metadata,
    # Claims keep this number for ever, so no number may be used twice.
    Column("id", Integer, primary_key=True),
    Column("issue_id", ForeignKey("issues.id"), nullable=False, index=True),
    Column("machine", Text, nullable=False),
    Column("process", Integer, nullable=False),
    Column("version", String(40), nullable=False),
    Column("since", Moment, nullable=False),
    # When it claimed last.
    Column("heard_at", Moment, nullable=False),
    # When it left or was taken for dead; from then on it can claim nothing and holds nothing.
    Column("gone_at", Moment),
    # A value of `Leaving`; empty until then.
    Column("why", String(12), nullable=False, server_default=""),
    # The worker that it runs in, the slice it sends, and the engine's job; none: one run sends the whole issue.
    Column("worker", Integer),
    Column("slice", Integer),
    Column("engine_job", BigInteger),
    # How many more messages it may claim today without counting again; void once it is gone. See delivery.budget.
    Column("granted", Integer, nullable=False, server_default="0"),
    sqlite_autoincrement=True,
)
_partial_index("ix_senders_present", "gone_at IS NULL", senders.c.issue_id)

slices = Table(
    "slices",
    metadata,
    # A part of an issue that one worker sends at a time: its deliveries from `first` to `last`, both included.
    Column("issue_id", ForeignKey("issues.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("first", Integer, nullable=False),
    Column("last", Integer, nullable=False),
    # From when on there is something to do in it; NULL: nothing, or it waits for the first wave.
    Column("due_at", Moment),
    # The highest comes first: slices taken over from a sender that died.
    Column("priority", Integer, nullable=False, server_default="0"),
)

workers = Table(
    "workers",
    metadata,
    # A process that takes work from all issues, for as long as it runs; times are by the database's clock.
    Column("id", Integer, primary_key=True),
    Column("machine", Text, nullable=False),
    Column("process", Integer, nullable=False),
    Column("version", String(40), nullable=False),
    Column("since", Moment, nullable=False),
    Column("heard_at", Moment, nullable=False),
    Column("gone_at", Moment),
    # A value of `Leaving`; empty until then.
    Column("why", String(12), nullable=False, server_default=""),
    # The one issue that it sends, if it takes no other work.
    Column("only_issue", Integer),
    sqlite_autoincrement=True,
)

relays = Table(
    "relays",
    metadata,
    # What all machines know of one relay; written on PostgreSQL only. Times are by the database's clock.
    Column("name", Text, primary_key=True),
    # When the next mail may begin, so that all machines together keep the rate (the generic cell rate algorithm).
    Column("tat", Moment),
    Column("connections", Integer, nullable=False, server_default="1"),
    Column("calm", Integer, nullable=False, server_default="0"),
    Column("searching", Boolean, nullable=False, server_default=true()),
    Column("paused_until", Moment),
    # Until then, trouble that another machine hears of is the same trouble.
    Column("deaf_until", Moment),
    Column("pauses", Integer, nullable=False, server_default="0"),
    Column("rests", Integer, nullable=False, server_default="0"),
    Column("spent_until", Moment),
    Column("rate", Float, nullable=False, server_default="0"),
    # What it said last that made us ask for less.
    Column("heard", Text, nullable=False, server_default=""),
    # When a process last had mail for it.
    Column("used_at", Moment),
)

relay_shares = Table(
    "relay_shares",
    metadata,
    # A row for each process that has mail for a relay now; together they use the connections that the relay allows.
    Column("relay", Text, primary_key=True),
    Column("process", String(32), primary_key=True),
    # Both by the database's clock.
    Column("since", Moment, nullable=False),
    Column("heard_at", Moment, nullable=False),
    # How many connections it has open.
    Column("open", Integer, nullable=False),
)

lineage = Table(
    "lineage",
    metadata,
    # One row, with the number 1.
    Column("id", Integer, primary_key=True, autoincrement=False),
    # The oldest revision whose programs can use these tables.
    Column("readable_from", String(32), nullable=False, server_default=""),
    # Which database this was when it last sent; empty: it has not sent yet. See send_log.home.
    Column("place", Text, nullable=False, server_default=""),
)

spent = Table(
    "spent",
    metadata,
    # How many messages a sender's relay accepted, or may have, in the five minutes from `since`: see send_log.spent.
    Column("since", Moment, primary_key=True),
    Column("sender", Integer, primary_key=True, autoincrement=False),
    Column("taken", Integer, nullable=False),
)


def waits_as(state: State) -> ColumnElement[bool]:
    """Return the condition that a delivery is in `state`, one of those with a partial index.

    The value is a literal, because a database uses a partial index only if the statement shows that its rows suffice.
    """
    return deliveries.c.state == literal_column(f"'{state}'")


events = Table(
    "events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("delivery_id", ForeignKey("deliveries.id"), nullable=False, index=True),
    # Hash of the report and its delivery: the database ensures that the same report counts once.
    Column("digest", String(64), nullable=False, unique=True),
    Column("kind", String(11), limited_to("kind", FeedbackKind), nullable=False),
    # The name of a `bounce.Reason`, or the type of a complaint.
    Column("reason", String(40), nullable=False),
    # Whether it counts towards a suppression, together with others.
    Column("strike", Boolean, nullable=False),
    Column("status", String(12), nullable=False),
    Column("diagnostic", Text, nullable=False),
    Column("reporter", Text, nullable=False),
    Column("at", Moment, nullable=False),
)

notes = Table(
    "notes",
    metadata,
    # A mail to the organiser about an issue, by what happened to it; "run" is its newest sender then, so that the same
    # thing is told again only after the issue was sent on. See transactional.notes.
    Column("id", Integer, primary_key=True),
    Column("issue_id", ForeignKey("issues.id"), nullable=False),
    Column("what", String(12), nullable=False),
    Column("run", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    # When it is tried next; NULL: it was sent, or given up.
    Column("mail_at", Moment),
    Column("tries", Integer, nullable=False, server_default="0"),
    UniqueConstraint("issue_id", "what", "run"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", Integer, primary_key=True),
    # A row for every try that did not end in acceptance; an acceptance stands in the delivery itself.
    Column("delivery_id", ForeignKey("deliveries.id"), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("stage", String(12), nullable=False),
    Column("code", Integer),
    Column("reply", Text, nullable=False),
)
