"""Posts made of what organisers have, and the posts there are. In: a source, or a folder of posts. Out: post files."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from newsletter.errors import PostError
from newsletter.post import Post, halves_of, read_post
from newsletter.sources import Choice, Draft, read_source
from newsletter.sources.acquire import acquire, with_pictures
from newsletter.sources.filing import Filed, file_draft
from subscribers.unreadable import Unreadable, attempted

SUFFIXES = (".md", ".html", ".htm")


@dataclass(frozen=True)
class Added:
    """A post that was made of a source, and where it was written."""

    draft: Draft
    filed: Filed


@dataclass(frozen=True)
class ListedPost:
    """A post file; without `post` it cannot be read, and `why` says why."""

    path: Path
    post: Post | None
    why: str = ""


def add(
    source: str,
    posts: Path,
    today: datetime.date,
    output: Path | None = None,
    choice: Choice | None = None,
    base_url: str = "",
    images: bool = False,
) -> Added:
    """Make a post of `source`, a path, an address of the web, or "-" (standard input), and write it.

    It goes into the folder `posts` under its date and title, or to `output`; nothing is written over. `choice`: which
    entry of a feed or an export. `base_url`: where relative links are meant from. `images`: fetch the pictures, too.
    Raises SourceError or FetchRefused.
    """
    material = acquire(source)
    if base_url:
        material = replace(material, url=base_url)
    draft = read_source(material, choice or Choice(0, ""))
    if base_url:
        draft = replace(draft, base_url=base_url)
    if images:
        draft = with_pictures(draft)
    return Added(draft, file_draft(draft, posts, today, output))


def listed(posts: Path) -> Iterator[ListedPost]:
    """Read the posts in the folder `posts`, the last by name first; one that cannot be read is listed, too.

    A post in two languages is listed once, by its first file.
    """
    for path in sorted(posts.glob("*"), reverse=True):
        halves = halves_of(path)
        if path.suffix in SUFFIXES and (not halves or path == next(iter(halves.values()))):
            yield _listed(path)


def look(path: Path) -> Post:
    """Read the post at `path`; it needs no settings. Raises PostError."""
    return read_post(path)


def _listed(path: Path) -> ListedPost:
    try:
        written = attempted(partial(read_post, path), PostError)
    except PostError as error:
        return ListedPost(path, None, str(error.particulars["why"]))
    return ListedPost(path, None, written.why) if isinstance(written, Unreadable) else ListedPost(path, written)
