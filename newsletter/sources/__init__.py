"""Before stage 1. In: anything a post may come in. Out: a Draft, ready to be written as a Markdown post.

    material    bytes, and what kind of thing they are
    page        a web page · extraction · clipboard   HTML that is all article
    pasted      text as it was pasted · page_words
    folders     a post of Jekyll, Hugo, 11ty · liquid
    word        .docx        feed    RSS, Atom        wordpress   an export · shortcodes        mail   .eml
    tree        HTML of any origin, cleaned           markdown    and written as Markdown
    needs       what only a human can put right       pictures    those that came inside
    fetch       the only one that goes out to the web, guarded
    filing      a Draft becomes a file, never over another

What is read is never believed: sizes are capped, entities are refused, nothing in a source makes anything be fetched.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from newsletter.errors import SourceError
from newsletter.post.front_matter import MOST_TITLE
from newsletter.sources.choice import Choice
from newsletter.sources.draft import Draft, Enclosure, Need
from newsletter.sources.material import Kind, Material, kind_of
from subscribers.errors import Explained
from subscribers.unreadable import Unreadable, attempted

__all__ = ["MOST_BYTES", "Choice", "Draft", "Enclosure", "Kind", "Material", "Need", "kind_of", "read_source"]

MOST_BYTES = 5_000_000
MOST_BYTES_OF_A_BUNDLE = 50_000_000  # a Word document or a whole export


def read_source(material: Material, choice: Choice | None = None) -> Draft:
    """Make a Draft of `material`; `choice` says which entry of a feed or an export. Raises SourceError."""
    kind = kind_of(material)
    most = MOST_BYTES_OF_A_BUNDLE if kind in (Kind.WORD, Kind.WORDPRESS, Kind.MAIL) else MOST_BYTES
    if len(material.content) > most:
        raise SourceError(source=material.name, why=f"is larger than {most // 1_000_000} MB; that is no post")
    try:
        draft = attempted(partial(_reader(kind, choice or Choice()), material), Explained, RecursionError)
    except RecursionError:
        raise SourceError(source=material.name, why="its parts stand too deep in each other") from None
    if isinstance(draft, Unreadable):
        raise SourceError(source=material.name, why=f"it cannot be read ({draft.why})")
    if not draft.body.strip():
        raise SourceError(source=material.name, why="holds no words of a post")
    title = " ".join(draft.title.split())[:MOST_TITLE]
    untitled = () if title else (Need("title", "Untitled", "write one at the top: it is the subject of the mail"),)
    return replace(draft, title=title or "Untitled", needs=(*untitled, *draft.needs))


def _reader(kind: Kind, choice: Choice) -> Callable[[Material], Draft]:
    # Because each kind brings a library of its own, only the one that is needed is loaded.
    from newsletter.sources import clipboard, feed, folders, mail, page, pasted, word, wordpress

    readers: dict[Kind, Callable[[Material], Draft]] = {
        Kind.PAGE: page.read_page,
        Kind.CLIPBOARD: clipboard.read_clipboard,
        Kind.HTML_POST: folders.read_html_post,
        Kind.MARKDOWN: folders.read_markdown,
        Kind.TEXT: pasted.read_pasted,
        Kind.WORD: word.read_word,
        Kind.FEED: lambda material: feed.read_feed(material, choice),
        Kind.WORDPRESS: lambda material: wordpress.read_wordpress(material, choice),
        Kind.MAIL: mail.read_mail,
    }
    return readers[kind]
