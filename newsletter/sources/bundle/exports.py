"""Which files of a bundle are posts. In: a Shelf. Out: its posts, the newest first, with what the bundle says of them.

Each program has its own layout; a zip file of no known layout is a bundle of documents. Subscriber lists are never
opened.
"""

import csv
import io
import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from newsletter.sources.bundle.shelf import Shelf

_DOCUMENTS = (".html", ".htm", ".md", ".markdown", ".docx", ".odt", ".eml", ".mhtml", ".mht", ".xml", ".json", ".txt")
_NO_POSTS = re.compile(r"(?:^|/)(?:readme|license|index_?log|style|sitemap)\.\w+$|\.(?:css|js)$", re.IGNORECASE)
_ID = re.compile(r"[ _-](?:[0-9a-f]{32}|[0-9a-f]{5,12})$")


@dataclass(frozen=True, slots=True)
class Found:
    """A post of a bundle: the file that holds it, and what the bundle says of it elsewhere."""

    name: str
    title: str
    facts: dict[str, str] = field(default_factory=dict)
    is_for_some: bool = False


def posts_of(shelf: Shelf) -> tuple[str, list[Found]]:
    """Return the name of the program that made the bundle, or "" if it is unknown, and its posts."""
    for program, find in _PROGRAMS:
        found = find(shelf)
        if found:
            return program, found
    return "", _documents(shelf)


def _substack(shelf: Shelf) -> list[Found]:
    table = next((name for name in shelf.names if posixpath.basename(name) == "posts.csv"), None)
    if table is None:
        return []
    files = {posixpath.basename(name).partition(".")[0]: name for name in shelf.names if name.endswith(".html")}
    rows = list(csv.DictReader(io.StringIO(shelf.read(table).decode("utf-8-sig", "replace"))))
    found = []
    for row in sorted(rows, key=lambda row: row.get("post_date") or "", reverse=True):
        name = files.get((row.get("post_id") or "").partition(".")[0])
        if name is None or (row.get("is_published") or "").lower() == "false":
            continue
        facts = {"date": (row.get("post_date") or "")[:10], "preheader": row.get("subtitle") or ""}
        for_some = (row.get("audience") or "everyone") not in ("everyone", "")
        found.append(Found(name, row.get("title") or "", facts, for_some))
    return found


def _medium(shelf: Shelf) -> list[Found]:
    shape = re.compile(r"(?:^|/)posts/(\d{4}-\d\d-\d\d)_(.+?)-+[0-9a-f]{8,12}\.html$")
    found = [
        Found(name, match[2].replace("-", " ").strip(), {"date": match[1]})
        for name in shelf.names
        if (match := shape.search(name))
    ]
    return sorted(found, key=lambda each: each.facts["date"], reverse=True)


def _chat(shelf: Shelf) -> list[Found]:
    shape = re.compile(r"(?:^|/)(?:_chat|whatsapp[^/]*chat[^/]*|chat)\.txt$", re.IGNORECASE)
    return [Found(name, posixpath.basename(name)) for name in shelf.names if shape.search(name)]


def _notion(shelf: Shelf) -> list[Found]:
    """List the top pages of a Notion export; its databases (.csv) and sitemap are not posts."""
    pages = [
        name
        for name in shelf.names
        if re.search(r" [0-9a-f]{32}\.(?:md|html)$", name) and posixpath.basename(name) != "index.html"
    ]
    if not pages:
        return []
    highest = min(name.count("/") for name in pages)
    top = [name for name in pages if name.count("/") == highest]
    deeper = [name for name in pages if name not in top]
    return [Found(name, _title_of(name)) for name in (*top, *deeper)]


def _documents(shelf: Shelf) -> list[Found]:
    names = [name for name in shelf.names if name.lower().endswith(_DOCUMENTS) and not _NO_POSTS.search(name)]
    for endings in (
        (".html", ".htm", ".md", ".markdown", ".docx", ".odt", ".eml", ".mhtml", ".mht"),
        (".xml", ".json"),
        (".txt",),
    ):
        some = [name for name in names if name.lower().endswith(endings)]
        if some:
            highest = min(name.count("/") for name in some)
            # A saved page keeps its frames in the folder beside it; they are not posts.
            return [Found(name, _title_of(name)) for name in some if name.count("/") == highest]
    return []


def _title_of(name: str) -> str:
    return _ID.sub("", posixpath.basename(name).rpartition(".")[0]).strip()


_PROGRAMS: tuple[tuple[str, Callable[[Shelf], list[Found]]], ...] = (
    ("Substack export", _substack),
    ("Medium export", _medium),
    ("WhatsApp export", _chat),
    ("Notion export", _notion),
)
