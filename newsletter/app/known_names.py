"""Names that an organiser may type next, for the completion of the shell: issues and segments. Only reads."""

from sqlalchemy import select

from newsletter.app.list_folder import ListFolder
from newsletter.database.engine import reading
from newsletter.database.tables import issues
from subscribers.tables import segments

MOST = 50


def known_issues(folder: ListFolder) -> list[tuple[str, str]]:
    """Return number and post of each issue, the newest first. Raises SettingsError or DatabaseError."""
    newest = select(issues.c.id, issues.c.post).order_by(issues.c.id.desc()).limit(MOST)
    with reading(folder.engine) as connection:
        return [(str(number), post) for number, post in connection.execute(newest)]


def known_segments(folder: ListFolder) -> list[tuple[str, str]]:
    """Return name and expression of each saved segment. Raises SettingsError or DatabaseError."""
    by_name = select(segments.c.name, segments.c.expression).order_by(segments.c.name).limit(MOST)
    with reading(folder.engine) as connection:
        return [(name, expression) for name, expression in connection.execute(by_name)]
