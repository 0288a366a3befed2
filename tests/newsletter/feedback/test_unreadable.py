"""A mail that cannot be read is an outcome: named, set aside, counted; those behind it are read, unsubscribes too."""

from collections.abc import Callable, Iterator
from datetime import datetime
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

from newsletter.bounces.consequences import UNREADABLE, FeedbackResult
from newsletter.bounces.mailboxes import Incoming, Source
from newsletter.bounces.mailboxes.files import MailFiles, Pipe
from newsletter.bounces.mailboxes.maildir import Maildir
from newsletter.bounces.parse.kinds import Feedback
from newsletter.bounces.parse.reader import FeedbackReader
from newsletter.bounces.processing import work_through
from newsletter.database.engine import reading, writing
from newsletter.database.tables import State, deliveries
from newsletter.errors import DatabaseError
from newsletter.issue import Issue
from subscribers.tables import subscribers
from subscribers.tokens import LinkSigner, ReturnPaths
from subscribers.unreadable import MOST_WORDS, Unreadable, attempted
from tests.newsletter.conftest import KEY
from tests.newsletter.feedback.poison import mails

LIST = "news.example.org"
POISON = b"From: Mallory <mallory@example.org>\r\nTo: bounces@example.org\r\nSubject: x\r\n\r\nx\r\n"


@pytest.fixture
def taken(issue_for: Callable[..., Issue], engine: Engine, noon: datetime) -> Issue:
    """Ada and Eve have had issue 1."""
    issue = issue_for("ada", "eve")
    with writing(engine) as connection:
        connection.execute(update(deliveries).values(state=State.ACCEPTED, at=noon))
    return issue


