"""The fault matrix, by number, through the real command line on SQLite and PostgreSQL (F1 has a file of its own)."""

import fcntl
import os
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.conftest import Organiser
from tests.starter import CHECKOUT

Make = Callable[..., Organiser]
in_company = pytest.mark.usefixtures("in_company")


def states(us: Organiser) -> dict[str, str]:
    return {entry["address"].partition("@")[0]: entry["state"] for entry in us.log()}


@pytest.mark.parametrize("where", ["cut-rcpt", "cut-data"])
def test_f04_a_line_cut_before_the_dot_defers_and_is_made_good_once(organiser: Make, where: str) -> None:
    us = organiser()
    us.add_people(3, f"{where}@example.org")
    us.run("send", us.write_post(), "--yes", "--no-wait", code=75)
    assert states(us)[where] == "deferred"
    us.run("resume", "--wait")
    assert set(states(us).values()) == {"accepted"}
    assert set(us.relay.copies().values()) == {1}


def test_f04_a_line_cut_in_the_body_is_never_taken_for_accepted(organiser: Make) -> None:
    us = organiser()
    us.add_people(2, "cut-body@example.org")
    us.run("send", us.write_post(), "--yes", "--no-wait", code=None)
    # The dot may have been on its way before we heard of the cut; then nobody can know, and we say so.
    assert states(us)["cut-body"] in ("deferred", "uncertain")
    assert us.relay.copies()["cut-body@example.org"] == 0
    us.run("resume", "--uncertain", "resend", "--wait")
    assert set(us.relay.copies().values()) == {1}


def test_f05_a_line_cut_after_the_dot_is_uncertain_and_held_until_a_human_decides(organiser: Make) -> None:
    us = organiser()
    us.add_people(2, "lose@example.org")
    us.run("send", us.write_post(), "--yes", "--wait", code=3)
    assert states(us)["lose"] == "uncertain"
    us.run("resume", "--wait", code=3)
    assert us.relay.copies()["lose@example.org"] == 0
    us.run("resume", "--uncertain", "resend", "--wait")
    assert us.relay.copies()["lose@example.org"] == 1
    assert set(states(us).values()) == {"accepted"}


def test_f05_what_is_sent_again_has_the_same_message_id_and_bytes(organiser: Make) -> None:
    us = organiser()
    us.add_people(0, "vanish@example.org")
    us.run("send", us.write_post(), "--yes", "--wait", code=3)
    us.run("resume", "--uncertain", "resend", "--wait")
    first, second = us.relay.taken
    assert first == second


def test_f06_a_relay_that_takes_the_mail_and_drops_the_line_leaves_one_copy(organiser: Make) -> None:
    us = organiser()
    us.add_people(2, "vanish@example.org")
    us.run("send", us.write_post(), "--yes", "--wait", code=3)
    us.run("resume", "--wait", code=3)
    assert states(us)["vanish"] == "uncertain"
    assert us.relay.copies() == {f"{name}@example.org": 1 for name in ("vanish", "person00000", "person00001")}


def test_f05_the_uncertain_are_named_and_can_be_taken_as_accepted(organiser: Make) -> None:
    us = organiser()
    us.add_people(0, "vanish@example.org")
    process = us.start("send", us.write_post(), "--yes", "--wait")
    _, err = process.communicate(timeout=60)
    assert "in doubt: vanish@example.org" in err
    us.run("resume", "--uncertain", "assume")
    assert states(us) == {"vanish": "accepted"}


@pytest.mark.parametrize("where", ["close-rcpt", "close-data"])
def test_f07_a_421_defers_one_closes_the_line_and_harms_no_neighbour(organiser: Make, where: str) -> None:
    us = organiser()
    us.settings |= {"SMTP_CONNECTIONS": "1", "REST_SECONDS": "0.3"}  # no pause is longer than a rest
    us.add_people(0, "before@example.org", f"{where}@example.org", "after@example.org")
    us.run("send", us.write_post(), "--yes", "--wait")
    assert set(states(us).values()) == {"accepted"}
    assert set(us.relay.copies().values()) == {1}


