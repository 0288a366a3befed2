"""A Word document (.docx). Signs: a zip file with word/document.xml in it. Limits: a bundle's, and those of archive.py.

reader    through mammoth       private    what reviewers wrote, and what was deleted, goes before
"""

from newsletter.sources.choice import Choice
from newsletter.sources.draft import Draft
from newsletter.sources.kind import MOST_BYTES_OF_A_BUNDLE, SourceKind
from newsletter.sources.material import Material


def _is_word(material: Material) -> bool:
    return material.start.startswith(b"PK\x03\x04") and b"word/document" in material.content


def _read(material: Material, _: Choice) -> Draft:
    from newsletter.sources.word.reader import read_word

    return read_word(material)


KIND = SourceKind("Word document", _read, certain=_is_word, most_bytes=MOST_BYTES_OF_A_BUNDLE)
