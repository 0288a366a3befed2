"""The folder published files are given out from. In: names and contents. Out: files that never change once there.

A name holds what its file holds, so nothing there is ever written over; what was published stays, whatever becomes of
the post and of the files beside it.
"""

import os
import re
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from newsletter.errors import NewsletterError
from newsletter.publish import kinds

NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,79})-[0-9a-f]{12}(\.[a-z]{3,4})", re.ASCII)


class CannotPublish(NewsletterError):
    """{name} cannot be published in {folder}: {why}"""


def put(folder: Path, files: Iterable[tuple[str, bytes]]) -> list[Path]:
    """Have `folder` hold `files`, whole or not at all. Raises CannotPublish."""
    return [_put(folder, name, content) for name, content in dict(files).items()]


def take(folder: Path, name: str) -> tuple[Path, kinds.Kind] | None:
    """Find the published file `name`; None for every name that is not one of ours."""
    shape = NAME.fullmatch(name)
    kind = kinds.GIVEN_OUT.get(shape[1]) if shape else None
    file = folder / name
    return (file, kind) if kind and not file.is_symlink() and file.is_file() else None


def find(folders: Sequence[Path], stem: str) -> tuple[str, bytes] | None:
    """Find what was published under `stem`, whatever its kind: the end of its name, and its content."""
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
        descriptor, temporary = tempfile.mkstemp(dir=folder, prefix=".")
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)  # because a web server of another user may have to read it
        Path(temporary).replace(target)
    except OSError as error:
        raise CannotPublish(name=name, folder=folder, why=error.strerror or str(error)) from None
    return target
