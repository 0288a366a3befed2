"""The reply table of docs/delivery.md, line by line."""

from hypothesis import given
from hypothesis import strategies as st

from newsletter.database.tables import State
from newsletter.policy.answers import Meaning
from newsletter.policy.reply import Reply, Stage
from newsletter.policy.verdict import Treatment, judge

GO_ON, EASE, PAUSE, REST = Treatment.GO_ON, Treatment.EASE, Treatment.PAUSE, Treatment.REST
STOP, FOR_NOW, SLOWER, FEWER, NEW_LINE = (
    Treatment.STOP,
    Treatment.STOP_FOR_NOW,
    Treatment.SLOWER,
    Treatment.FEWER,
    Treatment.NEW_LINE,
)
COUNTS = True

TABLE = [
    # what the relay said                                        the delivery    suppress  counts  what is asked of us
    (Reply(Stage.DOT, 250, "queued"), State.ACCEPTED, False, False, GO_ON),
    (Reply(Stage.DOT, 299, "odd, but the first digit binds"), State.ACCEPTED, False, False, GO_ON),
    (Reply(Stage.DOT, None, "connection lost"), State.UNCERTAIN, False, False, GO_ON),
    (Reply(Stage.DOT, 452, "4.3.1 no space", "4.3.1"), State.DEFERRED, False, False, EASE),
    (Reply(Stage.DOT, 552, "over quota", "5.2.2"), State.REFUSED, False, False, GO_ON),
    (Reply(Stage.DOT, 550, "user unknown", "5.1.1"), State.REFUSED, False, False, GO_ON),
    (Reply(Stage.DOT, 554, "spam", "5.7.1"), State.REFUSED, False, COUNTS, GO_ON),
    (Reply(Stage.DOT, 554, "bad content", "5.6.0"), State.REFUSED, False, COUNTS, GO_ON),
    (Reply(Stage.DOT, 552, "too big", "5.3.4"), State.QUEUED, False, False, STOP),
    (Reply(Stage.EHLO, 250, "SIZE 1000"), State.QUEUED, False, False, STOP),
    (Reply(Stage.RCPT, 550, "no such user", "5.1.1"), State.REFUSED, True, False, GO_ON),
    (Reply(Stage.RCPT, 550, "null MX", "5.1.10"), State.REFUSED, True, False, GO_ON),
    (Reply(Stage.RCPT, 550, "No such user here"), State.REFUSED, True, False, GO_ON),
    (Reply(Stage.RCPT, 550, "Unrouteable: user unknown", "5.0.0"), State.REFUSED, True, False, GO_ON),
    (Reply(Stage.RCPT, 550, "Benutzer unbekannt"), State.REFUSED, True, False, GO_ON),
    (Reply(Stage.RCPT, 550, "no such user for suspected spam"), State.REFUSED, False, COUNTS, GO_ON),
    (Reply(Stage.RCPT, 550, "domain does not exist"), State.REFUSED, False, False, GO_ON),
    (Reply(Stage.RCPT, 550, "no"), State.REFUSED, False, COUNTS, GO_ON),
    (Reply(Stage.RCPT, 550, "mailbox unavailable"), State.REFUSED, False, COUNTS, GO_ON),
    (Reply(Stage.RCPT, 550, "sender's address", "5.1.8"), State.QUEUED, False, False, STOP),
    (Reply(Stage.RCPT, 550, "mailbox disabled", "5.2.1"), State.REFUSED, False, False, GO_ON),
    (Reply(Stage.RCPT, 552, "over quota", "5.2.2"), State.REFUSED, False, False, GO_ON),
    (Reply(Stage.RCPT, 550, "unauthenticated mail", "5.7.26"), State.REFUSED, False, COUNTS, GO_ON),
    (Reply(Stage.RCPT, 552, "too many recipients"), State.DEFERRED, False, False, GO_ON),
    (Reply(Stage.RCPT, 452, "too many recipients", "4.5.3"), State.DEFERRED, False, False, GO_ON),
    (Reply(Stage.RCPT, 450, "greylisted", "4.7.1"), State.DEFERRED, False, False, GO_ON),
    (Reply(Stage.RCPT, 452, "mailbox full", "4.2.2"), State.DEFERRED, False, False, GO_ON),
    (Reply(Stage.RCPT, 421, "closing", "4.3.2"), State.DEFERRED, False, False, PAUSE),
    (Reply(Stage.RCPT, 421, "slow down", "4.7.28"), State.QUEUED, False, False, REST),
    (Reply(Stage.DOT, 421, "deferred for complaints", "4.7.0"), State.QUEUED, False, False, REST),
    (Reply(Stage.RCPT, 451, "busy", "4.7.500"), State.QUEUED, False, False, REST),
    (Reply(Stage.RCPT, 450, "policy", "4.7.9"), State.DEFERRED, False, False, EASE),
    (Reply(Stage.RCPT, 450, "too fast"), State.QUEUED, False, False, SLOWER),
    (Reply(Stage.RCPT, 451, "too many connections"), State.QUEUED, False, False, FEWER),
    (Reply(Stage.RCPT, 450, "too many mails in this session"), State.QUEUED, False, False, NEW_LINE),
    (Reply(Stage.RCPT, 421, "too many errors", "4.7.0"), State.QUEUED, False, False, NEW_LINE),
    (Reply(Stage.RCPT, 550, "daily sending quota exceeded", "5.4.5"), State.QUEUED, False, False, FOR_NOW),
    (Reply(Stage.DOT, 454, "daily quota exceeded"), State.QUEUED, False, False, FOR_NOW),
    (Reply(Stage.RCPT, 530, "authentication required"), State.QUEUED, False, False, STOP),
    (Reply(Stage.RCPT, None, "connection lost"), State.DEFERRED, False, False, GO_ON),
    (Reply(Stage.MAIL, 451, "later"), State.QUEUED, False, False, PAUSE),
    (Reply(Stage.MAIL, 450, "our domain was not found", "4.1.8"), State.QUEUED, False, False, PAUSE),
    (Reply(Stage.MAIL, 553, "sender not allowed", "5.7.1"), State.QUEUED, False, False, STOP),
    (Reply(Stage.MAIL, 550, "Greylisted, please retry in 5 minutes", "5.7.1"), State.DEFERRED, False, False, GO_ON),
    (Reply(Stage.MAIL, 554, "you are on our graylist"), State.DEFERRED, False, False, GO_ON),
    (Reply(Stage.MAIL, 550, "no such user"), State.QUEUED, False, False, STOP),
    (Reply(Stage.MAIL, None, "connection lost"), State.DEFERRED, False, False, GO_ON),
    (Reply(Stage.DATA, 451, "later"), State.DEFERRED, False, False, GO_ON),
    (Reply(Stage.DATA, 554, "no valid recipients"), State.REFUSED, False, COUNTS, GO_ON),
    (Reply(Stage.DATA, None, "connection lost"), State.DEFERRED, False, False, GO_ON),
    (Reply(Stage.CONNECT, None, "connection lost"), State.DEFERRED, False, False, GO_ON),
]


