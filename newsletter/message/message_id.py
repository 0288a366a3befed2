"""An issue and a person in, a Message-ID out (RFC 5322 §3.6.4)."""

from newsletter.issue import Issue
from subscribers.signature import Key


class MessageIds:
    """The Message-IDs of one issue: unique per person, the same at every attempt, and not to be guessed."""

    def __init__(self, issue: Issue) -> None:
        self._key = Key(issue.letterhead.salt.encode())
        self._start, self._end = f"<{issue.number}.", f"@{issue.letterhead.sender.domain}>"

    def of(self, subscriber_id: int) -> str:
        """Derive the Message-ID of the mail to one person."""
        return f"{self._start}{self._key.sign(str(subscriber_id))[:15].hex()}{self._end}"
