"""Every table is either given to the person whose rows it holds, or holds nothing of anybody."""

from datetime import datetime

from sqlalchemy import Engine

from newsletter.database.engine import reading
from newsletter.database.tables import metadata as send_log
from newsletter.people.person import everything
from subscribers.erasure import Memory
from subscribers.tables import metadata as people

SHOWN = {
    "subscribers": "subscriber",
    "consents": "consents",
    "declines": "declines",
    "partings": "partings",
    "suppressions": "suppressions",
    "requests": "requests",
    "import_changes": "import_changes",
    "changes": "changes",
    "moves": "moves",
    "deliveries": "issues",
    "exclusions": "issues",
    "attempts": "issues",
    "events": "issues",
    "replies": "issues",
    "erasures": "erased",
}
WRITTEN = {"segments", "topics", "issues", "imports", "deeds", "approval_requests", "approvals", "releases"}
"""What an organiser wrote, for nobody in particular."""
WORK = {
    "senders",
    "spent",
    "slices",
    "workers",
    "relays",
    "relay_shares",
    "lineage",
    "hook_events",
    "hook_tokens",
    "notes",
}
"""What sent it, how much went out, and counts and hashes of what relays told; nothing of a recipient."""
COUNTED = {"tallies", "cohorts", "link_tallies"}
"""Counts by month and by issue, which stay when a person is erased; nothing of anybody."""
OF_NOBODY = WRITTEN | WORK | COUNTED


def test_whoever_asks_is_given_what_every_table_holds_of_them(engine: Engine, noon: datetime) -> None:
    tables = set(people.tables) | set(send_log.tables)
    assert tables == set(SHOWN) | OF_NOBODY, "a new table: is it in `export --address`, and does `erase` empty it?"
    with reading(engine) as connection:
        held = everything(connection, "ada@example.org", Memory(()))
    assert set(SHOWN.values()) <= set(held)
