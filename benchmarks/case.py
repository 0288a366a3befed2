"""A frozen issue to measure with: a real post, compiled and padded to a given length, for made-up people."""

import re
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, text

from newsletter.compiler import CompiledEmail, Furniture, compile_post
from newsletter.database.engine import open_database, upgrade, writing
from newsletter.issue import Issue, Letterhead, freeze
from newsletter.message import MessageBuilder, Recipient
from newsletter.post import Post, read_post
from newsletter.settings import Mailbox
from newsletter.theme import template_folders
from subscribers.tokens import LinkSigner

KEY = "a key for the benchmark, of no use anywhere else"
WORDS = "The council agreed last night that the bus stays, and asked all of us to say so again next month. "


@dataclass(frozen=True)
class Case:
    """A frozen issue in a database of its own, one whole message of it, and the seconds that freezing took."""

    database: str
    issue: Issue
    message: bytes
    seconds_to_freeze: float

    def builder(self) -> MessageBuilder:
        return _builder(self.issue)


def frozen(database: str, folder: Path, messages: int, octets: int) -> Case:
    """Freeze an issue for `messages` people in the empty `database`, each message about `octets` long."""
    engine = open_database(database)
    upgrade(engine)
    parsed, email, head = letter(folder)
    email = _padded(email, octets)
    with writing(engine) as connection:
        people(connection, messages)
    begun = datetime.now(UTC)
    with writing(engine) as connection:
        issue = freeze(connection, parsed, email, head, begun)
    seconds = (datetime.now(UTC) - begun).total_seconds()
    engine.dispose()  # closing the last connection empties the write-ahead log into the file, so that it can be copied
    return Case(database, issue, _message(email), seconds)


def letter(folder: Path) -> tuple[Post, CompiledEmail, Letterhead]:
    """Write a post into `folder`, read it and compile it."""
    post = folder / "news.md"
    post.write_text(f"---\ntitle: Good news\nmerge: true\n---\nDear {{{{first_name|friend}}}},\n\n{WORDS}\n")
    parsed = read_post(post)
    email = compile_post(parsed, Furniture("Us", "1 Example Street"), template_folders(None))
    return parsed, email, _letterhead()


def people(connection: Connection, number: int) -> None:
    """Put `number` made-up people on the list."""
    connection.execute(text(_PEOPLE), {"most": number, "now": "2026-01-01 00:00:00+00"})


_PEOPLE = """
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :most)
    INSERT INTO subscribers (address, first_name, last_name, language, tags, fields, consent, joined_at)
    SELECT 'p' || n || '@example.org', 'Name' || n, '', '', '[]', '{}', 'confirmed', CAST(:now AS TIMESTAMP)
    FROM numbers
"""


def _padded(email: CompiledEmail, octets: int) -> CompiledEmail:
    """Bring the whole message to `octets`: drop the style sheets if it is too long, then add words."""
    if len(_message(email)) > octets:
        email = replace(email, html=re.sub(r"<style.*?</style>|<!--.*?-->", "", email.html, flags=re.DOTALL))
    missing = octets - len(_message(email))
    if missing < 0:
        sys.exit(f"the mail is longer than {octets:,} octets already")
    paragraph = f"<p>{WORDS}</p>\n"
    more = paragraph * (missing * 97 // 100 // len(paragraph))  # encoding adds the other 3 %, as soft line breaks
    return replace(email, html=email.html.replace("</body>", more + "</body>"))


def _message(email: CompiledEmail) -> bytes:
    issue = Issue(1, "news", "", datetime.now(UTC), 1, 1, email, _letterhead())
    return _builder(issue).build(Recipient(1, 12345, "p12345@example.org", "Name12345")).content


def _builder(issue: Issue) -> MessageBuilder:
    return MessageBuilder(issue, LinkSigner([KEY], issue.letterhead.list_id), KEY)


def _letterhead() -> Letterhead:
    box = Mailbox("News", "news@example.org")
    bounces = Mailbox("", "bounces@example.org")
    return Letterhead(box, None, bounces, "Us", "news.example.org", "https://news.example.org", "0123456789abcdef")
