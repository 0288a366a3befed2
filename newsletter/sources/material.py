"""What a source is made of. In: bytes, and where they came from. Out: their kind, and their text.

The bytes decide, not the name: a page saved as .txt is a page still.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from newsletter.errors import SourceError
from newsletter.post.source import decode, normalise

_PAGE_SIGNS = re.compile(r"<!doctype html|<html[\s>]|<body[\s>]|<head[\s>]", re.IGNORECASE)
_HTML_SIGNS = re.compile(
    r"<(?:p|div|h[1-6]|ul|ol|span|b|a|table|blockquote|article|section|meta|br|img|figure)\b[^>]*>", re.IGNORECASE
)
_CLIPBOARD_SIGNS = re.compile(
    r"docs-internal-guid|<!--StartFragment|class=[\"']?Mso|OutlineElement|urn:schemas-microsoft-com:office|SCXW\d",
    re.IGNORECASE,
)
_MARKDOWN_SIGNS = re.compile(
    r"^#{1,6} \S|^```|^\|[ :-]+\||\[[^\[\]\n]{1,300}\]\([^)\s]{1,2000}\)"
    r"|(?<!\w)\*\*\S[^*\n]{0,300}\*\*|^\s*!\[|^\S.*\n={3,}$",
    re.MULTILINE,
)
_FRONT_MATTER = re.compile(r"\s*(?:---[ \t]*\n(?=[\s\S]*?\n---[ \t]*\n)|\+\+\+[ \t]*\n|\{\s*\n\s*\"\w+\"\s*:)")


class Kind(StrEnum):
    """What a source can be."""

    PAGE = "web page"
    CLIPBOARD = "clipboard HTML"
    HTML_POST = "HTML post"
    MARKDOWN = "Markdown post"
    TEXT = "pasted text"
    WORD = "Word document"
    FEED = "feed"
    WORDPRESS = "WordPress export"
    MAIL = "saved mail"


@dataclass(frozen=True, slots=True)
class Material:
    """The bytes of a source; `name` is its path or address, `url` where it was fetched from, `charset` by HTTP."""

    name: str
    content: bytes
    url: str = ""
    charset: str = ""

    def text(self) -> str:
        """Read the bytes as normalised text. Raises SourceError."""
        text = decode(self.content, self.charset)
        if text is None:
            raise SourceError(source=self.name, why="is not text, and no Word document, feed or export either")
        return normalise(text)


def kind_of(material: Material) -> Kind:
    """Tell what `material` is. Raises SourceError where it is nothing that can become a post."""
    start = material.content[:4000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"PK\x03\x04"):
        return Kind.WORD
    _refuse_known(start, material)
    if _is_feed(start):
        return Kind.WORDPRESS if b"wordpress.org/export" in material.content[:8000] else Kind.FEED
    text = material.text()
    return _of_text(text, material)


def _is_feed(start: bytes) -> bool:
    if re.search(rb"<html[\s>]|<!doctype html", start[:600], re.IGNORECASE):
        return False
    return bool(
        re.match(rb"<\?xml|<!DOCTYPE ", start, re.IGNORECASE) or re.search(rb"<(?:rss|feed|rdf:RDF)[\s>]", start[:2000])
    )


def _of_text(text: str, material: Material) -> Kind:
    head = text[:20_000]
    if _FRONT_MATTER.match(head):
        return Kind.HTML_POST if material.name.lower().endswith((".html", ".htm")) else Kind.MARKDOWN
    if _CLIPBOARD_SIGNS.search(head) and "<" in head[:200]:
        return Kind.CLIPBOARD
    if _PAGE_SIGNS.search(head[:3000]):
        return Kind.PAGE
    suffix = material.name.lower().rpartition(".")[2]
    if suffix in ("md", "markdown", "mkd", "mdx", "njk", "liquid"):
        return Kind.MARKDOWN
    if re.match(r"\s*<", head) and _HTML_SIGNS.search(head):
        return Kind.CLIPBOARD
    if re.match(r"(?:[A-Z][\w-]*: .*\n(?:[ \t].*\n)*){2,}\n", head) and re.search(
        r"^(?:MIME-Version|Message-ID):", head, re.MULTILINE | re.IGNORECASE
    ):
        return Kind.MAIL
    if suffix in ("html", "htm") and _HTML_SIGNS.search(head):
        return Kind.CLIPBOARD
    return Kind.MARKDOWN if _MARKDOWN_SIGNS.search(text) else Kind.TEXT


_KNOWN = {
    b"%PDF": "is a PDF. Save the text as a Word document or a web page, or link to the PDF from a post",
    b"\xd0\xcf\x11\xe0": "is a Word document of the old kind (.doc). Save it as .docx",
    b"{\\rtf": "is rich text (.rtf). Save it as .docx",
    b"\x89PNG": "is a picture. Put it into a post: ![what it shows](picture.png)",
    b"\xff\xd8\xff": "is a picture. Put it into a post: ![what it shows](picture.jpg)",
    b"GIF8": "is a picture. Put it into a post: ![what it shows](picture.gif)",
}


def _refuse_known(start: bytes, material: Material) -> None:
    for mark, why in _KNOWN.items():
        if start.startswith(mark):
            raise SourceError(source=material.name, why=why)
    if not material.content.strip():
        raise SourceError(source=material.name, why="is empty")
