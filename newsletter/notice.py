"""A question to the owner of a mailbox in, one mail out, with the look of every other: it asks, and says nothing else.

Nothing that a stranger typed stands in it but the address it goes to. It says that it is automatic (RFC 3834 §5).
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from functools import partial
from pathlib import Path

from newsletter.compiler.mjml import to_html
from newsletter.compiler.plaintext import underline, wrap
from newsletter.languages import direction
from newsletter.message import MailObject
from newsletter.message.dkim import DkimSigner
from newsletter.message.headers import mailbox, unstructured
from newsletter.message.quoted_printable import encode
from newsletter.settings import Mailbox, Settings
from newsletter.theme import read_theme, render
from subscribers.signup import Question

LAYOUT, TEXT, SUBJECT = "email/question.mjml", "email/question.txt", "email/question-subject.txt"

Dkim = Callable[[datetime], DkimSigner | None]


@dataclass(frozen=True)
class Notices:
    """Builds such mails for one organisation."""

    settings: Settings
    templates: Sequence[Path]
    dkim: Dkim

    def mail(self, question: Question, now: datetime) -> MailObject:
        """Build the mail that puts `question`. Raises CompileError for a template that cannot be used."""
        values = {
            "asked": str(question.asked),
            "url": f"{self.settings.base_url}/confirm/{question.token}",
            "language": question.language,
            "direction": direction(question.language),
            "organisation": self.settings.organisation,
            "postal_address": self.settings.postal_address,
            "underline": underline,
            "wrap": wrap,
        }
        look = {**read_theme(self.templates).tokens, "preheader": ""}
        said = partial(render, self.templates, language=question.language)
        html = to_html(said(LAYOUT, {**values, **look}), LAYOUT, direction(question.language))
        content = self._headers(question, said(SUBJECT, values).strip(), now) + _parts(said(TEXT, values), html)
        signer = self.dkim(now)
        if signer:
            content = signer.field(content) + content
        return MailObject(0, self._reverse_path, question.address, content)

    @property
    def _reverse_path(self) -> str:
        return (self.settings.return_path or self.settings.sender).address

    def _headers(self, question: Question, subject: str, now: datetime) -> bytes:
        settings = self.settings
        unique = f"<question.{secrets.token_hex(12)}@{settings.sender.domain}>"
        lines = (
            mailbox("From", settings.sender),
            mailbox("Reply-To", settings.reply_to) if settings.reply_to else b"",
            mailbox("To", Mailbox("", question.address)),
            unstructured("Subject", subject),
            f"Date: {format_datetime(now)}\r\nMessage-ID: {unique}\r\n".encode(),
            b"Auto-Submitted: auto-generated\r\n",
            f"Content-Language: {question.language}\r\nMIME-Version: 1.0\r\n".encode(),
            f'Content-Type: multipart/alternative;\r\n boundary="{_BOUNDARY}"\r\n'.encode(),
        )
        return b"".join(lines)


_BOUNDARY = "=_question"  # quoted-printable never has "=_"


def _parts(text: str, html: str) -> bytes:
    return b"".join(
        (
            *(_part(subtype, content) for subtype, content in (("plain", text), ("html", html))),
            f"\r\n--{_BOUNDARY}--\r\n".encode(),
        )
    )


def _part(subtype: str, content: str) -> bytes:
    head = (
        f"\r\n--{_BOUNDARY}\r\nContent-Type: text/{subtype}; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    return head.encode() + encode(content)
