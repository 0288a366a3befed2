"""One mail on its way through a conversation: what we say of it, and how far it has come."""

from dataclasses import dataclass

from newsletter.message import MailObject
from newsletter.transport import commands
from newsletter.transport.reply import Reply
from newsletter.transport.stuffing import canonical, stuffed


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
    refusal: Reply | None = None
    """What the relay said to the beginning of a mail that was on its way whole."""

    def group(self) -> bytes:
        """All that can be said before the relay asks for the content (RFC 2920 §3.1)."""
        return self.begin + self.recipient + commands.DATA

    def whole(self) -> bytes:
        """All of it, its end included (RFC 3030)."""
        size = commands.bdat_last(len(self.content))
        # Because a mail that is refused at its beginning leaves a transaction open, and the next is on its way already.
        return b"".join((commands.RSET, self.begin, self.recipient, size, self.content))


def prepared(mail: MailObject, *, with_size: bool, stuffing: bool = True) -> Transaction:
    """Put `mail` into SMTP's words, dots doubled where there is `stuffing`.

    Raises ValueError for an envelope or a content that must not go onto the wire.
    """
    content = mail.content
    begin = commands.mail_from(mail.reverse_path, len(content) if with_size else None)
    # A cheap look at what its builder has made sure of, because a whole one would cost more than sending it.
    if not (mail.plain and content.isascii() and content.endswith(b"\r\n")):
        content = stuffed(content) if stuffing else canonical(content)
    return Transaction(mail, begin, commands.rcpt_to(mail.forward_path), content)
