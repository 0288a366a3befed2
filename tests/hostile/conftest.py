from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from newsletter.compiler import Furniture, compile_post
from newsletter.database.engine import writing
from newsletter.database.tables import deliveries
from newsletter.issue import freeze, letterhead
from newsletter.message import MessageBuilder, Recipient
from newsletter.post import read_post
from newsletter.theme import template_folders
from tests.public_pages import SETTINGS, Pages


@pytest.fixture
def real_mail(engine: Engine, pages: Pages, tmp_path: Path, noon: datetime) -> Callable[[], EmailMessage]:
    """Freeze an issue for the list, and build the mail to its first recipient; its links lead to `pages`."""

    def mail() -> EmailMessage:
        file = tmp_path / "good-news.md"
        file.write_text(
            "---\ntitle: Good news\nmerge: true\n---\nDear {{first_name|friend}}, the council said yes.\n\n"
            "[Leave us]({{unsubscribe_url}}) or [read this on the web]({{web_url}}).\n"
        )
        post = read_post(file)
        email = compile_post(post, Furniture("Co-production Wales", "1 Example Street"), template_folders(None))
        settings = replace(SETTINGS, base_url=pages.url)
        with writing(engine) as connection:
            issue = freeze(connection, post, email, letterhead(settings, "0123456789abcdef"), noon)
            row = connection.execute(select(deliveries).order_by(deliveries.c.id)).first()
        assert row is not None
        recipient = Recipient(row.id, row.subscriber_id, row.address, row.first_name, row.last_name, row.fields)
        built = MessageBuilder(issue, pages.signer, settings.secret_key).build(recipient)
        parsed = message_from_bytes(built.content, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    return mail
