"""The folder a command is about, as the use cases take it; notes about it are said on stderr."""

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.app.list_folder import POSTS, ListFolder
from newsletter.cli.printing import say
from newsletter.settings.nearest import nearest_folder

if TYPE_CHECKING:
    from newsletter.app.workspace import Workspace


def list_here() -> ListFolder:
    """The folder, for commands that concern only the list."""
    return ListFolder(_found(Path.cwd()), say)


def here() -> "Workspace":
    """The folder with its posts and its relay."""
    from newsletter.app.workspace import Workspace  # it loads the compiler, which commands about people never need

    return Workspace(_found(Path.cwd()), say)


def as_typed(path: Path) -> Path:
    """Show where `path` is, as seen from where the command was started."""
    return Path(os.path.relpath(path))


def posts_here() -> Path:
    """The folder of its posts."""
    return as_typed(_found(Path.cwd()) / POSTS)


@cache
def _found(started: Path) -> Path:
    folder = nearest_folder(started)
    if folder != started:
        say(f"This is about the folder {folder}.")
    return folder
