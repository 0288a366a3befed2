"""The tables of the conversation: nothing a relay may say is left out, and no mail is answered twice or not at all."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from newsletter.policy.reply import Stage
from newsletter.settings import Security
from newsletter.transport.smtp import acts, chunked, introduction, one_by_one, pipelined, states
from newsletter.transport.smtp.conversation import Conversation
from newsletter.transport.smtp.login import Login
from newsletter.transport.smtp.session import Row, Step, TransitionTable, kind, to
from newsletter.transport.smtp.states import TrackState
from newsletter.transport.smtp.terms import Terms
from tests.newsletter.transport.scripted import mails

TABLES: dict[str, tuple[TransitionTable, tuple[TrackState, ...]]] = {
    "introduction": (introduction.TABLE, (states.TLS_FIRST, states.GREETING)),
    "one by one": (one_by_one.TABLE, (states.READY, states.MAIL)),
    "pipelined": (pipelined.TABLE, (states.READY, states.MAIL)),
    "chunked": (chunked.TABLE, (states.READY, states.WHOLE_RSET)),
}
"""Each table, and the states in which its tracks begin."""

NO_REPLY_IS_READ: dict[TrackState, tuple[TrackState, ...]] = {
    states.TLS_FIRST: (states.GREETING,),
    states.TLS_AGREED: (states.HELLO,),
    states.READY: (states.QUIT,),
    states.ANSWERED: (),
    states.CLOSED: (),
}
"""The states without a row: what comes is octets where TLS is due, or unasked, or not looked at. Each with the states
that our own calls lead to."""

OUR_CALLS = {states.CONTENT: (states.DOT,)}

every_table = pytest.mark.parametrize("name", TABLES)


def steps(table: TransitionTable) -> Iterator[tuple[TrackState, str, Step]]:
    for state, row in table.items():
        yield from ((state, said, step) for said, step in zip(Row._fields, row, strict=True))


@every_table
def test_every_state_that_can_be_reached_has_a_step_for_each_kind_of_reply_and_no_other_state_has_one(
    name: str,
) -> None:
    table, begin = TABLES[name]
    reached: set[TrackState] = set()
    ahead = list(begin)
    while ahead:
        state = ahead.pop()
        if state not in reached:
            reached.add(state)
            ahead += NO_REPLY_IS_READ.get(state, ()) if name != "introduction" or state is not states.READY else ()
            ahead += OUR_CALLS.get(state, ())
            ahead += [after for step in table.get(state, ()) for after in step.states]
    assert {state.name for state in reached - set(NO_REPLY_IS_READ)} | {"unasked"} == {state.name for state in table}
    assert not set(table) & set(NO_REPLY_IS_READ)


@pytest.mark.parametrize("code", [200, 250, 299, 300, 354, 399, 400, 420, 422, 499, 500, 550, 599, 421])
def test_every_code_that_a_reply_can_have_is_of_one_kind(code: int) -> None:
    row = Row(*(to(state) for state in (states.MAIL, states.RCPT, states.DATA, states.DOT)))
    kinds = {2: row.done, 3: row.more, 4: row.refused, 5: row.refused}
    assert row[kind(code)] is (row.closing if code == 421 else kinds[code // 100])


@every_table
def test_a_mail_is_answered_by_the_step_that_leads_to_an_answered_state_and_by_no_other(name: str) -> None:
    for state, said, step in steps(TABLES[name][0]):
        answers = step.acts.count(acts.answer)
        becomes_answered = not state.answered and all(after.answered for after in step.states)
        ends = states.CLOSED in step.states  # the end answers each mail that has no answer
        assert answers == becomes_answered or (ends and answers <= (not state.answered)), (state.name, said)


@every_table
def test_what_ends_the_conversation_ends_it_and_nothing_else_does(name: str) -> None:
    ending = {acts.leave, acts.take_leave, acts.wrong, acts.unasked, introduction.turn_away, pipelined.give_nothing}
    choosing = {introduction.note_offer, introduction.want_handshake, introduction.try_next_mechanism}
    choosing.add(introduction.give_up_login)
    for state, said, step in steps(TABLES[name][0]):
        assert (states.CLOSED in step.states) == bool({*step.acts} & (ending | choosing)), (state.name, said)
        assert (len(step.states) > 1) == bool({*step.acts} & {*choosing, introduction.say_next_line})


@every_table
def test_a_relay_that_says_421_is_left(name: str) -> None:
    for state, row in TABLES[name][0].items():
        assert row.closing.states == (states.CLOSED,), state.name


def test_a_mail_counts_as_perhaps_taken_only_once_its_end_was_handed_out() -> None:
    known = [each for each in vars(states).values() if isinstance(each, TrackState)]
    uncertain = {each.name for each in known if each.lost is Stage.DOT and not each.answered}
    assert uncertain == {states.DOT.name, *(each.name for each in chunked.TABLE if each.name.startswith("whole"))}
    assert all(each.unsent is not Stage.DOT for each in known if not each.answered)


def test_the_four_good_replies_of_a_turn_lead_where_the_table_says() -> None:
    table = pipelined.TABLE
    assert table[states.DOT].done.states == (states.ANSWERED,)
    [rcpt] = table[states.MAIL].done.states
    [data] = table[rcpt].done.states
    assert table[data].more.states == (states.CONTENT,)
    assert table[data].more.acts == (acts.give_content,)


# Our own calls

CALLS: dict[str, Callable[[Conversation], None]] = {
    "send": lambda talk: talk.send(mails(1)[0]),
    "dot": Conversation.dot,
    "quit": Conversation.quit,
    "tls": Conversation.handshake_done,
}

NO_LOGIN = Terms("client.test", Security.NONE)
JOURNEYS: dict[str, tuple[Terms, str]] = {
    "TLS first": (
        Terms("client.test", Security.TLS),
        """
        nothing > tls
        tls
        220 hi
        250 relay > send quit
        """,
    ),
    "TLS agreed": (
        Terms("client.test", Security.STARTTLS),
        """
        220 hi
        250-relay|250 STARTTLS
        220 go > tls
        tls
        250 relay > send quit
        """,
    ),
    "login": (
        replace(NO_LOGIN, login=Login("ada", "secret"), login_unprotected=True),
        """
        220 hi
        250-relay|250 AUTH LOGIN
        334 x
        334 x
        235 yes > send quit
        """,
    ),
    "turned away": (
        NO_LOGIN,
        """
        554 no
        """,
    ),
    "one by one": (
        NO_LOGIN,
        """
        220 hi
        250 relay > send quit
        send
        250 ok
        250 ok
        354 go > dot
        dot
        250 queued > send quit
        send
        250 ok
        550 no
        250 reset > send quit
        quit
        221 bye
        """,
    ),
    "pipelined": (
        NO_LOGIN,
        """
        220 hi
        250-relay|250 PIPELINING > send quit
        send
        250 ok
        250 ok
        354 go > dot
        dot > send
        send
        250 queued
        250 ok
        550 no
        554 no > send quit
        send
        250 reset
        550 no
        503 no
        503 no > send quit
        quit
        221 bye
        """,
    ),
    "a lone dot": (
        NO_LOGIN,
        """
        220 hi
        250-relay|250 PIPELINING > send quit
        send
        250 ok
        550 no
        354 go > send quit
        send
        """,
    ),
    "chunked": (
        replace(NO_LOGIN, window=2),
        """
        220 hi
        250-relay|250-PIPELINING|250 CHUNKING > send quit
        send > send
        send
        250 ok|250 ok|250 ok|250 queued > send
        250 ok|250 ok|250 ok|250 queued > send quit
        quit
        221 bye
        """,
    ),
}
"""What comes, a call of ours or a reply (its lines parted by |), and after > the calls that make sense then."""


def after(terms: Terms, whats: list[str]) -> Conversation:
    talk = Conversation(terms)
    for what in whats:
        if what in CALLS:
            CALLS[what](talk)
        else:
            talk.receive(b"" if what == "nothing" else "\r\n".join([*what.split("|"), ""]).encode())
        talk.outgoing()
    return talk


@pytest.mark.parametrize("name", JOURNEYS)
def test_a_call_that_makes_no_sense_in_a_state_raises_and_says_nothing(name: str) -> None:
    terms, journey = JOURNEYS[name]
    whats: list[str] = []
    for what, _, sensible in (line.partition(">") for line in journey.strip().splitlines()):
        whats.append(what.strip())
        for call, do in CALLS.items():
            talk = after(terms, whats)
            if call in sensible.split():
                do(talk)
            elif not (call == "tls" and talk.closed):  # a handshake may end after the relay has hung up
                with pytest.raises(RuntimeError, match=r"while the relay was not ready|that nobody waited for"):
                    do(talk)
                assert talk.outgoing() == b"", (whats, call)
