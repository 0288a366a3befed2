"""The tables of counts that outlive the rows they were counted from. They hold nothing of anybody."""

from sqlalchemy import Column, Integer, String, Table

from subscribers.tables import metadata

tallies = Table(
    "tallies",
    metadata,
    # Changes of the list in a month that rows no longer tell, because they were deleted: see `history`.
    Column("month", String(7), primary_key=True),
    *(Column(name, Integer, nullable=False, default=0) for name in ("joined", "left", "suppressed")),
)

cohorts = Table(
    "cohorts",
    metadata,
    # How many of those who were erased had joined in a month, and were gone in another.
    Column("joined", String(7), primary_key=True),
    Column("gone", String(7), primary_key=True),
    Column("people", Integer, nullable=False, default=0),
)

link_tallies = Table(
    "link_tallies",
    metadata,
    # What people who were erased had done by the links of an issue (its number in the send log): see `through`.
    Column("issue_id", Integer, primary_key=True, autoincrement=False),
    *(
        Column(name, Integer, nullable=False, default=0)
        for name in ("unsubscribed", "came_back", "changed_address", "changed_preferences")
    ),
)