def test_f08_somebody_greylisted_is_tried_again_when_it_is_time_and_gets_one(organiser: Make) -> None:
    us = organiser()
    us.settings["RETRY_SECONDS"] = "300"
    us.add_people(1, "grey@example.org")
    us.run("send", us.write_post(), "--yes", "--no-wait", code=75)
    us.run("resume", "--no-wait", code=75)  # five minutes have not passed
    assert states(us) == {"grey": "deferred", "person00000": "accepted"}
    assert us.relay.copies()["grey@example.org"] == 0


def test_f09_a_full_mailbox_expires_at_the_end_of_its_shelf_life(organiser: Make) -> None:
    us = organiser()
    us.settings["SHELF_LIFE_HOURS"] = "0.0001"
    us.add_people(1, "full@example.org")
    us.run("send", us.write_post(), "--yes", "--wait", code=3)
    assert states(us) == {"full": "expired", "person00000": "accepted"}
    assert "full@example.org" not in us.run("suppress", "list")


def test_f11_an_address_that_does_not_exist_is_refused_and_suppressed(organiser: Make) -> None:
    us = organiser()
    us.add_people(1, "gone@example.org")
    us.run("send", us.write_post(), "--yes", "--wait", code=3)
    assert states(us) == {"gone": "refused", "person00000": "accepted"}
    assert "gone@example.org" in us.run("suppress", "list")
    us.run("send", us.write_post("next", "More."), "--yes", "--wait")
    assert us.report()["excluded_by_reason"] == {"suppressed": 1}


def test_f13_a_relay_that_refuses_the_sender_stops_the_issue_and_blames_nobody(organiser: Make) -> None:
    us = organiser()
    us.settings["SMTP_CONNECTIONS"] = "1"
    us.add_people(0, *(f"policy{number}@example.org" for number in range(9)))
    us.run("send", us.write_post(), "--yes", "--wait", code=4)
    tally = us.report()
    assert (tally["refused"], tally["queued"]) == (0, 9)
    assert us.relay.said_or_done()["mail"] == 5, "and nobody else is asked"
    assert "policy" not in us.run("suppress", "list")


def test_f16_one_refused_recipient_does_not_touch_the_neighbours(organiser: Make) -> None:
    us = organiser()
    us.settings["SMTP_CONNECTIONS"] = "1"
    us.add_people(0, "before@example.org", "gone@example.org", "after@example.org")
    us.run("send", us.write_post(), "--yes", "--wait", code=3)
    assert states(us) == {"before": "accepted", "gone": "refused", "after": "accepted"}
    assert us.relay.copies() == {"before@example.org": 1, "after@example.org": 1}


@pytest.mark.thorough
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
@in_company
def test_f31_a_signal_finishes_what_is_under_way_and_a_later_send_the_rest(
    organiser: Make, number: signal.Signals, code: int
) -> None:
    us = organiser(delay=0.1)
    us.add_people(40)
    post = us.write_post()
    process = us.start("send", post, "--yes", "--wait")
    wait_for(lambda: us.relay.number_taken > 4)
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == code, err
    assert "newsletter resume 1" in err
    report = us.report()
    assert report["uncertain"] == report["sending"] == 0
    assert 0 < report["queued"] < 40
    assert report["accepted"] == us.relay.number_taken
    us.run("send", post, "--yes", "--wait")
    assert us.relay.copies() == {f"person{each:05}@example.org": 1 for each in range(40)}


@in_company
def test_f31_a_closed_terminal_ends_a_send_in_order(organiser: Make) -> None:
    """Kernel and shell may both send SIGHUP: the second one aborts nothing, nor does output to the closed terminal."""
    us = organiser(delay=0.1)
    us.add_people(40)
    with on_a_terminal(us, "send", us.write_post(), "--yes", "--wait") as (process, screen):
        wait_for(lambda: us.relay.number_taken > 4)
        os.close(screen)
        process.send_signal(signal.SIGHUP)
        assert process.wait(60) == 129
    report = us.report()
    assert report["uncertain"] == report["sending"] == 0
    assert 0 < report["queued"] < 40
    assert report["accepted"] == us.relay.number_taken
    us.run("resume", "1", "--wait")
    assert us.relay.copies() == {f"person{each:05}@example.org": 1 for each in range(40)}


