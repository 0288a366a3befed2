"""How far a work is: in a line now and then, or on a terminal; and what it says of rate, time and refusals."""

import io
import re
import sys

import pytest

from newsletter.cli.progress import progress_of
from newsletter.cli.rates import Quickness, progress_in_words, rate_in_words
from newsletter.database.tables import State
from newsletter.policy.reply import Reply, Stage
from newsletter.reports.progress import Progress


class Ticks:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_without_a_terminal_it_is_a_line_per_thousand_with_rate_time_and_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = Ticks()
    monkeypatch.setattr(Quickness.__init__, "__defaults__", (ticks,))
    with progress_of("Issue 1", 61_000, lambda: "3 refused: their mailbox is full") as told:
        for done in range(1, 2001):
            ticks.now += 0.05
            told(done)
    assert capsys.readouterr().err == (
        "Issue 1: 1,000 of 61,000 · 20/s · 50 min left · 3 refused: their mailbox is full\n"
        "Issue 1: 2,000 of 61,000 · 20/s · 49 min left · 3 refused: their mailbox is full\n"
    )


def test_quickness_is_that_of_the_last_half_minute_and_falls_while_nothing_happens() -> None:
    ticks = Ticks()
    quickness = Quickness(ticks)
    assert quickness.per_second(0) == 0.0
    for done in range(0, 3000, 10):
        ticks.now += 1.0
        slow = quickness.per_second(done)
    assert slow == pytest.approx(10, rel=0.05)
    for second in range(40):
        ticks.now += 1.0
        quick = quickness.per_second(3000 + second * 100)
    assert quick == pytest.approx(100, rel=0.05)
    for _ in range(40):
        ticks.now += 1.0
        still = quickness.per_second(7000)
    assert still == 0.0


@pytest.mark.parametrize(
    ("per_second", "seconds", "words"),
    [
        (0.0, None, ""),
        (0.1, 40.0, "6/min · 40 s left"),
        (3.14, 0.2, "3.1/s · 1 s left"),
        (312.4, 95.0, "312/s · 2 min left"),
        (1312.0, 3 * 3600.0 + 65, "1,312/s · 3 h 01 min left"),
        (2.0, 3599.9, "2.0/s · 1 h 00 min left"),
        (1.0, 200_000.0, "1.0/s · 2.3 days left"),
        (20.0, None, "20/s"),
    ],
)
def test_rate_and_time_are_words_a_person_would_use(per_second: float, seconds: float | None, words: str) -> None:
    assert rate_in_words(per_second, seconds) == words


def test_what_the_answers_came_to_is_told_by_reason_and_somebody_put_off_is_counted_once() -> None:
    progress = Progress(waiting=1)
    no_such = Reply(Stage.RCPT, 550, "5.1.1 <eve@example.org>: no such user")
    progress.answered(State.ACCEPTED, Reply(Stage.DOT, 250, "taken"), 1)  # who was put off by an earlier run
    assert (progress.done, progress.waiting) == (1, 0)
    for tries in range(3):
        progress.answered(State.DEFERRED, Reply(Stage.RCPT, 451, "4.7.1 come back"), tries)
    progress.answered(State.REFUSED, no_such, 0)
    progress.answered(State.REFUSED, no_such, 0)
    progress.answered(State.REFUSED, Reply(Stage.DOT, 552, "5.2.2 over quota"), 0)
    progress.answered(State.UNCERTAIN, Reply(Stage.DOT, None, "the line dropped"), 0)
    progress.answered(State.REFUSED, no_such, 0)
    progress.answered(State.QUEUED, no_such, 0)  # queued again
    assert (progress.done, progress.waiting) == (5, 1)
    assert progress_in_words(progress) == (
        "1 to be tried again · 1 in doubt · 3 not reached: 2 there is no such mailbox, 1 their mailbox is full"
    )
    assert progress_in_words(Progress()) == ""


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


STEERING = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
TROUBLE = "37 not reached: 30 there is no such mailbox, 7 their mailbox is full"


@pytest.mark.parametrize("words", ["", TROUBLE, f"{TROUBLE} \x1b[2J {'x' * 80}"])
def test_on_a_terminal_of_80_columns_nothing_is_broken_into_more_lines(
    monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    for name, value in (("COLUMNS", "80"), ("TERM", "xterm")):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(Quickness, "per_second", lambda self, done: 1312.0)
    with progress_of("Issue 123", 1_000_000, lambda: words) as bar:
        bar(123_456)
    last = terminal.getvalue().split("\r")[-1]
    assert "\x1b[2J" not in last
    lines = [line for line in STEERING.sub("", last).split("\n") if line]
    assert len(lines) == 1 + bool(words)
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith("Issue 123: 123,456 of 1,000,000 ━")
    assert lines[0].endswith("━ 1,312/s · 11 min left")
    assert TROUBLE in lines[1] if words else True
