"""Decides how much to ask of a relay from what it says: `policy.verdict` judges each answer, this counts and times.

Implements newsletter.transport.Throttle for one relay; `policy.pace` does the arithmetic. Only the throttle knows what
the relay has said before, so it decides when equal answers in a row, or trouble that does not end, stop the run.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple, Protocol

from newsletter.database.tables import State
from newsletter.policy import pace
from newsletter.policy.answers import Meaning, likeness
from newsletter.policy.answers.hints import comes_back_after, window_of
from newsletter.policy.reply import Reply, Stage
from newsletter.policy.verdict import ACCEPTED, LOST, UNCERTAIN, Judgement, Treatment, judge
from newsletter.transport import Standstill

IN_A_ROW = 5
"""The same answer to so many recipients in a row is about us."""
MIXED_IN_A_ROW = 20
"""So many refusals in a row that may be about us are about us, however they are worded."""
LINES_IN_VAIN = 3
"""The run ends for now after so many new connections in a row whose first mail was turned away."""
BREATHS, BREATHS_AT_5YZ, PAUSES, RESTS = 6, 2, 6, 3
"""The run ends for now after so many waits of each kind in a row without one acceptance."""
ENOUGH_FOR_NOW = 3600.0
"""How many seconds to wait, after a relay says that we have sent enough, before we ask it again."""
TROUBLE_PASSES = 600.0
"""The same, if the relay did not speak of a limit."""
LATELY = 20
"""If most of so many answers deferred mail, we ask for less."""
_ALL_LATELY = (1 << LATELY) - 1
_CLOSING = 421


class _Answer(NamedTuple):
    delivery: int
    reply: Reply
    judged: Judgement
    used: bool
    """Whether the connection had carried other mails before."""

    @property
    def words(self) -> str:
        return f"{self.reply.code} {self.reply.text}".rstrip()


class ConnectionLimit(Protocol):
    """How many connections may be open, and when: what policy.pace.RelayLoad says for this process alone.

    newsletter.fleet.shared_throttle says it for all machines together. Times are seconds by the throttle's `ticks`.
    """

    why: str

    @property
    def connections(self) -> int: ...
    def wait(self, now: float) -> float: ...
    def wait_before_next(self, now: float) -> float: ...
    def opened(self, more: int) -> None: ...
    def is_spent(self, now: float) -> bool: ...
    def spend(self, now: float, seconds: float) -> None: ...
    def accepted(self) -> None: ...
    def breathe(self, now: float, least: float = 0.0) -> int: ...
    def ease(self, now: float) -> int: ...
    def pause(self, now: float) -> int: ...
    def rest(self, now: float) -> int: ...
    def search_again(self) -> None: ...
    def turned_away(self, standing: int) -> None: ...


class RelayThrottle:
    """The throttle of one relay: at most `most` connections, and rests of `first_rest` seconds or more.

    `limit`: what counts connections and pauses instead, where several machines share the relay.
    """

    def __init__(
        self,
        most: int,
        first_rest: float = pace.FIRST_REST,
        ticks: Callable[[], float] = time.monotonic,
        limit: ConnectionLimit | None = None,
    ) -> None:
        self._throttle: ConnectionLimit = limit or pace.RelayLoad(most, first_rest)
        self._allowance = pace.Allowance()
        self._ticks = ticks
        self._doubtful: dict[str, list[int]] = {}
        """Deliveries refused since the last acceptance with answers that may be about us, grouped by equal answers."""
        self._in_vain = 0
        self._put_off = 0
        """The last answers as bits; 1: the mail was deferred."""

    @property
    def connections(self) -> int:
        """How many connections may be open now; 0: other machines use all that the relay allows."""
        return self._throttle.connections

    @property
    def why(self) -> str:
        """What the relay said last that made us ask for less."""
        return self._throttle.why

    @property
    def spent(self) -> bool:
        """Whether the relay has said that it takes no more from us for now."""
        return self._throttle.is_spent(self._ticks())

    @property
    def standstill(self) -> Standstill | None:
        """Why and for how long the relay is left alone; None: it is not."""
        seconds = self._throttle.wait(self._ticks())
        return Standstill(seconds, self._throttle.why) if seconds > 0 else None

    def wait(self) -> float:
        """Return for how many more seconds to leave the relay alone."""
        return self._throttle.wait(self._ticks())

    def wait_before_next(self) -> float:
        """Return how many seconds to wait before one more mail, including the time that the relay is left alone."""
        now = self._ticks()
        wait = self._throttle.wait_before_next(now)
        return max(wait, self._allowance.wait(now)) if self._allowance.rate else wait

    def opened(self, more: int) -> None:
        """Note that so many `more` connections are open, or -1."""
        self._throttle.opened(more)

    def begun(self) -> None:
        """Count one more mail as on its way."""
        if self._allowance.rate:
            self._allowance.begun(self._ticks())

    def heard(self, delivery: int, reply: Reply, used: bool = False) -> Judgement:
        """Judge the answer to a mail and remember it; `used`: the connection had carried other mails before."""
        judged = judge(reply, used)
        if judged is ACCEPTED:
            self._accepted()
        elif judged is not UNCERTAIN and judged is not LOST:
            return self._adjusted(_Answer(delivery, reply, judged, used))
        return judged

    def turned_away(self, open_now: int) -> None:
        """Note that the relay refused a further connection while `open_now` connections were open."""
        self._throttle.turned_away(open_now)

    def _accepted(self) -> None:
        self._throttle.accepted()
        self._allowance.accepted(self._ticks())
        self._put_off = (self._put_off << 1) & _ALL_LATELY
        self._in_vain = 0
        if self._doubtful:
            self._doubtful.clear()

    def _adjusted(self, answer: _Answer) -> Judgement:
        asked = answer.judged.asked
        if asked is not Treatment.NEW_LINE and answer.reply.stage is not Stage.MAIL:
            self._in_vain = 0  # the answer is to a command after MAIL, so this connection was not in vain
        match asked:
            case Treatment.GO_ON:
                return self._counted(answer) if answer.judged.counts else self._noted(answer)
            case Treatment.NEW_LINE:
                return answer.judged if answer.used else self._in_vain_again(answer)
            case Treatment.SLOWER | Treatment.FEWER:
                return self._slower(answer)
            case Treatment.EASE | Treatment.PAUSE:
                return self._paused(answer)
            case Treatment.REST:
                return self._ended_after(RESTS, answer, self._throttle.rest)
            case _:
                return self._stopped(answer)

    def _counted(self, answer: _Answer) -> Judgement:
        """Count a refusal that may be about us.

        The fifth equal one, or the twentieth of any kind, is about us: it stops the run, and the refused deliveries are
        queued again.
        """
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
            each[:] = [-1] * IN_A_ROW  # full, so the same answer to a mail still under way does not refuse it either
        return replace(judged, state=State.QUEUED, asked=Treatment.STOP, again=again)

    def _noted(self, answer: _Answer) -> Judgement:
        """Ask for less if most of the last answers deferred mail for reasons other than the recipient."""
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
            if self._throttle.wait(now) <= 0:  # count once: several connections hear of the same trouble
                least = max(least, self._allowance.used_up_for(now, window))
                self._allowance.exceeded(now, window)
        most = BREATHS_AT_5YZ if answer.reply.permanent else BREATHS
        ended = self._ended_after(most, answer, lambda moment: self._throttle.breathe(moment, least))
        if judged.meaning is Meaning.RATE and self._allowance.rate:
            self._throttle.search_again()  # from now on the rate limits us, not the number of connections
        return ended

    def _paused(self, answer: _Answer) -> Judgement:
        if answer.reply.stage is not Stage.MAIL:
            ease = answer.judged.asked is Treatment.EASE
            self._left_alone(answer, self._throttle.ease if ease else self._throttle.pause)
            return answer.judged
        if answer.reply.code == _CLOSING:
            return self._in_vain_again(answer)
        return self._ended_after(PAUSES, answer, self._throttle.pause)

    def _in_vain_again(self, answer: _Answer) -> Judgement:
        self._in_vain += self._throttle.wait(self._ticks()) <= 0  # once: several connections hear of the same trouble
        if self._in_vain >= LINES_IN_VAIN:
            return self._stopped(answer)
        self._left_alone(answer, self._throttle.breathe)
        return answer.judged

    def _ended_after(self, most: int, answer: _Answer, how: Callable[[float], int]) -> Judgement:
        return self._stopped(answer) if self._left_alone(answer, how) > most else answer.judged

    def _left_alone(self, answer: _Answer, how: Callable[[float], int]) -> int:
        self._throttle.why = answer.words
        return how(self._ticks())

    def _stopped(self, answer: _Answer) -> Judgement:
        judged = answer.judged
        if judged.asked is Treatment.STOP:
            return judged
        self._throttle.why = answer.words
        limit = judged.meaning in (Meaning.LIMIT, Meaning.HOURLY, Meaning.TOO_MUCH)
        seconds = comes_back_after(answer.reply.text) or (ENOUGH_FOR_NOW if limit else TROUBLE_PASSES)
        self._throttle.spend(self._ticks(), seconds)
        return replace(judged, state=State.QUEUED, asked=Treatment.STOP_FOR_NOW, seconds=seconds)
