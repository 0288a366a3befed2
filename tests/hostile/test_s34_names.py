"""S34: a name typed by a stranger puts no link into our mail; the mailbox's owner sets name, language and topics."""

import pytest
from sqlalchemy import Engine, select

from newsletter.database.engine import reading, writing
from subscribers.names import LONGEST, typed_name
from subscribers.tables import declines, subscribers
from subscribers.topics import Topic, save
from tests.conftest import NOON, Cast
from tests.public_pages import Mailbox, Pages

LINKS = (
    "https://evil.example", "hxxp://evil", "www.evil", "WWW.Evil", "evil.example", "Win at Evil.Example!", "a@b",
    "me/you",
    "evil。example", "evil．example", "ｅｖｉｌ.ｅｘａｍｐｌｅ", "evil\u2024example", "a\u2044b", "ｗｗｗ．ｅｖｉｌ",
    "bit.ly", "10.1.2.3",
    "evil.xn--p1ai", "пример.рф", "a＠b", "x\\y", "evil.example.", "(evil.example)",
    "Eve\r\nevil.example", "a" * (LONGEST + 1),
)  # fmt: skip
NAMES = (
    "Ada", "Mary Ann", "J. R. Hartley", "J.R. Hartley", "O’Neill", "Llŷr ap Gruffydd", "Dr. Eve", "Ann-Marie", "王小明",
    "Anne St. John", "李", "Åsa", "M.", "van der Berg, Jr.", "a" * LONGEST, "علي",
)  # fmt: skip


def test_what_could_be_a_link_is_no_name_and_a_name_is_one() -> None:
    assert [text for text in LINKS if typed_name(text)] == []
    assert [text for text in NAMES if typed_name(text) != text] == []
    assert typed_name(" Eve\r\n\tEvans\x07 ") == "Eve Evans"


@pytest.mark.parametrize("field", ["first_name", "last_name"])
def test_no_link_gets_into_preferences(engine: Engine, cast: Cast, pages: Pages, field: str) -> None:
    before = pages.everything()
    for text in LINKS:
        pages.client.post(f"{pages.url}/p/{pages.signer.unsubscribe(cast.ada, 1)}", data={field: text})
    assert pages.everything() == before


def test_nothing_that_the_stranger_typed_becomes_the_mailboxs(engine: Engine, mailbox: Mailbox) -> None:
    with writing(engine) as connection:
        for slug in ("news", "events"):
            save(connection, Topic(slug, {"en": slug}), NOON)
    form = {"first_name": "Mallory", "last_name": "M", "language": "cy", "topics": "news events"}
    mailbox.post("/subscribe?lang=en", email="eve@example.org", **form)
    page = mailbox.pages.client.get(mailbox.link())
    assert "Mallory" not in page.text
    # Pressed without a word, it says nothing of topics: what the form had unticked is not their no.
    mailbox.pages.client.post(mailbox.link())
    with reading(engine) as connection:
        eve = connection.execute(select(subscribers)).one()
        assert (eve.first_name, eve.last_name, eve.consent) == ("", "", "confirmed")
        assert connection.execute(select(declines)).all() == []


def test_the_owner_of_the_mailbox_says_name_language_and_topics(engine: Engine, mailbox: Mailbox) -> None:
    with writing(engine) as connection:
        for slug in ("news", "events"):
            save(connection, Topic(slug, {"en": slug}), NOON)
    mailbox.post("/subscribe?lang=en", email="eve@example.org")
    form = {"first_name": "Eve", "language": "cy", "topics": "news events", "wants-news": "yes"}
    answer = mailbox.pages.client.post(mailbox.link(), data=form)
    assert "Rydych wedi tanysgrifio" in answer.text
    with reading(engine) as connection:
        eve = connection.execute(select(subscribers)).one()
        assert (eve.first_name, eve.language) == ("Eve", "cy")
        assert connection.scalars(select(declines.c.topic)).all() == ["events"]


def test_a_link_typed_on_the_confirm_page_is_left_out_and_the_yes_counts(engine: Engine, mailbox: Mailbox) -> None:
    mailbox.post("/subscribe", email="eve@example.org")
    mailbox.pages.client.post(mailbox.link(), data={"first_name": "evil.example"})
    with reading(engine) as connection:
        eve = connection.execute(select(subscribers)).one()
    assert (eve.first_name, eve.consent) == ("", "confirmed")
