"""S32: a stranger's use of a forwarded link leaves a trace, and the owner of the link can always undo it."""

import io
from datetime import datetime, timedelta

from sqlalchemy import Engine, func, insert, select

from newsletter.database.engine import reading, writing
from newsletter.people.erasure import erase
from newsletter.people.person import everything, story
from subscribers import requests
from subscribers.erasure import Memory
from subscribers.imports import ConsentEvidence, import_subscribers
from subscribers.requests import ConfirmationOutcome, Request, RequestKind
from subscribers.suppression import SuppressionReason, suppress
from subscribers.tables import moves, subscribers
from subscribers.tables import requests as table
from tests.conftest import Cast, within
from tests.public_pages import SETTINGS, Mailbox

MEMORY = Memory(SETTINGS.secret_keys)


def address_of(engine: Engine, number: int) -> str:
    with reading(engine) as connection:
        return str(connection.scalar(select(subscribers.c.address).where(subscribers.c.id == number)))


def steal(mailbox: Mailbox, whose: int, to: str, mails: int, issue: int = 7) -> None:
    """Act as a stranger with a forwarded mail: change its owner's address, and confirm from the stranger's mailbox."""
    mailbox.post(f"/p/{mailbox.pages.signer.unsubscribe(whose, issue)}/address", email=to)
    assert mailbox.mails(mails)[-1]["To"] == to
    assert mailbox.pages.client.post(mailbox.link(mails)).status_code == 200


def told(engine: Engine, address: str) -> str:
    with reading(engine) as connection:
        return "\n".join(story(everything(connection, address, MEMORY)))


def test_the_old_mailbox_is_told_at_once_and_can_take_it_back(engine: Engine, cast: Cast, mailbox: Mailbox) -> None:
    steal(mailbox, cast.ada, "thief@example.net", 1)
    assert address_of(engine, cast.ada) == "thief@example.net"
    notice = mailbox.mails(2)[-1]
    assert (notice["To"], notice["Auto-Submitted"]) == ("ada@example.org", "auto-generated")
    assert "thief" not in notice.as_string()
    back = mailbox.link(2)
    before = mailbox.pages.everything()
    for method in ("GET", "HEAD"):
        mailbox.pages.client.request(method, back)
    assert mailbox.pages.everything() == before
    assert "Change your email address back?" in mailbox.pages.client.get(back).text
    assert "has been changed back" in mailbox.pages.client.post(back).text
    assert address_of(engine, cast.ada) == "ada@example.org"
    assert mailbox.pages.consent(cast.ada) == "confirmed"
    again = mailbox.pages.client.post(back)
    assert "This link no longer works" in again.text
    said = told(engine, "ada@example.org")
    assert "moved from ada@example.org to thief@example.net, through a link of issue 7; they undid it on" in said


def test_a_chain_of_moves_is_taken_back_whole_and_no_later_mailbox_has_a_say(
    engine: Engine, cast: Cast, mailbox: Mailbox
) -> None:
    steal(mailbox, cast.ada, "thief@example.net", 1)
    back = mailbox.link(2)
    steal(mailbox, cast.ada, "fence@example.net", 3)
    thiefs = mailbox.link(4)
    mailbox.post(f"/p/{mailbox.pages.signer.unsubscribe(cast.ada, 7)}/address", email="third@example.net")
    third = mailbox.link(5)
    mailbox.pages.client.post(back)
    assert address_of(engine, cast.ada) == "ada@example.org"
    for link in (thiefs, third):
        assert "no longer works" in mailbox.pages.client.post(link).text
    assert address_of(engine, cast.ada) == "ada@example.org"


