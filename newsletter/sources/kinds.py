"""Every kind of source there is, in the order they are asked: headers and marks first, tags after, guesses last.

A new kind is a folder that declares a Kind, a line here, and a file of tests.
"""

from newsletter.sources import (
    bundle,
    chat,
    feed,
    fragment,
    ghost,
    mail,
    open_document,
    page,
    pasted,
    site_post,
    web_archive,
    word,
    wordpress,
)
from newsletter.sources.kind import SourceKind
from newsletter.sources.material import Material
from newsletter.sources.refusals import refuse_what_is_no_post

_ARCHIVES = (word.KIND, open_document.KIND, bundle.KIND, web_archive.KIND)
_TEXTS = (
    mail.KIND,
    ghost.KIND,
    wordpress.KIND,
    feed.KIND,
    chat.KIND,
    site_post.HTML,
    site_post.MARKDOWN,
    fragment.KIND,
    page.KIND,
    pasted.KIND,
)
KINDS: tuple[SourceKind, ...] = (*_ARCHIVES, *_TEXTS)


def kind_of(material: Material) -> SourceKind:
    """Tell what `material` is. Raises SourceError where it is nothing that can become a post."""
    found = next((kind for kind in _ARCHIVES if kind.certain(material)), None)
    if found is None:
        refuse_what_is_no_post(material)
        found = next((kind for kind in _TEXTS if kind.certain(material)), None)
    return found or next(kind for kind in _TEXTS if kind.likely(material))
