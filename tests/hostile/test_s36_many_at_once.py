"""S36: a hall full of people is no attack: all promised mails are sent; a page's words depend only on the network."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select

from newsletter.database.engine import reading, writing
from subscribers import pending_mail as pending
from subscribers import requests
from subscribers.address import mailbox_of
from subscribers.erasure import Memory
from subscribers.errors import TooManyRequests
from subscribers.knocks import Knocks
from subscribers.pending_mail import claim, leaves
from subscribers.requests import AGAIN, ConfirmationOutcome, Request, RequestKind
from subscribers.tables import requests as table
from tests.conftest import Cast
from tests.public_pages import Mailbox

HALL = "192.0.2.0/24"


def ask(engine: Engine, address: str, at: datetime, network: str = HALL, **more: object) -> int | None:
    with writing(engine) as connection:
        return requests.ask(connection, Request(RequestKind.SUBSCRIBE, address, "en", network, "n", **more), at)  # type: ignore[arg-type]


def ask_for_many(engine: Engine, addresses: list[str], at: datetime) -> None:
    with writing(engine) as connection:
        for each in addresses:
            assert requests.ask(connection, Request(RequestKind.SUBSCRIBE, each, "en", HALL, "n"), at)


def sent(engine: Engine, at: datetime) -> list[str]:
    """Send the mails that may go at `at`; return their recipients."""
    with writing(engine) as connection:
        return [each.address for each in claim(connection, at, 1000) if leaves(connection, each, at)]


@pytest.mark.thorough
def test_sixty_people_of_one_hall_all_get_their_mail(mailbox: Mailbox) -> None:
    people = {f"p{number}@example.org" for number in range(60)}
    for each in sorted(people):
        answer = mailbox.post("/subscribe", email=each)
        assert (answer.status_code, "a few hours" in answer.text) == (200, False)
    assert {mail["To"] for mail in mailbox.mails(60)} == people


@pytest.mark.usefixtures("small_caps")
def test_what_is_above_a_cap_is_kept_and_goes_when_there_is_room(engine: Engine, noon: datetime) -> None:
    people = [f"p{number:03}@example.org" for number in range(pending.MOST_OF_A_NETWORK + 8)]
    ask_for_many(engine, people, noon)
    assert ask(engine, "other@example.org", noon, "198.51.100.0/24")
    first = sent(engine, noon)
    assert len(first) == pending.MOST_OF_A_NETWORK + 1
    assert "other@example.org" in first
    with reading(engine) as connection:
        waiting = pending.waiting(connection, noon)
    assert (waiting.waiting, waiting.behind_a_cap, waiting.given_up, waiting.since) == (8, 8, 0, noon)
    # Mails that have gone count for a visitor who asks only now, too.
    assert ask(engine, "late@example.org", noon + timedelta(minutes=10))
    assert sent(engine, noon + timedelta(minutes=59)) == []
    later = sent(engine, noon + timedelta(hours=1, seconds=1))
    assert sorted([*first, *later]) == sorted([*people, "other@example.org"])
    assert sent(engine, noon + timedelta(hours=2, minutes=1)) == ["late@example.org"]
    with reading(engine) as connection:
        assert pending.waiting(connection, noon + timedelta(hours=3)).waiting == 0


def test_all_together_get_so_many_in_an_hour_and_a_day_but_the_notice_of_a_move_goes_first(
    engine: Engine, cast: Cast, noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pending, "MOST", 2)
    monkeypatch.setattr(requests, "KEPT", 6)
    people = [f"p{number}@example.org" for number in range(5)]
    for each in people:
        assert ask(engine, each, noon, f"network of {each}")
    assert len(sent(engine, noon)) == 2
    assert sent(engine, noon + timedelta(minutes=1)) == []
    with writing(engine) as connection:
        asked = requests.ask(
            connection, Request(RequestKind.CHANGE, "thief@example.net", "en", "n", "n", subscriber_id=cast.ada), noon
        )
        assert asked is not None
        assert requests.confirm(connection, asked, Memory(["a key for tests"]), noon, "") is ConfirmationOutcome.DONE
    # A notice waits neither for the cap nor for earlier requests, and takes no place of theirs.
    assert sent(engine, noon + timedelta(minutes=30)) == ["ada@example.org"]
    assert len(sent(engine, noon + timedelta(minutes=61))) == 2
    with pytest.raises(TooManyRequests):
        ask(engine, "one-more@example.org", noon, "a network of their own")


def test_what_could_not_be_sent_in_time_is_counted_for_the_organiser(engine: Engine, noon: datetime) -> None:
    ask(engine, "a@example.org", noon)
    assert sent(engine, noon + pending.STALE) == []
    with reading(engine) as connection:
        waiting = pending.waiting(connection, noon + pending.STALE)
    assert (waiting.waiting, waiting.given_up) == (0, 1)


@pytest.mark.usefixtures("small_caps")
def test_more_than_can_wait_is_said_to_be_too_much(engine: Engine, noon: datetime) -> None:
    ask_for_many(engine, [f"p{number}@example.org" for number in range(requests.KEPT_OF_A_NETWORK)], noon)
    # Whatever the address: a new one, and one that was asked for.
    for address in ("new@example.org", "p1@example.org"):
        with pytest.raises(TooManyRequests):
            ask(engine, address, noon)
    assert ask(engine, "new@example.org", noon, "198.51.100.0/24")
    assert ask(engine, "late@example.org", noon + timedelta(days=1, seconds=1))


def test_the_page_tells_of_a_busy_network_whoever_is_asked_for(
    cast: Cast, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("subscribers.signup.MOST_OF_A_NETWORK", 3)
    monkeypatch.setattr("subscribers.signup.KEPT_OF_A_NETWORK", 5)
    people = [
        "ada@example.org",
        "ada@example.org",
        "x@example.org",
        "y@example.org",
        "ben@example.org",
        "z@example.org",
    ]
    answers = [mailbox.post("/subscribe", email=each) for each in people]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 200, 429]
    assert ["a few hours" in answer.text for answer in answers] == [False, False, False, True, True, False]
    own = f"/p/{mailbox.pages.signer.unsubscribe(cast.ada, 1)}/address"
    assert mailbox.post(own, email="ada@example.net").status_code == 429
    assert "could not keep your request" in answers[-1].text


def test_networks_are_counted_for_a_day_and_not_without_end(noon: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    at = noon
    knocks = Knocks(lambda: at, 10)
    assert [knocks.count("a") for _ in range(3)] == [(1, 1), (2, 2), (3, 3)]
    at = noon + timedelta(hours=2)
    assert knocks.count("a") == (1, 4)
    at = noon + timedelta(days=1, hours=3)
    assert knocks.count("a") == (1, 1)
    assert max(knocks.count("b")[1] for _ in range(100)) == 11
    monkeypatch.setattr("subscribers.knocks.MOST_NETWORKS", 5)
    for number in range(20):
        knocks.count(f"network {number}")
        loud = knocks.count("loud")
    assert loud == (11, 11)  # a network that goes on asking is not forgotten
    assert knocks.count("network 19") == (2, 2)
    assert knocks.count("network 1") == (1, 1)


SPELLINGS = ("victim@example.org", "victim+a@example.org", "v.i.c.t.i.m@example.org", "vic.tim+b.c+d@example.org")


def test_one_mailbox_is_sent_two_mails_in_a_day_however_it_is_spelt(engine: Engine, noon: datetime) -> None:
    for each in SPELLINGS:
        assert ask(engine, each, noon, f"network of {each}")
    assert len(sent(engine, noon)) == 1
    assert sent(engine, noon + AGAIN - timedelta(seconds=1)) == []
    # Because they may be two people after all: only their own server knows. A day later the others are stale.
    assert len(sent(engine, noon + AGAIN)) == 1
    for hours in (1, 11, 13, 24, 25):
        with writing(engine) as connection:
            assert claim(connection, noon + timedelta(hours=hours), 10) == []
    with reading(engine) as connection:
        assert pending.waiting(connection, noon + timedelta(hours=25)).given_up == 2
    assert {mailbox_of(each) for each in SPELLINGS} == {"victim@example.org"}
    assert mailbox_of("+@example.org") == "+@example.org"
    assert mailbox_of("a.b+c@" + "googlemail.com") == mailbox_of("ab@" + "gmail.com")


def test_a_mail_that_did_not_come_can_be_asked_for_again_after_ten_minutes_and_once(
    engine: Engine, noon: datetime
) -> None:
    number = ask(engine, "eve@example.org", noon)
    assert sent(engine, noon) == ["eve@example.org"]
    assert ask(engine, "eve@example.org", noon + AGAIN - timedelta(seconds=1)) is None
    assert ask(engine, "eve@example.org", noon + AGAIN) == number
    assert ask(engine, "eve@example.org", noon + AGAIN) is None
    assert sent(engine, noon + AGAIN) == ["eve@example.org"]
    for later in (timedelta(minutes=20), timedelta(hours=3), timedelta(hours=11)):
        assert ask(engine, "eve@example.org", noon + later) is None
        assert sent(engine, noon + later) == []
    with reading(engine) as connection:
        assert connection.scalar(select(func.count()).select_from(table)) == 1
    # Both count for a request that spells the mailbox in another way.
    assert ask(engine, "e.ve+news@example.org", noon + timedelta(hours=1), "another network")
    assert sent(engine, noon + timedelta(hours=1)) == []


@pytest.mark.thorough
@pytest.mark.parametrize("spellings", [SPELLINGS[:1], SPELLINGS])
def test_no_day_of_the_calendar_begins_the_count_anew(
    engine: Engine, noon: datetime, spellings: tuple[str, ...]
) -> None:
    """One mailbox, asked for again and again for three days, gets two mails in any 24 hours, ten minutes apart."""
    went = []
    for step, minute in enumerate(range(5, 3 * 24 * 60, 7)):
        at = noon + timedelta(minutes=minute)
        ask(engine, spellings[step % len(spellings)], at, f"network {minute}")
        went += [at] * len(sent(engine, at))
    for place, at in enumerate(went):
        assert len([each for each in went if at - timedelta(days=1) < each <= at]) <= 2
        assert all(at - each >= AGAIN for each in went[:place])
    assert len(went) >= 5  # and a day later who asks again is helped


@pytest.mark.usefixtures("small_caps")
def test_the_notice_of_a_move_waits_for_nobody(engine: Engine, cast: Cast, noon: datetime) -> None:
    ask_for_many(engine, [f"p{number}@example.org" for number in range(pending.MOST_OF_A_NETWORK)], noon)
    assert len(sent(engine, noon)) == pending.MOST_OF_A_NETWORK
    with writing(engine) as connection:
        wish = Request(RequestKind.CHANGE, "thief@example.net", "en", HALL, "n", subscriber_id=cast.ada)
        asked = requests.ask(connection, wish, noon)
        assert asked is not None
        assert requests.confirm(connection, asked, Memory(["a key for tests"]), noon, "") is ConfirmationOutcome.DONE
    assert sent(engine, noon) == ["ada@example.org"]
