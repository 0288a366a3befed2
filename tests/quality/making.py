"""A file becomes Cases the way a person makes a mail of it. In: a path. Out: Cases, and refusals."""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from newsletter.compiler import CompiledEmail, Furniture, compile_post
from newsletter.post import Post, read_post
from newsletter.sources import Material, kind_of, read_source
from newsletter.sources.filing import file_draft
from newsletter.theme import template_folders
from subscribers.errors import Explained
from tests.quality.judge import Case
from tests.quality.originals import Original, originals

FURNITURE = Furniture("Gyda’n Gilydd / Together, for Co-production", "12 Heol yr Eglwys, Caerdydd CF10 1AA")
_TODAY = datetime.date(2026, 3, 1)
_SAY_IT_THEMSELVES = ("feed", "WordPress export", "Word document")


@dataclass(frozen=True)
class Refusal:
    """A post that was refused, and in which words."""

    name: str
    why: str


def cases(path: Path, room: Path, themes: Sequence[str] = ("",)) -> Iterator[Case | Refusal]:
    """Yield every post of the file at `path` as a mail in each of `themes`, filed in `room`.

    "" is the theme the post asks for. Anything but a refusal in words is raised.
    """
    for original in originals(path):
        try:
            yield from _cases(path, original, room, themes)
        except Explained as refusal:
            yield Refusal(original.name, str(refusal))


def _cases(path: Path, original: Original, room: Path, themes: Sequence[str]) -> Iterator[Case]:
    material = Material(path.name, path.read_bytes(), _address(path))
    draft = read_source(material, original.choice)
    filed = file_draft(draft, room, _TODAY).path
    named = {left.words for left in draft.dropped if left.what == "picture"}
    links = [link for link in original.links if original.pictured.get(link) not in named]
    for theme in themes:
        name = f"{original.name} ({theme})" if theme else original.name
        yield Case(name, *mail_of(filed, theme), original.words, links, draft.dropped, original.whole)


def mail_of(path: Path, theme: str = "") -> tuple[Post, CompiledEmail]:
    """Compile the post at `path`, in `theme` or in the one it asks for."""
    post = read_post(path)
    post = replace(post, theme=theme or post.theme)
    return post, compile_post(post, FURNITURE, template_folders(None))


def _address(path: Path) -> str:
    """Say where a post is from, so that its relative links lead somewhere; a bundle says so itself."""
    if "_source." in path.name:
        return "http://fakehost/test/page.html"  # where readability's own pairs of pages are said to stand
    bundle = kind_of(Material(path.name, path.read_bytes())).name in _SAY_IT_THEMSELVES
    return "" if bundle else "https://harbour.example/posts/"
