"""Text as it was pasted. Signs: none; any text of no other kind. Limit: 5 MB."""

from newsletter.sources.choice import Choice
from newsletter.sources.draft import Draft
from newsletter.sources.kind import SourceKind
from newsletter.sources.material import Material


def _always(_: Material) -> bool:
    return True


def _read(material: Material, _: Choice) -> Draft:
    from newsletter.sources.pasted.reader import read_pasted

    return read_pasted(material)


KIND = SourceKind("pasted text", _read, likely=_always)
