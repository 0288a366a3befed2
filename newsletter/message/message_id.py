"""An issue and a recipient in, a Message-ID out (RFC 5322 §3.6.4)."""

from newsletter.issue import Issue
from subscribers.signature import SigningKey


class MessageIds:
    """The Message-IDs of one issue: unique per recipient, the same at every attempt, and impossible to guess."""

    def __init__(self, issue: Issue) -> None:
        self._key = SigningKey(issue.letterhead.salt.encode())
        self._start, self._end = f"<{issue.number}.", f"@{issue.letterhead.sender.domain}>"

    def of(self, subscriber_id: int) -> str:
        """Derive the Message-ID of the mail to one recipient."""
        return f"{self._start}{self._key.sign(str(subscriber_id))[:15].hex()}{self._end}"
