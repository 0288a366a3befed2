"""A Word document becomes a Draft. In: the bytes of a .docx. Out: a post, with its notes and pictures.

It is the door to mammoth. A document that unpacks to far more than it weighs is refused before it is unpacked; linked
pictures are not fetched. What reviewers wrote and what was deleted is taken out before the library sees it.
"""

import io
import re
from collections import Counter
from dataclasses import replace

from lxml import etree

from newsletter.errors import SourceError
from newsletter.runtime.extras import extra
from newsletter.sources.archive import ZipArchive, zipped
from newsletter.sources.draft import Draft, LeftOut, Need, quoted
from newsletter.sources.fragment.reader import read_fragment
from newsletter.sources.html.account import Account
from newsletter.sources.html.private import needs_of_private
from newsletter.sources.html.tree import parse_html
from newsletter.sources.material import Material
from newsletter.sources.word import private

_STYLES = """
p[style-name='Title'] => h1:fresh
p[style-name='Subtitle'] => p:fresh > em
p[style-name='Quote'] => blockquote > p:fresh
p[style-name='Intense Quote'] => blockquote > p:fresh
r[style-name='Strong'] => strong
u => u
strike => s
"""  # no style for comments: naming one would switch them on
_TEXTS = re.compile(r"word/(?:document\d*|footnotes|endnotes)\.xml")
_AROUND = re.compile(r"word/(?:header|footer)\d*\.xml")
_COMMENTS = re.compile(r"word/comments\w*\.xml|word/people\.xml")
_UNREAD = {
    r"word/charts/chart": "a chart",
    r"word/diagrams/data": "a diagram",
    r"word/embeddings/[^/]*?": "an embedded file",
    r"word/afchunk": "a part of another document",
}


def read_word(material: Material) -> Draft:
    """Read a .docx. Raises SourceError for one that is damaged, locked, or far larger than it looks."""
    account = Account()
    content = _public(material, account)
    # This library takes long to load, and most sources never need it.
    with extra("word", "mammoth", "read Word documents"):
        import mammoth

    try:
        made = mammoth.convert_to_html(io.BytesIO(content), style_map=_STYLES, include_default_style_map=True)
        html = str(made.value)
    except RecursionError:
        raise
    except Exception as error:  # noqa: BLE001  it raises whatever its XML reader trips over
        raise SourceError(source=material.name, why=f"cannot be read as a Word document: {error}") from None
    if not re.sub(r"<[^>]*>|\s", "", html) and "<img" not in html:
        raise SourceError(source=material.name, why="holds no words")
    draft = read_fragment(parse_html(html, material.name), "Word document", "", account=account)
    linked = [each.message for each in made.messages if "image" in each.message.lower()]
    needs = tuple(
        Need("image", quoted(words), "a picture of the document could not be taken over; add it by hand")
        for words in linked
    )
    return replace(draft, needs=(*draft.needs, *needs))


def _public(material: Material, account: Account) -> bytes:
    """Rewrite the document without the parts for its authors only; count these, and name parts that are never read."""
    archive = ZipArchive(material.content, material.name)
    found: Counter[str] = Counter(comment=0)
    parts: list[tuple[str, bytes]] = []
    hidden: frozenset[str] = frozenset()
    try:
        styles = "word/styles.xml"
        hidden = private.hidden_styles(_xml(archive, styles, material)) if styles in archive.names else hidden
        for name in archive.names:
            content = (
                _xml(archive, name, material) if name.endswith((".xml", ".rels")) else _other(archive, name, account)
            )
            if re.fullmatch(r"word/comments\d*\.xml", name):
                found["comment"] += private.count_of(content)
            if _COMMENTS.fullmatch(name):
                continue
            if _AROUND.fullmatch(name):
                account.words(private.words_of(content), "header or footer of the page")
            parts.append((name, private.without_private(content, hidden, found) if _TEXTS.fullmatch(name) else content))
    except (etree.XMLSyntaxError, ValueError) as error:
        raise SourceError(source=material.name, why=f"cannot be read as a Word document: {error}") from None
    formulas = found.pop("formula", 0)
    account.needs += needs_of_private(found)
    if formulas:
        words = f"{formulas} formula{'' if formulas == 1 else 's'}"
        account.needs.append(Need("formula", words, "written as words; see whether they read well"))
    _name_unread(archive.names, account)
    return zipped(_without_parts(parts))


def _other(archive: ZipArchive, name: str, account: Account) -> bytes:
    """Read a part that is no XML, such as a picture; return b"" if it is damaged, and have the organiser add it."""
    content = archive.read_if_whole(name)
    if content is None:
        account.needs.append(Need("image", name, "is damaged in the document; add it by hand"))
    return content or b""


def _xml(archive: ZipArchive, name: str, material: Material) -> bytes:
    content = archive.read(name)
    if b"<!DOCTYPE" in content:
        # Word writes no entities, and they can make a small file huge or change its meaning.
        raise SourceError(source=material.name, why="declares entities, which Word never does")
    return content


def _without_parts(parts: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """Remove the comments from the relationships, so that none leads to a missing part."""
    comments = re.compile(rb'<Relationship\b[^>]*Target="[^"]*(?:comments\w*|people)\.xml"[^>]*/>')
    return [(name, comments.sub(b"", content) if name.endswith(".rels") else content) for name, content in parts]


def _name_unread(names: list[str], account: Account) -> None:
    for place, what in _UNREAD.items():
        count = sum(1 for name in names if re.fullmatch(rf"{place}\d*\.\w+", name, re.IGNORECASE))
        if count:
            account.left.append(LeftOut(what, f"{count} in the document", counts=False))
            account.needs.append(
                Need(
                    what.partition(" ")[2],
                    f"{count}",
                    "could not be taken over; add it as a picture or say it in words",
                )
            )
