"""A zip file: an export (Google Docs, Notion, Substack, Medium, Ghost, WhatsApp), or one document with its pictures.

Signs: any zip file that is not a document itself. Limits: a bundle's, and those of archive.py, shared by all zips
in it.

    shelf    every file of it, through zips in zips       exports   which of them are posts, for each program
"""

from newsletter.sources.choice import Choice
from newsletter.sources.draft import Draft
from newsletter.sources.kind import MOST_BYTES_OF_A_BUNDLE, SourceKind
from newsletter.sources.material import Material


def _is_zip(material: Material) -> bool:
    return material.start.startswith(b"PK\x03\x04")


def _read(material: Material, choice: Choice) -> Draft:
    from newsletter.sources.bundle.reader import read_bundle

    return read_bundle(material, choice)


KIND = SourceKind("export", _read, certain=_is_zip, most_bytes=MOST_BYTES_OF_A_BUNDLE)
