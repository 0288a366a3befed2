"""The desk is closed, or killed, while it sends: what was begun goes on, and everybody gets it once."""

import signal
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.desk_pages import DeskBrowser, come_in

if TYPE_CHECKING:
    from tests.journeys.conftest import Mailboxes, Organiser
else:
    Mailboxes = Organiser = Any

PEOPLE = 40
POST = "---\ntitle: Good news\n---\n\nThe council said yes.\n"


def until(seen: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def ready_to_send(organiser: Organiser, mailboxes: Mailboxes) -> None:
    organiser.settings |= {"SMTP_PORT": str(mailboxes.port), "RATE_PER_SECOND": "20"}
    organiser.writes("posts/news.md", POST)
    people = "".join(f"person{number}@example.org\n" for number in range(PEOPLE))
    organiser.writes("people.csv", f"email\n{people}")
    assert organiser.types("init", "--no-input").code == 0
    assert organiser.types("subscribers", "import", "people.csv").code == 0


def send(desk: DeskBrowser, **choice: str) -> str:
    """Send the post as the pages offer it; return where they lead."""
    looked = desk.fill("/posts/news.md/send", "/posts/news.md/send/look", **choice)
    assert looked.status_code == 200, looked.text
    button = desk.fields(desk.parsed(looked), "/posts/news.md/send/now")
    first, second = (desk.post("/posts/news.md/send/now", button) for _ in range(2))  # a double click
    assert first.status_code == second.status_code == 303, first.text
    assert first.headers["location"] == second.headers["location"]
    return first.headers["location"]


def test_kill_minus_nine_at_the_desk_in_a_send_costs_nobody_an_email(
    organiser: Organiser, mailboxes: Mailboxes
) -> None:
    ready_to_send(organiser, mailboxes)
    with organiser.starts("desk", "--no-open") as program:
        with come_in(program.read_line().strip()) as desk:
            issue = send(desk)
            until(lambda: mailboxes.recipients.total() >= 5)
            assert "being sent" in desk.get(issue).text
        program.kill()
        program.wait()
    killed_at = mailboxes.recipients.total()
    assert killed_at < PEOPLE
    until(lambda: mailboxes.recipients.total() >= PEOPLE)
    with organiser.starts("desk", "--no-open") as program:
        with come_in(program.read_line().strip()) as desk:
            until(lambda: ">done<" in desk.get(issue).text)
            assert "already sent" in desk.fill("/posts/news.md/send", "/posts/news.md/send/look").text
        program.send_signal(signal.SIGTERM)
        _, said = program.communicate(timeout=30)
    assert set(mailboxes.recipients.values()) == {1}
    assert len(mailboxes.recipients) == PEOPLE
    assert "@" not in said


def test_pause_go_on_and_cancel_are_for_what_was_seen(organiser: Organiser, mailboxes: Mailboxes) -> None:
    ready_to_send(organiser, mailboxes)
    with organiser.starts("desk", "--no-open") as program, come_in(program.read_line().strip()) as desk:
        issue = send(desk, first="3", minutes="60")
        until(lambda: ">paused<" in desk.get(issue).text)
        assert mailboxes.recipients.total() == 3
        old_tab = desk.fields(desk.page(issue), f"{issue}/go-on")
        assert desk.fill(issue, f"{issue}/go-on").status_code == 303
        assert desk.post(f"{issue}/go-on", old_tab | {"seal": old_tab["seal"]}).status_code == 409
        until(lambda: mailboxes.recipients.total() > 5)
        assert desk.fill(issue, f"{issue}/pause").status_code == 303
        until(lambda: ">paused<" in desk.get(issue).text)
        assert desk.post(f"{issue}/go-on", old_tab).status_code == 303, "paused again: the tab shows what is so"
        assert desk.post(f"{issue}/cancel", desk.fields(desk.page(issue), f"{issue}/cancel")).status_code == 303
        assert ">cancelled<" not in desk.get(issue).text, "the box was not ticked"
        until(lambda: mailboxes.recipients.total() >= PEOPLE)
    assert set(mailboxes.recipients.values()) == {1}
