"""A first wave: the first few are written to, one waits for what comes back, and the rest go only if that is well.

Pure: counts in, an objection out, or none.
"""

from collections import Counter
from dataclasses import dataclass

from newsletter.tables import Heard, State

MOST_REFUSED = 0.05
"""More than this share of the first refused, or come back: the list is stale, or somebody dislikes the words."""
MOST_COMPLAINTS = 0.003
"""More than this share reported as spam; from here on Gmail and Yahoo turn mail away."""


@dataclass(frozen=True)
class Canary:
    """How many go first, and how many seconds to wait after them."""

    first: int
    seconds: float


def objection(states: Counter[State], heard: Counter[Heard]) -> str:
    """Say why the others should not be written to, by what became of the first; empty: nothing speaks against it."""
    tried = sum(states[state] for state in (State.ACCEPTED, State.REFUSED, State.EXPIRED, State.UNCERTAIN))
    refused = states[State.REFUSED] + heard[Heard.BOUNCE]
    if refused > tried * MOST_REFUSED:
        return f"{refused:,} of the first {tried:,} were refused or came back"
    if heard[Heard.COMPLAINT] > tried * MOST_COMPLAINTS:
        return f"{heard[Heard.COMPLAINT]:,} of the first {tried:,} reported it as spam"
    return ""
