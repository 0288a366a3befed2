"""A Ghost export (JSON). Signs: JSON with "posts" in "mobiledoc", "lexical" or "html". Limit: as for a bundle."""

from newsletter.sources.choice import Choice
from newsletter.sources.draft import Draft
from newsletter.sources.kind import MOST_BYTES_OF_A_BUNDLE, SourceKind
from newsletter.sources.material import Material


def _is_export(material: Material) -> bool:
    if material.start[:1] not in (b"{", b"[") or b'"posts"' not in material.content:
        return False
    if b'"mobiledoc"' in material.content or b'"lexical"' in material.content:
        return True
    return all(name in material.content for name in (b'"html"', b'"db"', b'"slug"'))


def _read(material: Material, choice: Choice) -> Draft:
    from newsletter.sources.ghost.reader import read_ghost

    return read_ghost(material, choice)


KIND = SourceKind("Ghost export", _read, certain=_is_export, most_bytes=MOST_BYTES_OF_A_BUNDLE)
