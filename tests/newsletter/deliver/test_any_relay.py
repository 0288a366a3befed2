"""Whatever a relay says to everybody: nobody is refused for good for something that is not about them.

The relay is simulated; it says what Hypothesis makes it say, in words of its own or in words that real ones use.
"""

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, select

from newsletter import delivery
from newsletter.database.engine import open_database, reading, upgrade, writing
from newsletter.database.tables import State, deliveries
from newsletter.delivery import Ending, RunPolicy, RunResult, Sender, Surroundings
from newsletter.delivery.throttle import MIXED_IN_A_ROW, RelayThrottle
from newsletter.issue import Issue
from newsletter.message import MailObject, MessageBuilder
from newsletter.policy.answers import read_answer
from newsletter.policy.reply import Stage
from newsletter.settings import Durability
from newsletter.transport import worker
from newsletter.transport.relay import Relay, RelaySettings
from subscribers.tables import subscribers, suppressions
from tests.examples import examples
from tests.newsletter.answers.test_answers import AMBIGUOUS, CLEAR, SAID
from tests.newsletter.deliver.simulated import JumpingLoop, SimulatedLine, SimulatedRelay, loop_time, said

STAGES = st.sampled_from([Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.DOT])
REAL = st.sampled_from([words for wordings in SAID.values() for words in wordings] + AMBIGUOUS + CLEAR)
LETTERS = st.text("abcdefghij xyz", min_size=1, max_size=30)
INVENTED = st.builds(
    "{} {}{}".format,
    st.sampled_from([421, 450, 451, 452, 454, 500, 501, 503, 550, 552, 553, 554, 571]),
    st.sampled_from(["", "4.7.0 ", "4.3.2 ", "5.7.1 ", "5.0.0 ", "5.5.2 ", "5.6.0 ", "5.1.0 "]),
    LETTERS,
)
PEOPLE = st.integers(2, 12)
Says = Callable[[MailObject], str | None]
Sent = Callable[[int, Stage, Says], tuple[RunResult, dict[str, tuple[State, int | None, str]]]]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A database that need not outlive the machine: what is tried here is what follows, not that it is kept."""
    engine = open_database(f"sqlite:///{tmp_path}/newsletter.db", Durability.PROCESS)
    upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def sent(
    engine: Engine,
    issue_for: Callable[..., Issue],
    builder_of: Callable[[Issue], MessageBuilder],
    noon: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> Sent:
    def send(people: int, at: Stage, says: Says) -> tuple[RunResult, dict[str, tuple[State, int | None, str]]]:
        with writing(engine) as connection:
            connection.execute(delete(subscribers))  # of the issue before
            connection.execute(delete(suppressions))
        issue = issue_for(*(f"p{number}" for number in range(people)))

        def answers(line: SimulatedLine, stage: Stage, mail: MailObject) -> str | None:
            return says(mail) if stage is at else None

        monkeypatch.setattr(worker, "open_connection", SimulatedRelay(answers).opened)
        monkeypatch.setattr(delivery, "WATCH_SECONDS", 3600.0)  # nobody steers
        around = Surroundings(clock=lambda: noon + timedelta(seconds=loop_time()), ticks=loop_time, chance=lambda: 0.5)
        sender = Sender(engine, issue.number, builder_of(issue), RunPolicy(), around)

        async def scene() -> RunResult:
            throttle = RelayThrottle(4, ticks=loop_time)
            return await sender.run(Relay(RelaySettings("relay.test", 25, connections=4), throttle=throttle))

        with asyncio.Runner(loop_factory=JumpingLoop) as runner:
            run = runner.run(scene())
        of_issue = select(deliveries).where(deliveries.c.issue_id == issue.number)
        with reading(engine) as connection:
            rows = connection.execute(of_issue).all()
        return run, {row.address: (State(row.state), row.code, row.reply or "") for row in rows}

    return send


@examples(40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=PEOPLE, at=STAGES, words=REAL | INVENTED)
@example(people=2, at=Stage.RCPT, words="550 no")
@example(people=30, at=Stage.DOT, words="554 5.7.1 no")
@example(people=30, at=Stage.RCPT, words="550 5.1.1 No such user here")
def test_what_is_said_to_everybody_refuses_nobody_unless_it_is_about_them(
    sent: Sent, people: int, at: Stage, words: str
) -> None:
    run, ended = sent(people, at, lambda mail: words)
    reply = said(at, words)
    assert reply.code
    about_them = at is not Stage.MAIL and read_answer(reply.code, reply.enhanced, reply.text).clear
    states = {state for state, _, _ in ended.values()}
    if reply.permanent and about_them:
        assert states <= {State.REFUSED, State.DEFERRED}, "each by themselves"
        assert run.ending is not Ending.STOPPED
    else:
        assert states <= {State.QUEUED, State.DEFERRED}, "everybody can be sent to later"
    if reply.permanent and not about_them and states == {State.QUEUED}:
        assert run.ending is Ending.STOPPED
        assert run.stopped_by
        assert run.stopped_by.reply.text == reply.text, "in the relay's own words"


@examples(20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answers=st.lists(st.none() | REAL, min_size=5, max_size=24), at=st.sampled_from([Stage.RCPT, Stage.DOT]))
def test_whoever_is_refused_for_good_was_judged_by_an_answer_about_them(
    sent: Sent, answers: list[str | None], at: Stage
) -> None:
    told = iter(range(len(answers)))
    given_to: dict[str, str | None] = {}

    def says(mail: MailObject) -> str | None:
        if mail.forward_path not in given_to:
            given_to[mail.forward_path] = answers[next(told)]
        return given_to[mail.forward_path]

    _, ended = sent(len(answers), at, says)
    doubtful = 0
    for state, code, text in ended.values():
        if state is State.REFUSED:
            assert code
            status = said(at, f"{code} {text}").enhanced
            meaning, clear = read_answer(code, status, text)
            assert clear or meaning.value in ("policy", "content", "unclear", "unreachable") or meaning.about_recipient
            doubtful += not clear
    if all(answer is not None for answer in answers):
        assert doubtful < MIXED_IN_A_ROW, "and what is doubtful does not go on and on"
