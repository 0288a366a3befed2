"""What one run may ask of its relays, shared with all other processes: implements delivery.policy.RunLimits.

On PostgreSQL only. On SQLite all runs are on one machine, and each keeps its own limits, as it always did.
"""

from contextlib import suppress
from secrets import token_hex

from sqlalchemy import Engine

from newsletter.database.engine import Writer, writing
from newsletter.delivery.policy import OwnLimits, RunLimits
from newsletter.delivery.throttle import RelayThrottle
from newsletter.errors import DatabaseError
from newsletter.fleet.allowance import SharedPace
from newsletter.fleet.shared_throttle import SharedThrottle, forgive


class SharedLimits:
    """The limits of this process's runs, one run at a time. All but `throttle` belongs into the thread of the run."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writer = Writer(engine)
        self._process = token_hex(8)
        self._throttles: dict[str, SharedThrottle] = {}

    def pace(self, rate: float) -> SharedPace:
        """Return when messages may be drawn, at `rate` messages a second of all processes together; 0: no limit."""
        return SharedPace(self._writer, rate)

    def throttle(self, relay: str, most: int, first_rest: float) -> RelayThrottle:
        """Return the throttle of a relay: at most `most` connections of all processes together."""
        limit = self._throttles[relay] = SharedThrottle(self._writer, self._process, relay, most, first_rest)
        return RelayThrottle(most, first_rest, limit=limit)

    def look(self) -> None:
        """Look, once a second, at what the other processes do. Raises DatabaseError."""
        for throttle in self._throttles.values():
            throttle.look()

    def close(self) -> None:
        """Give to the others what this process held, and its connection to the database back."""
        with suppress(DatabaseError):  # the others will notice that it is silent
            for throttle in self._throttles.values():
                throttle.leave()
        self._writer.close()

    def forgive(self) -> None:
        """End pauses and rests that no process is in, because an organiser says to go on. Commits."""
        with writing(self._engine) as connection:
            forgive(connection)


class SeparateLimits(OwnLimits):
    """Limits that each run keeps for itself."""

    def throttle(self, relay: str, most: int, first_rest: float) -> RelayThrottle:
        """Return the throttle of a relay: at most `most` connections of this run."""
        return RelayThrottle(most, first_rest)

    def forgive(self) -> None:
        """Do nothing: the next run knows nothing of the pauses and rests of the last."""


def limits(engine: Engine) -> SharedLimits | SeparateLimits:
    """Return the limits of runs on the database of `engine`."""
    return SharedLimits(engine) if engine.dialect.name == "postgresql" else SeparateLimits()


__all__ = ["RunLimits", "SeparateLimits", "SharedLimits", "limits"]
