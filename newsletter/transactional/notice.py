"""Builds a mail about a request, a greeting, or a note to the organiser. In: what it is about. Out: one mail.

A question asks to confirm the request; after a change of address it tells the old address, and offers to change back.
The mail has the frame and style of a post's mail. The only thing in it that a visitor typed is the address it goes to.
Its Auto-Submitted field says that a program wrote it, so that other programs do not answer (RFC 3834 §5).
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from email.utils import format_datetime
from functools import partial
from html import escape
from pathlib import Path

from newsletter.compiler.article import fragment
from newsletter.compiler.gaps import Gaps
from newsletter.compiler.inline_style import email_markup
from newsletter.compiler.layout import frame, text_frame
from newsletter.compiler.plaintext import to_text, underline, wrap
from newsletter.languages import ENGLISH, direction
from newsletter.message import MailObject, alternative
from newsletter.message.dkim import DkimSigner
from newsletter.message.headers import mailbox, unstructured
from newsletter.message.quoted_printable import encode
from newsletter.settings import Mailbox, Settings
from newsletter.theme import read_theme, render
from newsletter.transactional.approval_letters import ApprovalNews, ApprovalQuestion
from subscribers.greeting import Greeting
from subscribers.signup import ConfirmationQuestion

TransactionalMail = ConfirmationQuestion | Greeting | ApprovalQuestion | ApprovalNews
Dkim = Callable[[datetime], DkimSigner | None]
"""Makes the signer for a mail of a time; None: the settings ask for none. Raises SettingsError."""


@dataclass(frozen=True)
class Notices:
    """Builds confirmation questions and greetings for one organisation."""

    settings: Settings
    templates: Sequence[Path]
    """Folders; a template is taken from the first that has it."""
    dkim: Dkim

    def mail(self, letter: TransactionalMail, now: datetime) -> MailObject:
        """Build the mail for `letter`, dated `now`. It belongs to no delivery, so its number is 0.

        Raises CompileError for a template that cannot be used, and SettingsError for DKIM settings that cannot.
        """
        kind, links = self._links(letter)
        language = letter.language or self.settings.language
        organisation = self.settings.organisation_in(language)
        said = partial(render, self.templates, language=language)
        facts = {"organisation": organisation, **links}
        subject = said(f"email/{kind}-subject.txt", facts).strip()
        parts = self._html_and_text(subject, said(f"email/{kind}.html", facts), language)
        content = self._headers(letter.address, subject, language, links, now) + _parts(*parts)
        signer = self.dkim(now)
        if signer:
            content = signer.field(content) + content
        return MailObject(0, self._reverse_path, letter.address, content)

    def note(self, address: str, subject: str, paragraphs: Sequence[str], now: datetime) -> MailObject:
        """Build a mail in our own words to the organiser, in English as all that organisers read. Raises as `mail`."""
        article = "".join(f"<p>{escape(words)}</p>" for words in paragraphs)
        parts = self._html_and_text(subject, article, ENGLISH)
        content = self._headers(address, subject, ENGLISH, {}, now) + _parts(*parts)
        signer = self.dkim(now)
        return MailObject(0, self._reverse_path, address, signer.field(content) + content if signer else content)

    def _links(self, letter: TransactionalMail) -> tuple[str, dict[str, str]]:
        """Return the kind of mail, which names its templates, and what fills these besides the organisation: links."""
        base = self.settings.base_url
        if isinstance(letter, ApprovalQuestion | ApprovalNews):
            kind = "approval" if isinstance(letter, ApprovalQuestion) else "approval-news"
            return kind, {name: str(value) for name, value in asdict(letter).items()}
        if isinstance(letter, ConfirmationQuestion):
            return "question", {"asked": str(letter.asked), "url": f"{base}/confirm/{letter.token}"}
        links = {"unsubscribe_url": f"{base}/u/{letter.token}", "preferences_url": f"{base}/p/{letter.token}"}
        return str(letter.occasion), links

    def _html_and_text(self, title: str, article: str, language: str) -> tuple[str, str]:
        """Put the HTML `article` into the frame of a post's mail; return the mail's plain text, then its HTML."""
        frame_facts = {
            "title": title,
            "preheader": "",
            "byline": "",
            "image": "",
            "image_alt": "",
            "subscribed": False,
            "privacy_url": self.settings.privacy_url,
            "organisation": self.settings.organisation_in(language),
            "postal_address": self.settings.postal_address,
            "website": self.settings.website,
            "registration": self.settings.registration,
            "theme": self.settings.theme,
            "language": language,
            "direction": direction(language),
            "underline": underline,
            "wrap": wrap,
        }
        gaps = Gaps(secrets.token_hex(4), ())
        tree = fragment(article)
        text = text_frame(self.templates, frame_facts, to_text(tree), gaps)
        theme = read_theme(self.templates, self.settings.theme)
        return text, frame(self.templates, theme, frame_facts, email_markup(tree), gaps)

    @property
    def _reverse_path(self) -> str:
        """The address for bounces: the return path of the settings, else the sender."""
        return (self.settings.return_path or self.settings.sender).address

    def _headers(self, address: str, subject: str, language: str, links: Mapping[str, str], now: datetime) -> bytes:
        """Write the header; only a greeting has a link to unsubscribe, and the fields for it."""
        settings = self.settings
        unique = f"<notice.{secrets.token_hex(12)}@{settings.sender.domain}>"
        lines = (
            mailbox("From", settings.sender),
            mailbox("Reply-To", settings.reply_to) if settings.reply_to else b"",
            mailbox("To", Mailbox("", address)),
            unstructured("Subject", subject),
            f"Date: {format_datetime(now)}\r\nMessage-ID: {unique}\r\n".encode(),
            b"Auto-Submitted: auto-generated\r\n",
            f"X-Newsletter-Deed: {links['head']}\r\n".encode() if "head" in links else b"",
            _leaving(links["unsubscribe_url"]) if "unsubscribe_url" in links else b"",
            f"Content-Language: {language}\r\nMIME-Version: 1.0\r\n".encode(),
            alternative.content_type(_BOUNDARY),
        )
        return b"".join(lines)


def _leaving(url: str) -> bytes:
    """Write the fields by which mail programs unsubscribe with one click (RFC 2369, RFC 8058)."""
    return f"List-Unsubscribe: <{url}>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n".encode()


_BOUNDARY = "=_notice"  # quoted-printable never has "=_" (RFC 2045 §6.7)


def _parts(text: str, html: str) -> bytes:
    """Write the body: the same mail as plain text and as HTML."""
    parts = (("plain", text), ("html", html))
    written = [alternative.opening(_BOUNDARY, subtype) + encode(content) for subtype, content in parts]
    return b"".join([*written, alternative.closing(_BOUNDARY)])
