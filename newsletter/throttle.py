"""What a relay says becomes how much it is asked for: newsletter.verdict judges an answer, this counts and times them.

Implements newsletter.transport.Throttle for one relay: the arithmetic is newsletter.pace. It alone knows what the relay
has said before, so it is here that the same answer in a row, or trouble without an end, becomes a stop.
"""

import math
import time
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from newsletter import pace
from newsletter.answers import Meaning, likeness
from newsletter.answers.hints import comes_back_after, window_of
from newsletter.tables import State
from newsletter.transport import Standstill
from newsletter.transport.reply import Reply, Stage
from newsletter.verdict import ACCEPTED, LOST, UNCERTAIN, Asked, Judgement, judge

IN_A_ROW = 5
"""The same answer to so many people in a row is about us."""
MIXED_IN_A_ROW = 20
"""So many refusals in a row that are about no recipient are about us, however they are worded."""
LINES_IN_VAIN = 3
"""So many new connections in a row whose first mail was turned away end the run for now."""
BREATHS, BREATHS_AT_5YZ, PAUSES, RESTS = 6, 2, 6, 3
"""After so many waits in a row without one acceptance the run ends for now."""
ENOUGH_FOR_NOW = 3600.0
"""So many seconds a relay is taken at its word that we have sent enough; then it is asked again."""
TROUBLE_PASSES = 600.0
"""The same, where it did not speak of a limit."""
LATELY = 20
"""When most of so many answers put mail off, we ask for less."""
_ALL_LATELY = (1 << LATELY) - 1
_CLOSING = 421


class _Answer(NamedTuple):
    delivery: int
    reply: Reply
    judged: Judgement
    used: bool
    """Whether the line has carried other mails before."""

    @property
    def words(self) -> str:
        return f"{self.reply.code} {self.reply.text}".rstrip()


