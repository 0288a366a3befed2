"""S33: the page that made an unsubscribe can undo it for an hour, and so can the mailbox; a forwarded link cannot."""

import re
from datetime import datetime, timedelta

import httpx
from sqlalchemy import Engine, insert, select

from newsletter.database.engine import reading, writing
from subscribers.consent import UNDONE_WITHIN, may_undo, newest_evidence, withdraw
from subscribers.suppression import SuppressionReason, suppress
from subscribers.tables import consents
from tests.conftest import Cast
from tests.public_pages import Mailbox, Pages


def undo_on(page: httpx.Response) -> str:
    return next(iter(re.findall(r'name="undo" value="([^"]+)"', page.text)), "")


def leave(pages: Pages, whose: int) -> httpx.Response:
    return pages.client.post(pages.link(whose), data={"by": "reader"})


def test_no_link_brings_its_owner_back(cast: Cast, pages: Pages) -> None:
    link = pages.link(cast.ada)
    leave(pages, cast.ada)
    for form in ({}, {"undo": ""}, {"undo": link.rpartition("/")[2]}, {"undo": pages.signer.request(cast.ada)}):
        answer = pages.client.post(f"{link}/undo", data=form)
        assert "You have unsubscribed" in answer.text
    # Neither does a page that is opened, or pressed, again.
    for page in (pages.client.get(link), leave(pages, cast.ada), pages.client.get(f"{link}/undo")):
        assert undo_on(page) == ""
    assert pages.consent(cast.ada) == "withdrawn"


def test_the_page_that_unsubscribed_takes_it_back_once_and_for_its_person_alone(cast: Cast, pages: Pages) -> None:
    undo = undo_on(leave(pages, cast.ada))
    leave(pages, cast.dot)
    pages.client.post(pages.link(cast.dot) + "/undo", data={"undo": undo})
    assert pages.consent(cast.ada) == "withdrawn"
    forged = undo[:-1] + ("A" if undo[-1] != "A" else "E")
    pages.client.post(pages.link(cast.ada) + "/undo", data={"undo": forged})
    assert pages.consent(cast.ada) == "withdrawn"
    pages.client.post(pages.link(cast.ada) + "/undo", data={"undo": undo})
    assert pages.consent(cast.ada) == "confirmed"
    pages.client.post(pages.link(cast.ada))
    pages.client.post(pages.link(cast.ada) + "/undo", data={"undo": undo})
    assert pages.consent(cast.ada) == "withdrawn"


def test_it_is_good_for_an_hour_and_only_while_it_is_their_last_word(
    engine: Engine, cast: Cast, noon: datetime
) -> None:
    with writing(engine) as connection:
        assert withdraw(connection, cast.ada, noon, "unsubscribe page")
        number = newest_evidence(connection, cast.ada)
        assert may_undo(connection, cast.ada, number, noon + UNDONE_WITHIN - timedelta(seconds=1))
        assert not may_undo(connection, cast.ada, number, noon + UNDONE_WITHIN)
        assert not may_undo(connection, cast.ben, number, noon)
        assert not may_undo(connection, cast.ada, number + 1, noon)
        row = {"subscriber_id": cast.ada, "consent": "withdrawn", "at": noon, "source": "organiser"}
        connection.execute(insert(consents), row)
        assert not may_undo(connection, cast.ada, number, noon)


def test_who_never_said_yes_is_not_made_to_by_leaving_and_coming_back(cast: Cast, pages: Pages) -> None:
    assert undo_on(leave(pages, cast.ben)) == ""
    pages.client.post(pages.link(cast.ben) + "/undo", data={"undo": pages.signer.undo(cast.ben, 5)})
    assert pages.consent(cast.ben) == "withdrawn"


def test_later_the_mailbox_is_asked_and_says_yes_itself(engine: Engine, cast: Cast, mailbox: Mailbox) -> None:
    path = f"/u/{mailbox.pages.signer.unsubscribe(cast.ada, 7)}"
    mailbox.post(path, by="reader")
    asked = mailbox.post(f"{path}/return")
    assert "Check your inbox" in asked.text
    assert "ada@example.org" not in asked.text
    assert mailbox.pages.consent(cast.ada) == "withdrawn"
    (mail,) = mailbox.mails(1)
    assert mail["To"] == "ada@example.org"
    mailbox.post(f"{path}/return")
    mailbox.mails(1)
    assert "You are subscribed" in mailbox.pages.client.post(mailbox.link()).text
    with reading(engine) as connection:
        theirs = select(consents.c.source, consents.c.issue_id).where(consents.c.subscriber_id == cast.ada)
        said = [tuple(row) for row in connection.execute(theirs.order_by(consents.c.id))]
    assert said[1:] == [("unsubscribe page", 7), ("asked to come back", 7), ("confirmed by mail", 7)]


def test_who_has_not_left_or_must_not_be_written_to_is_asked_nothing(
    engine: Engine, cast: Cast, mailbox: Mailbox, noon: datetime
) -> None:
    with writing(engine) as connection:
        suppress(connection, "cleo@example.org", SuppressionReason.COMPLAINED, noon)
    for who in (cast.ada, cast.ben, cast.dot, cast.cleo, 4711):
        mailbox.post(f"/u/{mailbox.pages.signer.unsubscribe(who, 7)}/return")
    mailbox.post("/subscribe", email="last@example.org")
    assert [mail["To"] for mail in mailbox.mails(1)] == ["last@example.org"]


def test_an_old_question_does_not_undo_a_later_no(cast: Cast, mailbox: Mailbox) -> None:
    path = f"/u/{mailbox.pages.signer.unsubscribe(cast.cleo, 7)}"
    mailbox.post(f"{path}/return")
    link = mailbox.link()
    page = mailbox.pages.client.get(link)
    assert "Yes, subscribe me" in page.text
    mailbox.pages.client.post(link)
    mailbox.post(path)
    assert "no longer works" in mailbox.pages.client.post(link).text
    assert mailbox.pages.consent(cast.cleo) == "withdrawn"
