"""An OpenDocument text (.odt, .fodt). Signs: its media type, its parts. Limits: a bundle's, and those of archive.py."""

from newsletter.sources.choice import Choice
from newsletter.sources.draft import Draft
from newsletter.sources.kind import MOST_BYTES_OF_A_BUNDLE, SourceKind
from newsletter.sources.material import Material

_TEXT = b"application/vnd.oasis.opendocument.text"


def _is_text(material: Material) -> bool:
    if material.start.startswith(b"PK\x03\x04"):
        content = material.content
        return _TEXT in content[:200] or (b"META-INF/manifest.xml" in content and b"content.xml" in content)
    return b"<office:document" in material.start and _TEXT in material.start


def _read(material: Material, _: Choice) -> Draft:
    from newsletter.sources.open_document.reader import read_open_document

    return read_open_document(material)


KIND = SourceKind("OpenDocument text", _read, certain=_is_text, most_bytes=MOST_BYTES_OF_A_BUNDLE)
