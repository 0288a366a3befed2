"""A WordPress export (WXR). Signs: a feed that names WordPress's export namespace. Limit: as for a bundle."""

from newsletter.sources.choice import Choice
from newsletter.sources.draft import Draft
from newsletter.sources.feed import opens_like_xml
from newsletter.sources.kind import MOST_BYTES_OF_A_BUNDLE, SourceKind
from newsletter.sources.material import Material


def _is_export(material: Material) -> bool:
    return opens_like_xml(material) and b"wordpress.org/export" in material.start


def _read(material: Material, choice: Choice) -> Draft:
    from newsletter.sources.wordpress.reader import read_wordpress

    return read_wordpress(material, choice)


KIND = SourceKind("WordPress export", _read, certain=_is_export, most_bytes=MOST_BYTES_OF_A_BUNDLE)
