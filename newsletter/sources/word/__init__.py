"""A Word document (.docx). Signs: a zip file. Limit: as for a bundle, and see reader.py for what it may unpack to."""

from newsletter.sources.choice import Choice
from newsletter.sources.draft import Draft
from newsletter.sources.kind import MOST_BYTES_OF_A_BUNDLE, Kind
from newsletter.sources.material import Material


def _is_word(material: Material) -> bool:
    return material.start.startswith(b"PK\x03\x04")


def _read(material: Material, _: Choice) -> Draft:
    from newsletter.sources.word.reader import read_word

    return read_word(material)


KIND = Kind("Word document", _read, certain=_is_word, most_bytes=MOST_BYTES_OF_A_BUNDLE)
