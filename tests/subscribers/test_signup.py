"""Subscribe, confirm, preferences, another address: as a supporter lives through them, over HTTP."""

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

from newsletter.database.engine import reading, writing
from newsletter.runtime.clock import now
from subscribers import requests
from subscribers.erasure import Memory, forget
from subscribers.requests import ConfirmationOutcome, Request, RequestKind
from subscribers.signup import TRAP
from subscribers.suppression import SuppressionReason, suppress
from subscribers.tables import consents, subscribers
from subscribers.tables import requests as asked
from tests.conftest import Cast
from tests.public_pages import SETTINGS, Mailbox

MEMORY = Memory(SETTINGS.secret_keys)


def row(engine: Engine, address: str) -> dict[str, object] | None:
    with reading(engine) as connection:
        found = connection.execute(select(subscribers).where(subscribers.c.address == address)).mappings().first()
    return dict(found) if found else None


def evidence(engine: Engine, number: object) -> list[tuple[str, str]]:
    with reading(engine) as connection:
        there = select(consents.c.consent, consents.c.source).where(consents.c.subscriber_id == number)
        return [(each.consent, each.source) for each in connection.execute(there.order_by(consents.c.id))]


def test_a_stranger_subscribes_confirms_and_is_on_the_list_with_the_evidence(engine: Engine, mailbox: Mailbox) -> None:
    answer = mailbox.post("/subscribe?lang=cy", email=" Eve@Example.ORG ", first_name="Mallory")
    assert "Edrychwch yn eich mewnflwch" in answer.text
    assert row(engine, "eve@example.org") is None
    (mail,) = mailbox.mails(1)
    assert (mail["To"], mail["Auto-Submitted"]) == ("eve@example.org", "auto-generated")
    assert mail["Content-Language"] == "cy"
    page = mailbox.pages.client.get(mailbox.link())
    assert "Iawn, tanysgrifiwch fi" in page.text
    assert row(engine, "eve@example.org") is None
    assert "Mallory" not in page.text
    form = {"first_name": "Eve\r\n Evans", "language": "cy"}
    assert "Rydych wedi tanysgrifio" in mailbox.pages.client.post(mailbox.link(), data=form).text
    eve = row(engine, "eve@example.org")
    assert eve is not None
    assert (eve["first_name"], eve["language"], eve["consent"]) == ("Eve Evans", "cy", "confirmed")
    assert evidence(engine, eve["id"]) == [("pending", "subscribe form"), ("confirmed", "confirmed by mail")]
    with reading(engine) as connection:
        wording, network = connection.execute(select(consents.c.wording, consents.c.network_address)).first() or (
            "",
            "",
        )
    assert wording.startswith("Drwy danysgrifio")
    assert network == "127.0.0.1"


@pytest.mark.parametrize("who", ["ben", "cleo"])
def test_somebody_pending_or_gone_comes_back_by_their_own_confirmed_wish(
    engine: Engine, cast: Cast, mailbox: Mailbox, who: str
) -> None:
    before = row(engine, f"{who}@example.org")
    mailbox.post("/subscribe", email=f"{who}@example.org", first_name="Somebody else")
    mailbox.mails(1)
    assert row(engine, f"{who}@example.org") == before
    mailbox.pages.client.post(mailbox.link())
    after = row(engine, f"{who}@example.org")
    assert after is not None
    assert after["consent"] == "confirmed"
    assert after["first_name"] == who.title()


def test_somebody_erased_may_come_back_and_nobody_else_may_bring_them(
    engine: Engine, cast: Cast, mailbox: Mailbox, noon: datetime
) -> None:
    with writing(engine) as connection:
        forget(connection, MEMORY, ["ada@example.org"], noon)
    mailbox.post("/subscribe", email="ada@example.org")
    mailbox.mails(1)
    with reading(engine) as connection:
        assert MEMORY.among(connection, ["ada@example.org"])
    mailbox.pages.client.post(mailbox.link())
    with reading(engine) as connection:
        assert not MEMORY.among(connection, ["ada@example.org"])
    assert row(engine, "ada@example.org") is not None


@pytest.mark.parametrize("address", ["", "nonsense", "a@b", '"x"@example.org', "a@example.org,b@example.org"])
def test_what_is_no_address_is_said_at_once(mailbox: Mailbox, address: str) -> None:
    answer = mailbox.post("/subscribe", email=address)
    assert answer.status_code == 422
    assert "in the correct format" in answer.text


def test_preferences_are_saved_and_a_name_left_empty_stays(engine: Engine, cast: Cast, mailbox: Mailbox) -> None:
    path = f"/p/{mailbox.pages.signer.unsubscribe(cast.ada, 1)}"
    answer = mailbox.post(path, first_name="", last_name="Llŷr ", language="cy", pause="30")
    assert "Mae eich dewisiadau wedi’u cadw." in answer.text
    ada = row(engine, "ada@example.org")
    assert ada is not None
    assert (ada["first_name"], ada["last_name"], ada["language"]) == ("Ada", "Llŷr", "cy")
    until = ada["paused_until"]
    assert isinstance(until, datetime)
    assert timedelta(days=29) < until - now() < timedelta(days=31)
    mailbox.post(path, language="xx", pause="")
    assert row(engine, "ada@example.org") == ada
    mailbox.post(path, pause="0")
    assert (row(engine, "ada@example.org") or {})["paused_until"] is None


