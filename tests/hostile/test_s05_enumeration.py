"""S5: neither an answer, nor the work done for it, reveals who is on the list."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, event

from newsletter.database.engine import reading, writing
from subscribers.erasure import Memory, forget
from subscribers.requests import Request, RequestKind
from subscribers.signup import Asking
from subscribers.suppression import SuppressionReason, suppress
from tests.conftest import Cast
from tests.public_pages import SETTINGS, Mailbox

WHO = {
    "ada@example.org": "confirmed",
    "ben@example.org": "pending",
    "cleo@example.org": "withdrawn",
    "dot@example.org": "suppressed",
    "eve@example.org": "erased",
    "fay@example.org": "suppressed and not on the list",
    "nobody@example.org": "unknown",
}


@pytest.fixture
def everybody(engine: Engine, cast: Cast, noon: datetime) -> None:
    with writing(engine) as connection:
        suppress(connection, "fay@example.org", SuppressionReason.COMPLAINED, noon)
        forget(connection, Memory(SETTINGS.secret_keys), ["eve@example.org"], noon)


def told(answer: httpx.Response, typed: str = "") -> tuple[int, bytes, dict[str, str]]:
    """Return what an answer tells, without the address that was `typed`, which it may repeat."""
    headers = {name: value for name, value in answer.headers.items() if name != "date"}
    if not typed:
        return answer.status_code, answer.content, headers
    assert int(headers.pop("content-length")) == len(answer.content)
    return answer.status_code, answer.content.replace(f">{typed}<".encode(), b">typed<"), headers


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """Record the SQL statements that run while the block does."""
    said: list[str] = []

    def listen(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        said.append(statement)

    event.listen(engine, "before_cursor_execute", listen)
    yield said
    event.remove(engine, "before_cursor_execute", listen)


def test_the_form_says_the_same_to_everybody(everybody: None, mailbox: Mailbox) -> None:
    def asked(who: str, **more: str) -> tuple[int, bytes, dict[str, str]]:
        """Send the form, and remove from the answer the address that was typed, which it repeats."""
        status, body, headers = told(mailbox.post("/subscribe", email=who, **more))
        assert body.count(who.encode()) == 2
        return status, body.replace(who.encode(), b""), headers | {"content-length": ""}

    answers = {who: asked(who) for who in WHO}
    answers["again"] = asked("ada@example.org")
    answers["trapped"] = asked("ada@example.org", website="x")
    first = answers["nobody@example.org"]
    assert {who: answer for who, answer in answers.items() if answer != first} == {}


def test_a_change_of_address_says_the_same_whoever_has_it(cast: Cast, everybody: None, mailbox: Mailbox) -> None:
    path = f"/p/{mailbox.pages.signer.unsubscribe(cast.ada, 1)}/address"
    # The page repeats what was typed, and says nothing else of it.
    answers = {who: told(mailbox.post(path, email=who), typed=who) for who in WHO}
    assert len(set(map(str, answers.values()))) == 1


def test_the_way_to_the_answer_is_the_same(engine: Engine, everybody: None, mailbox: Mailbox, noon: datetime) -> None:
    async def owed() -> None:
        raise AssertionError("nothing is mailed before the answer")

    read, write = partial(reading, engine), partial(writing, engine)
    asking = Asking(mailbox.pages.signer, read, write, lambda: noon, owed)
    ways = []
    for who in ("warm-up@example.org", *WHO):
        with statements(engine) as said:
            assert asking.put(Request(RequestKind.SUBSCRIBE, who, "en", "n", "n")) is not None
        ways.append(said)
    assert ways[1]
    assert [way for way in ways[1:] if way != ways[1]] == []


def test_no_mail_goes_to_whom_it_must_not(everybody: None, mailbox: Mailbox) -> None:
    for who in WHO:
        mailbox.post("/subscribe", email=who)
    written_to = sorted(mail["To"] for mail in mailbox.mails(4))
    assert written_to == ["ben@example.org", "cleo@example.org", "eve@example.org", "nobody@example.org"]
