"""Connections, pauses and rests of one relay for all processes that use it: implements delivery.throttle's limit.

A row of `relays` holds the state of one policy.pace.RelayLoad, which does the arithmetic. Trouble is applied to it at
once, under the row's lock: what eight processes hear within a second is one trouble, because the state says so to the
other seven. Acceptances are added up and applied once a second.

Each process with mail for the relay keeps a row in `relay_shares`, and has a part of the connections: as many as the
others, and one of those that remain if it is among the first, by the moment it came. A part may be 0; that process
waits. So after a rest, when one connection is allowed, one process alone asks the relay. A process that is silent for
SILENT seconds has no part any more.

Only the database's clock is compared between processes; `ticks` measures how long this one waits.
"""

import time
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from newsletter.database.engine import Writer
from newsletter.database.tables import relay_shares, relays
from newsletter.policy.pace import RelayLoad

LOOK_SECONDS = 1.0
"""Seconds between two looks at what the other processes do."""
SILENT = 10.0
"""Seconds after which a process that was not heard of has no part any more."""
FORGOTTEN = timedelta(hours=1)
"""After so long without mail for the relay, the next process begins as if it had never been used."""
_MOMENTS = ("paused_until", "deaf_until", "spent_until")
_STATE = tuple(each.name for each in fields(RelayLoad) if not each.init and each.name not in (*_MOMENTS, "why"))

LoadChange = Callable[[RelayLoad, float], int | None]


