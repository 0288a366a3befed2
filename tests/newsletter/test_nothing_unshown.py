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
    "erasures": "erased",
}
OF_NOBODY = {"segments", "topics", "issues", "senders", "spent", "imports"}
"""What an organiser wrote, for nobody in particular; and what sent it, and how much went out."""


def test_whoever_asks_is_given_what_every_table_holds_of_them(engine: Engine, noon: datetime) -> None:
    tables = set(people.tables) | set(send_log.tables)
    assert tables == set(SHOWN) | OF_NOBODY, "a new table: is it in `export --address`, and does `erase` empty it?"
    with reading(engine) as connection:
        held = everything(connection, "ada@example.org", Memory(()))
    assert set(SHOWN.values()) <= set(held)
