"""Whose a connection on this machine is. In: the client's address. Out: whether another user of the machine made it.

Other users of a computer can reach its loopback interface as well, and a cookie that was sent to a port of theirs is
good at ours. Linux says which user has each end of a connection. Where the system does not say, the cookie decides.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
_LOCAL, _REMOTE, _USER = 1, 2, 7
ROOT = 0


def is_of_another_user(client: tuple[str, int], port: int, tables: Iterable[Path] = TABLES) -> bool:
    """Say whether the client of a connection to `port` is a program of another user than ours, and not root's."""
    ends = f":{client[1]:04X}", f":{port:04X}"
    users = {user for table in tables for user in _users(table, *ends)}
    return bool(users - {str(os.getuid()), str(ROOT)})


def _users(table: Path, local: str, remote: str) -> Iterator[str]:
    with suppress(OSError, ValueError), table.open(encoding="ascii") as lines:
        for line in lines:
            cells = line.split()
            if len(cells) > _USER and cells[_LOCAL].endswith(local) and cells[_REMOTE].endswith(remote):
                yield cells[_USER]
