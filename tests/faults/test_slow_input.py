"""Input that stalls blocks no other program: while a command waits for it, the others write to the database at once."""

import io
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import click
import pytest
from sqlalchemy import Engine, select

from newsletter.bounces.mailboxes import Incoming
from newsletter.bounces.parse.reader import FeedbackReader
from newsletter.bounces.processing import work_through
from newsletter.cli import newsletter
from newsletter.database.engine import open_database, reading, writing
from subscribers.imports import ConsentEvidence, Fate, Options, import_subscribers, turns
from subscribers.imports.stops import import_suppressions
from subscribers.suppression import SuppressionReason
from subscribers.tables import subscribers
from tests.conftest import NOON, Cast
from tests.faults.conftest import Organiser
from tests.public_pages import serving

LINE = "Mar  1 12:00:00 mail postfix/qmgr[1]: 4ABCDEFGHIJ: from=<news@example.org>, size=1, nrcpt=1 (queue active)\n"
READS = {
    "subscribers import": ("FIFO",),
    "suppress import": ("FIFO",),
    "bounces process": ("FIFO",),
    "settle": ("1", "--postfix-log", "FIFO"),
    "send": ("FIFO", "--yes"),
    "ask": ("FIFO",),
}
"""Every command that reads a file and may write to the database, with its arguments; FIFO is a pipe that stalls."""
WRITES_NOTHING = {"post show", "check", "preview", "test", "publish", "db backup"}
"""Commands that write nothing to the database."""


def readers(command: click.Command, *names: str) -> Iterator[str]:
    """Yield the name of every command that takes a file to read."""
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from readers(found, *names, name)
    else:
        for each in command.params:
            is_read = isinstance(each.type, click.File) or (isinstance(each.type, click.Path) and each.type.exists)
            if is_read or each.name in ("file", "files", "post"):
                yield " ".join(names)


def test_every_command_that_reads_is_tried_here() -> None:
    assert set(readers(newsletter)) - WRITES_NOTHING == set(READS)


@pytest.mark.parametrize("command", READS)
def test_a_pipe_that_stalls_keeps_nobody_from_unsubscribing(command: str, organiser: Callable[..., Organiser]) -> None:
    us = organiser()
    us.add_people(0, "ada@example.org")
    us.run("send", us.write_post(), "--yes")
    pipe = us.folder / "stalls"
    os.mkfifo(pipe)
    started = us.start(*command.split(), *(str(pipe) if word == "FIFO" else word for word in READS[command]))
    begun = threading.Event()
    stall = threading.Thread(target=_stalls, args=(pipe, begun, us), daemon=True)
    stall.start()
    assert begun.wait(30), started.communicate(1)
    with us.database() as engine, serving(engine) as pages:
        answer = pages.client.post(pages.link(1), data={"List-Unsubscribe": "One-Click"}, timeout=5)
        assert answer.status_code == 200
        assert pages.consent(1) == "withdrawn"
    assert started.poll() is None, "it was to be waiting still"
    started.kill()


def _stalls(pipe: Path, begun: threading.Event, us: Organiser) -> None:
    """Write more than a pipe holds, which ends only when the command has begun to read; then write no more."""
    with pipe.open("wb", buffering=0) as file:
        with suppress(BrokenPipeError):
            file.write(b"email\n" + LINE.encode() * 3000)
        begun.set()
        threading.Event().wait(60)


class Witness(io.BytesIO):
    """A list to import; at each read another program writes to the database, and fails if it has to wait for a lock."""

    def __init__(self, content: bytes, other: Engine) -> None:
        super().__init__(content)
        self._other, self.looked = other, 0

    def read(self, size: int | None = -1) -> bytes:
        self.look()
        return super().read(size)

    def read1(self, size: int | None = -1) -> bytes:
        self.look()
        return super().read1(-1 if size is None else size)

    def look(self, *_: Any) -> None:
        self.looked += 1
        with writing(self._other) as connection:
            # Of Ada, whom each batch changes, because PostgreSQL locks people one by one.
            ada = subscribers.update().where(subscribers.c.address == "ada@example.org")
            connection.execute(ada.values(language="cy"))


@pytest.fixture
def other(engine: Engine) -> Iterator[Engine]:
    """The connections of another program, which gives up after 0.2 seconds of waiting for a lock."""
    waits = {"timeout": "0.2"} if engine.name == "sqlite" else {"options": "-c lock_timeout=200"}
    impatient = open_database(engine.url.update_query_dict(waits).render_as_string(hide_password=False))
    yield impatient
    impatient.dispose()


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_list_is_read_reported_and_told_outside_of_the_transaction(
    engine: Engine, other: Engine, cast: Cast, dry_run: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("subscribers.imports.BATCH", 3)
    monkeypatch.setattr(turns, "OTHERS", 0.0)
    rows = b"".join(b"p%d@example.org,X\nada@example.org,%d\n" % (number, number) for number in range(3000))
    file = Witness(b"email,first_name\n" + rows, other)
    told: list[Fate] = []

    def tell(fates: Any) -> None:
        told.extend(fates)
        file.look()

    opens = partial(reading if dry_run else writing, engine)
    evidence = ConsentEvidence("yes", "a test", NOON)
    report = import_subscribers(opens, file, evidence, file.look, options=Options(dry_run=dry_run), tell=tell)
    assert (report.added, len(told)) == (3000, 6000)
    stops = Witness(b"email\n" + b"".join(b"zoe%d@example.org\n" % number for number in range(6000)), other)
    assert import_suppressions(opens, stops, evidence, SuppressionReason.ASKED, dry_run).suppressed == 6000
    assert file.looked > 3
    assert stops.looked > 1


@pytest.mark.parametrize("rehearse", [False, True])
def test_a_mailbox_is_read_and_told_outside_of_the_transaction(
    engine: Engine, other: Engine, cast: Cast, rehearse: bool
) -> None:
    looks = Witness(b"", other)

    class Mails:
        def __len__(self) -> int:
            return 2

        def __iter__(self) -> Iterator[Incoming]:
            for name in ("1", "2"):
                looks.look()
                yield Incoming(name, b"From: ada@example.org\r\n\r\nHello\r\n")

        def settled(self, mail: Incoming, ours: bool) -> None:
            looks.look()

        def set_aside(self, mail: Incoming) -> str:
            return ""

    work_through(engine, FeedbackReader(["a key"], "x"), Mails(), lambda: NOON, looks.look, rehearse)
    assert looks.looked == (4 if rehearse else 6)
    with reading(engine) as connection:
        assert connection.scalar(select(subscribers.c.language).filter_by(address="ada@example.org")) == "cy"
