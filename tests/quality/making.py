"""A file becomes Cases the way a person makes a mail of it. In: a path. Out: Cases, and refusals."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
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


def cases(path: Path, room: Path) -> Iterator[Case | Refusal]:
    """Yield every post of the file at `path` as a mail, filed in `room`; anything but a refusal in words is raised."""
    for original in originals(path):
        try:
            yield _case(path, original, room)
        except Explained as refusal:
            yield Refusal(original.name, str(refusal))


def _case(path: Path, original: Original, room: Path) -> Case:
    material = Material(path.name, path.read_bytes(), _address(path))
    draft = read_source(material, original.choice)
    made = mail_of(file_draft(draft, room, _TODAY).path)
    return Case(original.name, *made, original.words, original.links, draft.dropped, original.whole)


def mail_of(path: Path) -> tuple[Post, CompiledEmail]:
    """Compile the post at `path` as it stands."""
    post = read_post(path)
    return post, compile_post(post, FURNITURE, template_folders(None))


def _address(path: Path) -> str:
    """Say where a post is from, so that its relative links lead somewhere; a bundle says so itself."""
    if "_source." in path.name:
        return "http://fakehost/test/page.html"  # where readability's own pairs of pages are said to stand
    bundle = kind_of(Material(path.name, path.read_bytes())).name in _SAY_IT_THEMSELVES
    return "" if bundle else "https://harbour.example/posts/"
