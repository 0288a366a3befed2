"""The send log: issues, whom they go to, and every answer we were given. See docs/decisions.md for its shape.

queued     in the frozen audience, not yet tried
sending    claimed; once `dotted`, the final dot may have left
accepted   the relay said 2yz after the end of DATA: it is their mail now
deferred   4yz, or trouble before the final dot; again at `retry_at`
refused    5yz; never again
expired    deferred for longer than the shelf life
skipped    suppressed or unsubscribed between freeze and send
uncertain  the line dropped between the final dot and its reply; a human decides
"""

from enum import StrEnum

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
    text,
    true,
)

from subscribers.tables import NAMES, Document, Moment, limited_to


class State(StrEnum):
    """Where one delivery stands."""

    QUEUED = "queued"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    EXPIRED = "expired"
    SKIPPED = "skipped"
    UNCERTAIN = "uncertain"


class Standing(StrEnum):
    """Whether an issue may be sent."""

    OPEN = "open"
    PAUSED = "paused"
    """Until somebody says `resume`."""
    CANCELLED = "cancelled"
    """For good; whoever has not been tried is skipped."""


class Leaving(StrEnum):
    """Why a sender is gone."""

    DONE = "done"
    """Its run came to an end of its own, or was told to end."""
    ERROR = "error"
    """Something went wrong, and it has settled what it held."""
    DIED = "died"
    """It did not say: the next sender of its issue found it gone."""


class Heard(StrEnum):
    """What was heard of a delivery after the relay had accepted it."""

    BOUNCE = "bounce"
    LATE = "late"
    """It is being tried still."""
    COMPLAINT = "complaint"
    UNSUBSCRIBE = "unsubscribe"
    """By mail; one by a link is a consent only."""


metadata = MetaData(naming_convention=NAMES)

issues = Table(
    "issues",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("post", Text, nullable=False),
    # Of the post as written, not as compiled: an upgrade of a template must not make it another issue.
    Column("fingerprint", String(64), nullable=False, index=True),
    # The expression of the segment it was for; empty: everybody. Part of what makes two sendings the same issue.
    Column("segment", Text, nullable=False, server_default=""),
    Column("frozen_at", Moment, nullable=False),
    # CompiledEmail and the headers every message shares, as they will be sent: see newsletter.issue.
    Column("content", Document, nullable=False),
    Column("candidates", Integer, nullable=False),
    Column("frozen", Integer, nullable=False),
    # From the first connection to the last reply, over all runs.
    Column("seconds", Float, nullable=False, default=0.0),
    # What an organiser said of it since, from whatever terminal; a sender looks here: see newsletter.standing.
    Column("standing", String(9), nullable=False, server_default="open"),
    Column("why", Text, nullable=False, server_default=""),
    Column("not_before", Moment),
    # The kind of mail it is, which readers may have declined; empty: of no kind.
    Column("topic", String(64), nullable=False, server_default=""),
    # Whether the public archive shows it, once it has begun to go out.
    Column("listed", Boolean, nullable=False, server_default=true()),
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
    # What the merge tags say to this person, as it was when the issue was frozen.
    Column("first_name", Text, nullable=False),
    Column("last_name", Text, nullable=False),
    Column("fields", Document, nullable=False),
    Column("state", String(9), limited_to("state", State), nullable=False),
    Column("dotted", Boolean, nullable=False, default=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("retry_at", Moment),
    # The last answer: its three digits (none: the line dropped), its text, and when.
    Column("code", Integer),
    Column("reply", Text),
    Column("at", Moment),
    # Who claimed it last; none: nobody has since there are senders. What it means, newsletter.send_log.senders says.
    Column("sender", Integer),
    # Nobody twice, by the database.
    UniqueConstraint("issue_id", "address"),
)
# Only those still to be tried are in these, so they stay small while an issue drains.
Index(
    "ix_deliveries_queued",
    deliveries.c.issue_id,
    deliveries.c.id,
    sqlite_where=text("state = 'queued'"),
    postgresql_where=text("state = 'queued'"),
)
Index(
    "ix_deliveries_deferred",
    deliveries.c.issue_id,
    deliveries.c.retry_at,
    sqlite_where=text("state = 'deferred'"),
    postgresql_where=text("state = 'deferred'"),
)
Index(
    "ix_deliveries_sending",
    deliveries.c.issue_id,
    deliveries.c.id,
    sqlite_where=text("state = 'sending'"),
    postgresql_where=text("state = 'sending'"),
)

senders = Table(
    "senders",
    metadata,
    # A claim names it for ever: no number may be handed out twice.
    Column("id", Integer, primary_key=True),
    Column("issue_id", ForeignKey("issues.id"), nullable=False, index=True),
    Column("machine", Text, nullable=False),
    Column("process", Integer, nullable=False),
    Column("version", String(40), nullable=False),
    Column("since", Moment, nullable=False),
    # Its last claim.
    Column("heard_at", Moment, nullable=False),
    # From then on it claims nothing, and nothing is its own.
    Column("gone_at", Moment),
    # Of `Leaving`; empty while it is there.
    Column("why", String(12), nullable=False, server_default=""),
    sqlite_autoincrement=True,
)

spent = Table(
    "spent",
    metadata,
    # How many messages a sender's relay took, or may have taken, in the minutes that begin then: see send_log.spent.
    Column("since", Moment, primary_key=True),
    Column("sender", Integer, primary_key=True, autoincrement=False),
    Column("taken", Integer, nullable=False),
)


def waits_as(state: State) -> ColumnElement[bool]:
    """Say that a delivery is `state`, one of those that have an index of their own.

    Written out, because a database looks into an index of some rows only where it can see that it needs no others.
    """
    return deliveries.c.state == literal_column(f"'{state}'")


events = Table(
    "events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("delivery_id", ForeignKey("deliveries.id"), nullable=False, index=True),
    # Of the report and whom it is about: the same report again is not a second one, by the database.
    Column("digest", String(64), nullable=False, unique=True),
    Column("kind", String(11), limited_to("kind", Heard), nullable=False),
    # The name of a `bounce.Reason`, or the type of a complaint.
    Column("reason", String(40), nullable=False),
    # Whether it counts towards a suppression, together with others.
    Column("strike", Boolean, nullable=False),
    Column("status", String(12), nullable=False),
    Column("diagnostic", Text, nullable=False),
    Column("reporter", Text, nullable=False),
    Column("at", Moment, nullable=False),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", Integer, primary_key=True),
    # Every try that did not end in acceptance; the accepted one stands in the delivery itself.
    Column("delivery_id", ForeignKey("deliveries.id"), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("stage", String(12), nullable=False),
    Column("code", Integer),
    Column("reply", Text, nullable=False),
)
