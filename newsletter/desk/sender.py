"""The process that sends an issue for the desk, in the folder of the organiser; its word is the number of the issue."""

import sys
from pathlib import Path

from newsletter.app.background import carry_on
from newsletter.app.workspace import Workspace
from newsletter.runtime import signals


def main(words: list[str]) -> None:
    """Send the issue that the words name."""
    signals.begin()
    carry_on(Workspace(Path.cwd()), int(words[0]))


if __name__ == "__main__":
    main(sys.argv[1:])
