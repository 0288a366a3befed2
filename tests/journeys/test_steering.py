"""An organiser steers a sending from another terminal, schedules one, and lets the first few go ahead."""

import json
import signal
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.journeys.conftest import POST, Mailboxes, Organiser


@pytest.fixture
def us(ready: Organiser, mailboxes: Mailboxes) -> Organiser:
    """An organiser with forty people on the list, and a relay that takes all there is."""
    ready.settings["SMTP_PORT"] = str(mailboxes.port)
    people = "".join(f"person{number:02}@example.org\n" for number in range(38))
    ready.writes("more.csv", f"email\n{people}")
    assert ready.types("subscribers", "import", "more.csv").code == 0
    return ready


def account(us: Organiser, *number: str) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(us.types("report", *number, "--json").out)
    return report


def until_some_are_accepted(us: Organiser) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        done = us.types("report", "--json")
        if done.code == 0 and json.loads(done.out)["accepted"]:
            return
        time.sleep(0.05)
    raise AssertionError("nobody was written to")


IN_AN_HOUR = (datetime.now(UTC) + timedelta(hours=1)).isoformat(timespec="seconds")


def an_hour_passes(us: Organiser) -> None:
    with closing(sqlite3.connect(us.folder / "newsletter.db")) as database, database:
        database.execute("UPDATE issues SET not_before = '2026-01-01 09:00:00.000000'")


def test_a_sending_is_paused_from_another_terminal_and_goes_on_with_whoever_is_left(
    us: Organiser, mailboxes: Mailboxes
) -> None:
    with us.starts("send", "post.md", "--yes", "--wait", "--rate", "8") as sender:
        until_some_are_accepted(us)
        assert us.types("pause").code == 0
        _, said = sender.communicate(timeout=20)
    assert sender.returncode == 75
    assert "Paused. To carry on: newsletter resume 1" in said
    paused = account(us)
    assert (paused["standing"], paused["why"], paused["sending"]) == ("paused", "paused by hand", 0)
    assert 0 < paused["queued"] < 40
    assert us.types("due").code == 0
    assert account(us)["queued"] == paused["queued"]  # a timer lets it rest
    assert us.types("resume", "--wait").code == 0
    assert account(us)["standing"] == "open"
    assert len(mailboxes.recipients) == 40
    assert set(mailboxes.recipients.values()) == {1}


@pytest.mark.thorough
def test_a_sending_is_cancelled_from_another_terminal_and_the_others_can_still_be_written_to(
    us: Organiser, mailboxes: Mailboxes
) -> None:
    with us.starts("send", "post.md", "--yes", "--wait", "--rate", "2") as sender:
        until_some_are_accepted(us)
        assert us.types("cancel", "1", "--yes").code == 0
        sender.communicate(timeout=20)
    assert sender.returncode == 3
    cancelled = account(us)
    assert cancelled["accepted"] + cancelled["skipped"] == cancelled["frozen"] == 40
    assert cancelled["accepted"] == mailboxes.recipients.total() < 40
    resumed = us.types("resume", "1")
    assert resumed.code == 5
    assert "was cancelled" in resumed.errors[0]
    assert us.types("pause", "1").code == 5
    assert us.types("send", "post.md", "--yes", "--wait").code == 0
    assert account(us)["frozen"] == 40 - cancelled["accepted"]
    assert len(mailboxes.recipients) == 40
    assert set(mailboxes.recipients.values()) == {1}


def test_what_a_killed_sending_held_is_settled_when_its_issue_is_cancelled(us: Organiser) -> None:
    with us.starts("send", "post.md", "--yes", "--wait", "--rate", "5") as sender:
        until_some_are_accepted(us)
        sender.kill()
        sender.wait(20)
    cancelled = us.types("cancel", "1", "--yes", "--json")
    assert cancelled.code == 0
    left = account(us)
    assert left["queued"] == left["sending"] == 0
    assert left["accepted"] + left["uncertain"] + left["skipped"] == left["frozen"] == 40
    assert json.loads(cancelled.out)["skipped"] == left["skipped"]


def test_nobody_is_asked_twice_whether_to_cancel_and_a_no_cancels_nothing(us: Organiser) -> None:
    assert us.types("send", "post.md", "--yes", "--limit", "1").code == 75
    assert us.types("cancel", "1").code == 130  # nobody at the terminal
    assert account(us)["standing"] == "open"


def test_a_scheduled_issue_keeps_its_words_and_goes_to_whoever_wants_it_by_then(
    us: Organiser, mailboxes: Mailboxes
) -> None:
    scheduled = us.types("send", "post.md", "--yes", "--at", IN_AN_HOUR, "--json")
    assert scheduled.code == 0
    assert json.loads(scheduled.out)["issue"] == 1
    assert us.types("due").out == ""
    us.writes("post.md", POST.replace("said yes", "said no"))
    us.writes("late.csv", "email\nlate@example.org\n")
    us.types("subscribers", "import", "late.csv")
    us.types("subscribers", "unsubscribe", "ada@example.org")
    assert not mailboxes.recipients
    an_hour_passes(us)
    assert us.types("due").code == 0
    assert mailboxes.recipients["late@example.org"] == 1
    assert mailboxes.recipients["ada@example.org"] == 0
    assert mailboxes.recipients.total() == 40
    assert "said yes" in mailboxes.mails[0].as_string()
    assert us.types("due").out == ""  # and once is enough