class SharedThrottle:
    """One process's part of what all may ask of one relay. Raises DatabaseError where it asks the database."""

    def __init__(
        self,
        writer: Writer,
        process: str,
        relay: str,
        most: int,
        first_rest: float,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._writer, self._process, self._relay, self._ticks = writer, process, relay, ticks
        self._known = RelayLoad(most, first_rest)
        """The state of all, as it was at the last look; its seconds are the database's."""
        self._behind = 0.0
        """How many seconds `ticks` is behind the database's clock."""
        self._number, self._rank = 1, 0
        self._takes_part = self._is_spent_here = False
        self._accepted = self._open = self._open_elsewhere = 0
        self._looked_at = self._wanted_at = -SILENT

    @property
    def why(self) -> str:
        return self._known.why

    @why.setter
    def why(self, words: str) -> None:
        self._known.why = words

    @property
    def connections(self) -> int:
        """This process's part of the connections, as of the last look; 0: it must wait.

        Before the first trouble its part grows with each acceptance, as it would alone.
        """
        if not self._takes_part:
            return 0
        part = self._part_of(self._known.connections)
        if part and self._known.searching:
            return min(part + self._accepted, max(self._part_of(self._known.most), part))
        return part

    def wait(self, now: float) -> float:
        """Return for how much longer to leave the relay alone, as of the last look.

        That a relay has had enough is a reason to wait only if another process was told so; this one has ended its run.
        """
        until = self._known.paused_until
        if not self._is_spent_here:
            until = max(until, self._known.spent_until)
        return max(until - self._behind - now, 0.0)

    def wait_before_next(self, now: float) -> float:
        """Return how long to wait before one more message; look at what the others do if the last look is too old."""
        self._wanted_at = now
        if not self._takes_part or now - self._looked_at >= LOOK_SECONDS:
            self._look()
        return self.wait(now) or (0.0 if self.connections else LOOK_SECONDS)

    def opened(self, more: int) -> None:
        """Note that so many `more` connections are open, or -1."""
        self._open += more

    def is_spent(self, now: float) -> bool:
        """Say whether the relay takes no more from us for now."""
        return now < self._known.spent_until - self._behind

    def spend(self, now: float, seconds: float) -> None:
        """Note that the relay takes no more from us for so many seconds."""
        self._is_spent_here = True
        self._trouble(lambda known, at: known.spend(at, seconds))

    def accepted(self) -> None:
        """Note an acceptance; it is added to those of the others at the next look."""
        self._accepted += 1

    def breathe(self, now: float, least: float = 0.0) -> int:
        """As RelayLoad.breathe, for all processes."""
        return self._trouble(lambda known, at: known.breathe(at, least))

    def ease(self, now: float) -> int:
        """As RelayLoad.ease, for all processes."""
        return self._trouble(RelayLoad.ease)

    def pause(self, now: float) -> int:
        """As RelayLoad.pause, for all processes."""
        return self._trouble(RelayLoad.pause)

    def rest(self, now: float) -> int:
        """As RelayLoad.rest, for all processes."""
        return self._trouble(RelayLoad.rest)

    def search_again(self) -> None:
        """As RelayLoad.search_again, for all processes."""
        self._trouble(lambda known, at: known.search_again())

    def turned_away(self, standing: int) -> None:
        """Note that the relay allows no more connections than are open now: `standing` here, and those of others."""
        self._trouble(lambda known, at: known.turned_away(standing + self._open_elsewhere))

    def look(self) -> None:
        """Look at what the others do, and say that this process is here; once a second, as long as it has mail."""
        if self._open > 0 or self._ticks() - self._wanted_at < SILENT:
            self._look()
        else:
            self.leave()

    def leave(self) -> None:
        """Give this process's part to the others."""
        if self._takes_part:
            with self._writer.writing() as connection:
                self._apply(connection, None)
                connection.execute(_LEAVE, {"relay": self._relay, "process": self._process})
            self._takes_part = self._is_spent_here = False

    def _look(self) -> None:
        with self._writer.writing() as connection:
            self._apply(connection, None)
            connection.execute(_LAZILY)

    def _trouble(self, change: LoadChange) -> int:
        """Apply trouble to the state of all; durably, because a rest of an hour should outlast a crash."""
        with self._writer.writing() as connection:
            return self._apply(connection, change, self._known.why)

    def _apply(self, connection: Connection, change: LoadChange | None, why: str = "") -> int:
        """Apply `change`, and what was accepted since the last look; then take this process's part of the result."""
        me = {"relay": self._relay, "process": self._process}
        row = self._locked(connection)
        connection.execute(_HERE, me | {"open": self._open})
        here = connection.execute(_ALL_HERE, {"relay": self._relay}).all()
        moment: datetime = here[0].moment
        known = self._read(row, alone=len(here) == 1, moment=moment)
        before = _written(known)
        if (
            known.wait(moment.timestamp()) <= 0
        ):  # acceptances of mails begun before a rest say nothing about the time after
            for _ in range(self._accepted):
                known.accepted()
        known.why = why or known.why
        result = (change and change(known, moment.timestamp())) or 0
        if (after := _written(known)) != before or _is_old(row.used_at, moment):
            connection.execute(update(relays).where(relays.c.name == self._relay).values(after | {"used_at": moment}))
        self._accepted, self._known, self._takes_part = 0, known, True
        self._number, self._rank = len(here), [each.process for each in here].index(self._process)
        self._open_elsewhere = sum(each.open for each in here if each.process != self._process)
        self._looked_at = self._ticks()
        self._behind = moment.timestamp() - self._looked_at
        return result

    def _locked(self, connection: Connection) -> Row[Any]:
        asked = select(relays).where(relays.c.name == self._relay).with_for_update()
        row = connection.execute(asked).first()
        if row is None:
            connection.execute(insert(relays).values(name=self._relay).on_conflict_do_nothing())
            row = connection.execute(asked).one()
        return row

    def _read(self, row: Row[Any], alone: bool, moment: datetime) -> RelayLoad:
        known = RelayLoad(self._known.most, self._known.first_rest)
        for name in _MOMENTS:
            setattr(known, name, getattr(row, name).timestamp() if getattr(row, name) else 0.0)
        known.why = row.heard
        if not alone or (row.used_at and moment - row.used_at < FORGOTTEN):
            for name in _STATE:
                setattr(known, name, getattr(row, name))
            known.connections = min(known.connections, known.most)
        return known

    def _part_of(self, connections: int) -> int:
        return connections // self._number + (self._rank < connections % self._number)


def forgive(connection: Connection) -> None:
    """End all pauses and rests, because an organiser says to go on; not while any process is using a relay."""
    if connection.execute(_ANY_HERE).first() is None:
        nothing: dict[str, Any] = dict.fromkeys(_MOMENTS)
        connection.execute(update(relays).values(nothing | {"pauses": 0, "rests": 0}))


def _written(known: RelayLoad) -> dict[str, Any]:
    moments = {name: _moment(getattr(known, name)) for name in _MOMENTS}
    return {name: getattr(known, name) for name in _STATE} | moments | {"heard": known.why}


def _moment(seconds: float) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def _is_old(used_at: datetime | None, moment: datetime) -> bool:
    return used_at is None or moment - used_at > FORGOTTEN / 10


_HERE = text(
    "INSERT INTO relay_shares AS known (relay, process, since, heard_at, open) "
    "VALUES (:relay, :process, clock_timestamp(), clock_timestamp(), :open) "
    "ON CONFLICT (relay, process) DO UPDATE SET heard_at = clock_timestamp(), open = :open, since = CASE "
    "WHEN known.heard_at < clock_timestamp() - make_interval(secs => :silent) THEN clock_timestamp() "
    "ELSE known.since END"
).bindparams(silent=SILENT)
_shares = relay_shares.c
_OF_RELAY = _shares.relay == bindparam("relay")
_MOMENT = func.clock_timestamp(type_=_shares.heard_at.type)
_IS_HERE = text("heard_at > clock_timestamp() - make_interval(secs => :silent)").bindparams(silent=SILENT)
_ALL_HERE = (
    select(_shares.process, _shares.open, _MOMENT.label("moment"))
    .where(_OF_RELAY, _IS_HERE)
    .order_by(_shares.since, _shares.process)
)
_ANY_HERE = select(_shares.process).where(_IS_HERE).limit(1)
_LEAVE = delete(relay_shares).where(_OF_RELAY, _shares.process == bindparam("process"))
# A look says nothing that a crash may not forget, so its commit does not wait for the disk.
_LAZILY = text("SET LOCAL synchronous_commit = off")
