"""A relay that takes less than we would like: asked for less, not more often, and the time stays near the best."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, select

from newsletter import delivery
from newsletter.database.engine import open_database, reading, upgrade, writing
from newsletter.database.tables import State, attempts, deliveries
from newsletter.delivery import Ending, RunPolicy, RunResult, Sender, Surroundings
from newsletter.delivery.throttle import RelayThrottle
from newsletter.issue import Issue
from newsletter.message import MailObject, MessageBuilder
from newsletter.policy.reply import Stage
from newsletter.settings import Durability
from newsletter.transport import worker
from newsletter.transport.relay import Relay, RelaySettings
from subscribers.tables import subscribers, suppressions
from tests.newsletter.deliver.simulated import JumpingLoop, SimulatedLine, SimulatedRelay, loop_time

Says = Callable[[SimulatedLine, Stage, MailObject], str | None]


@dataclass
class Outcome:
    run: RunResult
    relay: SimulatedRelay
    seconds: float
    states: dict[str, State]
    tries: int
    """Tries that came to nothing, as the log has them."""


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A database that need not outlive the machine: what is tried here is what follows, not that it is kept."""
    engine = open_database(f"sqlite:///{tmp_path}/newsletter.db", Durability.PROCESS)
    upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def sending(
    engine: Engine,
    issue_for: Callable[..., Issue],
    builder_of: Callable[[Issue], MessageBuilder],
    noon: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., Outcome]:
    """Send an issue to so many people over a simulated relay, with so many connections at most."""

    def send(people: int, says: Says, connections: int = 8, seconds: float = 0.05) -> Outcome:
        with writing(engine) as connection:
            connection.execute(delete(subscribers))  # of the issue before
            connection.execute(delete(suppressions))
        issue = issue_for(*(f"p{number}" for number in range(people)))
        relay = SimulatedRelay(says, seconds)
        monkeypatch.setattr(worker, "open_connection", relay.opened)
        monkeypatch.setattr(delivery, "WATCH_SECONDS", 3600.0)  # nobody steers
        around = Surroundings(clock=lambda: noon + timedelta(seconds=loop_time()), ticks=loop_time, chance=lambda: 0.5)
        sender = Sender(engine, issue.number, builder_of(issue), RunPolicy(), around)

        async def scene() -> tuple[RunResult, float]:
            settings = RelaySettings("relay.test", 25, connections=connections)
            throttle = RelayThrottle(connections, ticks=loop_time)
            run = await sender.run(Relay(settings, throttle=throttle))
            return run, loop_time()

        with asyncio.Runner(loop_factory=JumpingLoop) as runner:
            run, ended = runner.run(scene())
        with reading(engine) as connection:
            of_issue = deliveries.c.issue_id == issue.number
            rows = connection.execute(select(deliveries.c.address, deliveries.c.state).where(of_issue))
            states = {address: State(state) for address, state in rows}
            tried = select(attempts.c.id).join(deliveries).where(of_issue)
            return Outcome(run, relay, ended, states, len(connection.execute(tried).all()))

    return send


Sending = Callable[..., Outcome]


@dataclass
class SoManyASecond:
    """Takes so many in any second, by the moment it answers; counts in fixed or in sliding seconds."""

    rate: int
    stage: Stage
    words: str
    fixed: bool = False
    taken: deque[float] = field(default_factory=deque)

    def __call__(self, line: SimulatedLine, stage: Stage, mail: MailObject) -> str | None:
        if stage is not self.stage:
            return None
        now = loop_time()
        since = int(now) if self.fixed else now - 1.0
        while self.taken and self.taken[0] < since:
            self.taken.popleft()
        if len(self.taken) >= self.rate:
            return self.words
        self.taken.append(now)
        return None


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("stage", "fixed", "seconds"),
    [(Stage.MAIL, True, 0.3), (Stage.MAIL, False, 0.05), (Stage.DOT, True, 0.05), (Stage.DOT, False, 0.002)],
)
def test_a_relay_that_takes_fourteen_a_second_is_asked_for_fourteen(
    sending: Sending, stage: Stage, fixed: bool, seconds: float
) -> None:
    words = "454 Throttling failure: Maximum sending rate exceeded."
    told = sending(400, SoManyASecond(14, stage, words, fixed), seconds=seconds)
    assert set(told.states.values()) == {State.ACCEPTED}
    assert set(told.relay.taken.values()) == {1}
    best = 400 / min(14, 8 / seconds)
    print(f"{told.relay.asked / 400:.3f} asked per mail, {told.seconds / best:.2f} of the best time")
    assert told.relay.asked <= 1.25 * 400
    assert told.seconds <= 1.3 * best
    assert told.tries == 0, "nobody was tried in vain: it was not about them"


