"""The folder a command was started in, as the use cases take it; notes about it are said on stderr."""

from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.app.list_folder import ListFolder
from newsletter.cli.printing import say

if TYPE_CHECKING:
    from newsletter.app.workspace import Workspace


def list_here() -> ListFolder:
    """The folder, for commands that concern only the list."""
    return ListFolder(Path.cwd(), say)


def here() -> "Workspace":
    """The folder with its posts and its relay."""
    from newsletter.app.workspace import Workspace  # it loads the compiler, which commands about people never need

    return Workspace(Path.cwd(), say)
