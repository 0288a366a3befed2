"""A sign-up while the relay is down: the same answer, and the mail goes out once there is a relay again."""

import asyncio
import socket
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

from newsletter.courier import Courier
from newsletter.errors import RelayUnreachable
from newsletter.message.dkim import dkim_signer
from newsletter.notice import Notices
from newsletter.settings import Security
from newsletter.theme import template_folders
from newsletter.transport import Outbox
from newsletter.transport.folder import Folder
from newsletter.transport.relay import Relay, RelaySettings
from newsletter.web import Listener, application
from subscribers.requests import Asked
from subscribers.signup import Question
from tests.public_pages import SETTINGS, Mailbox, corresponding

QUESTION = Question(Asked.SUBSCRIBE, "eve@example.org", "1.token", "en")


class DownAtFirst:
    """A relay that cannot be reached so many times, and then writes into a folder."""

    def __init__(self, folder: Path, times: int) -> None:
        self._folder, self._times = Folder(folder), times

    async def transmit(self, outbox: Outbox) -> None:
        if self._times:
            self._times -= 1
            raise RelayUnreachable(relay="relay.example.org", why="connection refused")
        await self._folder.transmit(outbox)


@pytest.mark.parametrize(("times", "arrives"), [(0, True), (2, True), (3, False)])
def test_a_mail_is_tried_until_there_is_a_relay_or_no_more_pause(
    tmp_path: Path, noon: datetime, caplog: pytest.LogCaptureFixture, times: int, arrives: bool
) -> None:
    notices = Notices(
        replace(SETTINGS, base_url="https://news.example.org"), template_folders(None), partial(dkim_signer, SETTINGS)
    )
    courier = Courier(notices, DownAtFirst(tmp_path / "mails", times), lambda: noon, pauses=(0.0, 0.0))

    async def carry() -> None:
        await courier.mail(QUESTION)
        await asyncio.gather(*courier._under_way)

    asyncio.run(carry())
    assert bool(list((tmp_path / "mails").glob("*.eml"))) is arrives
    assert ("given up" in caplog.text) is not arrives
    assert "eve@example.org" not in caplog.text


@pytest.fixture
def unreachable() -> Relay:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return Relay(RelaySettings("127.0.0.1", port, Security.NONE, client_name="example.org"))


def test_a_reader_gets_the_same_answer_whether_or_not_the_relay_is_there(
    engine: Engine, tmp_path: Path, unreachable: Relay
) -> None:
    def told(client: httpx.Client, url: str) -> tuple[int, bytes]:
        answer = client.post(f"{url}/subscribe", data={"email": "eve@example.org"})
        return answer.status_code, answer.content

    with Listener.on("127.0.0.1", 0) as listener:
        settings = replace(SETTINGS, base_url=listener.address)
        app = application(engine, settings, template_folders(None), unreachable)
        with listener.serving(app), httpx.Client(trust_env=False) as client:
            down = told(client, listener.address)
    box: Mailbox
    with corresponding(engine, tmp_path / "mails") as box:
        up = told(box.pages.client, box.pages.url)
    assert down == up
    assert down[0] == 200