@pytest.mark.parametrize(
    ("stage", "words"),
    [
        (Stage.MAIL, "421 4.7.0 Too many concurrent connections"),
        (Stage.MAIL, "421 Service not available, closing transmission channel"),
        (Stage.RCPT, "451 4.3.2 too many sessions from your address"),
        (Stage.DOT, "432 4.3.2 ClientSubmit; sender thread limit exceeded"),
    ],
)
def test_a_relay_that_carries_three_at_once_is_given_three(sending: Sending, stage: Stage, words: str) -> None:
    def says(line: SimulatedLine, at: Stage, mail: MailObject) -> str | None:
        return words if at is stage and line.relay.under_way > 3 else None

    told = sending(200, says)
    assert set(told.states.values()) == {State.ACCEPTED}
    print(f"{told.relay.asked / 200:.3f} asked per mail, {told.seconds:.0f} s")
    assert told.relay.asked <= 1.4 * 200
    assert told.tries == 0


@pytest.mark.thorough
@pytest.mark.parametrize(
    "words",
    [
        "451 Mails per session limit exceeded.",
        "421 4.7.0 Connection closed. Maximum message count per session reached.",
        "452 4.5.3 Too many messages in this session",
        "421 4.4.2 closing connection",
        "451 4.3.0 try again",
    ],
)
def test_a_worn_out_line_is_replaced_at_once(sending: Sending, words: str) -> None:
    def says(line: SimulatedLine, at: Stage, mail: MailObject) -> str | None:
        return words if at is Stage.MAIL and line.carried >= 10 else None

    told = sending(200, says, connections=2)
    assert set(told.states.values()) == {State.ACCEPTED}
    assert told.relay.lines >= 20
    assert told.tries == 0
    assert told.seconds < 2 * (200 / 2 * 0.05 + 20 * 0.05), "and nobody waits"


def test_a_relay_that_turns_away_the_first_mail_of_every_line_ends_the_run_for_now(sending: Sending) -> None:
    told = sending(50, lambda line, at, mail: "421 4.3.2 not now, please" if at is Stage.MAIL else None)
    assert told.run.ending is Ending.STOPPED
    assert told.run.stopped_by
    assert (told.run.stopped_by.for_now, told.run.stopped_by.words) == (True, "421 4.3.2 not now, please")
    assert set(told.states.values()) == {State.QUEUED}
    assert told.relay.lines == 3


def test_too_many_errors_after_unknown_recipients_wear_out_a_line_and_no_more(sending: Sending) -> None:
    unknown: set[str] = set()

    def says(line: SimulatedLine, at: Stage, mail: MailObject) -> str | None:
        if at is Stage.MAIL and line.carried >= 5:
            return "421 4.7.0 relay.test Error: too many errors"
        if at is Stage.RCPT and mail.delivery % 2:
            line.carried += 1
            unknown.add(mail.forward_path)
            return "550 5.1.1 No such user here"
        return None

    told = sending(100, says, connections=1)
    assert told.run.ending is Ending.DONE
    assert {address for address, state in told.states.items() if state is State.REFUSED} == unknown
    assert told.seconds < 60


def test_a_relay_that_puts_most_mail_off_is_asked_more_slowly(sending: Sending) -> None:
    told = sending(200, lambda line, at, mail: "450 4.3.0 come back later" if at is Stage.RCPT else None, seconds=0.01)
    assert set(told.states.values()) == {State.DEFERRED}
    assert told.seconds > 10, "without a pause it would take a second"


def test_greylisting_does_not_slow_us_down(sending: Sending) -> None:
    words = "451 4.7.1 Greylisted, please try again in 300 seconds"
    told = sending(200, lambda line, at, mail: words if at is Stage.RCPT else None, seconds=0.01)
    assert set(told.states.values()) == {State.DEFERRED}
    assert told.seconds < 10


