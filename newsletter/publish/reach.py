"""A file beside a post. In: the post's folder and a path from the post, which is not trusted. Out: its bytes.

It never leaves the folder: no "..", no symbolic link, no hidden file, no device; and it reads no more than MOST_BYTES.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from newsletter.database.sqlite_files import refuse_in_use
from newsletter.post.source import normalise_text

MOST_BYTES = 25_000_000
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a file is not published."""

    why: str
    elsewhere: bool = False
    """Whether the author may have meant an address on the web instead."""


def read(folder: Path, path: str) -> bytes | Refusal:
    """Read the file at `path` within `folder`; / or \\ separates the parts of the path."""
    names = [name for name in path.replace("\\", "/").split("/") if name not in ("", ".")]
    if ".." in names or path.startswith(("/", "\\")) or (names and names[0][1:2] == ":"):
        return Refusal(f"“{path}” is outside the folder of the post. Put the file beside the post", elsewhere=True)
    if not names or any(name.startswith(".") for name in names) or len(names) > _DEEPEST or "\0" in path:
        return Refusal(f"“{path}” is not a file that can be published", elsewhere=True)
    try:
        with _opened(folder, names) as descriptor:
            return _content(descriptor, names[-1])
    except (FileNotFoundError, NotADirectoryError):
        return Refusal(f"there is no file “{path}” beside the post{_hint(folder, names)}", elsewhere=True)
    except _IsLink as link:
        return Refusal(f"“{link}” only points to a file in another place. Put the file itself beside the post")
    except OSError as error:
        return Refusal(f"“{path}” cannot be read: {error.strerror}")


class _IsLink(Exception):
    """The name of a symbolic link."""


@contextmanager
def _opened(folder: Path, names: list[str]) -> Iterator[int]:
    """Open the path part by part, so that no symbolic link can be put in between the check and the opening."""
    held = [os.open(folder, os.O_RDONLY | os.O_DIRECTORY)]
    try:
        for name in names:
            here = _as_written(held[-1], name)
            if stat.S_ISLNK(os.stat(here, dir_fd=held[-1], follow_symlinks=False).st_mode):
                raise _IsLink(here)
            refuse_in_use(Path(here), held[-1])
            last = len(held) == len(names)
            # O_NONBLOCK, because opening a named pipe would wait for its writer for ever.
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | (0 if last else os.O_DIRECTORY)
            held.append(os.open(here, flags, dir_fd=held[-1]))
        yield held[-1]
    finally:
        for descriptor in held:
            os.close(descriptor)


def _content(descriptor: int, name: str) -> bytes | Refusal:
    about = os.fstat(descriptor)
    if stat.S_ISDIR(about.st_mode):
        return Refusal(f"“{name}” is a folder. Link to one file in it", elsewhere=True)
    if not stat.S_ISREG(about.st_mode):
        return Refusal(f"“{name}” is not a file")
    with os.fdopen(os.dup(descriptor), "rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        return Refusal(
            f"“{name}” is larger than {MOST_BYTES // 1_000_000} MB. Make it smaller, or link to it on the web"
        )
    return content or Refusal(f"“{name}” is empty")


def _as_written(folder: int, name: str) -> str:
    """Find how the folder spells `name`: the text of a post is normalised Unicode, file names need not be."""
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return next((each for each in os.listdir(folder) if normalise_text(each) == normalise_text(name)), name)
    return name


def _hint(folder: Path, names: list[str]) -> str:
    """Name a file that differs only in capital letters, which some systems accept and others do not."""
    try:
        there = [each.name for each in folder.joinpath(*names[:-1]).iterdir()]
    except (OSError, ValueError):
        return ""
    meant = [each for each in there if each.casefold() == names[-1].casefold()]
    return f", but there is “{meant[0]}”" if meant else ". Put it there, or write its whole web address"
