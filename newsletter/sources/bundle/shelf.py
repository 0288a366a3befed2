"""Every file of a zip file, through zips in zips. In: bytes. Out: names, and each file when it is asked for.

All zips together share one limit of what they may unpack to, of how many files they hold, how deep and how long.
"""

import posixpath
from urllib.parse import unquote

from newsletter.errors import SourceError
from newsletter.sources.archive import MOST_PARTS, Damaged, ZipArchive

_DEEPEST = 3
_UNSEEN = ("__MACOSX/", ".DS_Store", "Thumbs.db")


class Shelf:
    """The files of a bundle. Raises SourceError if it is damaged or too large; a damaged zip in it is left out."""

    def __init__(self, content: bytes, source: str) -> None:
        """List the files, and open the zips among them."""
        self._files: dict[str, ZipArchive] = {}
        self._inside: dict[str, str] = {}
        self.damaged: list[str] = []
        """The zips in it that cannot be opened."""
        self._source = source
        self._add(ZipArchive(content, source), "", 1)

    def _add(self, archive: ZipArchive, prefix: str, depth: int) -> None:
        for name in archive.names:
            if any(unseen in name for unseen in _UNSEEN) or posixpath.basename(name).startswith("._"):
                continue
            if not name.lower().endswith(".zip"):
                whole = posixpath.normpath(prefix + name.replace("\\", "/"))
                self._files[whole], self._inside[whole] = archive, name
                if len(self._files) > MOST_PARTS:
                    raise SourceError(source=self._source, why=f"holds more than {MOST_PARTS:,} files; that is no post")
            elif depth >= _DEEPEST:
                raise SourceError(source=self._source, why=f"holds zip files more than {_DEEPEST} deep in each other")
            else:
                self._add_nested(archive, name, prefix, depth)

    def _add_nested(self, archive: ZipArchive, name: str, prefix: str, depth: int) -> None:
        try:
            nested = archive.nested(name)
        except Damaged:  # a post and its pictures may lie beside it
            self.damaged.append(posixpath.normpath(prefix + name))
        else:
            self._add(nested, prefix, depth + 1)

    @property
    def names(self) -> list[str]:
        """Every file, by its path."""
        return list(self._files)

    def read(self, name: str) -> bytes:
        """Unpack one file."""
        return self._files[name].read(self._inside[name])

    def beside(self, page: str, address: str) -> bytes | None:
        """Read the file that `page` means by the relative `address`; None if there is none, or it is damaged."""
        place = posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(address.partition("?")[0])))
        return self._files[place].read_if_whole(self._inside[place]) if place in self._files else None
