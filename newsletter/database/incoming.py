"""The tables of what comes in: answers that people write, and what relays report by webhook."""

from sqlalchemy import Boolean, Column, ForeignKey, Integer, String, Table

from newsletter.database.metadata import metadata
from subscribers.tables import Moment

replies = Table(
    "replies",
    metadata,
    # An answer that a person wrote; none of its words. The same mail counts once, by a hash of its Message-ID.
    Column("id", Integer, primary_key=True),
    Column("delivery_id", ForeignKey("deliveries.id"), nullable=False, index=True),
    Column("digest", String(64), nullable=False, unique=True),
    # Whether it looks like "please take me off".
    Column("wants_to_leave", Boolean, nullable=False),
    Column("at", Moment, nullable=False),
)

hook_events = Table(
    "hook_events",
    metadata,
    # How many events came by webhook, and when the last: by service, by what they say (see bounces.hooks.received), and
    # by the service's own name for them. It holds nothing about recipients.
    Column("service", String(12), primary_key=True),
    Column("what", String(12), primary_key=True),
    Column("name", String(40), primary_key=True),
    Column("number", Integer, nullable=False),
    Column("last_at", Moment, nullable=False),
)

hook_tokens = Table(
    "hook_tokens",
    metadata,
    # Hashes of tokens that a service signed for one use, and of the body that came with each; kept for minutes.
    Column("digest", String(64), primary_key=True),
    Column("body", String(64), nullable=False),
    Column("at", Moment, nullable=False),
)
