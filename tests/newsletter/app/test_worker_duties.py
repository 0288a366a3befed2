"""What a worker does about its own troubles: an issue that has one waits and says why; no other waits for it."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import NoReturn

import pytest
from sqlalchemy import select

from newsletter.app import duties, send
from newsletter.app.duties import PUT_OFF, WorkerDuties
from newsletter.database.engine import reading, writing
from newsletter.database.tables import Lifecycle, issues
from newsletter.delivery import lifecycle
from newsletter.errors import NewsletterError, RelayRefused, SettingsError
from newsletter.fleet.machines import Presence
from newsletter.issue import freeze_audience
from newsletter.runtime.clock import now
from tests.newsletter.app.conftest import MANY, Caller, an_hour_passes

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

OURS = SettingsError(setting="NEWSLETTER_DKIM_KEY_FILE", why="cannot be read")
RELAYS = RelayRefused(relay="relay.example.org", why="535 wrong password")


@pytest.fixture
def worker(caller: Caller) -> Iterator[WorkerDuties]:
    """The duties of a worker; what they tell stands in `caller.news`."""
    with Presence.of(caller.workspace.engine, "one") as presence:
        yield WorkerDuties(caller.workspace, presence, caller.news.append)  # type: ignore[arg-type]


def scheduled(caller: Caller, name: str = "post.md") -> int:
    """Schedule the post, and let its time come."""
    place = caller.workspace
    number = send.schedule(place, send.look(place, place.folder / name), now() + timedelta(hours=1)).number
    an_hour_passes(caller)
    return number


def why(caller: Caller, issue: int) -> str:
    with reading(caller.workspace.engine) as connection:
        return str(connection.execute(select(issues.c.why).where(issues.c.id == issue)).scalar_one())


@pytest.mark.parametrize("trouble", [OURS, RELAYS])
def test_an_issue_that_cannot_be_sent_waits_and_says_why(
    caller: Caller, worker: WorkerDuties, monkeypatch: pytest.MonkeyPatch, trouble: NewsletterError
) -> None:
    issue = scheduled(caller)
    worker.due()

    def fails(*given: object) -> NoReturn:
        raise trouble

    with monkeypatch.context() as broken:
        broken.setattr(duties, "deliver_slice", fails)
        worker.send_slice(issue, 0, None)
    assert worker.share_out(Counter()) == []
    assert why(caller, issue) == str(trouble)
    assert str(trouble) in str(caller.news)
    an_hour_passes(caller)
    monkeypatch.setattr(duties, "database_clock", lambda workspace: lambda: now() + timedelta(seconds=PUT_OFF + 1))
    worker.send_slice(issue, 0, None)
    assert caller.mailboxes.recipients.total() == MANY


def test_an_error_of_the_program_is_told_and_its_slice_waits(
    caller: Caller, worker: WorkerDuties, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue = scheduled(caller)
    worker.due()

    def fails(*given: object) -> NoReturn:
        raise KeyError("ada@example.org")

    monkeypatch.setattr(duties, "deliver_slice", fails)
    worker.send_slice(issue, 0, None)
    assert worker.share_out(Counter()) == []
    assert "an error of this program" in str(caller.news)
    assert "ada@example.org" not in str(caller.news)
    assert worker.lost is None


def test_a_scheduled_issue_with_an_error_keeps_none_behind_it_waiting(
    caller: Caller, worker: WorkerDuties, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller.writes("other.md", "---\ntitle: Other news\n---\n\nThe council said yes again.\n")
    first, second = scheduled(caller), scheduled(caller, "other.md")

    def fails_for_the_first(connection: object, issue: object, moment: object) -> object:
        if issue.number == first:  # type: ignore[attr-defined]
            raise OURS
        return freeze_audience(connection, issue, moment)  # type: ignore[arg-type]

    monkeypatch.setattr(duties, "freeze_audience", fails_for_the_first)
    worker.due()
    assert {each.issue for each in worker.share_out(Counter())} == {second}
    assert why(caller, first) == str(OURS)


def test_where_a_database_is_a_copy_only_what_is_unfinished_is_paused(caller: Caller) -> None:
    place = caller.workspace
    caller.writes("other.md", "---\ntitle: Other news\n---\n\nThe council said yes again.\n")
    done = send.send(place, send.look(place, place.folder / "post.md")).account.issue
    waiting = scheduled(caller, "other.md")
    with writing(place.engine) as connection:
        lifecycle.pause_all(connection, "this is a copy")
        found = {number: lifecycle.lifecycle_of(connection, number) for number in (done, waiting)}
    assert found == {done: Lifecycle.OPEN, waiting: Lifecycle.PAUSED}
