"""The public archive: which issues it shows, and whether it shows one."""

from newsletter.app import deeds
from newsletter.app.list_folder import ListFolder
from newsletter.database.engine import reading, writing
from newsletter.web import archive
from newsletter.web.archive import ArchivedIssue


def archived_issues(folder: ListFolder) -> list[ArchivedIssue]:
    """List the newest issues that the archive shows."""
    with reading(folder.engine) as connection:
        return list(archive.archived_issues(connection))


def show(folder: ListFolder, issue: int, listed: bool) -> None:
    """Let the archive show `issue`, or hide it. Raises UnknownIssue. Commits."""
    with writing(folder.engine) as connection:
        archive.show(connection, issue, listed=listed)
        deeds.note(connection, folder, "show in the archive" if listed else "hide in the archive", f"issue {issue}")
