"""One mail on its way through a conversation: the commands for it, and how far it has come."""

from dataclasses import dataclass

from newsletter.message import MailObject
from newsletter.policy.reply import Reply
from newsletter.transport.smtp import commands
from newsletter.transport.smtp.states import MAIL, Track
from newsletter.transport.smtp.stuffing import canonical, stuffed


@dataclass(slots=True, eq=False)
class Transaction(Track):
    """A mail transaction (RFC 5321 §3.3): its commands and content, ready for the wire."""

    mail: MailObject
    begin: bytes
    recipient: bytes
    content: bytes
    refusal: Reply | None = None
    """The first refusal of a command of a mail that was sent whole; it holds unless the relay takes the mail."""

    def group(self) -> bytes:
        """Return all commands that may leave before the relay asks for the content (RFC 2920 §3.1)."""
        return self.begin + self.recipient + commands.DATA

    def whole(self) -> bytes:
        """Return the whole mail, commands and content, including its end (RFC 3030)."""
        size = commands.bdat_last(len(self.content))
        # RSET first: a refusal may have left the transaction of the mail before open, and we do not wait to see.
        return b"".join((commands.RSET, self.begin, self.recipient, size, self.content))


def prepared(mail: MailObject, *, with_size: bool, stuffing: bool = True) -> Transaction:
    """Make the transaction of `mail`; `stuffing`: double the dots at line beginnings.

    Raises ValueError for an envelope or a content that must not go onto the wire.
    """
    content = mail.content
    begin = commands.mail_from(mail.reverse_path, len(content) if with_size else None)
    # A quick check of what the message builder has made sure of; a full check would cost more than sending the mail.
    if not (mail.plain and content.isascii() and content.endswith(b"\r\n")):
        content = stuffed(content) if stuffing else canonical(content)
    return Transaction(MAIL, mail, begin, commands.rcpt_to(mail.forward_path), content)
