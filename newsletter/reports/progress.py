"""The progress of an issue. In: the answers as they come, or the send log. Out: how many recipients are done, why some
were refused, how many a second now, and how long the rest takes. These are estimates; the account is `account`.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, func, select

from newsletter.bounces.parse.diagnosis import BounceStage, Symptom, diagnose
from newsletter.database.tables import State, attempts, deliveries, waits_as
from newsletter.policy.reply import Reply, Stage

LATELY = timedelta(minutes=1)
"""How far back to look for the current speed."""
SHORTEST = 1.0
"""The shortest time to compute a speed from, in seconds: two answers in an instant tell no speed."""


@dataclass
class Progress:
    """The answers of a run so far, counted."""

    waiting: int = 0
    """Recipients whom the relay deferred and who will be tried again."""
    done: int = 0
    """Recipients who are accepted, refused or uncertain."""
    uncertain: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    """How many were refused, by the reason in words."""

    def answered(self, state: State, reply: Reply, tries: int) -> None:
        """Count an answer about a recipient who had `tries` tries before. QUEUED takes an earlier refusal back."""
        self.waiting -= bool(tries and self.waiting)
        match state:
            case State.QUEUED:
                self.done -= 1
                self.refused[why(reply.stage, reply.code, reply.text)] -= 1
                self.refused += Counter()
            case State.DEFERRED:
                self.waiting += 1
            case State.REFUSED:
                self.done += 1
                self.refused[why(reply.stage, reply.code, reply.text)] += 1
            case State.ACCEPTED | State.UNCERTAIN:
                self.done += 1
                self.uncertain += state is State.UNCERTAIN


@dataclass(frozen=True)
class Speed:
    """The current speed, and how long the rest takes at that speed; None: unknown."""

    per_second: float
    seconds_left: float | None

    def as_json(self) -> dict[str, float | None]:
        """Return the numbers that `status --json` prints, rounded because they are estimates."""
        left = None if self.seconds_left is None else round(self.seconds_left)
        return {"per_second": round(self.per_second, 2), "seconds_left": left}


def why(stage: str | None, code: int | None, text: str) -> str:
    """Say in words why a recipient was refused, from the last answer about them."""
    if code is None:
        return "their mail could not be built"  # a dropped connection is never recorded as a refusal
    symptom = Symptom(text=f"{code} {text}", stage=_MOMENTS.get(stage or "", BounceStage.UNKNOWN))
    return str(diagnose(symptom).reason)


def refusals(connection: Connection, issue: int) -> Counter[str]:
    """Count the refused of `issue` by reason."""
    table, tried = deliveries.c, attempts.c
    last = and_(tried.delivery_id == table.id, tried.at == table.at)
    query = (
        select(tried.stage, table.code, table.reply, func.count())
        .select_from(deliveries.outerjoin(attempts, last))
        .where(table.issue_id == issue, table.state == State.REFUSED)
        .group_by(tried.stage, table.code, table.reply)
    )
    counted = Counter[str]()
    for stage, code, reply, number in connection.execute(query, execution_options={"yield_per": 1000}):
        counted[why(stage, code, reply or "")] += number
    return counted


def speed(connection: Connection, issue: int, now: datetime) -> Speed:
    """Return how quickly `issue` goes out now, from the send log, so it works beside any sending process."""
    table = deliveries.c
    ended = table.state.in_((State.ACCEPTED, State.REFUSED, State.UNCERTAIN))
    lately = select(func.count(), func.min(table.at)).where(table.issue_id == issue, ended, table.at > now - LATELY)
    number, since = connection.execute(lately).one()
    if not number:
        return Speed(0.0, None)
    per_second = number / max((now - since).total_seconds(), SHORTEST)
    left = [
        select(func.count()).where(table.issue_id == issue, waits_as(state)).scalar_subquery()
        for state in (State.QUEUED, State.SENDING)
    ]
    return Speed(per_second, connection.execute(select(left[0] + left[1])).scalar_one() / per_second)


_MOMENTS: dict[str, BounceStage] = {
    Stage.RCPT: BounceStage.RCPT,
    Stage.DATA: BounceStage.DATA,
    Stage.DOT: BounceStage.DATA,
}
