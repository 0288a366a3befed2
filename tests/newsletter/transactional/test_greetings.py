"""A greeting while the relay is down: it is tried a few times, and given up in words that name nobody."""

import asyncio
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest

from newsletter.errors import RelayUnreachable
from newsletter.message.dkim import dkim_signer
from newsletter.theme import template_folders
from newsletter.transactional import Greetings
from newsletter.transactional.notice import Notices
from newsletter.transport import Outbox
from newsletter.transport.folder import Folder
from subscribers.greeting import Greeting, Occasion
from tests.public_pages import SETTINGS


class DownAtFirst:
    """A relay that cannot be reached so many times, and then writes into a folder."""

    standstill: None = None

    def __init__(self, folder: Path, times: int) -> None:
        self._folder, self._times = Folder(folder), times

    async def transmit(self, outbox: Outbox) -> None:
        if self._times:
            self._times -= 1
            raise RelayUnreachable(relay="relay.example.org", why="connection refused")
        await self._folder.transmit(outbox)


@pytest.mark.parametrize(("times", "arrives"), [(0, True), (2, True), (3, False)])
def test_a_greeting_is_tried_until_there_is_a_relay_or_no_more_pause(
    tmp_path: Path, noon: datetime, caplog: pytest.LogCaptureFixture, times: int, arrives: bool
) -> None:
    settings = replace(SETTINGS, base_url="https://news.example.org")
    notices = Notices(settings, template_folders(None), partial(dkim_signer, settings))
    greetings = Greetings(notices, DownAtFirst(tmp_path / "mails", times), lambda: noon, pauses=(0.0, 0.0))

    async def carry() -> None:
        await greetings.greet(Greeting(Occasion.WELCOME, "eve@example.org", "1.0.token", "en"))
        await asyncio.gather(*greetings._under_way)

    asyncio.run(carry())
    assert bool(list((tmp_path / "mails").glob("*.eml"))) is arrives
    assert ("given up" in caplog.text) is not arrives
    assert "eve@example.org" not in caplog.text
