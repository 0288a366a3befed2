"""A saved mail becomes a Draft. In: an .eml file. Out: its HTML part, else its text, with subject, sender and date."""

import email
import email.utils
from dataclasses import replace
from email import policy
from email.message import EmailMessage

from newsletter.errors import SourceError
from newsletter.post.source import normalise
from newsletter.sources.draft import Draft
from newsletter.sources.fragment.reader import read_clipboard
from newsletter.sources.material import Material
from newsletter.sources.pasted.reader import read_pasted
from newsletter.sources.writing import read_date


def read_mail(material: Material) -> Draft:
    """Read a saved mail. Raises SourceError."""
    try:
        message = email.message_from_bytes(material.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        part = message.get_body(("html", "plain"))
        content = part.get_content() if part is not None else ""
        subject, sender, date = (str(message.get(name, "")) for name in ("subject", "from", "date"))
    except (LookupError, ValueError, AttributeError, TypeError, AssertionError) as error:
        raise SourceError(source=material.name, why=f"cannot be read as a mail: {error}") from None
    if part is None or not isinstance(content, str):
        raise SourceError(source=material.name, why="is a mail without words")
    inner = Material(material.name, content.encode())
    draft = read_clipboard(inner) if part.get_content_subtype() == "html" else read_pasted(inner)
    return replace(
        draft,
        kind="saved mail",
        title=" ".join(normalise(subject).split()) or draft.title,
        author=normalise(email.utils.parseaddr(sender)[0]),
        date=read_date(_iso(date)),
    )


def _iso(date: str) -> str:
    try:
        return email.utils.parsedate_to_datetime(date).date().isoformat()
    except (ValueError, TypeError):
        return ""