def test_each_answer_leads_where_the_table_says() -> None:
    for reply, state, suppress, counts, asked in TABLE:
        judged = judge(reply)
        assert (judged.state, judged.suppress, judged.counts, judged.asked) == (state, suppress, counts, asked), reply


def test_a_line_that_has_carried_mail_and_puts_off_the_next_is_worn_out() -> None:
    for code in (421, 451):
        reply = Reply(Stage.MAIL, code, "not just now")
        assert judge(reply, used=True).asked is NEW_LINE
        assert judge(reply, used=False).asked is PAUSE
    session = Reply(Stage.MAIL, 452, "Too many recipients: Too many messages sent", "4.5.3")
    assert (judge(session, used=True).asked, judge(session, used=True).state) == (NEW_LINE, State.QUEUED)
    assert judge(session, used=False).asked is not NEW_LINE
    daily = Reply(Stage.MAIL, 452, "Daily limit of messages reached", "4.5.3")
    assert judge(daily, used=True).asked is not NEW_LINE


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


@given(replies)
def test_what_is_about_us_or_how_much_we_send_refuses_nobody(reply: Reply) -> None:
    judged = judge(reply)
    if judged.meaning in (Meaning.SENDER, Meaning.LOGIN, Meaning.LIMIT, Meaning.RATE, Meaning.LINE, Meaning.CROWD):
        assert judged.state is State.QUEUED
