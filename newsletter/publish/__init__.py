"""Stage 1½. In: the names a post uses for its pictures and documents. Out: Published files, or why one is refused.

    reach      reads a file beside the post, and none outside its folder
    kinds      which documents may be linked, recognised by their content
    picture    turns any picture into one that every mail program shows: small, without the camera's metadata
    label      "PDF, 210 KB", in the language of the post
    shelf      the folder of published files, under names that never change
    route      how `serve` serves them

``Beside`` only prepares files and publishes nothing; the caller that sends or publishes puts them on the shelf. No mail
carries a file or a data: address.
"""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from newsletter.publish import kinds, reach, shelf
from newsletter.publish.reach import MOST_BYTES, Refusal

__all__ = ["MOST_BYTES", "Beside", "Published", "Refusal", "name_for"]

RECIPE = b"1"
"""Part of the hash in every name. If pictures are to be made differently, change it: published files then stay."""

HEAVY = 5_000_000
"""Bytes: a larger document may fail to load on a phone with a poor connection, as on a train."""

_PICTURES = (*".jpg .jpeg .jpe .jfif .png .gif .webp .avif .bmp .tif .tiff .heic .heif .svg .svgz .ico".split(),)
_PAGES = frozenset((".html", ".htm", ".xhtml", ".md", ".markdown", ".php", ".asp", ".aspx"))


@dataclass(frozen=True, slots=True)
class Published:
    """A file as readers get it: its name, address and content; of a picture, also width and height in px."""

    written: str
    """The name of the file as the post writes it."""
    name: str
    address: str
    content: bytes = field(repr=False)
    label: str = ""
    """What a link adds about the file ("PDF, 210 KB"); empty for a picture."""
    width: int = 0
    height: int = 0
    notes: tuple[str, ...] = ()
    """What the author should know about the file."""
    warnings: tuple[str, ...] = ()
    """What the author should reconsider."""


@dataclass(frozen=True)
class Beside:
    """The files in the folder of a post, as its mail may use them."""

    folder: Path
    address: str
    """The web address of the published files, without a slash at the end."""
    language: str = "en"
    shelves: Sequence[Path] = ()
    """Folders of files published before; a picture found there is not made again."""

    def picture(self, written: str) -> Published | Refusal | None:
        """Prepare the picture that the post calls `written`; None if that cannot mean a file beside the post."""
        return self._picture(written, linked=False)

    def linked(self, written: str) -> Published | Refusal | None:
        """Prepare the document or picture that a link to `written` leads to; None as in `picture`."""
        path, fragment = _path(written)
        suffix = PurePosixPath(path).suffix.lower()
        if suffix in _PICTURES:
            return self._picture(written, linked=True)
        if not path or suffix in _PAGES:
            return self._misnamed(path) if path else None
        content = reach.read(self.folder, path)
        if isinstance(content, Refusal):
            return content if suffix in kinds.SUFFIXES or not content.elsewhere else None
        return self._document(written, path, content, fragment)

    def _document(self, written: str, path: str, content: bytes, fragment: str) -> Published | Refusal:
        from newsletter.publish.label import label  # imported here, because only a linked document needs the languages

        kind = kinds.recognise(content, PurePosixPath(path).suffix.lower())
        if isinstance(kind, str):
            return Refusal(f"“{_last(path)}” {kind}")
        name = f"{name_for(path, content)}{kind.suffix}"
        said = label(kind.name, len(content), self.language)
        heavy = (f"“{_last(path)}” is large ({said}): on a phone it loads slowly, and uses up people's data",)
        return Published(
            written,
            name,
            f"{self.address}/{name}{f'#{fragment}' if fragment else ''}",
            content,
            label=said,
            notes=tuple(f"“{_last(path)}” {note}" for note in (kind.note,) if note),
            warnings=heavy if len(content) > HEAVY else (),
        )

    def _picture(self, written: str, *, linked: bool) -> Published | Refusal | None:
        path, _ = _path(written)
        if not path:
            return None
        content = reach.read(self.folder, path)
        if isinstance(content, Refusal):
            return content if PurePosixPath(path).suffix.lower() in _PICTURES or not content.elsewhere else None
        from newsletter.publish import picture  # imported here, because it loads Pillow, which most posts do not need

        size = picture.LINKED if linked else picture.SHOWN
        stem = name_for(path, content, f"{size.widest} {size.most_bytes}".encode())
        there = shelf.find(self.shelves, stem)
        made = picture.measured(*there) if there else picture.made(content, size)
        if isinstance(made, str):
            return Refusal(f"“{_last(path)}” {made}")
        name = f"{stem}{made.suffix}"
        notes = tuple(f"“{_last(path)}” {note}" for note in made.notes)
        return Published(
            written, name, f"{self.address}/{name}", made.content, "", made.width, made.height, warnings=notes
        )

    def _misnamed(self, path: str) -> Refusal | None:
        """Refuse a document that is named like a web page, and say what it is; None for anything else."""
        content = reach.read(self.folder, path)
        kind = kinds.by_content(content) if isinstance(content, bytes) else None
        return (
            Refusal(f"“{_last(path)}” is really a {kind.name} file. Rename it to end in {kind.suffix}")
            if kind
            else None
        )


def name_for(path: str, content: bytes, how: bytes = b"") -> str:
    """Make a name of the file's own name and a hash of its content: readable, stable, and hard to guess."""
    plain = unicodedata.normalize("NFKD", PurePosixPath(path).stem).encode("ascii", "ignore").decode().lower()
    readable = re.sub(r"[^a-z0-9]+", "-", re.sub(r"['’]", "", plain)).strip("-")[:60].rstrip("-") or "file"
    digest = hashlib.sha256(b"\0".join((RECIPE, how, content))).hexdigest()
    return f"{readable}-{digest[:12]}"


def _path(written: str) -> tuple[str, str]:
    """Return the path beside the post that `written` means, and its fragment; both empty if it means no file."""
    try:
        parts = urlsplit(written)
    except ValueError:
        return "", ""
    path = unquote(parts.path)
    return ("", "") if parts.scheme or parts.netloc or path.startswith("/") else (path, parts.fragment)


def _last(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]
