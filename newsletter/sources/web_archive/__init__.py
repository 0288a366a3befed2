"""A page saved in one file (.mhtml, .webarchive). Signs: the MIME header of a snapshot; a binary list. Limit: 50 MB."""

import re

from newsletter.sources.choice import Choice
from newsletter.sources.draft import Draft
from newsletter.sources.kind import MOST_BYTES_OF_A_BUNDLE, SourceKind
from newsletter.sources.mail import header_of
from newsletter.sources.material import Material


def _is_archive(material: Material) -> bool:
    if material.start.startswith(b"bplist00"):
        return b"WebMainResource" in material.content
    header = header_of(material)
    if b"snapshot-content-location" in header or b"saved by" in header.get(b"from", b"").lower():
        return True
    related = bool(re.search(rb"multipart/related", header.get(b"content-type", b""), re.IGNORECASE))
    return related and b"mime-version" in header and not {b"to", b"received", b"message-id"} & set(header)


def _read(material: Material, _: Choice) -> Draft:
    from newsletter.sources.web_archive.reader import read_web_archive

    return read_web_archive(material)


KIND = SourceKind("saved page", _read, certain=_is_archive, most_bytes=MOST_BYTES_OF_A_BUNDLE)
