"""How often a network has asked of late, whatever it asked for: an answer may depend on it, because it tells of nobody.

Kept in memory, and forgotten with the program: the caps themselves are the database's (see `requests` and `owed`).
"""

from collections import OrderedDict, deque
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MOST_NETWORKS = 10_000
"""So many are remembered; the one that has been silent longest is forgotten first."""


class Knocks:
    """Counts what networks ask."""

    def __init__(self, clock: Callable[[], datetime], most: int) -> None:
        self._clock, self._most = clock, most
        self._times: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = Lock()

    def count(self, network: str) -> tuple[int, int]:
        """Count one more; say how many that makes in an hour, and in a day, up to one more than the most."""
        at = self._clock()
        with self._lock:
            times = self._times.setdefault(network, deque(maxlen=self._most + 1))
            self._times.move_to_end(network)
            if len(self._times) > MOST_NETWORKS:
                self._times.popitem(last=False)
            times.append(at)
            while times[0] <= at - DAY:
                times.popleft()
            return sum(time > at - HOUR for time in times), len(times)
