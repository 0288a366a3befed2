"""One mail on its way through a conversation: what we say of it, and how far it has come."""

from dataclasses import dataclass

from newsletter.message import MailObject
from newsletter.transport import commands
from newsletter.transport.stuffing import stuffed


@dataclass(slots=True)
class Transaction:
    """A mail transaction (RFC 5321 §3.3), in words that are fit for the wire."""

    mail: MailObject
    begin: bytes
    recipient: bytes
    content: bytes
    begun: bool = False
    """The relay took MAIL: until it is reset or ended, another cannot begin."""
    named: bool = False
    """The relay took RCPT: from here on content would reach somebody."""
    dotted: bool = False
    """Its final dot was put into the way out."""
    answered: bool = False


def prepared(mail: MailObject, *, with_size: bool) -> Transaction:
    """Put `mail` into SMTP's words. Raises ValueError for an envelope or a content that must not go onto the wire."""
    begin = commands.mail_from(mail.reverse_path, len(mail.content) if with_size else None)
    # A cheap look at what its builder has made sure of, because a whole one would cost more than sending it.
    plain = mail.plain and mail.content.isascii() and mail.content.endswith(b"\r\n")
    content = mail.content if plain else stuffed(mail.content)
    return Transaction(mail, begin, commands.rcpt_to(mail.forward_path), content)
