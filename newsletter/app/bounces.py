"""Read what came back after it was accepted, and list what is known of it.

A source hands out mails: `files` and `maildir` on this machine, `piped` from a mail server, `mailbox` over IMAP. A mail
may be read again: it counts once.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from newsletter.app.list_folder import ListFolder
from newsletter.bounces import feedback as heard
from newsletter.bounces.consequences import Hearing
from newsletter.bounces.mailboxes import Incoming, Source
from newsletter.bounces.mailboxes.files import Files, Pipe
from newsletter.bounces.mailboxes.maildir import Maildir
from newsletter.bounces.parse.reader import Reader
from newsletter.bounces.processing import work_through
from newsletter.database.engine import reading
from newsletter.database.tables import Heard
from newsletter.runtime.clock import now
from subscribers.address import normalise

ASIDE = "set-aside"
"""The folder, beside the settings, for mails that came through a pipe and cannot be read."""

MAILS, SUPPRESSED, SETTLED, KNOWN, NOBODYS = "mails", "suppressed", "settled", "known already", "nobody's"
"""What `process` counts beside the kinds of mail: all mails, suppressed addresses, deliveries that are no longer
uncertain, reports that were recorded before, and reports without our signature."""

Told = Callable[[Incoming, Hearing], object]


def files(paths: Sequence[Path]) -> Source:
    """Read mails from files, and from every .eml file of a folder; they stay as they are."""
    return Files(paths)


def maildir(path: Path) -> Source:
    """Read the mails of a Maildir; answers to our mails move to a folder of it. Raises UnreadableMail."""
    return Maildir(path)


def piped(place: ListFolder, stream: BinaryIO, recipient: str) -> Source:
    """Read one mail that a mail server hands over; `recipient`: the address it came to, empty if that is unknown."""
    return Pipe(stream, recipient, place.folder / ASIDE)


@contextmanager
def mailbox(place: ListFolder, looking: bool = False) -> Iterator[Source]:
    """Open the bounce mailbox of the settings while the block runs; `looking`: mark and move nothing in it.

    Raises SettingsError, MailboxRefused and MailboxUnreachable.
    """
    from newsletter.bounces.mailboxes.imap import ImapMailbox, MailboxSettings  # because only this needs an IMAP client

    given = place.settings
    given.require("bounces_host", "bounces_username", "bounces_password")
    host, port = _host_and_port(given.bounces_host)
    login = (given.bounces_username, given.bounces_password)
    where = MailboxSettings(host, port, *login, given.bounces_folder, given.bounces_processed_folder)
    with ImapMailbox(where, looking) as opened:
        yield opened


def process(place: ListFolder, source: Source, told: Told, dry_run: bool = False) -> Counter[str]:
    """Record every mail of `source` and do what follows from it; return the counts.

    They are counted by kind (`tables.Heard`, "auto-reply", "unknown", "unreadable") and by the names above. `told` gets
    each mail with what came of it. Each mail is committed alone. A dry run writes, marks and moves nothing. Raises
    SettingsError, DatabaseError, and what the source raises when it must stop.
    """
    place.settings.require("secret_key")
    reader = Reader(place.settings.secret_keys, place.settings.list_name)
    counts: Counter[str] = Counter()

    def count(mail: Incoming, hearing: Hearing) -> None:
        counts.update(_facts(hearing))
        told(mail, hearing)

    work_through(place.engine, reader, source, now, count, dry_run)
    return counts


def feedback(place: ListFolder, issue: int | None = None, address: str | None = None) -> list[heard.Event]:
    """List what came back, oldest first: of everything, of an issue, of an address, or of both. Raises BadAddress."""
    wanted = None if address is None else normalise(address)
    with reading(place.engine) as connection:
        if issue is not None:
            found = heard.of_issue(connection, issue)
        else:
            found = heard.everything(connection) if wanted is None else heard.of_address(connection, wanted)
    return [event for event in found if wanted in (None, event.address)]


def _host_and_port(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    return (host.strip("[]"), int(port)) if colon and not text.endswith("]") else (text.strip("[]"), 993)


def _facts(hearing: Hearing) -> list[str]:
    known = hearing.kind in list(Heard)
    facts = {
        hearing.kind: True,
        SUPPRESSED: hearing.suppressed,
        SETTLED: hearing.settled,
        KNOWN: known and bool(hearing.address) and not hearing.new,
        NOBODYS: known and not hearing.address,
    }
    return [MAILS, *(name for name, is_so in facts.items() if is_so)]
