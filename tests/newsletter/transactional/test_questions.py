"""A sign-up while the relay is down: the same answer, and the mail goes out once there is a relay again."""

import asyncio
import socket
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine, select, update

from newsletter.database.engine import reading, writing
from newsletter.database.tables import lineage
from newsletter.errors import AwayFromHome, RelayUnreachable
from newsletter.message.dkim import dkim_signer
from newsletter.policy.reply import Reply, Stage
from newsletter.send_log import home
from newsletter.settings import Security
from newsletter.theme import template_folders
from newsletter.transactional import Questions
from newsletter.transactional.notice import Notices
from newsletter.transport import Outbox
from newsletter.transport.folder import Folder
from newsletter.transport.leave import leave_for
from newsletter.transport.relay import Relay, RelaySettings
from newsletter.web.server import Listener, application
from subscribers import requests
from subscribers.requests import Request, RequestKind
from subscribers.tables import requests as table
from subscribers.tokens import LinkSigner
from tests.public_pages import SETTINGS, Mailbox, corresponding, http_client

UNREACHABLE = RelayUnreachable(relay="relay.example.org", why="connection refused")


class Scripted:
    """A relay that does one thing after the other, and then writes into a folder.

    It answers, or raises, or gives back what it was about to end (None).
    """

    standstill: None = None

    def __init__(self, folder: Path, *script: Reply | Exception | None) -> None:
        self._folder, self._script = Folder(folder), script

    async def transmit(self, outbox: Outbox) -> None:
        for step in self._script:
            if isinstance(step, Exception):
                raise step
            mail = await outbox.draw()
            assert mail is not None
            if step is None or step.stage is Stage.DOT:
                await leave_for(mail, outbox)
            if step is None:
                outbox.returned(mail)
            else:
                outbox.answered(mail, step)
                return
        await self._folder.transmit(outbox)


class Hands:
    """Sends what is owed at moments of a test's choosing."""

    def __init__(self, engine: Engine, folder: Path, noon: datetime) -> None:
        self._engine, self.folder, self.at = engine, folder, noon
        with writing(engine) as connection:
            assert requests.ask(connection, Request(RequestKind.SUBSCRIBE, "eve@example.org", "en", "n", "n"), noon)

    def try_with(self, *script: Reply | Exception | None) -> None:
        notices = Notices(
            replace(SETTINGS, base_url="https://news.example.org"),
            template_folders(None),
            partial(dkim_signer, SETTINGS),
        )
        questions = Questions(
            notices,
            Scripted(self.folder, *script),
            LinkSigner(SETTINGS.secret_keys, SETTINGS.list_name),
            partial(reading, self._engine),
            partial(writing, self._engine),
            lambda: self.at,
        )

        async def once() -> None:
            await questions.send_due()
            await asyncio.gather(*questions._under_way)

        asyncio.run(once())

    def later(self) -> None:
        self.at += timedelta(minutes=40)

    @property
    def mails(self) -> int:
        return len(list(self.folder.glob("*.eml")))


@pytest.fixture
def hands(engine: Engine, tmp_path: Path, noon: datetime) -> Hands:
    return Hands(engine, tmp_path / "mails", noon)


def test_a_mail_is_tried_until_there_is_a_relay(hands: Hands, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(3):
        hands.try_with(UNREACHABLE)
        hands.try_with()
        assert hands.mails == 0
        hands.later()
    assert "connection refused" in caplog.text
    assert "eve@example.org" not in caplog.text
    hands.try_with()
    assert hands.mails == 1
    hands.later()
    hands.try_with()
    assert hands.mails == 1


def test_in_a_copy_of_the_database_nothing_is_sent_that_the_original_may_have_sent(
    hands: Hands, engine: Engine
) -> None:
    with writing(engine) as connection:
        home.settle_here(connection)
        place = connection.execute(select(lineage.c.place)).scalar_one()
        connection.execute(update(lineage).values(place="the original"))
    with pytest.raises(AwayFromHome):
        hands.try_with()
    assert hands.mails == 0
    with writing(engine) as connection:
        connection.execute(update(lineage).values(place=place))
    hands.try_with()
    assert hands.mails == 1


@pytest.mark.parametrize(
    ("first", "mails"),
    [
        (Reply(Stage.RCPT, 451, "greylisted", "4.7.1"), 1),
        (Reply(Stage.DOT, 451, "not now", "4.3.0"), 1),
        (Reply(Stage.MAIL, 550, "log in first", "5.7.1"), 1),
        (Reply(Stage.DATA, None, "the line dropped"), 1),
        (Reply(Stage.DOT, None, "the line dropped"), 0),
        (Reply(Stage.DOT, 250, "ok"), 0),
        (Reply(Stage.RCPT, 550, "no such user", "5.1.1"), 0),
        (Reply(Stage.DOT, 554, "no", "5.7.1"), 0),
    ],
    ids=lambda case: f"{case.stage} {case.code}" if isinstance(case, Reply) else "",
)
def test_only_what_no_relay_can_hold_is_tried_again(hands: Hands, first: Reply, mails: int) -> None:
    hands.try_with(first)
    hands.later()
    hands.try_with()
    assert hands.mails == mails


def test_a_mail_that_comes_back_from_one_relay_goes_to_another_and_is_written_down_once(hands: Hands) -> None:
    hands.try_with(None)
    assert hands.mails == 1
    hands.later()
    hands.try_with()
    assert hands.mails == 1


def test_a_mail_that_came_back_after_it_was_written_down_is_owed_again(hands: Hands) -> None:
    hands.try_with(None, UNREACHABLE)
    assert hands.mails == 0
    hands.later()
    hands.try_with()
    assert hands.mails == 1


@pytest.fixture
def unreachable() -> Relay:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return Relay(RelaySettings("127.0.0.1", port, Security.NONE, client_name="example.org"))


def test_a_reader_gets_the_same_answer_whether_or_not_the_relay_is_there(
    engine: Engine, tmp_path: Path, unreachable: Relay
) -> None:
    def told(client: httpx.Client, url: str, who: str) -> tuple[int, str]:
        answer = client.post(f"{url}/subscribe", data={"email": who})
        assert who in answer.text
        return answer.status_code, answer.text.replace(who, "who@example.org")

    with Listener.on("127.0.0.1", 0) as listener:
        settings = replace(SETTINGS, base_url=listener.address)
        app = application(engine, settings, template_folders(None), unreachable)
        with listener.serving(app), http_client() as client:
            down = told(client, listener.address, "eve@example.org")
    box: Mailbox
    with corresponding(engine, tmp_path / "mails") as box:
        up = told(box.pages.client, box.pages.url, "ben@example.org")
    assert down == up
    assert down[0] == 200
    with reading(engine) as connection:
        owed = connection.scalars(select(table.c.mail_at).where(table.c.address == "eve@example.org")).one()
    assert owed is not None
