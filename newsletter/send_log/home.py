"""Which database this is: a copy, a restored backup, or a standby that took over, may have forgotten what was sent.

The log keeps the mark of the database in which it last sent. Before a sender enrols, with every claim, and with every
dot, the mark is compared with that of the database that answers. Where it differs nothing is sent, until an organiser
says so: then that database is the home of the log from now on. Callers hold the transaction.

The mark on PostgreSQL: identifier of the server's data, timeline (a standby that takes over begins a new one), and the
numbers of the database and of a table in it. On SQLite: the number of the file (inode), which is another one for a
copy, and is kept when a folder is renamed; there only enrolling looks at it, because a running program already notices
when its file is replaced. A backup that is written over the existing file keeps the number and goes unnoticed.
"""

from pathlib import Path

from sqlalchemy import Connection, select, text, update

from newsletter.database.tables import lineage
from newsletter.errors import AwayFromHome

WHY = "this database is a copy, a restored backup, or a standby that took over: it may have forgotten what was sent"


def require_home(connection: Connection) -> None:
    """Let this transaction send. Raises AwayFromHome if the log last sent in another database."""
    if not is_home(connection):
        raise AwayFromHome(why=WHY)


def require_same(connection: Connection) -> None:
    """As `require_home`, in the middle of a run; on SQLite nothing is compared."""
    if connection.dialect.name == "postgresql":
        require_home(connection)


def is_home(connection: Connection) -> bool:
    """Say whether the log last sent in this database, or has never sent."""
    at_home = _recorded(connection)
    return not at_home or at_home == _place(connection)


def settle_here(connection: Connection) -> None:
    """Make this database the home of the log."""
    connection.execute(update(lineage).values(place=_place(connection)))


def settle_first(connection: Connection) -> None:
    """Make this database the home of the log if it has never sent. Raises AwayFromHome if it did in another one."""
    require_home(connection)
    if not _recorded(connection):
        settle_here(connection)


def _recorded(connection: Connection) -> str:
    return connection.execute(_RECORDED).scalar() or ""


def _place(connection: Connection) -> str:
    if connection.dialect.name == "postgresql":
        return str(connection.execute(_MARK).scalar_one())
    file = Path(connection.engine.url.database or "")
    return f"file {file.stat().st_ino}" if file.is_file() else "in memory"


_RECORDED = select(lineage.c.place)
_MARK = text(
    "SELECT concat_ws('/', (SELECT system_identifier FROM pg_control_system()), "
    "left(pg_walfile_name(pg_current_wal_lsn()), 8), "
    "(SELECT oid FROM pg_database WHERE datname = current_database()), 'deliveries'::regclass::oid)"
)
