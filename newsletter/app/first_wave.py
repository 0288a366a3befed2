"""The first wave of an issue (its canary): a few get the mail, and the others only if nothing speaks against it.

How many are first, and when what became of them is to be judged, stands in the database. So whatever runs the issue, on
whatever terminal or machine, stops after the first few; nobody has to be there when the time comes.

An issue waits as paused, with `held` as the reason. A pause by an organiser has another reason, and then nobody judges.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from sqlalchemy import Connection, Engine, select, update

from newsletter import send_log
from newsletter.bounces import feedback
from newsletter.database.engine import reading, writing
from newsletter.database.tables import Lifecycle, issues
from newsletter.delivery import lifecycle
from newsletter.issue import Issue, read_issue
from newsletter.policy.canary import Canary, objection


class WaveVerdict(Enum):
    """What is to be done about the others."""

    NOT_YET = auto()
    """The first few are not all written to, or it is too early to judge."""
    WAITS = auto()
    """The first few are written to; the issue is held from now on."""
    OBJECTS = auto()
    """What became of the first few speaks against the others; the issue is paused."""
    GOES_ON = auto()
    """The others may get it."""


@dataclass(frozen=True)
class WaveJudged:
    """What came of a look at the first wave of an issue; `why` says what speaks against the others."""

    issue: int
    verdict: WaveVerdict
    why: str = ""


def held(canary: Canary) -> str:
    """Say why an issue is paused while it waits for the first few."""
    return f"the first {canary.first:,} are written to; the others follow if all is well"


def is_held(connection: Connection, issue: Issue) -> bool:
    """Whether the issue still waits for its first few, and no organiser has decided otherwise meanwhile."""
    found = read_issue(connection, issue.number)
    canary = issue.canary
    return canary is not None and (found.lifecycle, found.why) == (Lifecycle.PAUSED, held(canary))


def hold(connection: Connection, issue: Issue, now: datetime) -> WaveJudged:
    """Hold an issue whose first few are written to; pause it for good if something already speaks against the others.

    Does nothing unless it is open and all of its first few were tried, and others are left.
    """
    found = _locked(connection, issue.number)
    canary = found.canary
    if canary is None or found.judged_at or found.lifecycle is not Lifecycle.OPEN or found.is_scheduled:
        return WaveJudged(issue.number, WaveVerdict.NOT_YET)
    few = send_log.first_wave(connection, issue.number, canary.first)
    if send_log.has_untried(connection, few):
        return WaveJudged(issue.number, WaveVerdict.NOT_YET)
    if not send_log.is_unfinished(connection, issue.number):
        _clear(connection, issue.number)
        return WaveJudged(issue.number, WaveVerdict.NOT_YET)
    if against := _against(connection, issue.number):
        return _objected(connection, issue.number, against)
    lifecycle.pause(connection, issue.number, held(canary))
    until = now + timedelta(seconds=canary.seconds)
    connection.execute(update(issues).where(issues.c.id == issue.number).values(canary_until=until))
    return WaveJudged(issue.number, WaveVerdict.WAITS)


def judge(connection: Connection, issue: Issue) -> WaveJudged:
    """Let a held issue go on, or pause it for good if something speaks against the others."""
    found = _locked(connection, issue.number)
    if not is_held(connection, found):
        return WaveJudged(issue.number, WaveVerdict.NOT_YET)
    if against := _against(connection, issue.number):
        return _objected(connection, issue.number, against)
    lifecycle.reopen(connection, found)
    return WaveJudged(issue.number, WaveVerdict.GOES_ON)


def interrupt(connection: Connection, issue: Issue) -> None:
    """Have a held issue wait for the organiser; what another program has decided meanwhile holds."""
    found = _locked(connection, issue.number)
    if is_held(connection, found):
        lifecycle.pause(connection, issue.number, "interrupted")


def look(engine: Engine, now: datetime) -> list[WaveJudged]:
    """Hold the issues whose first few are written to, and judge those whose time has come; for machines. Commits."""
    with reading(engine) as connection:
        waiting = select(issues.c.id).where(
            issues.c.canary_first.is_not(None), issues.c.standing != Lifecycle.CANCELLED
        )
        numbers = list(connection.scalars(waiting.order_by(issues.c.id)))
    return [
        judged for number in numbers if (judged := _look_at(engine, number, now)).verdict is not WaveVerdict.NOT_YET
    ]


def _look_at(engine: Engine, number: int, now: datetime) -> WaveJudged:
    with writing(engine) as connection:
        issue = read_issue(connection, number)
        if issue.judged_at is None:
            return hold(connection, issue, now)
        return judge(connection, issue) if issue.judged_at <= now else WaveJudged(number, WaveVerdict.NOT_YET)


def _locked(connection: Connection, number: int) -> Issue:
    """Read the issue, and keep other machines from judging it until this transaction ends."""
    connection.execute(select(issues.c.id).where(issues.c.id == number).with_for_update())
    return read_issue(connection, number)


def _against(connection: Connection, issue: int) -> str:
    """Say what speaks against the others, by what became of the first few; empty: nothing."""
    return objection(send_log.tally(connection, issue), feedback.affected(connection, issue))


def _objected(connection: Connection, issue: int, why: str) -> WaveJudged:
    lifecycle.pause(connection, issue, why)
    _clear(connection, issue)
    return WaveJudged(issue, WaveVerdict.OBJECTS, why)


def _clear(connection: Connection, issue: int) -> None:
    judged = {"canary_first": None, "canary_seconds": None, "canary_until": None}
    connection.execute(update(issues).where(issues.c.id == issue).values(judged))