MAY_NOT_SEND, LIMITED, SLOWED, THEIRS = "put right", "for now", "goes on slower", "refused"
DIALOGUES = [
    # what answers.md has collected: the stage, the words, what follows
    (Stage.DOT, "550 The from address does not match a verified Sender Identity.", MAY_NOT_SEND),
    (
        Stage.DOT,
        "554 Message rejected: Email address is not verified. The identities failed: news@example.org",
        MAY_NOT_SEND,
    ),
    (Stage.DOT, "554 5.2.252 SendAsDenied; news@example.org not allowed to send as other@example.org", MAY_NOT_SEND),
    (Stage.DOT, "550 5.1.8 Access denied, bad outbound sender", MAY_NOT_SEND),
    (Stage.RCPT, "553 Relaying disallowed as news@example.org", MAY_NOT_SEND),
    (Stage.DOT, "554 Sandbox subdomains are for test purposes only.", MAY_NOT_SEND),
    (Stage.DOT, "550 5.4.6 Unusual sending activity detected.", MAY_NOT_SEND),
    (Stage.MAIL, "421 Domain example.org is not allowed to send: Please activate your account.", MAY_NOT_SEND),
    (Stage.MAIL, "530 5.7.57 Client was not authenticated to send anonymous mail", MAY_NOT_SEND),
    (Stage.DOT, "552 5.3.4 Message too big for system", MAY_NOT_SEND),
    (Stage.DOT, "550 Domain example.org has exceeded the max emails per hour (150/150 (100%)) allowed.", LIMITED),
    (Stage.RCPT, "550 exceeded hour limit", LIMITED),
    (Stage.DOT, "454 Throttling failure: Daily message quota exceeded.", LIMITED),
    (Stage.RCPT, "550 5.4.5 Daily user sending limit exceeded.", LIMITED),
    (Stage.DOT, "454 Throttling failure: Maximum sending rate exceeded.", SLOWED),
    (Stage.RCPT, '451 4.7.1 Ratelimit "user" exceeded', SLOWED),
    (Stage.RCPT, "450 4.7.1 Number messages per hour exceeded", SLOWED),
    (Stage.DOT, "432 4.3.2 ClientSubmit; sender thread limit exceeded", SLOWED),
    (Stage.MAIL, "451 Mails per session limit exceeded.", SLOWED),
    (Stage.MAIL, "452 4.5.3 Too many messages in this session", SLOWED),
    (Stage.RCPT, "421 4.7.0 relay.test Error: too many errors", SLOWED),
    (Stage.RCPT, "552 5.2.2 The message would exceed the quota of this mailbox", THEIRS),
    (Stage.RCPT, "550 5.1.1 User unknown", THEIRS),
]


def test_what_is_said_to_everybody_leads_where_it_should(sending: Sending) -> None:
    for stage, words, follows in DIALOGUES:
        told = sending(
            8, lambda line, at, mail, stage=stage, words=words: words if at is stage else None, connections=2
        )
        ended = told.run.stopped_by
        if follows == THEIRS:
            assert (set(told.states.values()), ended) == ({State.REFUSED}, None), words
        else:
            assert set(told.states.values()) == {State.QUEUED}, words
            assert ended, words
            assert ended.words == words
            assert ended.for_now is (follows != MAY_NOT_SEND), words
            assert told.relay.asked <= 2 or follows == SLOWED, words
            assert told.tries == 0, words


def test_what_passes_is_waited_out_and_everybody_gets_it(sending: Sending) -> None:
    for stage, words, follows in DIALOGUES:
        if follows == SLOWED:

            def says(
                line: SimulatedLine, at: Stage, mail: MailObject, stage: Stage = stage, words: str = words
            ) -> str | None:
                return words if at is stage and line.relay.asked == 3 else None

            told = sending(8, says, connections=2)
            assert set(told.states.values()) == {State.ACCEPTED}, words
            assert set(told.relay.taken.values()) == {1}
            assert told.tries == 0, words


def test_thirty_unknown_mailboxes_in_a_row_are_thirty_refused_and_the_issue_goes_on(sending: Sending) -> None:
    def says(line: SimulatedLine, at: Stage, mail: MailObject) -> str | None:
        return "550 5.1.1 User unknown" if at is Stage.RCPT and mail.forward_path < "p4" else None

    told = sending(60, says)
    assert told.run.ending is Ending.DONE
    refused = [address for address, state in told.states.items() if state is State.REFUSED]
    assert refused == [address for address in told.states if address < "p4"]
    assert len(refused) >= 30


def test_five_alike_are_about_us_and_a_sixth_after_an_acceptance_is_not(sending: Sending) -> None:
    unclear = "554 Transaction failed, reference {}"
    told = sending(30, lambda line, at, mail: unclear.format(mail.delivery) if at is Stage.DOT else None)
    assert set(told.states.values()) == {State.QUEUED}
    assert told.run.stopped_by
    assert not told.run.stopped_by.for_now
    assert told.relay.asked <= 5 + 8
    told = sending(30, lambda line, at, mail: unclear if at is Stage.DOT and mail.delivery % 4 else None, connections=1)
    assert told.run.ending is Ending.DONE
