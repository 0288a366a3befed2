"""A first wave: a few recipients get the mail, the run waits for feedback, and the rest get it only if that is good.

Pure: counts in, an objection out, or none.
"""

from collections import Counter
from dataclasses import dataclass

from newsletter.database.tables import FeedbackKind, State

MOST_REFUSED = 0.05
"""If more than this share of the first is refused or bounces, the list is stale, or servers refuse what we write."""
MOST_COMPLAINTS = 0.003
"""The most of the first that may be reported as spam; above this share Gmail and Yahoo turn mail away."""


@dataclass(frozen=True)
class Canary:
    """How many recipients get the mail first, and how many seconds to wait then."""

    first: int
    seconds: float


def objection(states: Counter[State], heard: Counter[FeedbackKind]) -> str:
    """Say why the other recipients should not get the mail, by what became of the first; empty: no objection."""
    tried = sum(states[state] for state in (State.ACCEPTED, State.REFUSED, State.EXPIRED, State.UNCERTAIN))
    refused = states[State.REFUSED] + heard[FeedbackKind.BOUNCE]
    if refused > tried * MOST_REFUSED:
        return f"{refused:,} of the first {tried:,} were refused or came back"
    if heard[FeedbackKind.COMPLAINT] > tried * MOST_COMPLAINTS:
        return f"{heard[FeedbackKind.COMPLAINT]:,} of the first {tried:,} reported it as spam"
    return ""
