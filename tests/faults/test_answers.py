"""F10 to F18: each kind of relay reply, through the real command line (tests/newsletter has the pure table)."""

from collections.abc import Callable

import pytest

from tests.faults.conftest import Organiser, Relay

Make = Callable[..., Organiser]
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_f10_too_many_recipients_is_no_mark_against_the_person(organiser: Make) -> None:
    us = organiser()
    us.add_people(2, "many@example.org")
    us.run("send", us.write_post(), "--yes", "--no-wait", code=75)
    assert us.states()["many"] == "deferred"
    us.run("resume", "--wait")
    assert us.states()["many"] == "accepted"
    assert "many" not in us.run("suppress", "list")


def test_f12_a_full_mailbox_after_the_dot_is_refused_and_not_suppressed(organiser: Make) -> None:
    us = organiser()
    us.add_people(1, "big@example.org")
    us.run("send", us.write_post(), "--yes", "--wait", code=3)
    assert us.states() == {"big": "refused", "person00000": "accepted"}
    assert "big" not in us.run("suppress", "list")


REST = 1.5


def test_f14_a_relay_that_says_too_much_is_left_alone_and_then_gets_one_connection(organiser: Make) -> None:
    us = organiser(delay=0.02)
    us.settings["REST_SECONDS"] = str(REST)
    us.add_people(60, *(f"early{each}@example.org" for each in range(20)), "throttle@example.org")
    us.run("send", us.write_post(), "--yes", "--wait")
    assert set(us.relay.copies().values()) == {1}
    assert us.relay.number_taken == 81
    [throttled] = [event["at"] for event in us.relay.events if event["what"] == "throttled"]
    later = [event for event in us.relay.events if event["at"] > throttled and event["what"] in ("greeted", "taken")]
    within = [event["what"] for event in later if event["at"] < throttled + REST * 0.95]
    assert "greeted" not in within, "it came back too soon"
    assert len(within) <= 2 * 3, "more than what the other lines had begun"
    resumed = [event["open"] for event in later if event["at"] >= throttled + REST * 0.95 and event["what"] == "taken"]
    assert set(resumed[1:10]) == {1}, "it begins again with one connection"
    assert max(resumed) > 1, "and asks for more when all is well"


LIMIT, LOGIN = (
    "Stopped for now. Your mail server said: “550 5.4.5",
    "Stopped, because your mail server said: “530 5.7.0",
)


@pytest.mark.parametrize(("who", "code", "words"), [("quota", 75, LIMIT), ("member", 4, LOGIN)])
def test_f15_an_answer_that_is_about_us_stops_the_issue_and_leaves_everybody_queued(
    organiser: Make, who: str, code: int, words: str
) -> None:
    us = organiser()
    us.settings["SMTP_CONNECTIONS"] = "1"
    us.add_people(20, f"{who}@example.org")
    out = us.run_for_words("send", us.write_post(), "--yes", "--wait", code=code)
    assert words in out
    assert us.states()[who] == "queued"
    assert set(us.states().values()) <= {"queued", "accepted"}
    assert us.relay.copies().total() < 20


@pytest.mark.parametrize("both", [False, True])
def test_f15_a_limit_of_one_relay_leaves_the_mail_to_another_and_stops_the_issue_where_there_is_none(
    organiser: Make, relay_with: Callable[..., Relay], both: bool
) -> None:
    us = organiser(enough=6)
    other = relay_with(enough=6 if both else 0)
    us.settings["SMTP_OTHERS"] = f"smtp://127.0.0.1:{other.port}"
    us.add_people(60)
    said = us.run_for_words("send", us.write_post(), "--yes", "--wait", code=75 if both else 0)
    copies = us.relay.copies() + other.copies()
    assert set(copies.values()) == {1}
    assert us.relay.copies().total() == 6
    assert copies.total() == (12 if both else 60)
    assert set(us.states().values()) == ({"accepted", "queued"} if both else {"accepted"})
    assert (LIMIT if both else "says you have sent enough for now: it said “550 5.4.5") in said


def test_a_relay_is_not_called_while_the_day_is_used_up_or_nobody_is_due(organiser: Make) -> None:
    us = organiser()
    us.settings |= {"DAILY_LIMIT": "2", "RETRY_SECONDS": "300"}
    us.add_people(3, "grey@example.org")
    us.run("send", us.write_post(), "--yes", "--no-wait", code=75)
    called = us.relay.said_or_done()["greeted"]
    us.run("resume", "--no-wait", code=75)
    del us.settings["DAILY_LIMIT"]
    assert us.relay.said_or_done()["greeted"] == called
    us.run("resume", "--no-wait", code=75)
    called = us.relay.said_or_done()["greeted"]
    us.run("resume", "--no-wait", code=75)
    assert us.relay.said_or_done()["greeted"] == called
    assert us.states()["grey"] == "deferred"
    assert us.relay.copies().total() == 3


def test_f17_only_the_first_digit_binds_and_nonsense_after_the_dot_is_uncertain(organiser: Make) -> None:
    us = organiser()
    taken, unclear = ("forward", "other", "bare", "lines"), ("wrong", "more")
    us.add_people(3, *(f"{who}@example.org" for who in (*taken, *unclear)))
    us.run("send", us.write_post(), "--yes", "--wait", code=3)
    assert {who: us.states()[who] for who in taken} == dict.fromkeys(taken, "accepted")
    assert {who: us.states()[who] for who in unclear} == dict.fromkeys(unclear, "uncertain")
    assert set(us.relay.copies().values()) == {1}
    assert us.relay.copies().total() == 9


def test_f18_a_refusal_in_the_middle_of_the_content_is_read(organiser: Make) -> None:
    us = organiser()
    us.add_people(2, "midway@example.org", "midwayslow@example.org")
    us.run("send", us.write_post(), "--yes", "--wait", code=3)
    assert us.states()["midwayslow"] == "refused"
    # The dot may have been on its way before the line was closed: then the refusal answers it, or nobody can know.
    assert us.states()["midway"] in ("refused", "uncertain")
    assert us.relay.copies() == {"person00000@example.org": 1, "person00001@example.org": 1}
