"""The process that imports a list for the desk, in the folder of the organiser; its word is the number of the job."""

import sys
from pathlib import Path

from newsletter.app.import_job import run_import
from newsletter.app.list_folder import ListFolder


def main(words: list[str]) -> None:
    """Import the list that the words name."""
    run_import(ListFolder(Path.cwd()), words[0])


if __name__ == "__main__":
    main(sys.argv[1:])
