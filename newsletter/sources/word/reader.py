"""A Word document becomes a Draft. In: the bytes of a .docx. Out: a post, with its notes and pictures.

It is the door to mammoth. A document that unpacks to far more than it weighs is refused before it is unpacked; linked
pictures are not fetched.
"""

import io
import re
import zipfile
from dataclasses import replace

from lxml.html import HtmlElement

from newsletter.errors import SourceError
from newsletter.sources.draft import Draft, Need, quoted
from newsletter.sources.fragment.reader import read_fragment
from newsletter.sources.html.tree import parse
from newsletter.sources.material import Material

MOST_UNPACKED = 60_000_000
MOST_RATIO = 200
MOST_XML = 15_000_000
MOST_PARTS = 2_000
_STYLES = """
p[style-name='Title'] => h1:fresh
p[style-name='Subtitle'] => p:fresh > em
p[style-name='Quote'] => blockquote > p:fresh
p[style-name='Intense Quote'] => blockquote > p:fresh
r[style-name='Strong'] => strong
u => u
strike => s
comment-reference =>
"""


def read_word(material: Material) -> Draft:
    """Read a .docx. Raises SourceError for one that is damaged, locked, or far larger than it looks."""
    _check(material)
    # Because this library takes long to load and most sources never need it.
    import mammoth

    try:
        made = mammoth.convert_to_html(io.BytesIO(material.content), style_map=_STYLES, include_default_style_map=True)
        html = str(made.value)
    except Exception as error:  # noqa: BLE001  it raises whatever its XML reader trips over
        raise SourceError(source=material.name, why=f"cannot be read as a Word document: {error}") from None
    if not re.sub(r"<[^>]*>|\s", "", html) and "<img" not in html:
        raise SourceError(source=material.name, why="holds no words")
    root = parse(html, material.name)
    _notes_in_words(root)
    draft = read_fragment(root, "Word document", "")
    linked = [each.message for each in made.messages if "image" in each.message.lower()]
    needs = tuple(
        Need("image", quoted(words), "a picture of the document could not be taken over; add it by hand")
        for words in linked
    )
    return replace(draft, needs=(*draft.needs, *needs))


def _check(material: Material) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(material.content)) as archive:
            parts = archive.infolist()
            if "word/document.xml" not in archive.namelist():
                raise SourceError(source=material.name, why="is a zip file, but no Word document")
            _refuse_bomb(parts, len(material.content), material.name)
            for part in parts:
                # Because the sizes an archive states may be lies, everything is unpacked once, within its limit.
                _unpack(archive, part, material.name)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        raise SourceError(source=material.name, why="is damaged or locked with a password") from None


def _refuse_bomb(parts: list[zipfile.ZipInfo], weight: int, name: str) -> None:
    unpacked = sum(part.file_size for part in parts)
    if (
        len(parts) > MOST_PARTS
        or unpacked > MOST_UNPACKED
        or (unpacked > 10_000_000 and unpacked > weight * MOST_RATIO)
    ):
        raise SourceError(
            source=name, why=f"would unpack to {unpacked:,} bytes in {len(parts):,} parts; that is no post"
        )
    xml = max((part.file_size for part in parts if part.filename.endswith((".xml", ".rels"))), default=0)
    if xml > MOST_XML:
        raise SourceError(source=name, why=f"holds {xml:,} bytes of text; that is no post")


def _unpack(archive: zipfile.ZipFile, part: zipfile.ZipInfo, name: str) -> None:
    with archive.open(part) as file:
        start = file.read(MOST_XML if part.filename.endswith((".xml", ".rels")) else MOST_UNPACKED)
        if file.read(1):
            raise SourceError(source=name, why="is larger than it says; that is no post")
    if part.filename.endswith((".xml", ".rels")) and b"<!DOCTYPE" in start:
        # Because Word writes none, and entities are how a small file becomes a huge or a curious one.
        raise SourceError(source=name, why="declares entities, which Word never does")


def _notes_in_words(root: HtmlElement) -> None:
    """Make the marks of footnotes words, and drop the arrows that jump back, because mail clients do not jump."""
    for link in list(root.iter("a")):
        href = link.get("href") or ""
        if re.match(r"#(?:foot|end)note-ref", href) or re.match(r"#comment-ref", href):
            link.drop_tree()
        elif href.startswith("#") or (not href and link.get("id")):
            link.drop_tag()