def test_an_older_request_dies_with_a_newer_one(engine: Engine, cast: Cast, noon: datetime) -> None:
    def asks(address: str, whose: int, at: datetime) -> int:
        with writing(engine) as connection:
            number = requests.ask(
                connection, Request(RequestKind.CHANGE, address, "en", "n", "n", subscriber_id=whose), at
            )
        assert number is not None
        return number

    older, others = asks("a@example.net", cast.ada, noon), asks("b@example.net", cast.ben, noon)
    newer = asks("c@example.net", cast.ada, noon + timedelta(minutes=1))
    with writing(engine) as connection:
        assert requests.confirm(connection, older, MEMORY, noon + timedelta(minutes=2), "") is ConfirmationOutcome.OVER
        assert requests.confirm(connection, newer, MEMORY, noon + timedelta(minutes=2), "") is ConfirmationOutcome.DONE
        assert requests.confirm(connection, others, MEMORY, noon + timedelta(minutes=2), "") is ConfirmationOutcome.DONE


def test_the_way_back_is_good_for_seven_days_and_not_where_somebody_else_is_now(
    engine: Engine, cast: Cast, noon: datetime
) -> None:
    def moves_away(whose: int, to: str) -> int:
        with writing(engine) as connection:
            wish = Request(RequestKind.CHANGE, to, "en", "n", "n", subscriber_id=whose)
            number = requests.ask(connection, wish, noon)
            assert number is not None
            assert requests.confirm(connection, number, MEMORY, noon, "") is ConfirmationOutcome.DONE
            notice = connection.scalar(select(func.max(table.c.id)).where(table.c.asked == RequestKind.MOVED.value))
        assert notice is not None
        return int(notice)

    ada, ben = moves_away(cast.ada, "a@example.net"), moves_away(cast.ben, "b@example.net")
    with writing(engine) as connection:
        late = noon + timedelta(days=7, seconds=1)
        assert requests.confirm(connection, ada, MEMORY, late, "") is ConfirmationOutcome.OVER
        row = {"address": "ben@example.org", "consent": "confirmed", "joined_at": noon}
        connection.execute(insert(subscribers), row)
        soon = noon + timedelta(days=1)
        assert requests.confirm(connection, ben, MEMORY, soon, "") is ConfirmationOutcome.HELD


def test_an_import_of_the_old_address_revives_nobody(engine: Engine, cast: Cast, noon: datetime) -> None:
    with writing(engine) as connection:
        wish = Request(RequestKind.CHANGE, "ada.new@example.net", "en", "n", "n", subscriber_id=cast.ada)
        number = requests.ask(connection, wish, noon)
        assert number is not None
        requests.confirm(connection, number, MEMORY, noon, "")
    evidence = ConsentEvidence("yes", "import old.csv", noon)
    # As one of many new ones, which are added without a look, and alone.
    for text in ("email\nada@example.org\n", "email\nada@example.org\nnew1@example.org\nnew2@example.org\n"):
        with writing(engine) as connection:
            report = import_subscribers(within(connection), io.BytesIO(text.encode()), evidence)
            assert report.suppressed == 1
        with reading(engine) as connection:
            there = select(func.count()).select_from(subscribers).where(subscribers.c.address == "ada@example.org")
            assert connection.scalar(there) == 0
    said = told(engine, "ada@example.org")
    assert "moved from ada@example.org to ada.new@example.net" in said
    erase(engine, "ada.new@example.net", MEMORY, noon)
    with reading(engine) as connection:
        assert connection.scalar(select(func.count()).select_from(moves)) == 0
        assert MEMORY.among(connection, ["ada@example.org", "ada.new@example.net"]) == {
            "ada@example.org",
            "ada.new@example.net",
        }


def test_no_move_leads_away_from_a_mailbox_that_must_not_be_written_to(
    engine: Engine, cast: Cast, noon: datetime
) -> None:
    with writing(engine) as connection:
        wish = Request(RequestKind.CHANGE, "thief@example.net", "en", "", "", subscriber_id=cast.ada)
        asked = requests.ask(connection, wish, noon)
        assert asked is not None
        suppress(connection, "ada@example.org", SuppressionReason.COMPLAINED, noon)
        assert requests.confirm(connection, asked, MEMORY, noon, "") is ConfirmationOutcome.HELD
        assert connection.scalar(select(subscribers.c.address).where(subscribers.c.id == cast.ada)) == "ada@example.org"
