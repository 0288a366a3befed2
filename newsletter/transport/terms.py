"""What is settled before a conversation begins: how we introduce ourselves, and what we insist on."""

from dataclasses import dataclass

from newsletter.settings import Security
from newsletter.transport.login import Login


@dataclass(frozen=True, slots=True)
class Terms:
    """No mail is handed over on other terms."""

    client_name: str = "localhost"
    security: Security = Security.STARTTLS
    login: Login | None = None
    login_unprotected: bool = False
    """Whether the password may travel readable: towards this machine, or where the organiser said so."""
    pipelining: bool = True
    """Whether commands leave in groups where the relay offers it (RFC 2920)."""
    window: int = 1
    """How many mails may be on their way unanswered where the relay offers CHUNKING (RFC 3030); 1: it is not used."""
