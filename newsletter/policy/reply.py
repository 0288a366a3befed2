"""What the relay said, and at which point of the conversation; newsletter.policy.verdict judges it."""

from enum import StrEnum
from typing import NamedTuple


class Stage(StrEnum):
    """The command a reply answers (RFC 5321 §4.3.2)."""

    CONNECT = "connect"
    EHLO = "ehlo"
    STARTTLS = "starttls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    DOT = "dot"
    """The end of the mail data: from the moment when the final dot may have left."""
    RSET = "rset"
    QUIT = "quit"


class Reply(NamedTuple):
    """One reply (RFC 5321 §4.2). `code` is None where there was no reply; `text` then says what happened instead.

    Only the first digit of the code is binding; `enhanced` is the status code of RFC 3463, such as "5.1.1", or "".
    """

    stage: Stage
    code: int | None
    text: str = ""
    enhanced: str = ""

    @property
    def positive(self) -> bool:
        return self.code is not None and 200 <= self.code <= 299

    @property
    def transient(self) -> bool:
        return self.code is not None and 400 <= self.code <= 499

    @property
    def permanent(self) -> bool:
        return self.code is not None and 500 <= self.code <= 599

    @property
    def unanswered_dot(self) -> bool:
        """Whether the relay may hold a copy although it never confirmed it (RFC 1047)."""
        return self.stage is Stage.DOT and self.code is None