def test_another_address_is_asked_and_then_taken(engine: Engine, cast: Cast, mailbox: Mailbox) -> None:
    path = f"/p/{mailbox.pages.signer.unsubscribe(cast.ada, 1)}/address"
    assert mailbox.post(path, email="nonsense").status_code == 422
    answer = mailbox.post(path, email="Ada.New@example.net").text
    assert "on its way" in answer
    assert "ada.new@example.net" in answer
    (mail,) = mailbox.mails(1)
    assert mail["To"] == "ada.new@example.net"
    assert (row(engine, "ada@example.org") or {})["id"] == cast.ada
    mailbox.pages.client.post(mailbox.link())
    assert (row(engine, "ada.new@example.net") or {})["id"] == cast.ada
    assert row(engine, "ada@example.org") is None
    assert evidence(engine, cast.ada)[-1] == ("confirmed", "address changed from ada@example.org")


def test_nobody_moves_to_the_address_of_somebody_else(engine: Engine, cast: Cast, mailbox: Mailbox) -> None:
    path = f"/p/{mailbox.pages.signer.unsubscribe(cast.ada, 1)}/address"
    free = mailbox.post(path, email="free@example.org")
    mailbox.mails(1)
    taken = mailbox.post(path, email="ben@example.org")
    assert taken.content == free.content.replace(b">free@example.org<", b">ben@example.org<")
    assert [mail["To"] for mail in mailbox.mails(1)] == ["free@example.org"]
    with writing(engine) as connection:
        number = connection.scalar(select(asked.c.id).where(asked.c.address == "ben@example.org"))
        assert number is not None
        assert requests.confirm(connection, number, MEMORY, now(), "") is ConfirmationOutcome.HELD


def test_somebody_suppressed_does_not_get_away_with_another_address(
    engine: Engine, cast: Cast, mailbox: Mailbox
) -> None:
    mailbox.post(f"/p/{mailbox.pages.signer.unsubscribe(cast.dot, 1)}/address", email="dot.new@example.org")
    assert "We cannot email you at the moment" in mailbox.pages.client.post(mailbox.link()).text
    assert (row(engine, "dot@example.org") or {})["id"] == cast.dot


def test_an_address_suppressed_since_is_held(engine: Engine, mailbox: Mailbox, noon: datetime) -> None:
    mailbox.post("/subscribe", email="eve@example.org")
    link = mailbox.link()
    with writing(engine) as connection:
        suppress(connection, "eve@example.org", SuppressionReason.ASKED, noon)
    assert "We cannot email you at the moment" in mailbox.pages.client.post(link).text
    assert row(engine, "eve@example.org") is None


def test_requests_go_after_seven_days(engine: Engine, noon: datetime) -> None:
    def ask(address: str, at: datetime) -> int | None:
        with writing(engine) as connection:
            return requests.ask(connection, Request(RequestKind.SUBSCRIBE, address, "en", "n", "n"), at)

    assert ask("a@example.org", noon)
    assert ask("b@example.org", noon + timedelta(days=7, seconds=1))
    with reading(engine) as connection:
        assert connection.scalars(select(asked.c.address)).all() == ["b@example.org"]


def test_without_a_way_to_send_mail_there_is_no_form(engine: Engine, cast: Cast, pages: object) -> None:
    from tests.public_pages import Pages

    assert isinstance(pages, Pages)
    assert pages.client.get(f"{pages.url}/subscribe").status_code == 404
    own = pages.client.get(f"{pages.url}/p/{pages.signer.unsubscribe(cast.ada, 1)}")
    assert own.status_code == 200
    assert "Send confirmation email" not in own.text
    with writing(engine) as connection:
        connection.execute(update(subscribers).where(subscribers.c.id == cast.ada).values(language="cy"))


def test_the_form_that_the_documentation_shows_subscribes(engine: Engine, mailbox: Mailbox) -> None:
    page = (Path(__file__).parents[2] / "docs" / "pages.md").read_text(encoding="utf-8")
    action = re.findall(r'action="https://news\.example\.org([^"]+)"', page)
    names = re.findall(r'<input [^>]*name="(\w+)"', page)
    assert (action, names) == (["/subscribe?lang=en"], ["email", TRAP])
    form = {"email": "eve@example.org", TRAP: ""}
    elsewhere = {"Origin": "https://www.example.org", "Sec-Fetch-Site": "cross-site"}
    mailbox.pages.client.post(mailbox.pages.url + action[0], data=form, headers=elsewhere)
    mailbox.pages.client.post(mailbox.link())
    found = row(engine, "eve@example.org")
    assert found is not None
    assert (found["first_name"], found["consent"]) == ("", "confirmed")
