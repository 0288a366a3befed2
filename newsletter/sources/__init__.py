"""Before stage 1. In: any file or page that may hold a post. Out: a Draft, ready to be written as a Markdown post.

Each kind of source is a folder that declares how it is recognised, how large it may be and how it is read:

    page  web_archive  fragment  site_post  pasted  chat  mail
    word  open_document  feed  wordpress  ghost  bundle (zip files of these, and exports)

What they share:

    material    bytes, and what lies beside them      kind · kinds   what a kind is, and which there are
    archive     zip files, within limits              redirectors    links that belong to one person
    html        HTML of any origin, cleaned           markdown    and written as Markdown
    furniture   words that stand around an article    needs       what only a human can put right
    writing     a cleaned tree becomes a Draft        pictures    those that came inside
    signature   that nobody marked, at the end        filing      a Draft becomes a file, never over another
    fetch       the only one that goes out to the web, guarded

A source is never trusted: sizes are capped, entities are refused, and nothing in a source causes a fetch.
"""

from dataclasses import replace
from functools import partial

from newsletter.errors import SourceError
from newsletter.post.front_matter import MOST_TITLE
from newsletter.sources.choice import Choice
from newsletter.sources.draft import Draft, Enclosure, Need
from newsletter.sources.kind import MOST_BYTES, MOST_BYTES_OF_A_BUNDLE, SourceKind
from newsletter.sources.kinds import kind_of
from newsletter.sources.material import Material
from subscribers.errors import Explained
from subscribers.unreadable import Unreadable, attempted

__all__ = [
    "MOST_BYTES",
    "MOST_BYTES_OF_A_BUNDLE",
    "Choice",
    "Draft",
    "Enclosure",
    "Material",
    "Need",
    "SourceKind",
    "kind_of",
    "read_source",
]


def read_source(material: Material, choice: Choice | None = None) -> Draft:
    """Make a Draft of `material`; `choice` says which entry of a feed or an export. Raises SourceError."""
    if len(material.content) > MOST_BYTES_OF_A_BUNDLE:
        raise SourceError(source=material.name, why=_too_large(MOST_BYTES_OF_A_BUNDLE))
    kind = kind_of(material)
    if len(material.content) > kind.most_bytes:
        raise SourceError(source=material.name, why=_too_large(kind.most_bytes))
    try:
        draft = attempted(partial(kind.read, material, choice or Choice()), Explained, RecursionError)
    except RecursionError:
        raise SourceError(source=material.name, why="its parts stand too deep in each other") from None
    if isinstance(draft, Unreadable):
        raise SourceError(source=material.name, why=f"it cannot be read ({draft.why})")
    if not draft.body.strip():
        raise SourceError(source=material.name, why="holds no words of a post")
    title = " ".join(draft.title.split())[:MOST_TITLE]
    untitled = () if title else (Need("title", "Untitled", "write one at the top: it is the subject of the mail"),)
    return replace(draft, title=title or "Untitled", needs=(*untitled, *draft.needs))


def _too_large(most: int) -> str:
    return f"is larger than {most // 1_000_000} MB; that is no post"
