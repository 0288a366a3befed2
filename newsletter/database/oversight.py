"""The tables of deeds and approvals: who did what, what was shown to approvers, and what they answered.

None of them holds an email address. An approver is known by a keyed hash of theirs; see newsletter.issue.approval.
"""

from sqlalchemy import Boolean, Column, ForeignKey, Integer, String, Table, Text

from newsletter.database.metadata import metadata
from subscribers.tables import Document, Moment

deeds = Table(
    "deeds",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    # As text, so that the hash is over what is stored: ISO 8601, in UTC.
    Column("at", String(32), nullable=False),
    Column("who", Text, nullable=False),
    Column("what", String(40), nullable=False),
    Column("about", Text, nullable=False),
    # An object in JSON, as text for the same reason.
    Column("details", Text, nullable=False),
    Column("hash", String(64), nullable=False),
)

approval_requests = Table(
    "approval_requests",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("post", Text, nullable=False),
    # The hash of all that is approved, and all of it: see newsletter.issue.approval.
    Column("hash", String(64), nullable=False, index=True),
    Column("content", Document, nullable=False),
    # To how many it would have gone when they were asked.
    Column("people", Integer, nullable=False),
    Column("asked_by", Text, nullable=False),
    # If who asked is an approver, too: the keyed hash of theirs.
    Column("asker", String(40), nullable=False, server_default=""),
    Column("at", Moment, nullable=False),
    sqlite_autoincrement=True,
)

approvals = Table(
    "approvals",
    metadata,
    # Every answer of an approver stays; the last one counts.
    Column("id", Integer, primary_key=True),
    Column("request_id", ForeignKey("approval_requests.id"), nullable=False, index=True),
    Column("approver", String(200), nullable=False),
    Column("name", Text, nullable=False),
    Column("yes", Boolean, nullable=False),
    Column("words", Text, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("at", Moment, nullable=False),
    sqlite_autoincrement=True,
)

releases = Table(
    "releases",
    metadata,
    # Why an issue may begin: by which request, which no other issue can use; or else why without approval.
    Column("id", Integer, primary_key=True),
    Column("issue_id", ForeignKey("issues.id"), nullable=False, index=True),
    Column("request_id", ForeignKey("approval_requests.id"), unique=True),
    Column("why", Text, nullable=False),
    Column("at", Moment, nullable=False),
    sqlite_autoincrement=True,
)
