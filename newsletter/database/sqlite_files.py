"""Watches the files of a SQLite database while it is in use. In: its path. Out: connections that watch their files.

Closing any descriptor of a file drops all POSIX locks that the process holds on it, including those of SQLite
(fcntl(2)). So nothing here opens the database or its side files; it uses stat, which opens nothing.
"""

import atexit
import ctypes
import errno
import os
import sqlite3
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from weakref import WeakSet

SIDE_FILES = ("-wal", "-shm")
"""The files that SQLite keeps beside a database in WAL mode: the log of commits, and the index of that log."""

TICK_NS = 100_000_000
"""Nanoseconds within which two changes of a folder may have the same time, even on coarse clocks."""

_Identity = tuple[int, int] | None
"""Device and inode of a file; None: there is no file."""


class FilesLost(sqlite3.OperationalError):
    """The database or one of its side files was removed or replaced: what is written from now on would be lost."""


class DatabaseInUse(OSError):
    """A file that is to be read by hand is a database that this process has open."""


class SqliteFiles:
    """The files of one database, and all connections of this engine to it.

    SQLite keeps writing to a file that was deleted or replaced, and reports success; those writes are lost. Once a file
    is missing, this engine stays unusable: a further connection in this process would use a new log with the old index.
    """

    def __init__(self, path: str) -> None:
        self._path = "" if path == ":memory:" or path.startswith("file:") else path
        self._database: tuple[str, _Identity] | None = None
        self._connections: WeakSet[WatchedConnection] = WeakSet()
        self._counting = threading.Lock()
        self.lost = ""
        """What was removed or replaced, in words; empty: nothing."""
        self.abandoned = False
        """Whether another program has begun its own log; then no connection of ours may be closed."""
        _OPENED.add(self)

    def connect(self, *arguments: Any, **options: Any) -> "WatchedConnection":
        """Open a connection as sqlite3.connect does; a new database is made readable for its owner only."""
        if self._database:
            self.compare(self._database)
        for connection in self.connections():
            connection.check_files()
        if self._path:
            make_private(Path(self._path))
        opened: WatchedConnection = sqlite3.connect(*arguments, **options, factory=WatchedConnection)
        opened.files = self
        return opened

    def remember(self, connection: "WatchedConnection") -> None:
        """Note which files `connection` has open. It must be in WAL mode and have read, so that the log is open."""
        (place,) = (row[2] for row in connection.execute("PRAGMA database_list") if row[1] == "main")
        if not place:
            return  # in memory
        given = os.path.abspath(self._path) if self._path else place  # noqa: PTH100  # it must not resolve links
        with self._counting:
            self._database = self._database or (given, _identity(given))
            self._connections.add(connection)
            connection.watch(self._database, *((f"{place}{end}", _identity(f"{place}{end}")) for end in SIDE_FILES))

    def forget(self, connection: "WatchedConnection") -> None:
        """Stop watching a connection that is about to be closed; with the last one SQLite removes the side files."""
        with self._counting:
            self._connections.discard(connection)

    def compare(self, *opened: tuple[str, _Identity]) -> None:
        """Raise FilesLost unless each path leads to the file that was opened there, and always has until now."""
        for path, identity in opened:
            if not self.lost and (found := _identity(path)) != identity:
                beside = path.endswith(SIDE_FILES)
                self.abandoned = self.abandoned or (beside and found is not None)
                what = f"its {path[-4:]} file" if beside else "it"
                self.lost = f"{what} was removed or replaced while it was in use"
        if self.lost:
            raise FilesLost(self.lost)

    def have(self, identity: _Identity) -> bool:
        """Say whether one of the open files has that identity."""
        return any(identity == opened for connection in self.connections() for _, opened in connection.opened)

    def connections(self) -> "tuple[WatchedConnection, ...]":
        """Return the connections that are open."""
        with self._counting:
            return tuple(self._connections)


class WatchedConnection(sqlite3.Connection):
    """A connection that reports a commit as a success only if its files are still there."""

    files: SqliteFiles | None = None
    opened: tuple[tuple[str, _Identity], ...] = ()
    """The path of each file of the database, and the identity of the file that this connection opened there."""
    _folders: tuple[str, ...] = ()
    _unchanged: tuple[int, ...] = ()
    """The times of the folders' last changes when the files were last checked; empty: check again."""

    def watch(self, *opened: tuple[str, _Identity]) -> None:
        """Watch these files from now on."""
        self.opened = opened
        self._folders = tuple({os.path.dirname(path) for path, _ in opened})  # noqa: PTH120  # once a transaction

    def check_files(self) -> None:
        """Raise FilesLost unless the files are still those that this connection opened.

        A folder has the time of the last change to its entries, which no program can set. While that time stays the
        same, so do the files, and it is enough to look at the folder.
        """
        times = tuple(map(_changed, self._folders))
        if self.files and (times != self._unchanged or self.files.lost):
            self.files.compare(*self.opened)
            self._unchanged = times if max(times, default=0) < time.time_ns() - TICK_NS else ()

    def commit(self) -> None:
        """Commit. Raises FilesLost if the commit may be lost when this process ends."""
        super().commit()
        self.check_files()

    def close(self) -> None:
        """Close the connection, unless another program has begun its own log: then keep it open until the process ends.

        The last connection to close writes its log into the database and deletes the -wal file that stands there. That
        would overwrite new pages with old ones, and delete what the other program has committed.
        """
        if self.files:
            with suppress(FilesLost):
                self.check_files()
            self.files.forget(self)
            if self.files.abandoned:
                ctypes.pythonapi.Py_IncRef(ctypes.py_object(self))  # never freed: freeing the object would close it
                return
            self.files = None  # what happens to the files from now on does not matter here
        super().close()

    def __del__(self) -> None:
        with suppress(sqlite3.Error):  # a connection that could not be opened cannot be closed either
            self.close()


_OPENED: WeakSet[SqliteFiles] = WeakSet()


@atexit.register
def _save_what_is_in_a_lost_log() -> None:
    """Close the connections to a lost log: the end of the process does not, and no other program has that log."""
    for files in tuple(_OPENED):
        for connection in files.connections():
            with suppress(sqlite3.Error):
                connection.check_files()
            if files.lost:
                with suppress(sqlite3.Error):
                    connection.close()


def refuse_in_use(path: Path, folder: int | None = None) -> None:
    """Raise DatabaseInUse if `path` (in the open `folder`) is a file of a database that this process has open.

    Call it before opening a file that the user has named: closing that file would drop the locks on it.
    """
    with suppress(FileNotFoundError):
        about = os.stat(path, dir_fd=folder)
        if any(files.have((about.st_dev, about.st_ino)) for files in tuple(_OPENED)):
            raise DatabaseInUse(errno.EBUSY, "this is the database, which is in use", str(path))


def make_private(path: Path) -> None:
    """Make an empty file at `path` that only its owner may read, unless there is a file; SQLite would use the umask.

    The file is made under another name and then linked, so that its descriptor is closed before any connection can open
    it. If that fails, SQLite makes the file and says what is wrong. The side files get the same mode.
    """
    path = Path(os.path.realpath(path))
    if path.exists() or not path.parent.is_dir():
        return
    with suppress(OSError):
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        os.close(descriptor)
        try:
            os.link(name, path)
        finally:
            Path(name).unlink()


def _identity(path: str) -> _Identity:
    try:
        found = os.stat(path)  # noqa: PTH116  # this runs with every transaction
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _changed(folder: str) -> int:
    try:
        return os.stat(folder).st_ctime_ns  # noqa: PTH116  # as above
    except OSError:
        return 0
