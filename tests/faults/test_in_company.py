"""Real commands beside a send and the pages: no recipient gets two mails or none; a lost database ends both."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import cycle
from pathlib import Path

import httpx
import pytest
from sqlalchemy import make_url, select

from newsletter.database.engine import reading
from newsletter.settings import read_settings
from subscribers.tables import subscribers
from subscribers.tokens import LinkSigner
from tests.bystander import assert_whole
from tests.faults.conftest import Organiser
from tests.public_pages import http_client
from tests.starter import Program

Make = Callable[..., Organiser]
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
COMMANDS = (("status",), ("log",), ("due",), ("subscribers", "tag", "beside", "--segment", "language:en"))
PEOPLE = 150
SLOWLY = "15"
"""Messages a second while other commands run, so that the send is still running when they have ended."""


@contextmanager
def commands_beside(us: Organiser, *commands: tuple[str, ...]) -> Iterator[list[int]]:
    """Run `commands` again and again, one at a time, until the block ends; yield the list of their exit codes."""
    over, codes = threading.Event(), list[int]()

    def run() -> None:
        for words in cycle(commands):
            if over.is_set():
                return
            program = us.start(*words)
            program.communicate(timeout=60)
            codes.append(program.returncode if program.returncode is not None else -1)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield codes
    finally:
        over.set()
        thread.join()


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.01)


def test_commands_beside_a_send_that_is_killed_leave_nobody_with_two_and_nobody_without(organiser: Make) -> None:
    us = organiser()
    us.settings["RATE_PER_SECOND"] = SLOWLY
    us.add_people(2 * PEOPLE)
    post = us.write_post()
    killed = 0
    for _ in range(2):
        taken = us.relay.number_taken
        sending = us.start("send", post, "--yes", "--wait")
        until(lambda taken=taken: us.relay.number_taken > taken)  # type: ignore[misc]
        # `due` would take over from the dead, as it should: this is about those who are killed.
        with commands_beside(us, *(each for each in COMMANDS if each != ("due",))) as codes:
            until(lambda codes=codes: len(codes) >= 3)  # type: ignore[misc]
        killed += sending.poll() is None
        sending.kill()
        sending.communicate()
    assert killed, "the send was over before it was killed"
    del us.settings["RATE_PER_SECOND"]
    with commands_beside(us, *COMMANDS) as codes:
        us.run("resume", "--wait", code=None)
        until(lambda: len(codes) >= 4)
    assert set(codes) <= {0, 3, 75}
    us.run("resume", "--wait", code=None)
    states = us.states()
    assert len(states) == 2 * PEOPLE
    assert set(states.values()) <= {"accepted", "uncertain"}
    assert max(us.relay.copies().values()) == 1
    assert all(us.relay.copies()[f"{who}@example.org"] for who, state in states.items() if state == "accepted")
    assert_whole(us.database_url)


class Served:
    """The public pages, served by `newsletter serve`."""

    def __init__(self, us: Organiser, *words: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.url = f"http://127.0.0.1:{free.getsockname()[1]}"
        self.us = us
        self.program: Program = us.start("serve", "--port", self.url.rpartition(":")[2], *words)
        until(self._answers)
        self.signer = signer_of(us)

    def _answers(self) -> bool:
        assert self.program.poll() is None, self.program.communicate()[1]
        try:
            with http_client(timeout=30) as client:
                return client.get(f"{self.url}/health").status_code == 200
        except httpx.TransportError:
            return False

    def leave(self, person: int) -> int:
        link = f"{self.url}/u/{self.signer.unsubscribe(person, 1)}"
        with http_client(timeout=30) as client:
            return client.post(link, data={"List-Unsubscribe": "One-Click"}).status_code


def signer_of(us: Organiser) -> LinkSigner:
    """Return the signer of this organiser's links."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in us.environment.items():
            patch.setenv(name, value)
        settings = read_settings(us.folder)
    return LinkSigner(settings.secret_keys, settings.list_name)


def people(us: Organiser) -> dict[int, str]:
    """Read the list with a database connection of its own, as any other program would."""
    with us.database() as engine, reading(engine) as connection:
        rows = connection.execute(select(subscribers.c.id, subscribers.c.consent))
        return {row.id: row.consent for row in rows}


@pytest.mark.thorough
@pytest.mark.parametrize("sends", [False, True])
def test_unsubscribes_that_were_answered_beside_readers_and_commands_outlive_a_kill(
    organiser: Make, sends: bool
) -> None:
    us = organiser()
    us.add_people(40)
    everybody = sorted(people(us))
    pages = Served(us, *(["--send"] if sends else []))
    links = [f"/u/{pages.signer.unsubscribe(person, 1)}" for person in everybody[:8]]

    def read(link: str) -> None:
        with http_client(base_url=pages.url, timeout=30) as client:
            for _ in range(5):
                assert client.get(link).status_code == 200

    with ExitStack() as stack:
        for link in links:
            thread = threading.Thread(target=read, args=(link,))
            thread.start()
            stack.callback(thread.join)
    us.run("status")
    first, rest = everybody[:20], everybody[20:]
    assert {pages.leave(person) for person in first} == {200}
    with commands_beside(us, *COMMANDS) as codes:
        assert {pages.leave(person) for person in rest} == {200}
        until(lambda: len(codes) >= len(COMMANDS))
    assert set(people(us).values()) == {"withdrawn"}
    pages.program.kill()
    pages.program.communicate()
    assert set(people(us).values()) == {"withdrawn"}
    us.run("status")
    assert set(people(us).values()) == {"withdrawn"}
    assert_whole(us.database_url)


def lose(us: Organiser, *ends: str) -> None:
    for end in ends:
        Path(f"{make_url(us.database_url).database}{end}").unlink()


@on_sqlite
@pytest.mark.parametrize("ends", [("-wal",), ("-shm",), ("-wal", "-shm")], ids="+".join)
def test_a_send_that_loses_its_log_stops_and_the_next_gives_nobody_a_second(
    organiser: Make, ends: tuple[str, ...]
) -> None:
    us = organiser(delay=0.02)
    us.add_people(PEOPLE)
    sending = us.start("send", us.write_post(), "--yes", "--wait")
    until(lambda: us.relay.number_taken > 20)
    lose(us, *ends)
    out, err = sending.communicate(timeout=60)
    assert sending.returncode == 4, err
    assert "removed or replaced" in err
    assert "Everybody is accounted for" not in out + err
    assert "Traceback" not in err
    assert us.relay.number_taken < PEOPLE
    us.run("resume", "--wait", code=None)
    states = us.states()
    assert set(states.values()) <= {"accepted", "uncertain"}
    assert max(us.relay.copies().values()) == 1
    assert_whole(us.database_url)


@on_sqlite
def test_pages_that_lose_their_log_answer_nobody_with_a_200_and_end(organiser: Make) -> None:
    us = organiser()
    us.add_people(3)
    first, second, _ = sorted(people(us))
    pages = Served(us)
    assert pages.leave(first) == 200
    lose(us, "-wal")
    assert pages.leave(second) == 503
    _, err = pages.program.communicate(timeout=30)
    assert pages.program.returncode == 4, err
    assert "removed or replaced" in err
    assert people(us)[first] == "withdrawn"
    again = Served(us)
    assert again.leave(second) == 200
    assert people(us)[second] == "withdrawn"
