"""A saved mail becomes a Draft. In: an .eml file. Out: its HTML part, else its text, with subject, sender and date.

Pictures that came along are kept beside the post; quoted mails, signatures and attachments are left out and named.
"""

import email
import email.utils
import re
from dataclasses import replace
from email import policy
from email.message import EmailMessage

from newsletter.errors import SourceError
from newsletter.post.source import normalise_text
from newsletter.sources.draft import Draft, LeftOut, Need
from newsletter.sources.fragment.reader import read_fragment
from newsletter.sources.html.account import Account
from newsletter.sources.html.quoted import drop_quoted
from newsletter.sources.html.tree import parse_html, personal_need
from newsletter.sources.mail.parts import Parts, parts_of
from newsletter.sources.mail.quoted import without_quoted
from newsletter.sources.material import Material
from newsletter.sources.pasted.reader import read_words
from newsletter.sources.pictures import take_beside
from newsletter.sources.redirectors import unwrap_text
from newsletter.sources.signature import numbers_in, signature_of
from newsletter.sources.writing import read_date

_DEEPEST = 3  # mails in mails
_LIST = r"(?:\[[\w .-]{1,30}\]\s*)?"  # what a mailing list writes before each subject
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[0-9A-Z]{4}){3,7}(?: ?[0-9A-Z]{1,3})?\b")
_NUMBER_REMEDY = "stands in the mail, perhaps as its signature; take it out unless every reader may ring it"
_ANSWERS = re.compile(
    rf"^(?:\s*{_LIST}(?:re|aw|antw|sv|ref|rif|fwd?|wg|tr|rv|i|enc|doorst|odp|pd|ynt|ymateb|ymlaen|"
    rf"答复|回复|转发|回覆|轉寄|返信|転送|رد|إعادة توجيه)\s?(?:\[\d+\])?[:：]\s*)+{_LIST}",
    re.IGNORECASE,
)


def read_mail(material: Material) -> Draft:
    """Read a saved mail. Raises SourceError."""
    content = re.sub(rb"\A(?:\xef\xbb\xbf)?\s*(?:From [^\r\n]*\r?\n)?", b"", material.content, count=1)
    try:
        message = email.message_from_bytes(content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        message, parts = _with_words(message)
        subject, sender, date = (_field(message, name) for name in ("subject", "from", "date"))
    except (LookupError, ValueError, AttributeError, TypeError, AssertionError, IndexError) as error:
        raise SourceError(source=material.name, why=f"cannot be read as a mail: {error}") from None
    if parts.is_encrypted and not parts.has_words:
        raise SourceError(source=material.name, why="is encrypted. Open it in your mail program and copy its words")
    if not parts.has_words:
        raise SourceError(source=material.name, why="is a mail without words")
    account = Account()
    draft = (
        _of_html(parts, material, account) if any(each.strip() for each in parts.html) else _of_text(parts, material)
    )
    attached = [LeftOut("attachment", name, counts=False) for name in parts.attached]
    attached += [LeftOut("attachment", f"a mail: {_field(each, 'subject')}", counts=False) for each in parts.forwarded]
    sender = normalise_text(_name_of(sender))
    signature = signature_of(draft.body, sender)
    numbers = [Need("telephone number", each, _NUMBER_REMEDY) for each in numbers_in(_IBAN.sub(" ", draft.body))]
    remedy = "was attached; put it beside the post and link to it, [words](file.pdf), if readers should have it"
    return replace(
        draft,
        kind="saved mail",
        title=_ANSWERS.sub("", " ".join(normalise_text(subject).split())) or draft.title,
        author=sender,
        date=read_date(_iso(date)),
        dropped=(*draft.dropped, *attached),
        needs=(*draft.needs, *signature, *numbers, *(Need("attachment", left.words, remedy) for left in attached)),
    )


def _with_words(message: EmailMessage) -> tuple[EmailMessage, Parts]:
    """Read a mail; if it has no words of its own and carries one other mail, read that one instead."""
    parts = parts_of(message)
    for _ in range(_DEEPEST):
        if parts.has_words or len(parts.forwarded) != 1:
            break
        message = parts.forwarded[0]
        parts = parts_of(message)
    return message, parts


def _of_html(parts: Parts, material: Material, account: Account) -> Draft:
    root = parse_html(parts.whole_html(), material.name)
    pictures = take_beside(root, parts.pictures.get, account)
    drop_quoted(root, account)
    draft = read_fragment(root, "saved mail", material.url, account=account)
    shown = {each.name for each in pictures if each.name in draft.body}
    return replace(draft, enclosures=(*draft.enclosures, *(each for each in pictures if each.name in shown)))


def _of_text(parts: Parts, material: Material) -> Draft:
    text, left = without_quoted(normalise_text("\n\n".join(parts.text)))
    text, personal = unwrap_text(text)
    draft = read_words(text, material.name, may_have_title=False)
    needs = (*draft.needs, *(personal_need("", each) for each in personal))
    return replace(draft, dropped=(*draft.dropped, *left), needs=needs)


def _field(message: EmailMessage, name: str) -> str:
    try:
        return str(message.get(name, "") or "")
    except (ValueError, AttributeError, TypeError, IndexError, LookupError):
        return ""


def _name_of(sender: str) -> str:
    """Read the name before an address; a bare address has no name."""
    name = sender.rpartition("<")[0].strip().strip('"') if "<" in sender else ""
    return "" if "@" in name else " ".join(name.split())


def _iso(date: str) -> str:
    try:
        return email.utils.parsedate_to_datetime(date).date().isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return ""