def test_a_scheduled_issue_is_not_made_again_by_a_second_send_and_can_be_taken_back(
    us: Organiser, mailboxes: Mailboxes
) -> None:
    us.types("send", "post.md", "--yes", "--at", IN_AN_HOUR)
    again = us.types("send", "post.md", "--yes")
    assert again.code == 5
    assert "scheduled" in again.errors[0]
    assert "scheduled for" in us.types("status").out
    assert us.types("cancel", "1", "--yes").code == 0
    an_hour_passes(us)
    assert us.types("due").code == 0
    assert not mailboxes.recipients
    assert us.types("send", "post.md", "--yes", "--wait").code == 0
    assert mailboxes.recipients.total() == 40


def test_a_scheduled_issue_for_nobody_is_cancelled_and_says_so(us: Organiser) -> None:
    us.types("send", "post.md", "--yes", "--at", IN_AN_HOUR, "--segment", "tag:nobody")
    an_hour_passes(us)
    done = us.types("due")
    assert done.code == 5
    assert "Issue 1 is cancelled: Nobody to send to" in done.err
    assert us.types("due").code == 0


@pytest.mark.parametrize("time_of_day", ["25:00", "yesterday", "2020-01-01 09:00", "2031-01-01", ""])
def test_a_time_that_is_none_or_past_is_refused(us: Organiser, time_of_day: str) -> None:
    done = us.types("send", "post.md", "--yes", "--at", time_of_day)
    assert done.code == 2
    assert us.types("status").out == ""


@pytest.mark.thorough
def test_the_pages_send_what_is_due_where_they_are_asked_to(us: Organiser, mailboxes: Mailboxes) -> None:
    us.types("send", "post.md", "--yes", "--at", IN_AN_HOUR)
    an_hour_passes(us)
    with us.starts("serve", "--port", "0", "--send") as serving:
        deadline = time.monotonic() + 30
        while mailboxes.recipients.total() < 40 and time.monotonic() < deadline:
            time.sleep(0.1)
        serving.send_signal(signal.SIGINT)
        serving.communicate(timeout=20)
    assert mailboxes.recipients.total() == 40


@pytest.mark.thorough
def test_what_a_crash_left_behind_is_due_and_what_ctrl_c_left_is_not(us: Organiser, mailboxes: Mailboxes) -> None:
    with us.starts("send", "post.md", "--yes", "--wait", "--rate", "8") as sender:
        until_some_are_accepted(us)
        sender.send_signal(signal.SIGINT)
        sender.communicate(timeout=20)
    assert account(us)["why"] == "interrupted"
    assert us.types("due").out == ""
    with us.starts("resume", "--wait", "--rate", "8") as sender:
        seen = account(us)["accepted"]
        while account(us)["accepted"] == seen:
            time.sleep(0.05)
        sender.send_signal(signal.SIGKILL)
        sender.communicate(timeout=20)
    us.types("due")
    left = account(us)
    assert left["queued"] == left["sending"] == 0
    assert left["accepted"] + left["uncertain"] == 40
    assert set(mailboxes.recipients.values()) == {1}


def test_two_timers_at_once_write_to_nobody_twice(us: Organiser, mailboxes: Mailboxes) -> None:
    us.types("send", "post.md", "--yes", "--at", IN_AN_HOUR)
    an_hour_passes(us)
    with us.starts("due") as one, us.starts("due") as other:
        for process in (one, other):
            process.communicate(timeout=60)
            assert process.returncode == 0
    assert mailboxes.recipients.total() == 40
    assert set(mailboxes.recipients.values()) == {1}


def test_the_first_few_go_ahead_and_the_others_follow_if_all_is_well(us: Organiser, mailboxes: Mailboxes) -> None:
    done = us.types("send", "post.md", "--yes", "--canary", "5", "--canary-wait", "0.01", "--wait")
    assert done.code == 0
    assert "The first 5 people have been emailed." in done.err
    assert len(mailboxes.recipients) == 40
    assert account(us)["seconds"] > 0


def test_refusals_among_the_first_few_pause_the_issue(us: Organiser, mailboxes: Mailboxes) -> None:
    mailboxes.refuses = "person"
    done = us.types("send", "post.md", "--yes", "--canary", "6", "--canary-wait", "0", "--wait")
    assert done.code == 75
    assert "Paused: 4 of the first 6 were refused or came back" in done.err
    assert account(us)["queued"] == 34
    mailboxes.refuses = ""
    assert us.types("resume", "--wait").code == 3
    assert len(mailboxes.recipients) == 36


def test_ctrl_c_between_the_first_few_and_the_others_pauses(us: Organiser, mailboxes: Mailboxes) -> None:
    with us.starts("send", "post.md", "--yes", "--canary", "5", "--canary-wait", "5") as sender:
        until_some_are_accepted(us)
        assert us.types("due").out == ""  # no timer takes the others along
        time.sleep(0.5)
        sender.send_signal(signal.SIGINT)
        sender.communicate(timeout=20)
    assert sender.returncode == 130
    assert account(us)["standing"] == "paused"
    assert mailboxes.recipients.total() == 5


def test_another_terminal_follows_the_answers_to_the_end(us: Organiser) -> None:
    assert us.types("send", "post.md", "--yes", "--limit", "3").code == 75
    with us.starts("log", "--follow", "--json") as following, us.starts("resume", "--wait", "--rate", "30") as sender:
        sender.communicate(timeout=30)
        out, _ = following.communicate(timeout=30)
    assert following.returncode == 0
    lines = [json.loads(line) for line in out.splitlines()]
    assert len(lines) == len({line["address"] for line in lines}) == 40
    assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)


def test_ctrl_c_ends_following(us: Organiser) -> None:
    assert us.types("send", "post.md", "--yes", "--limit", "3").code == 75
    with us.starts("log", "--follow") as following:
        assert following.stdout
        for _ in range(3):
            assert " sent " in following.stdout.readline()
        following.send_signal(signal.SIGINT)
        following.communicate(timeout=20)
    assert following.returncode == 130
