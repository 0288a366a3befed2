"""Sources made here, small ones of each kind."""

import io
import zipfile
from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from newsletter.compiler.markdown import to_html
from newsletter.sources import Choice, Draft, Material, read_source


@pytest.fixture
def add() -> Callable[..., Draft]:
    """Make a draft of text or bytes that came under a name."""

    def draft(content: str | bytes, name: str = "paste", choice: Choice | None = None, url: str = "") -> Draft:
        data = content.encode() if isinstance(content, str) else content
        return read_source(Material(name, data, url), choice)

    return draft


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found += data.split()


@pytest.fixture
def words_of() -> Callable[[str], str]:
    """Read the words that Markdown shows."""

    def words(markdown: str) -> str:
        parser = _Words()
        parser.feed(to_html(markdown)[0])
        return " ".join(parser.found)

    return words


@pytest.fixture
def docx() -> Callable[..., bytes]:
    """Build a Word document of paragraphs, given as the XML inside w:body."""

    def build(body: str, more: dict[str, bytes] | None = None) -> bytes:
        types = (
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            '<Default Extension="png" ContentType="image/png"/>'
            '<Override PartName="/word/document.xml" ContentType='
            '"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
        )
        office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        rels = (
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="r1" Type="{office}/officeDocument" Target="word/document.xml"/></Relationships>'
        )
        word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
        document = f'<w:document xmlns:w="{word}" xmlns:r="{office}"><w:body>{body}</w:body></w:document>'
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("[Content_Types].xml", types)
            archive.writestr("_rels/.rels", rels)
            archive.writestr("word/document.xml", document)
            for name, content in (more or {}).items():
                archive.writestr(name, content)
        return file.getvalue()

    return build
