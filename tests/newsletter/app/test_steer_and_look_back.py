"""Issues steered and looked at by a program that is no command line."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from newsletter.app import archive, look_back, send, steer
from newsletter.app.run import Ended, RunOutcome
from newsletter.app.send import ThisRun
from newsletter.database.engine import writing
from newsletter.database.tables import State
from newsletter.errors import ActionRefused, UnknownIssue
from newsletter.runtime.clock import now
from subscribers.tables import subscribers
from tests.newsletter.app.conftest import MANY, Caller, an_hour_passes


def test_what_is_scheduled_is_due_in_its_time_and_one_that_nobody_wants_is_called_off(caller: Caller) -> None:
    place, path = caller.workspace, caller.workspace.folder / "post.md"
    number = send.schedule(place, send.look(place, path), now() + timedelta(hours=1)).number
    assert list(steer.send_due(place)) == []
    with pytest.raises(ActionRefused, match="already scheduled"):
        send.look(place, path)
    an_hour_passes(caller)
    (done,) = steer.send_due(place)
    assert isinstance(done, Ended)
    assert (done.account.issue, done.outcome, caller.mailboxes.recipients.total()) == (number, RunOutcome.DONE, MANY)
    send.schedule(place, send.look(place, path, again=True), now() + timedelta(hours=1))
    with writing(place.engine) as connection:
        connection.execute(update(subscribers).values(consent="withdrawn"))
    an_hour_passes(caller)
    (off,) = steer.send_due(place)
    assert isinstance(off, steer.CalledOff)
    assert "Nobody to send to" in str(off.refusal)
    assert list(steer.send_due(place)) == []


def test_a_cancelled_issue_is_skipped_for_good(caller: Caller) -> None:
    place, path = caller.workspace, caller.workspace.folder / "post.md"
    send.send(place, send.look(place, path), ThisRun(limit=5))
    assert steer.cancel(place, 1) == steer.Cancelled(1, MANY - 5, 0)
    for refused in (lambda: send.resume(place), lambda: steer.pause(place)):
        with pytest.raises(ActionRefused, match="cancelled"):
            refused()
    assert caller.mailboxes.recipients.total() == 5
    with pytest.raises(UnknownIssue):
        steer.cancel(place, 7)


def test_looking_back_reads_the_same_from_every_side(caller: Caller) -> None:
    place, path = caller.workspace, caller.workspace.folder / "post.md"
    assert look_back.status(place).issues == ()
    caller.mailboxes.refuses = "ben"
    send.send(place, send.look(place, path))
    (status,) = look_back.status(place).issues
    assert (status.account.states[State.REFUSED], status.refused.total()) == (1, 1)
    with look_back.log(place, state=State.REFUSED) as log:
        assert [entry.address for entry in log.entries] == ["ben@example.org"]
    with look_back.log(place, address=" ADA@example.org") as log:
        assert [entry.state for entry in log.entries] == [State.ACCEPTED]
    followed = look_back.follow(place, sleep=lambda seconds: pytest.fail("it waits for nothing"))
    assert len(list(followed.entries)) == MANY
    assert [entry.number for entry in archive.archived_issues(place)] == [1]
    archive.show(place, 1, listed=False)
    assert archive.archived_issues(place) == []