@pytest.mark.thorough
def test_f31_a_send_that_was_started_to_survive_its_terminal_does(organiser: Make) -> None:
    us = organiser(delay=0.1)
    us.add_people(40)
    ignored = "trap '' HUP INT; exec \"$@\""
    with on_a_terminal(us, "send", us.write_post(), "--yes", "--wait", through=("sh", "-c", ignored, "sh")) as started:
        process, screen = started
        wait_for(lambda: us.relay.number_taken > 4)
        process.send_signal(signal.SIGINT)
        os.close(screen)
        assert process.wait(60) == 0
    assert us.relay.copies() == {f"person{each:05}@example.org": 1 for each in range(40)}


@contextmanager
def on_a_terminal(
    us: Organiser, *words: str, through: tuple[str, ...] = ()
) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """Start a command on a terminal of its own, whose output is read until `screen` is closed, which closes it."""
    screen, terminal = os.openpty()
    process = subprocess.Popen(
        [*through, sys.executable, "-m", "newsletter", *words],
        cwd=us.folder,
        env={**us.environment, "PYTHONPATH": str(CHECKOUT), "TERM": "xterm"},
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(terminal)
    try:
        yield process, screen
    finally:
        process.kill()
        process.wait()


@in_company
def test_f31_a_second_signal_aborts_and_says_who_is_uncertain(organiser: Make) -> None:
    us = organiser()
    us.add_people(
        0, *(f"early{each}@example.org" for each in range(8)), *(f"hold{n:02}@example.org" for n in range(12))
    )
    process = us.start("send", us.write_post(), "--yes", "--wait")
    wait_for(lambda: us.relay.number_taken >= 12)
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert process.poll() is None, "one signal must let what is under way finish"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130, err
    report = us.report()
    assert (report["uncertain"], report["queued"], report["accepted"]) == (4, 8, 8)


@in_company
def test_f32_a_second_organiser_is_told_who_is_sending_and_sends_nothing(organiser: Make) -> None:
    us = organiser()
    us.add_people(40, "hold@example.org")
    post = us.write_post()
    first = us.start("send", post, "--yes", "--wait")
    wait_for(lambda: us.relay.number_taken > 0)
    second = us.start("send", post, "--yes", "--wait")
    _, err = second.communicate(timeout=60)
    assert second.returncode == 75, err
    assert f"process {first.pid}" in err
    us.relay.release()
    first.communicate(timeout=60)
    assert first.returncode == 0
    assert us.relay.copies() == {"hold@example.org": 1} | {f"person{each:05}@example.org": 1 for each in range(40)}


def test_f36_the_same_person_in_another_spelling_is_one_person(organiser: Make) -> None:
    us = organiser()
    us.add_people(0, "ada@example.org", "ADA@Example.ORG")
    us.run("send", us.write_post(), "--yes", "--wait")
    assert us.relay.copies() == {"ada@example.org": 1}


def test_the_same_post_again_is_refused_and_another_version_is_not_mixed_in(organiser: Make) -> None:
    us = organiser(delay=0.2)
    us.add_people(30)
    post = us.write_post()
    first = us.start("send", post, "--yes", "--wait")
    wait_for(lambda: us.relay.number_taken > 2)
    first.kill()
    first.communicate()
    us.write_post(words="The council said no after all.")
    us.run("send", post, "--yes", code=5)
    us.write_post()
    us.run("send", post, "--yes", "--wait", code=None)
    us.run("send", post, "--yes", code=5)
    assert max(us.relay.copies().values()) == 1


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.02)


def test_the_password_of_the_relay_is_written_nowhere(organiser: Make, tmp_path: Path) -> None:
    us = organiser()
    us.settings |= {"SMTP_USERNAME": "news", "SMTP_PASSWORD": "canary-5ecret"}
    us.add_people(1)
    process = us.start("send", us.write_post(), "--yes", "--debug")  # the relay offers no AUTH
    out, err = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "canary-5ecret" not in out + err
    assert "canary-5ecret" not in us.run("config", "show")
    for file in us.folder.rglob("*"):
        assert not file.is_file() or b"canary-5ecret" not in file.read_bytes(), file