class RelayThrottle:
    """The throttle of one relay; `most` connections, and rests of `first_rest` seconds or more."""

    def __init__(
        self, most: int, first_rest: float = pace.FIRST_REST, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self._throttle = pace.Throttle(most, first_rest)
        self._allowance = pace.Allowance()
        self._ticks = ticks
        self._spent_until = -math.inf
        self.why = ""
        """What the relay said last that made us ask for less."""
        self._doubtful: dict[str, list[int]] = {}
        """Refused since the last acceptance with answers that may be about us, by what these have in common."""
        self._in_vain = 0
        self._put_off = 0
        """The last answers as bits: 1 for mail put off."""

    @property
    def connections(self) -> int:
        """How many there may be now."""
        return self._throttle.connections

    @property
    def spent(self) -> bool:
        """Whether the relay has said that it takes no more from us for now."""
        return self._ticks() < self._spent_until

    @property
    def standstill(self) -> Standstill | None:
        """Why and how long the relay is left alone, if it is."""
        seconds = self._throttle.wait(self._ticks())
        return Standstill(seconds, self.why) if seconds > 0 else None

    def wait(self) -> float:
        """Say how many seconds the relay is still to be left alone."""
        return self._throttle.wait(self._ticks())

    def wait_before_next(self) -> float:
        """Say how many seconds to wait before one more mail, the time that the relay is left alone included."""
        if self._allowance.rate:
            now = self._ticks()
            return max(self._throttle.wait(now), self._allowance.wait(now))
        return self.wait()

    def begun(self) -> None:
        """Take it that one more mail is on its way."""
        if self._allowance.rate:
            self._allowance.begun(self._ticks())

    def heard(self, delivery: int, reply: Reply, used: bool = False) -> Judgement:
        """Judge the answer to a mail, on a line that has carried others before or is not `used`; and remember it."""
        judged = judge(reply, used)
        if judged is ACCEPTED:
            self._accepted()
        elif judged is not UNCERTAIN and judged is not LOST:
            return self._adjusted(_Answer(delivery, reply, judged, used))
        return judged

    def turned_away(self, standing: int) -> None:
        """Take it that a further connection was refused while so many stood."""
        self._throttle.turned_away(standing)

    def _accepted(self) -> None:
        self._throttle.accepted()
        self._allowance.accepted(self._ticks())
        self._put_off = (self._put_off << 1) & _ALL_LATELY
        self._in_vain = 0
        if self._doubtful:
            self._doubtful.clear()

    def _adjusted(self, answer: _Answer) -> Judgement:
        asked = answer.judged.asked
        if asked is not Asked.NEW_LINE and answer.reply.stage is not Stage.MAIL:
            self._in_vain = 0  # because a line on which people are named does its work
        match asked:
            case Asked.GO_ON:
                return self._counted(answer) if answer.judged.counts else self._noted(answer)
            case Asked.NEW_LINE:
                return answer.judged if answer.used else self._in_vain_again(answer)
            case Asked.SLOWER | Asked.FEWER:
                return self._slower(answer)
            case Asked.EASE | Asked.PAUSE:
                return self._paused(answer)
            case Asked.REST:
                return self._ended_after(RESTS, answer, self._throttle.rest)
            case _:
                return self._stopped(answer)

    def _counted(self, answer: _Answer) -> Judgement:
        """Count a refusal that may be about us; the fifth alike, or the twentieth of any kind, queues all again."""
        judged = answer.judged
        kind = judged.meaning if judged.meaning.about_us else likeness(answer.reply.code, answer.reply.text)
        alike = self._doubtful.setdefault(kind, [])
        if len(alike) + 1 >= IN_A_ROW:
            return self._about_us(judged, alike)
        if sum(map(len, self._doubtful.values())) + 1 >= MIXED_IN_A_ROW:
            return self._about_us(judged, *self._doubtful.values())
        alike.append(answer.delivery)
        return judged

    def _about_us(self, judged: Judgement, *refused: list[int]) -> Judgement:
        again = tuple(delivery for each in refused for delivery in each if delivery >= 0)
        for each in refused:
            each[:] = [-1] * IN_A_ROW  # so that those who are under way meanwhile are not refused either
        return replace(judged, state=State.QUEUED, asked=Asked.STOP, again=again)

    def _noted(self, answer: _Answer) -> Judgement:
        """Where most of the last answers put mail off, and not for the recipients' sake, ask for less."""
        judged = answer.judged
        if judged.state is State.DEFERRED and not judged.meaning.about_recipient:
            self._put_off = ((self._put_off << 1) | 1) & _ALL_LATELY
            if self._put_off.bit_count() > LATELY // 2:
                self._put_off = 0
                self._left_alone(answer, self._throttle.pause)
        return judged

    def _slower(self, answer: _Answer) -> Judgement:
        judged, text = answer.judged, answer.reply.text
        least = comes_back_after(text)
        if judged.meaning is Meaning.RATE:
            now, window = self._ticks(), window_of(text)
            if self._throttle.wait(now) <= 0:  # several connections hear of one trouble
                least = max(least, self._allowance.used_up_for(now, window))
                self._allowance.exceeded(now, window)
        most = BREATHS_AT_5YZ if answer.reply.permanent else BREATHS
        ended = self._ended_after(most, answer, lambda moment: self._throttle.breathe(moment, least))
        if judged.meaning is Meaning.RATE and self._allowance.rate:
            self._throttle.search_again()  # because from now on the rate holds us back
        return ended

    def _paused(self, answer: _Answer) -> Judgement:
        if answer.reply.stage is not Stage.MAIL:
            ease = answer.judged.asked is Asked.EASE
            self._left_alone(answer, self._throttle.ease if ease else self._throttle.pause)
            return answer.judged
        if answer.reply.code == _CLOSING:
            return self._in_vain_again(answer)
        return self._ended_after(PAUSES, answer, self._throttle.pause)

    def _in_vain_again(self, answer: _Answer) -> Judgement:
        self._in_vain += self._throttle.wait(self._ticks()) <= 0  # several connections hear of one trouble
        if self._in_vain >= LINES_IN_VAIN:
            return self._stopped(answer)
        self._left_alone(answer, self._throttle.breathe)
        return answer.judged

    def _ended_after(self, most: int, answer: _Answer, how: Callable[[float], int]) -> Judgement:
        return self._stopped(answer) if self._left_alone(answer, how) > most else answer.judged

    def _left_alone(self, answer: _Answer, how: Callable[[float], int]) -> int:
        self.why = answer.words
        return how(self._ticks())

    def _stopped(self, answer: _Answer) -> Judgement:
        judged = answer.judged
        if judged.asked is Asked.STOP:
            return judged
        self.why = answer.words
        limit = judged.meaning in (Meaning.LIMIT, Meaning.HOURLY, Meaning.TOO_MUCH)
        seconds = comes_back_after(answer.reply.text) or (ENOUGH_FOR_NOW if limit else TROUBLE_PASSES)
        self._spent_until = max(self._spent_until, self._ticks() + seconds)
        return replace(judged, state=State.QUEUED, asked=Asked.STOP_FOR_NOW, seconds=seconds)
