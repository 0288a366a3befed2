"""The reply table of docs/delivery.md, line by line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.tables import State
from newsletter.transport.reply import Reply, Stage
from newsletter.verdict import Onward, Verdict, is_limit, judge

GO_ON, SLOW, PAUSE, REST = Onward.GO_ON, Onward.SLOW, Onward.PAUSE, Onward.REST
COUNT, STOP = Onward.COUNT, Onward.STOP

TABLE = [
    # what the relay said                                        the delivery     suppress  how to go on
    (Reply(Stage.DOT, 250, "queued"), State.ACCEPTED, False, GO_ON),
    (Reply(Stage.DOT, 299, "odd, but the first digit binds"), State.ACCEPTED, False, GO_ON),
    (Reply(Stage.DOT, None, "connection lost"), State.UNCERTAIN, False, GO_ON),
    (Reply(Stage.DOT, 452, "4.3.1 no space", "4.3.1"), State.DEFERRED, False, GO_ON),
    (Reply(Stage.DOT, 552, "over quota", "5.2.2"), State.REFUSED, False, GO_ON),
    (Reply(Stage.DOT, 550, "user unknown", "5.1.1"), State.REFUSED, False, GO_ON),
    (Reply(Stage.DOT, 554, "spam", "5.7.1"), State.REFUSED, False, COUNT),
    (Reply(Stage.DOT, 554, "bad content", "5.6.0"), State.REFUSED, False, COUNT),
    (Reply(Stage.RCPT, 550, "no such user", "5.1.1"), State.REFUSED, True, GO_ON),
    (Reply(Stage.RCPT, 550, "null MX", "5.1.10"), State.REFUSED, True, GO_ON),
    (Reply(Stage.RCPT, 550, "No such user here"), State.REFUSED, True, GO_ON),
    (Reply(Stage.RCPT, 550, "Unrouteable: user unknown", "5.0.0"), State.REFUSED, True, GO_ON),
    (Reply(Stage.RCPT, 550, "User not found"), State.REFUSED, True, GO_ON),
    (Reply(Stage.RCPT, 550, "Benutzer unbekannt"), State.REFUSED, True, GO_ON),
    (Reply(Stage.RCPT, 550, "no such user for suspected spam"), State.REFUSED, False, GO_ON),
    (Reply(Stage.RCPT, 550, "sender address does not exist"), State.REFUSED, False, GO_ON),
    (Reply(Stage.RCPT, 550, "domain does not exist"), State.REFUSED, False, GO_ON),
    (Reply(Stage.RCPT, 550, "no"), State.REFUSED, False, GO_ON),
    (Reply(Stage.RCPT, 550, "sender's address", "5.1.8"), State.REFUSED, False, GO_ON),
    (Reply(Stage.RCPT, 550, "mailbox disabled", "5.2.1"), State.REFUSED, False, GO_ON),
    (Reply(Stage.RCPT, 550, "unauthenticated, user unknown to us", "5.7.26"), State.REFUSED, False, COUNT),
    (Reply(Stage.RCPT, 552, "too many recipients"), State.DEFERRED, False, GO_ON),
    (Reply(Stage.RCPT, 452, "too many recipients", "4.5.3"), State.DEFERRED, False, GO_ON),
    (Reply(Stage.RCPT, 450, "greylisted", "4.7.1"), State.DEFERRED, False, GO_ON),
    (Reply(Stage.RCPT, 421, "closing", "4.3.2"), State.DEFERRED, False, PAUSE),
    (Reply(Stage.RCPT, 421, "slow down", "4.7.28"), State.DEFERRED, False, REST),
    (Reply(Stage.DOT, 421, "deferred for complaints", "4.7.0"), State.DEFERRED, False, REST),
    (Reply(Stage.RCPT, 451, "busy", "4.7.500"), State.DEFERRED, False, REST),
    (Reply(Stage.RCPT, 450, "policy", "4.7.9"), State.DEFERRED, False, SLOW),
    (Reply(Stage.RCPT, 550, "daily sending quota exceeded", "5.4.5"), State.QUEUED, False, STOP),
    (Reply(Stage.RCPT, 530, "authentication required"), State.QUEUED, False, STOP),
    (Reply(Stage.RCPT, None, "connection lost"), State.DEFERRED, False, GO_ON),
    (Reply(Stage.MAIL, 451, "later"), State.DEFERRED, False, PAUSE),
    (Reply(Stage.MAIL, 553, "sender not allowed", "5.7.1"), State.QUEUED, False, STOP),
    (Reply(Stage.MAIL, None, "connection lost"), State.DEFERRED, False, GO_ON),
    (Reply(Stage.DATA, 451, "later"), State.DEFERRED, False, GO_ON),
    (Reply(Stage.DATA, 554, "no valid recipients"), State.REFUSED, False, COUNT),
    (Reply(Stage.DATA, None, "connection lost"), State.DEFERRED, False, GO_ON),
    (Reply(Stage.CONNECT, None, "connection lost"), State.DEFERRED, False, GO_ON),
]


@pytest.mark.parametrize(("reply", "state", "suppress", "onward"), TABLE, ids=lambda value: str(value)[:60])
def test_each_answer_leads_where_the_table_says(reply: Reply, state: State, suppress: bool, onward: Onward) -> None:
    assert judge(reply) == Verdict(state, suppress, onward)


replies = st.builds(
    Reply,
    stage=st.sampled_from([Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.DOT]),
    code=st.none() | st.integers(200, 299) | st.integers(400, 599),
    text=st.text(),
    enhanced=st.sampled_from(["", "4.7.1", "5.1.1", "5.7.1", "5.0.0"]),
)


@given(replies)
def test_accepted_needs_a_positive_answer_to_the_dot(reply: Reply) -> None:
    if judge(reply).state is State.ACCEPTED:
        assert reply.stage is Stage.DOT
        assert reply.positive


@given(replies)
def test_uncertain_is_said_of_an_unanswered_dot_and_of_nothing_else(reply: Reply) -> None:
    assert (judge(reply).state is State.UNCERTAIN) == (reply.stage is Stage.DOT and reply.code is None)


@given(replies)
def test_nobody_is_suppressed_for_what_is_our_fault_or_may_pass(reply: Reply) -> None:
    if judge(reply).suppress:
        assert reply.permanent
        assert reply.stage is Stage.RCPT
        assert not reply.enhanced.startswith("5.7")


@given(replies)
def test_nobody_is_refused_for_an_answer_that_may_pass(reply: Reply) -> None:
    if judge(reply).state is State.REFUSED:
        assert reply.permanent


def test_a_limit_of_ours_is_told_apart_from_a_refusal_of_us() -> None:
    assert is_limit(Reply(Stage.RCPT, 550, "5.4.5 Daily user sending limit exceeded", "5.4.5"))
    assert not is_limit(Reply(Stage.MAIL, 550, "sender not allowed", "5.7.1"))
