"""A frozen issue and one recipient in, an envelope and the bytes of a message out (RFC 5321, 5322, 2045).

What is the same for all recipients is encoded once, when the builder is made; a recipient costs a join. The same
recipient gives the same bytes and the same Message-ID at every attempt. No clock, network or database is used here.
"""

import hashlib
from collections.abc import Callable, Mapping
from email.utils import format_datetime
from types import MappingProxyType
from typing import NamedTuple

from newsletter import merge
from newsletter.compiled import CompiledEmail
from newsletter.errors import MessageError, OtherFormat
from newsletter.issue import MESSAGE_FORMAT, Issue
from newsletter.message import alternative
from newsletter.message.canonical import fault, has_leading_dot
from newsletter.message.dkim import DkimSigner
from newsletter.message.echo import echo_fields
from newsletter.message.headers import addressed, mailbox
from newsletter.message.links import PersonalLinks
from newsletter.message.mail_object import MailObject
from newsletter.message.message_id import MessageIds
from newsletter.message.wording import Wording, word
from subscribers.tokens import LinkSigner, ReturnPaths

__all__ = ["MailObject", "MessageBuilder", "MessageIds", "Recipient"]


class Recipient(NamedTuple):
    """One address of a frozen audience, with what the merge tags say to this person."""

    delivery: int
    subscriber_id: int
    address: str
    first_name: str = ""
    last_name: str = ""
    fields: Mapping[str, str] = MappingProxyType({})
    attempts: int = 0
    """How often it was tried before."""
    language: str = ""
    """The languages of the mail, as `CompiledEmail.languages_for` says."""

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class MessageBuilder:
    """Builds the messages of one issue. Raises OtherFormat for one whose bytes only another version can build."""

    def __init__(self, issue: Issue, signer: LinkSigner, secret_key: str, dkim: DkimSigner | None = None) -> None:
        if issue.message_format != MESSAGE_FORMAT:
            raise OtherFormat(number=issue.number)
        self._issue = issue
        self._dkim = dkim
        self._head = issue.letterhead
        self._message_ids = MessageIds(issue)
        path = self._head.return_path
        self._return_paths = ReturnPaths(secret_key, path.address) if path else None
        self._links = PersonalLinks(issue, signer)
        self._signer, self._echo_fields = signer, echo_fields(self._head.echoes)
        self._wordings = {language: self._worded(email) for language, email in issue.email.variants.items()}
        self._wording = self._worded(issue.email)

    def build(self, recipient: Recipient, subject_mark: str = "") -> MailObject:
        """Build the one message to `recipient`. Raises MessageError where their data cannot stand in a message."""
        reverse_path = self._head.sender.address
        if self._return_paths:
            reverse_path = self._return_paths.of(recipient.subscriber_id, self._issue.number)
        wording = self._wordings.get(recipient.language, self._wording)
        content = self._content(wording, recipient, subject_mark)
        return MailObject(recipient.delivery, reverse_path, recipient.address, content, wording.is_plain)

    def values(self, recipient: Recipient) -> dict[str, str]:
        """Say what each merge tag becomes for `recipient`."""
        return _own_words(recipient) | self._links.values(self._links.token(recipient.subscriber_id))

    def _opened(self, text: str, escaped: Callable[[str], str]) -> list[merge.Piece]:
        return [each for piece in merge.split(text) for each in self._links.opened(piece, escaped)]

    def _worded(self, email: CompiledEmail) -> Wording:
        boundary = f"=_{hashlib.sha256(self._head.salt.encode()).hexdigest()[:32]}"
        wording = word(email, self._fixed_headers(boundary, email), boundary, self._opened)
        # Checked once: what is filled in later is already encoded, and stands on lines of its own.
        sample = self._content(wording, Recipient(0, 0, "nobody@example.org"), "")
        wording.is_plain = not fault(sample) and not has_leading_dot(sample)
        return wording

    def _content(self, wording: Wording, recipient: Recipient, subject_mark: str) -> bytes:
        values = _own_words(recipient)
        token = self._links.token(recipient.subscriber_id)
        headers = self._personal_headers(wording, recipient, values, token, subject_mark)
        content = wording.layout.filled(headers, values, token)
        return self._dkim.field(content) + content if self._dkim else content

    def _personal_headers(
        self, wording: Wording, recipient: Recipient, values: Mapping[str, str], token: str, mark: str
    ) -> bytes:
        try:
            to = addressed("To", recipient.name, recipient.address)
            subject = (not mark and wording.fixed_subject) or wording.subject_line(values, mark)
        except ValueError as error:
            raise MessageError(address=recipient.address, why=str(error)) from None
        # Written as they are: one-click unsubscribe fails silently when this URL is folded or encoded.
        return (
            to
            + subject
            + (
                f"Message-ID: {self._message_ids.of(recipient.subscriber_id)}\r\n"
                f"List-Unsubscribe: <{self._links.unsubscribe_url(token)}>\r\n"
                f"{self._echoed(recipient) if self._echo_fields else ''}"
            ).encode()
        )

    def _echoed(self, recipient: Recipient) -> str:
        token = self._signer.echo(recipient.subscriber_id, self._issue.number)
        return self._echo_fields.replace("%s", token)

    def _fixed_headers(self, boundary: str, email: CompiledEmail) -> bytes:
        head = self._head
        lines = [
            mailbox("From", head.sender),
            mailbox("Reply-To", head.reply_to) if head.reply_to else b"",
            f"Date: {format_datetime(self._issue.frozen_at)}\r\n".encode(),
            f"List-Id: <{head.list_id}>\r\n".encode(),
            b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" if self._links.one_click else b"",
            f"Feedback-ID: issue-{self._issue.number}:{head.list_id}:newsletter\r\n".encode(),
            b"Precedence: bulk\r\n",
            f"Content-Language: {', '.join(email.languages)}\r\n".encode(),
            b"MIME-Version: 1.0\r\n",
            alternative.content_type(boundary),
        ]
        return b"".join(lines)


def _own_words(recipient: Recipient) -> dict[str, str]:
    return {
        **recipient.fields,
        "first_name": recipient.first_name,
        "last_name": recipient.last_name,
        "email": recipient.address,
    }
