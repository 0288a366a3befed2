"""An entry of a feed becomes a Draft. In: RSS or Atom. Out: the newest entry, or the one asked for.

It is the door to feedparser. A feed that declares entities is refused; nothing is fetched.
"""

import datetime
import io
import re
from dataclasses import replace
from typing import Any

from newsletter.errors import SourceError
from newsletter.runtime.extras import extra
from newsletter.sources.choice import Choice
from newsletter.sources.draft import Draft, Need
from newsletter.sources.fragment.reader import read_fragment
from newsletter.sources.html.reading import words_of
from newsletter.sources.html.tree import parse_html
from newsletter.sources.material import Material

_TEASER = re.compile(r"(?:\[?(?:…|\.\.\.)\]?|(?:continue reading|read more|darllen mwy)\W*.{0,80})$", re.IGNORECASE)


def read_feed(material: Material, choice: Choice) -> Draft:
    """Read the entry that `choice` names, the newest by default. Raises SourceError, naming the entries there are."""
    if re.search(rb"<!ENTITY", material.content, re.IGNORECASE):
        raise SourceError(source=material.name, why="declares entities, which no honest feed does")
    # This library takes long to load, and most sources never need it.
    with extra("feeds", "feedparser", "read feeds"):
        import feedparser

    # Without a type, a feed that declares no encoding would be read as Latin-1; XML says that it is UTF-8.
    headers = {"content-location": material.url, "content-type": "application/xml"}
    feed: Any = feedparser.parse(io.BytesIO(material.content), response_headers=headers, sanitize_html=False)
    if not feed.entries:
        raise SourceError(source=material.name, why="is no feed with entries")
    entries = sorted(feed.entries, key=_when, reverse=True)
    entry = choice.among(entries, lambda each: _plain(each.get("title", "")), material.name)
    return _draft(entry, feed, material)


def _when(entry: Any) -> tuple[int, ...]:
    moment = entry.get("published_parsed") or entry.get("updated_parsed")
    return tuple(moment)[:6] if moment else ()


def _draft(entry: Any, feed: Any, material: Material) -> Draft:
    html = max((each.get("value", "") for each in entry.get("content", [])), key=len, default="")
    html = html or entry.get("summary", "")
    if not html.strip():
        raise SourceError(source=material.name, why=f"the entry “{_plain(entry.get('title', ''))}” holds no words")
    moment = _when(entry)
    facts = {
        "author": _plain(entry.get("author", "")),
        "date": str(datetime.date(*moment[:3])) if moment else "",
    }
    root = parse_html(f"<div>{html}</div>", material.name)
    link = entry.get("link", "") or feed.feed.get("link", "") or material.url
    title = _plain(entry.get("title", ""))
    draft = read_fragment(root, "feed", link, title, facts)
    teaser = not entry.get("content") and _TEASER.search(words_of(root))
    remedy = f"the feed holds only its beginning; take the page itself: newsletter post add {link}"
    return replace(draft, needs=(*draft.needs, Need("post", title, remedy))) if teaser else draft


def _plain(html: str) -> str:
    return words_of(parse_html(f"<div>{html}</div>", "title")) if html.strip() else ""
