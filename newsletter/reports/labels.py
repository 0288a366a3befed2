"""The states of a delivery as an organiser reads them. JSON, CSV and `--state` keep the names of `State`."""

from newsletter.database.tables import State
from subscribers.audience import LEFT_OUT

__all__ = ["LABELS", "LEFT_OUT", "MEANINGS", "in_words"]

LABELS = {
    State.QUEUED: "not tried yet",
    State.SENDING: "being sent",
    State.ACCEPTED: "sent",
    State.DEFERRED: "to be tried again",
    State.REFUSED: "not reached",
    State.EXPIRED: "given up",
    State.SKIPPED: "not emailed",
    State.UNCERTAIN: "in doubt",
}
"""A few words for a column of a table."""

MEANINGS = {
    State.QUEUED: "Their turn has not come yet.",
    State.SENDING: "The email is being handed to your mail server.",
    State.ACCEPTED: "Your mail server has taken the email. Bringing it to them is its job now.",
    State.DEFERRED: "A mail server asked us to come back later, and we will.",
    State.REFUSED: "A mail server said no for good.",
    State.EXPIRED: "They were tried again and again for too long. We have stopped trying.",
    State.SKIPPED: "They no longer wanted it when their turn came, or the issue was cancelled.",
    State.UNCERTAIN: "The connection dropped before the last answer, so they may or may not have it. You decide.",
}
"""A sentence or two for a page."""

_LANGUAGES = {"cy": "Welsh", "en": "English"}


def in_words(languages: str) -> str:
    """Say in which languages a mail is: "cy+en" is "Welsh and English"."""
    return " and ".join(_LANGUAGES.get(code, code) for code in languages.split("+"))
