"""The folder of published files. In: names and contents. Out: files that never change once they are there.

A name contains a hash of the file's content, so no file is ever replaced by a different one; a published file stays,
whatever becomes of the post and of the files beside it.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from newsletter.errors import NewsletterError
from newsletter.publish import kinds
from newsletter.runtime.whole_file import FOR_ALL, written_whole

NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,79})-[0-9a-f]{12}(\.[a-z]{3,4})", re.ASCII)


class CannotPublish(NewsletterError):
    """{name} cannot be published in {folder}: {why}"""


def put(folder: Path, files: Iterable[tuple[str, bytes]]) -> list[Path]:
    """Write `files` into `folder`, each whole or not at all; return their paths. Raises CannotPublish."""
    return [_put(folder, name, content) for name, content in dict(files).items()]


def take(folder: Path, name: str) -> tuple[Path, kinds.DocumentKind] | None:
    """Find the published file `name` and its kind; None for a name that is not one of ours, or not there."""
    shape = NAME.fullmatch(name)
    kind = kinds.GIVEN_OUT.get(shape[1]) if shape else None
    file = folder / name
    return (file, kind) if kind and not file.is_symlink() and file.is_file() else None


def find(folders: Sequence[Path], stem: str) -> tuple[str, bytes] | None:
    """Find the file published under `stem`, of whatever kind; return its suffix and its content."""
    for folder in folders:
        for suffix in kinds.GIVEN_OUT:
            found = take(folder, f"{stem}{suffix}")
            if found:
                return suffix, found[0].read_bytes()
    return None


def _put(folder: Path, name: str, content: bytes) -> Path:
    target = folder / name
    try:
        if target.is_file() and target.read_bytes() == content:
            return target
        folder.mkdir(parents=True, exist_ok=True)
        with written_whole(target, FOR_ALL) as file:
            file.write(content)
    except OSError as error:
        raise CannotPublish(name=name, folder=folder, why=error.strerror or str(error)) from None
    return target
