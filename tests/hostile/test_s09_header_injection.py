"""S9: whatever title or author a source has, its mail gets no extra header field, and its post file no extra key.

tests/newsletter/message/test_headers.py tests how a field is written; here the words come all the way from a page,
a feed, a document, a mail, an export or a post of another program.
"""

import datetime
import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import Message
from html import escape
from pathlib import Path

import pytest

from newsletter.compiler import Furniture, compile_post
from newsletter.issue import letterhead
from newsletter.message import Recipient
from newsletter.post import Post, read_post
from newsletter.preview import builder, unfrozen
from newsletter.sources import Material, read_source
from newsletter.sources.filing import file_draft
from newsletter.theme import template_folders
from tests.enclosures import docx
from tests.public_pages import SETTINGS

BCC = "Bcc: evil@evil.example"
TITLES = {
    "line ends": f"Good news\r\n{BCC}",
    "a line feed": f"Good news\n{BCC}",
    "a carriage return": f"Good news\r{BCC}",
    "an empty line": f"Good news\r\n\r\n<b>{BCC}</b>",
    "a separator of lines": f"Good news\u2028{BCC}\u2029{BCC}\x85{BCC}",
    "vertical tab and form feed": f"Good news\x0b{BCC}\x0c{BCC}",
    "an escape": f"Good news\x1b[2J\x9b2J\x7f{BCC}",
    "encoded words": "Good news =?utf-8?q?=0D=0ABcc:_evil@evil.example?=",
    "encoded words in base 64": "=?utf-8?b?R29vZCBuZXdzDQpCY2M6IGV2aWxAZXZpbC5leGFtcGxl?=",
    "front matter": 'Good news"\nmerge: true\n---\n',
    "a gap": "Good news {{email}} \ue000email\ue001",
}


def page(title: str) -> tuple[str, str]:
    head = f'<title>{escape(title)}</title><meta name="author" content="{escape(title)}">'
    return "page.html", f"<html><head>{head}</head><body><article><h1>{escape(title)}</h1><p>Words.</p></article>"


def shared(title: str) -> tuple[str, str]:
    meta = f'<meta property="og:title" content="{escape(title)}"><title>x</title>'
    return "page.html", f"<html><head>{meta}</head><body><article><p>{'Words of it. ' * 20}</p></article>"


def rss(title: str) -> tuple[str, str]:
    item = f"<title>{_xml(title)}</title><author>{_xml(title)}</author><description>Words.</description>"
    return "feed.xml", f'<rss version="2.0"><channel><title>Blog</title><item>{item}</item></channel></rss>'


def atom(title: str) -> tuple[str, str]:
    entry = f"<title>{_xml(title)}</title><author><name>{_xml(title)}</name></author><content>Words.</content>"
    return "feed.xml", f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Blog</title><entry>{entry}</entry></feed>'


def word(title: str) -> tuple[str, bytes]:
    heading = f'<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>{_xml(title)}</w:t></w:r></w:p>'
    return "news.docx", docx(heading + "<w:p><w:r><w:t>Words.</w:t></w:r></w:p>")


def mail(title: str) -> tuple[str, str]:
    told = title if "=?" in title else f"=?utf-8?b?{b64encode(title.encode()).decode()}?="
    return "mail.eml", f"Subject: {told}\r\nFrom: Ada <a@example.org>\r\nMIME-Version: 1.0\r\n\r\nWords.\r\n"


def markdown(title: str) -> tuple[str, str]:
    return "post.md", f"---\ntitle: {json.dumps(title)}\nauthor: {json.dumps(title)}\n---\nWords.\n"


def pasted(title: str) -> tuple[str, str]:
    return "paste", f"{title}\n\nWords that somebody wrote.\n\nAnd more of them.\n"


def _xml(text: str) -> str:
    """Escape `text` for XML. XML cannot hold most control characters: they become U+FFFD, and \\r becomes `&#13;`."""
    return "".join(c if c in "\t\n\r" or c >= " " else "\ufffd" for c in escape(text)).replace("\r", "&#13;")


SOURCES = (page, shared, rss, atom, word, mail, markdown, pasted)


def sent(post: Post, noon: datetime.datetime) -> Message:
    email = compile_post(post, Furniture("Us", "1 Example Street"), template_folders(None))
    issue = unfrozen(post, email, letterhead(replace(SETTINGS, base_url="https://news.example.org"), "0" * 32), noon)
    mail = builder(issue, [SETTINGS.secret_key]).build(Recipient(1, 1, "ada@example.org", "Ada"))
    # Two of Python's readers, because the newer one undoes encoded-words before it looks.
    plain = message_from_bytes(mail.content, policy=policy.compat32)
    assert plain.keys() == message_from_bytes(mail.content, policy=policy.SMTP).keys()
    return plain


@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES.keys())
@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.__name__)
def test_a_title_from_anywhere_adds_no_field_to_a_mail(
    tmp_path: Path, noon: datetime.datetime, source: Callable[[str], tuple[str, str | bytes]], title: str
) -> None:
    posts = []
    for words in ("Good news", title):
        name, content = source(words)
        draft = read_source(Material(name, content.encode() if isinstance(content, str) else content))
        filed = file_draft(draft, tmp_path, noon.date())
        assert filed.path.parent == tmp_path
        posts.append(read_post(filed.path))
    harmless, harmful = posts
    assert not harmful.merge
    assert harmful.body.strip().endswith(harmless.body.strip())
    usual, mail = sent(harmless, noon), sent(harmful, noon)
    assert mail.keys() == usual.keys()
    assert mail.get("Bcc") is None
    assert str(make_header(decode_header("".join(mail["Subject"].splitlines())))) == harmful.subject
    assert len(harmful.subject.splitlines()) == 1
    assert [part.get_content_type() for part in mail.walk()] == [part.get_content_type() for part in usual.walk()]


@pytest.mark.parametrize("name", [title for title in TITLES.values() if "\n" in title])
def test_nothing_a_mail_hides_in_its_sender_is_in_the_post(name: str) -> None:
    told = f"=?utf-8?b?{b64encode(name.encode()).decode()}?="
    content = f"Subject: Good news\r\nFrom: {told} <a@example.org>\r\nMIME-Version: 1.0\r\n\r\nWords.\r\n"
    draft = read_source(Material("mail.eml", content.encode()))
    assert (draft.title, draft.body) == ("Good news", "Words.\n")
    assert not [word for word in ("evil", "merge: true") if word in repr(draft)]
