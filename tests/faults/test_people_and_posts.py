"""F33 to F35, F37: what subscribers and organisers do during a send, through the real command line."""

import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from newsletter.database.engine import reading, writing
from newsletter.database.tables import deliveries
from subscribers import consent
from subscribers.tables import subscribers
from tests.faults.conftest import Organiser

Make = Callable[..., Organiser]
in_company = pytest.mark.usefixtures("in_company")
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

NO_LOCK = """
import contextlib
import newsletter.app.sender as sender
sender.sender_lock = lambda *about: contextlib.nullcontext(lambda: True)
"""


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.02)


@in_company
def test_f33_without_the_lock_two_senders_still_never_hold_the_same_person(organiser: Make) -> None:
    us = organiser(delay=0.05)
    us.prelude = NO_LOCK
    us.add_people(120)
    post = us.write_post()
    first = us.start("send", post, "--yes", "--wait")
    wait_for(lambda: us.relay.number_taken > 10)
    others = [us.start("resume", "--wait") for _ in range(2)]
    for sender in (first, *others):
        _, err = sender.communicate(timeout=120)
        assert "Traceback" not in err
    us.run("resume", "--wait", code=None)
    assert max(us.relay.copies().values()) == 1, "somebody has two"
    states = us.states()
    assert set(states.values()) <= {"accepted", "uncertain"}
    assert all(us.relay.copies()[f"{who}@example.org"] for who, state in states.items() if state == "accepted")


@in_company
def test_f34_a_thousand_who_leave_during_a_send_are_spared_but_for_those_in_hand(organiser: Make) -> None:
    us = organiser()
    # Two for each connection, because one may be announced behind another's dot.
    us.add_people(1000, *(f"early{each}@example.org" for each in range(8)), *(f"hold{n}@example.org" for n in range(8)))
    sending = us.start("send", us.write_post(), "--yes", "--wait")
    wait_for(lambda: sum(mail["to"].startswith("hold") for mail in us.relay.taken) == 4)
    leave(us)
    in_hand = {each.address for each in us.deliveries() if each.state == "sending"}
    us.relay.release()
    _, err = sending.communicate(timeout=120)
    assert sending.returncode == 0, err
    late = {mail["to"] for mail in us.relay.taken if mail["to"].startswith("person")}
    assert late <= in_hand, "somebody was claimed after they had left"
    assert len(late) <= 16, "a claim is small while the relay is slow"
    assert sum(state == "skipped" for state in us.states().values()) == 1000 - len(late)


def leave(us: Organiser) -> None:
    with us.database() as engine, writing(engine) as connection:
        who = select(subscribers.c.id).where(subscribers.c.address.startswith("person"))
        for subscriber in connection.scalars(who).all():
            consent.withdraw(connection, subscriber, datetime.now(UTC), "one-click")


@on_sqlite
@pytest.mark.parametrize("by_another_run", [False, True])
def test_f35_what_changes_during_a_send_changes_neither_words_nor_audience(
    organiser: Make, by_another_run: bool
) -> None:
    us = organiser()
    us.add_people(60, "hold@example.org", "early@example.org")
    post = us.write_post()
    sending = us.start("send", post, "--yes", "--wait")
    wait_for(lambda: any(mail["to"].startswith("hold") for mail in us.relay.taken))
    us.write_post(words="The council said no.")
    (us.folder / "templates" / "email").mkdir(parents=True)
    (us.folder / "templates" / "email" / "layout.mjml").write_text("<mjml><mj-body></mj-body></mjml>")
    us.add_people(0, "newcomer@example.org")
    us.run("subscribers", "erase", "person00059@example.org", "--yes")
    if by_another_run:
        sending.send_signal(signal.SIGINT)
    us.relay.release()
    _, err = sending.communicate(timeout=60)
    assert sending.returncode == (130 if by_another_run else 0), err
    if by_another_run:
        assert us.relay.copies().total() < 30, "there was little left for another run"
        us.run("resume", "--wait")
    assert {mail["says"] for mail in us.relay.taken} == {"The council said yes"}
    assert us.relay.copies()["newcomer@example.org"] == 0
    assert us.relay.copies()["person00059@example.org"] == 0
    assert us.relay.copies().total() == 61
    tally = us.report()
    assert (tally["frozen"], tally["accepted"], tally["skipped"]) == (62, 61, 1)


@on_sqlite
def test_f37_somebody_whose_message_cannot_be_built_is_refused_and_the_others_go(organiser: Make) -> None:
    us = organiser()
    us.add_people(5, "first@example.org")
    us.run("send", us.write_post(), "--yes", "--limit", "1", "--no-wait", code=75)
    with us.database() as engine, writing(engine) as connection:
        broken = update(deliveries).where(deliveries.c.address == "person00002@example.org")
        connection.execute(broken.values(first_name="two\nlines"))
    us.run("resume", "--wait", code=3)
    assert [who for who, state in us.states().items() if state == "refused"] == ["person00002"]
    assert us.relay.copies().total() == 5
    with us.database() as engine, reading(engine) as connection:
        said = connection.scalars(select(deliveries.c.reply).where(deliveries.c.state == "refused")).one()
    assert "cannot be made" in said
