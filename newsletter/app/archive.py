"""The public archive: which issues it shows, and whether it shows one."""

from newsletter import archive
from newsletter.app.list_folder import ListFolder
from newsletter.archive import ArchivedIssue
from newsletter.database.engine import reading, writing


def archived_issues(folder: ListFolder) -> list[ArchivedIssue]:
    """List the newest issues that the archive shows."""
    with reading(folder.engine) as connection:
        return list(archive.archived_issues(connection))


def show(folder: ListFolder, issue: int, listed: bool) -> None:
    """Let the archive show `issue`, or hide it. Raises UnknownIssue. Commits."""
    with writing(folder.engine) as connection:
        archive.show(connection, issue, listed=listed)
