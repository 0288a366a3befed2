"""A small compiled mail, a letterhead, and issues frozen from them."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert

from newsletter.compiler import CompiledEmail
from newsletter.database.engine import writing
from newsletter.issue import Issue, Letterhead, freeze
from newsletter.message import MessageBuilder
from newsletter.post import Post, read_post
from newsletter.settings import Mailbox
from subscribers.tables import subscribers
from subscribers.tokens import LinkSigner

KEY = "a secret key of the tests, long enough"


@pytest.fixture
def post(tmp_path: Path) -> Post:
    file = tmp_path / "good-news.md"
    file.write_text("---\ntitle: Good news\n---\nThe council said yes.\n", encoding="utf-8")
    return read_post(file)


@pytest.fixture
def email() -> CompiledEmail:
    return CompiledEmail(
        subject="Newyddion da: good news",
        preheader="The council said yes.",
        html=(
            '<!DOCTYPE html><html lang="en"><body><p>Dear \ue000first_name|friend\ue001, it is ŵyl.</p>\n'
            '<a href="\ue000unsubscribe_url\ue001">Unsubscribe</a></body></html>\n'
        ),
        text="Dear \ue000first_name|friend\ue001,\n.\nFrom Cardiff, with ŵyl.\n\ue000unsubscribe_url\ue001\n",
        language="en",
        findings=(),
    )


@pytest.fixture
def head() -> Letterhead:
    return Letterhead(
        sender=Mailbox("Gŵyl, Cardiff", "news@example.org"),
        reply_to=Mailbox("", "hello@example.org"),
        return_path=Mailbox("", "bounces@example.org"),
        organisation="Gŵyl",
        list_id="news.example.org",
        base_url="https://news.example.org",
        salt="0123456789abcdef",
    )


@pytest.fixture
def builder_of() -> Callable[[Issue], MessageBuilder]:
    """Make the builder of an issue, with the tests' key."""
    return lambda issue: MessageBuilder(issue, LinkSigner([KEY], issue.letterhead.list_id), KEY)


@pytest.fixture
def issue_for(
    engine: Engine, post: Post, email: CompiledEmail, head: Letterhead, noon: datetime
) -> Callable[..., Issue]:
    """Put people on the list, all confirmed, and freeze an issue for everybody."""

    def frozen(*names: str) -> Issue:
        with writing(engine) as connection:
            rows = [
                {
                    "address": f"{name}@example.org",
                    "first_name": name.title(),
                    "consent": "confirmed",
                    "joined_at": noon,
                }
                for name in names
            ]
            connection.execute(insert(subscribers), rows)
            return freeze(connection, post, email, head, noon)

    return frozen
