"""A word to who has come or gone: where it is wanted, once, and with a way back."""

from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from newsletter.database.engine import writing
from newsletter.runtime.clock import now
from subscribers.suppression import SuppressionReason, suppress
from subscribers.tables import subscribers
from tests.conftest import Cast
from tests.public_pages import Mailbox, corresponding


@pytest.fixture
def greeted(engine: Engine, tmp_path: Path) -> Iterator[Mailbox]:
    with corresponding(engine, tmp_path / "greeted", greetings=True) as mailbox:
        yield mailbox


def leaves(mailbox: Mailbox, person: int, how: str = "reader") -> None:
    answer = mailbox.pages.client.post(mailbox.pages.link(person), data={"by": how})
    assert answer.status_code == 200


def said(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_whoever_has_confirmed_is_welcomed_in_their_language_and_can_leave_by_that_very_mail(greeted: Mailbox) -> None:
    greeted.post("/subscribe?lang=cy", email="eve@example.org", first_name="Buy at example.com")
    greeted.pages.client.post(greeted.link())
    welcome = greeted.mails(2)[1]
    assert welcome["Subject"] == "Croeso: rydych ar y rhestr"
    assert (welcome["To"], welcome["Auto-Submitted"], welcome["Content-Language"]) == (
        "eve@example.org",
        "auto-generated",
        "cy",
    )
    assert "Buy at" not in welcome.as_string()
    assert welcome["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    url = welcome["List-Unsubscribe"].strip("<>")
    assert url in said(welcome)
    assert url in said(welcome, "html")
    assert greeted.pages.client.post(url, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert greeted.mails(3)[2]["Subject"] == "Hwyl fawr: rydych wedi dad-danysgrifio"


@pytest.mark.parametrize("how", ["reader", "program"])
def test_whoever_leaves_gets_one_last_mail_with_a_way_back(
    engine: Engine, cast: Cast, greeted: Mailbox, how: str
) -> None:
    leaves(greeted, cast.ada, how)
    leaves(greeted, cast.ada, how)  # a button may be pressed twice
    (goodbye,) = greeted.mails(1)
    assert goodbye["To"] == "ada@example.org"
    back = next(word for word in said(goodbye).split() if "/u/" in word).strip("<>")
    assert "Put me back on the list" in greeted.pages.client.get(back).text
    greeted.pages.client.post(f"{back}/return")
    assert greeted.pages.consent(cast.ada) == "withdrawn"
    greeted.pages.client.post(greeted.link(2))
    assert greeted.pages.consent(cast.ada) == "confirmed"
    for _ in range(3):
        leaves(greeted, cast.ada, how)
        greeted.pages.client.post(f"{back}/return")


def test_who_had_left_already_or_must_not_be_written_to_gets_no_goodbye(
    engine: Engine, cast: Cast, greeted: Mailbox
) -> None:
    leaves(greeted, cast.cleo)
    with writing(engine) as connection:
        suppress(connection, "ada@example.org", SuppressionReason.BOUNCED, now())
    leaves(greeted, cast.ada)
    with writing(engine) as connection:
        connection.execute(update(subscribers).where(subscribers.c.id == cast.ben).values(consent="confirmed"))
    leaves(greeted, cast.ben)
    assert [mail["To"] for mail in greeted.mails(1)] == ["ben@example.org"]


def test_nobody_is_greeted_unless_that_is_set(cast: Cast, mailbox: Mailbox) -> None:
    mailbox.post("/subscribe", email="eve@example.org")
    mailbox.pages.client.post(mailbox.link())
    leaves(mailbox, cast.ada)
    mailbox.post("/subscribe", email="finn@example.org")
    assert [mail["To"] for mail in mailbox.mails(2)] == ["eve@example.org", "finn@example.org"]
