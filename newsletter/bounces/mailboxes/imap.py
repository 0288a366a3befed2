"""The one door to imapclient: a mailbox on an IMAP server, over verified TLS. Nothing in it is ever deleted.

Mails are read without being marked as seen. Those that are ours are moved to a folder, if one is set and the server can
move (RFC 6851). All that were read get a keyword of ours, so that they are not read again. A mail that cannot be read
stays where it is, with another keyword and flagged, which mail programs show as a star; without its star it is read
again.
"""

import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from imapclient import FLAGGED, IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from newsletter.bounces.mailboxes import Incoming
from newsletter.bounces.mailboxes.files import MOST_BYTES
from newsletter.errors import MailboxRefused, MailboxUnreachable
from subscribers.unreadable import Unreadable, attempted

KEYWORD = b"NewsletterRead"
SET_ASIDE = b"NewsletterSetAside"
AT_ONCE = 25
PATIENCE = 60.0
"""Seconds to wait for the server, at each step."""


@dataclass(frozen=True, slots=True)
class MailboxSettings:
    """Where the mailbox is, which folder is read, and where our mails go then (`processed`; empty: they stay)."""

    host: str
    port: int
    username: str
    password: str = field(repr=False)
    folder: str
    processed: str = ""

    def __str__(self) -> str:
        return f"{self.username} at {self.host}"


class ImapMailbox:
    """A mailbox, as a context manager: open while its block runs. Raises MailboxRefused and MailboxUnreachable.

    `looking`: nothing is marked or moved.
    """

    def __init__(self, where: MailboxSettings, looking: bool = False) -> None:
        self._where, self._looking = where, looking
        self._uids: list[int] = []
        self._client: Any = None
        self._keywords = self._moves = False

    def __enter__(self) -> Self:
        try:
            with self._translated():
                self._connect()
                self._open()
        except BaseException:
            self._close()  # the block will not run, so __exit__ will not close it
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def __len__(self) -> int:
        return len(self._uids)

    def __iter__(self) -> Iterator[Incoming]:
        part = f"BODY.PEEK[]<0.{MOST_BYTES}>"
        for start in range(0, len(self._uids), AT_ONCE):
            for uid, found in self._fetched(self._uids[start : start + AT_ONCE], part):
                if isinstance(found, Unreadable):
                    yield Incoming(str(uid), b"", found.why)
                else:
                    content = next((value for name, value in found.items() if name.startswith(b"BODY[]")), None)
                    if content is not None:
                        yield Incoming(str(uid), content)

    def settled(self, mail: Incoming, ours: bool) -> None:
        """Mark `mail` as read by us; if it is `ours`, move it to the folder for such mails."""
        if self._looking:
            return
        with self._translated():
            if self._keywords:
                self._client.add_flags([int(mail.name)], [KEYWORD], silent=True)
            if ours and self._moves:
                self._client.move([int(mail.name)], self._where.processed)

    def set_aside(self, mail: Incoming) -> str:
        """Flag `mail`, so that the organiser finds it in the mailbox."""
        if not self._looking:
            with self._translated():
                flags = [FLAGGED, SET_ASIDE] if self._keywords else [FLAGGED]
                self._client.add_flags([int(mail.name)], flags, silent=True)
        return f"it stays in {self._where.folder}, flagged"

    def _fetched(self, uids: list[int], part: str) -> Iterator[tuple[int, dict[bytes, Any] | Unreadable]]:
        """Fetch mails together; one by one if that fails, because one of them may be damaged on the server."""
        with self._translated():
            found = attempted(lambda: self._client.fetch(uids, [part]), IMAPClientAbortError, OSError)
            if not isinstance(found, Unreadable):
                yield from sorted(found.items())
            elif len(uids) == 1:
                yield uids[0], found
            else:
                for uid in uids:
                    yield from self._fetched([uid], part)

    def _connect(self) -> None:
        where, context = self._where, ssl.create_default_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._client = IMAPClient(where.host, where.port, ssl=True, ssl_context=context, timeout=PATIENCE)
        self._client.login(where.username, where.password)

    def _close(self) -> None:
        if self._client is not None:
            with suppress(IMAPClientError, OSError):
                self._client.logout()
            with suppress(OSError):
                self._client.shutdown()

    def _open(self) -> None:
        chosen = self._client.select_folder(self._where.folder, readonly=self._looking)
        flags = chosen.get(b"PERMANENTFLAGS", ())
        self._keywords = b"\\*" in flags or KEYWORD in flags
        aside = ["OR", "UNKEYWORD", SET_ASIDE, "UNFLAGGED"]
        self._uids = self._client.search(["UNDELETED", "UNKEYWORD", KEYWORD, *aside])
        if self._where.processed and not self._looking and self._client.has_capability("MOVE"):
            if not self._client.folder_exists(self._where.processed):
                self._client.create_folder(self._where.processed)
            self._moves = True

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except LoginError as error:
            raise MailboxRefused(mailbox=str(self._where), why=self._clean(error)) from None
        except ssl.SSLCertVerificationError as error:
            why = f"its certificate does not hold: {error.verify_message}"
            raise MailboxRefused(mailbox=str(self._where), why=why) from None
        except (IMAPClientError, OSError) as error:
            raise MailboxUnreachable(mailbox=str(self._where), why=self._clean(error)) from None

    def _clean(self, error: Exception) -> str:
        """Return the error's words without our password, which a server may repeat."""
        words = re.sub(r"^b(['\"])(.*)\1$", r"\2", str(error)) or type(error).__name__
        return words.replace(self._where.password, "…") if self._where.password else words
