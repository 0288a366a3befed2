"""Notes to the organiser: once for each thing that happened, also when the program is killed in between."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from newsletter.app import first_wave
from newsletter.app import notes as sending
from newsletter.app.workspace import Workspace
from newsletter.database.engine import reading, writing
from newsletter.database.tables import Leaving, State, deliveries, issues, notes
from newsletter.delivery import lifecycle
from newsletter.issue import Issue
from newsletter.runtime.clock import now
from newsletter.send_log import senders
from newsletter.settings.values import mailbox
from newsletter.transactional.notes import OwedNote, claim, leaves, look, put_off
from newsletter.transport.folder import Folder
from tests.public_pages import SETTINGS


@pytest.fixture
def place(engine: Engine, tmp_path: Path) -> Workspace:
    """A folder of an organiser who wants notes."""
    place = Workspace(tmp_path)
    place.__dict__["settings"] = replace(SETTINGS, notes_to=mailbox("ada@example.org"))
    place.__dict__["engine"] = engine
    return place


def ran(engine: Engine, issue: Issue, state: State = State.ACCEPTED) -> None:
    """Have a sender take every delivery of `issue`, and leave."""
    with writing(engine) as connection:
        sender = senders.add(connection, issue.number, now())
        connection.execute(update(deliveries).values(state=state, sender=sender))
        senders.leave(connection, issue.number, sender, Leaving.DONE, now())


def subjects(place: Workspace, folder: Path) -> list[str]:
    """Send what is owed; return the subjects of all notes so far."""
    sending.send_notes(place, Folder(folder / str(time.monotonic_ns())))
    mails = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in sorted(folder.rglob("*.eml"))]
    assert {str(mail["To"]) for mail in mails} <= {"ada@example.org"}
    return sorted(str(mail["Subject"]).partition(":")[0] for mail in mails)


def test_each_thing_that_happens_to_an_issue_is_told_once(
    engine: Engine, place: Workspace, issue_for: Callable[..., Issue], tmp_path: Path
) -> None:
    issue, told = issue_for("bea", "cai"), tmp_path / "told"
    assert subjects(place, told) == [], "it was not begun"
    with writing(engine) as connection:
        senders.add(connection, issue.number, now())
    assert subjects(place, told) == [], "people are left to try"
    with writing(engine) as connection:
        lifecycle.pause(connection, issue.number, "paused by hand")
    assert subjects(place, told) == [], "the organiser did it"
    with writing(engine) as connection:
        lifecycle.pause(connection, issue.number, "6 % of the first emails came back")
    assert subjects(place, told) == subjects(place, told) == ["Paused"]
    ran(engine, issue)
    with writing(engine) as connection:
        connection.execute(update(issues).values(standing="open", why=""))
    assert subjects(place, told) == subjects(place, told) == ["Finished", "Paused"]
    with writing(engine) as connection:
        lifecycle.pause(connection, issue.number, "it stopped again, after it was sent on")
        connection.execute(update(deliveries).values(state=State.QUEUED))
    assert subjects(place, told) == ["Finished", "Paused", "Paused"]
    text = "".join(file.read_text() for file in told.rglob("*.eml"))
    assert "bea@example.org" not in text, "a note names no recipient"


def test_an_issue_that_waits_for_its_first_few_is_no_news_and_one_whose_first_few_object_is(
    engine: Engine, place: Workspace, issue_for: Callable[..., Issue], tmp_path: Path
) -> None:
    issue = issue_for("bea", "cai", "dil")
    with writing(engine) as connection:
        senders.add(connection, issue.number, now())
        connection.execute(update(issues).values(canary_first=1, canary_seconds=0.0))
        connection.execute(update(deliveries).where(deliveries.c.address == "bea@example.org").values(state="accepted"))
    assert [each.verdict for each in first_wave.look(engine, now())] == [first_wave.WaveVerdict.WAITS]
    assert subjects(place, tmp_path / "told") == []
    with writing(engine) as connection:
        connection.execute(update(deliveries).where(deliveries.c.address == "bea@example.org").values(state="refused"))
    assert [each.verdict for each in first_wave.look(engine, now())] == [first_wave.WaveVerdict.OBJECTS]
    assert subjects(place, tmp_path / "told") == ["Paused"]


def claimed(engine: Engine, at: datetime) -> OwedNote | None:
    with writing(engine) as connection:
        return claim(connection, at)


def test_a_kill_before_the_dot_loses_no_note_and_one_after_it_doubles_none(
    engine: Engine, place: Workspace, issue_for: Callable[..., Issue], tmp_path: Path
) -> None:
    ran(engine, issue_for("bea"))
    began = now()
    with writing(engine) as connection:
        assert look(connection, began) == 1
        assert look(connection, began) == 0
    first = claimed(engine, began)
    assert first is not None
    assert claimed(engine, began) is None, "another program has it"
    later = began + timedelta(minutes=2)
    second = claimed(engine, later)  # the first program was killed with it
    assert second is not None
    with writing(engine) as connection:
        assert not leaves(connection, first), "it lives after all: the other has it now"
        assert leaves(connection, second)
    assert claimed(engine, later + timedelta(days=1)) is None, "it may have gone out before the kill"
    with writing(engine) as connection:
        put_off(connection, second)
    assert claimed(engine, later + timedelta(hours=1)) is not None, "the relay said that it does not hold it"
    assert claimed(engine, began + timedelta(days=4)) is None, "that is no news any more"


def test_notes_that_nobody_asked_for_and_old_news_are_not_owed(
    engine: Engine, place: Workspace, issue_for: Callable[..., Issue], tmp_path: Path
) -> None:
    ran(engine, issue_for("bea"))
    with writing(engine) as connection:
        assert look(connection, now() + timedelta(days=3)) == 0, "it ended before notes were switched on"
    place.__dict__["settings"] = SETTINGS
    assert subjects(place, tmp_path / "told") == []
    with reading(engine) as connection:
        assert connection.execute(notes.select()).first() is None
