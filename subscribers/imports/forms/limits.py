"""How much of a foreign file is unpacked: an archive of a few kilobytes can unpack to more than the machine can hold.

The sizes that an archive states are not trusted: the unpacked bytes are counted. Raises UnreadableList.
"""

import re
import zipfile
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from subscribers.errors import UnreadableList

MOST_BYTES = 1 << 30
"""The most bytes of all files in an archive together, unpacked."""
MOST_OF_A_WORKBOOK = 256 << 20
"""The most bytes of all parts of a workbook together, unpacked: it is held in memory."""
MOST_ENTRIES = 5_000
MOST_CELLS = 10_000_000
"""The most cells in the rectangle around all cells of a sheet: calamine makes every cell of that rectangle."""
MOST_DEPTH = 1
"""How deep archives may be nested: an archive may hold a workbook, but no other archive."""
IN_MEMORY = 8 << 20

_PIECE = 1 << 18


class DamagedEntry(UnreadableList):
    """{file} cannot be read as a list of subscribers: {why}"""


class Unpacking:
    """Unpacks the files of one archive, and counts their bytes."""

    def __init__(self, archive: zipfile.ZipFile, name: str, most: int = MOST_BYTES) -> None:
        self._archive, self._name, self._left, self._most = archive, name, most, most
        entries = archive.infolist()
        if len(entries) > MOST_ENTRIES:
            self._refuse(f"it holds {len(entries):,} files; {MOST_ENTRIES:,} is the most. Take the list out of it")
        if any(entry.flag_bits & 1 for entry in entries):
            self._refuse("it is locked with a password. Unpack it, and import the list in it")

    def take(self, entry: zipfile.ZipInfo, name: str = "") -> BinaryIO:
        """Unpack one file; the caller closes it. Raises DamagedEntry, and UnreadableList if all is too large.

        An archive in the archive is not unpacked; DamagedEntry calls it `name`.
        """
        if name and entry.filename.lower().endswith(".zip"):
            why = "it is an archive in an archive. Unpack the outer one, and import this"
            raise DamagedEntry(file=name, why=why)
        copy = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  # the caller closes it
        try:
            with self._archive.open(entry) as packed:
                while piece := packed.read(_PIECE):
                    self._left -= len(piece)
                    if self._left < 0:
                        self._refuse(f"unpacked, it is larger than {self._most >> 20:,} MB. Take the list out of it")
                    copy.write(piece)
        except UnreadableList:
            copy.close()
            raise
        except Exception as error:  # noqa: BLE001  # each compression has its own errors: zlib's, lzma's
            copy.close()
            why = f"{entry.filename} in it is damaged ({str(error) or type(error).__name__}). Export it again"
            raise DamagedEntry(file=self._name, why=why) from None
        copy.seek(0)
        return cast("BinaryIO", copy)

    def _refuse(self, why: str) -> None:
        raise UnreadableList(file=self._name, why=why)


def require_plain_xml(part: BinaryIO, name: str) -> None:
    """Refuse an XML part with a DOCTYPE or entities, in any encoding. Raises UnreadableList."""
    part.seek(0)
    head = part.read(4096)
    part.seek(0)
    letters = re.sub(rb"[\x00\xff\xfe]", b"", head).upper()
    if b"<!DOCTYPE" in letters or b"<!ENTITY" in letters:
        why = "it holds a DOCTYPE, which no spreadsheet program writes. Open it in one, and save it as CSV"
        raise UnreadableList(file=name, why=why)
