"""How fast, and when again: arithmetic on times, in seconds, that are passed in. It neither waits nor asks a clock."""

from dataclasses import dataclass, field

LONGEST_RETRY = 3600.0
FIRST_PAUSE = 5.0
LONGEST_PAUSE = 600.0
IN_A_ROW = 5
"""So many refusals in a row that are our fault stop the issue."""
LEAST_CLAIM, MOST_CLAIM = 8, 500
CLAIM_SECONDS = 0.25
"""A claim should be worked off in about this time: whoever unsubscribes later is still spared."""


def retry_after(attempts: int, first: float, chance: float) -> float:
    """Say how long to wait after the `attempts`-th try: doubling, at most an hour, ± 10 % by `chance` (0 to 1).

    The jitter never makes the first pause shorter than `first`, because greylisting counts from there.
    """
    doubled = min(first * 2.0 ** min(attempts - 1, 30), LONGEST_RETRY)
    return max(first, doubled * (0.9 + 0.2 * chance)) if attempts > 1 else first * (1.0 + 0.2 * chance)


@dataclass
class Pace:
    """When the next message may be drawn; one for a run."""

    rate: float = 0.0
    """Messages a second; 0: no limit."""
    _next: float = field(default=0.0, init=False)
    _pause_until: float = field(default=0.0, init=False)
    _pauses: int = field(default=0, init=False)
    _blamed: int = field(default=0, init=False)

    def wait_before_next(self, now: float) -> float:
        """Say how long to wait before one more message, and count it as drawn when that is 0."""
        wait = max(self._next, self._pause_until) - now
        if wait > 0:
            return wait
        if self.rate:
            self._next = max(self._next, now - 1.0) + 1.0 / self.rate
        return 0.0

    def pause(self, now: float) -> float:
        """Let the relay rest, longer each time in a row; say for how long."""
        length = min(FIRST_PAUSE * 2.0**self._pauses, LONGEST_PAUSE)
        if now >= self._pause_until:  # several connections hear of the same trouble
            self._pauses += 1
            self._pause_until = now + length
        return self._pause_until - now

    def accepted(self) -> None:
        """All is well again."""
        self._pauses = 0
        self._blamed = 0

    def blamed(self) -> bool:
        """Count a refusal that is our fault; say whether there were too many in a row."""
        self._blamed += 1
        return self._blamed >= IN_A_ROW


def next_claim(size: int, seconds: float) -> int:
    """Say how many to claim next, after `size` were worked off in `seconds`."""
    if seconds > 2 * CLAIM_SECONDS:
        return max(size // 2, LEAST_CLAIM)
    return min(size * 2, MOST_CLAIM) if seconds < CLAIM_SECONDS else size
