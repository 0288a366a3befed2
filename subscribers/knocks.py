"""How often a network has asked lately, for anything. A page's answer may depend on it: it says nothing of subscribers.

Kept in memory and lost when the program ends: the caps themselves are in the database (see `requests` and
`pending_mail`).
"""

from collections import OrderedDict, deque
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MOST_NETWORKS = 10_000
"""How many networks are remembered; the one that has been silent longest is dropped first."""


class Knocks:
    """Counts the requests of each network."""

    def __init__(self, clock: Callable[[], datetime], most: int) -> None:
        self._clock, self._most = clock, most
        self._times: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = Lock()

    def count(self, network: str) -> tuple[int, int]:
        """Count one request; return how many that makes in the last hour and in the last day, at most `most` + 1."""
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