@pytest.fixture
def stumbling(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the reader raise over POISON: every mail known to do that is read now, and the next one is not known yet."""
    read = FeedbackReader.read

    def stumble(self: FeedbackReader, mail: bytes) -> Feedback:
        if mail == POISON:
            raise RecursionError("maximum recursion depth exceeded")
        return read(self, mail)

    monkeypatch.setattr(FeedbackReader, "read", stumble)


def leaving(subscriber: int) -> bytes:
    """A mail to unsubscribe a subscriber."""
    subject = LinkSigner([KEY], LIST).unsubscribe_mail("bounces@example.org", subscriber, 1).partition("=")[2]
    return f"From: Eve <eve@example.org>\r\nTo: bounces@example.org\r\nSubject: {subject}\r\n\r\n".encode()


def consent(engine: Engine, subscriber: int) -> str:
    with reading(engine) as connection:
        return str(connection.scalar(select(subscribers.c.consent).filter_by(id=subscriber)))


def process(engine: Engine, source: Source, now: datetime, rehearse: bool = False) -> dict[str, FeedbackResult]:
    told: dict[str, FeedbackResult] = {}

    def tell(mail: Incoming, result: FeedbackResult) -> None:
        told[mail.name] = result

    work_through(engine, FeedbackReader([KEY], LIST), source, lambda: now, tell, rehearse)
    return told


class Mails:
    """Mails by their names; what was set aside is remembered."""

    def __init__(self, mails: dict[str, bytes]) -> None:
        self._mails, self.aside = mails, list[str]()

    def __len__(self) -> int:
        return len(self._mails)

    def __iter__(self) -> Iterator[Incoming]:
        return iter([Incoming(name, content) for name, content in self._mails.items()])

    def settled(self, mail: Incoming, ours: bool) -> None:
        pass

    def set_aside(self, mail: Incoming) -> str:
        self.aside.append(mail.name)
        return "aside"


@pytest.mark.thorough
def test_whatever_a_mail_holds_the_mail_behind_it_is_read(taken: Issue, engine: Engine, noon: datetime) -> None:
    """On PostgreSQL, too, which refuses a NUL and a word that is too long where SQLite takes them."""
    path = ReturnPaths(KEY, "bounces@example.org").of(1, 1)
    hostile = dict(mails(path, f"Return-Path: <{path}>\r\n\r\nx".encode()))
    told = process(engine, Mails(hostile | {"the last": leaving(2)}), noon)
    assert told.keys() == {*hostile, "the last"}
    assert {each.kind for each in told.values() if each.address == "ada@example.org"} >= {"bounce", "complaint"}
    assert told["the last"].withdrawn
    assert consent(engine, 2) == "withdrawn"
    assert [name for name, each in told.items() if each.kind == UNREADABLE] == []


def test_whatever_the_reader_raises_over_a_mail_is_said_of_that_mail_and_the_one_behind_it_is_read(
    taken: Issue, engine: Engine, noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = FeedbackReader.read
    raised = [RecursionError, ValueError, UnicodeError, LookupError, AssertionError, TypeError, OSError, StopIteration]

    def stumble(self: FeedbackReader, mail: bytes) -> Feedback:
        if mail.isdigit():
            raise raised[int(mail)]("over this mail")
        return read(self, mail)

    monkeypatch.setattr(FeedbackReader, "read", stumble)
    source = Mails({error.__name__: str(number).encode() for number, error in enumerate(raised)} | {"x": leaving(2)})
    told = process(engine, source, noon)
    for error in raised:
        assert told[error.__name__].kind == UNREADABLE
        assert "over this mail" in told[error.__name__].reason
    assert source.aside == [error.__name__ for error in raised]
    assert told["x"].withdrawn


def test_an_error_of_the_database_ends_the_run_and_so_does_the_keyboard(
    taken: Issue, engine: Engine, noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    for error in (DatabaseError(database="x", why="full"), KeyboardInterrupt(), MemoryError(), SystemExit(1)):
        source = Mails({"one": POISON, "two": leaving(2)})

        def fails(*_: object, error: BaseException = error) -> None:
            raise error

        monkeypatch.setattr(FeedbackReader, "read", fails)
        with pytest.raises(type(error)):
            process(engine, source, noon)
        assert source.aside == []


def test_in_a_maildir_it_goes_into_a_folder_of_its_own_and_is_not_read_again(
    taken: Issue, engine: Engine, noon: datetime, tmp_path: Path, stumbling: None
) -> None:
    for part in ("cur", "new", "tmp"):
        (tmp_path / part).mkdir()
    (tmp_path / "new" / "1.poison").write_bytes(POISON)
    (tmp_path / "cur" / "2.leave:2,S").write_bytes(leaving(2))
    (tmp_path / "new" / "3.gone").symlink_to(tmp_path / "nowhere")
    assert process(engine, Maildir(tmp_path), noon, rehearse=True)[str(tmp_path / "new" / "1.poison")].set_aside == ""
    told = process(engine, Maildir(tmp_path), noon)
    assert [each.kind for each in told.values()] == [UNREADABLE, "unsubscribe"]
    assert (tmp_path / ".SetAside" / "cur" / "1.poison:2,F").read_bytes() == POISON
    assert ".SetAside" in told[str(tmp_path / "new" / "1.poison")].set_aside
    assert UNREADABLE not in {each.kind for each in process(engine, Maildir(tmp_path), noon).values()}


def test_a_file_that_cannot_be_opened_is_one_of_many(
    taken: Issue, engine: Engine, noon: datetime, tmp_path: Path
) -> None:
    (tmp_path / "a.eml").mkdir()
    (tmp_path / "b.eml").write_bytes(leaving(2))
    told = process(engine, MailFiles([tmp_path]), noon)
    assert [each.kind for each in told.values()] == [UNREADABLE, "unsubscribe"]
    assert told[str(tmp_path / "a.eml")].reason == "is a directory"


def test_what_a_mail_server_handed_over_is_kept_in_a_file_once(tmp_path: Path) -> None:
    pipe = Pipe(BytesIO(), "", tmp_path / "set-aside")
    for _ in range(2):
        pipe.set_aside(Incoming("standard input", POISON))
    (kept,) = (tmp_path / "set-aside").iterdir()
    assert (kept.read_bytes(), kept.stat().st_mode & 0o777) == (POISON, 0o600)


def test_what_one_item_raises_is_said_in_one_line_of_a_bearable_length() -> None:
    def read() -> None:
        raise ValueError("a\nb\ud800" + "x" * 5000)

    found = attempted(read)
    assert isinstance(found, Unreadable)
    assert found.why.startswith("ValueError: a b?x")
    assert len(found.why) == MOST_WORDS
