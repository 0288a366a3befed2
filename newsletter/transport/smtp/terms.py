"""What is decided before a conversation begins: how we introduce ourselves, and what we insist on."""

from dataclasses import dataclass

from newsletter.settings import Security
from newsletter.transport.smtp.login import Login


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms on which we hand mail over; on others we do not."""

    client_name: str = "localhost"
    security: Security = Security.STARTTLS
    login: Login | None = None
    login_unprotected: bool = False
    """Whether the password may travel unencrypted: to this machine, or where the organiser allowed it."""
    pipelining: bool = True
    """Whether commands leave in groups where the relay offers PIPELINING (RFC 2920)."""
    window: int = 1
    """How many mails may be unanswered at once where the relay offers CHUNKING (RFC 3030); 1: we do not use it."""
