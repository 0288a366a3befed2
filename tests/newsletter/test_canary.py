"""A first wave says whether the others are to follow."""

from collections import Counter

import pytest

from newsletter.database.tables import FeedbackKind, State
from newsletter.policy.canary import objection


@pytest.mark.parametrize(
    ("states", "heard", "said"),
    [
        ({State.ACCEPTED: 100}, {}, ""),
        ({}, {}, ""),
        ({State.ACCEPTED: 95, State.REFUSED: 5}, {}, ""),
        ({State.ACCEPTED: 94, State.REFUSED: 6}, {}, "6 of the first 100 were refused or came back"),
        (
            {State.ACCEPTED: 97, State.REFUSED: 3},
            {FeedbackKind.BOUNCE: 3},
            "6 of the first 100 were refused or came back",
        ),
        (
            {State.ACCEPTED: 100, State.QUEUED: 900},
            {FeedbackKind.BOUNCE: 6},
            "6 of the first 100 were refused or came back",
        ),
        ({State.ACCEPTED: 1000}, {FeedbackKind.COMPLAINT: 3}, ""),
        ({State.ACCEPTED: 1000}, {FeedbackKind.COMPLAINT: 4}, "4 of the first 1,000 reported it as spam"),
        ({State.ACCEPTED: 1000}, {FeedbackKind.UNSUBSCRIBE: 100, FeedbackKind.LATE: 100}, ""),
    ],
)
def test_the_others_wait_when_the_first_were_turned_away_or_complained(
    states: dict[State, int], heard: dict[FeedbackKind, int], said: str
) -> None:
    assert objection(Counter(states), Counter(heard)) == said
