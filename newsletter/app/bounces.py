"""Record the feedback in the mails that answer ours (bounces, complaints, unsubscribes), and list what is recorded.

A source hands out such mails: `files` and `maildir` from this machine, `piped` from a mail server, `mailbox` over IMAP.
A mail that is read twice counts once.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from newsletter.app.list_folder import ListFolder
from newsletter.bounces import feedback as recorded
from newsletter.bounces.consequences import REPLY, WANTS_TO_LEAVE, FeedbackResult
from newsletter.bounces.mailboxes import Incoming, Source
from newsletter.bounces.mailboxes.files import MailFiles, Pipe
from newsletter.bounces.mailboxes.maildir import Maildir
from newsletter.bounces.parse.reader import FeedbackReader
from newsletter.bounces.processing import OnFeedback, work_through
from newsletter.bounces.replies import CountedReply, read_replies
from newsletter.database.engine import reading
from newsletter.database.tables import FeedbackKind
from newsletter.runtime.clock import now
from newsletter.runtime.extras import extra
from subscribers.address import normalise

ASIDE = "set-aside"
"""The folder beside the settings that keeps mails from a pipe that cannot be read."""

MAILS, SUPPRESSED, SETTLED, KNOWN, NOBODYS = "mails", "suppressed", "settled", "known already", "nobody's"
LEAVING = "want to leave"
"""Answers of people that look like “please take me off”, for a human to read."""
"""What `process` counts besides the kinds of mail, in this order: all mails; mails that led to a suppression; mails by
which an uncertain delivery was settled; reports that were recorded before; reports about no known delivery, because
they lack our signature or the subscriber was erased."""


def files(paths: Sequence[Path]) -> Source:
    """Read mails from files, and from every .eml file of a folder; the files stay as they are."""
    return MailFiles(paths)


def maildir(path: Path) -> Source:
    """Read the mails of a Maildir. Raises UnreadableMail if `path` is none.

    A mail that answers one of ours moves to a folder of the Maildir, a mail that cannot be read to another.
    """
    return Maildir(path)


def piped(place: ListFolder, stream: BinaryIO, recipient: str) -> Source:
    """Read one mail that a mail server pipes in; `recipient`: the address it came to, empty if that is unknown."""
    return Pipe(stream, recipient, place.folder / ASIDE)


@contextmanager
def mailbox(place: ListFolder, looking: bool = False) -> Iterator[Source]:
    """Open the bounce mailbox that the settings name until the block ends; `looking`: mark and move nothing in it.

    Raises SettingsError if a setting for it is missing, MailboxRefused for a wrong login or certificate, and
    MailboxUnreachable for all other trouble with its server.
    """
    with extra("imap", "imapclient", "read a mailbox over IMAP"):
        from newsletter.bounces.mailboxes.imap import ImapMailbox, MailboxSettings

    given = place.settings
    given.require("bounces_host", "bounces_username", "bounces_password")
    host, port = _host_and_port(given.bounces_host)
    login = (given.bounces_username, given.bounces_password)
    where = MailboxSettings(host, port, *login, given.bounces_folder, given.bounces_processed_folder)
    with ImapMailbox(where, looking) as opened:
        yield opened


def process(place: ListFolder, source: Source, told: OnFeedback, dry_run: bool = False) -> Counter[str]:
    """Record the feedback in every mail of `source` and do what follows from it; return how many mails of which sort.

    The sorts are the kinds of mail (`tables.FeedbackKind`, "auto-reply", "unknown", "unreadable") and MAILS to NOBODYS
    above: a mail is counted under each that fits. Each mail is one transaction; after its commit `told` is called. A
    dry run calls `told` too, but writes, marks and moves nothing. Raises SettingsError if there is no secret key,
    DatabaseError, and the source's own errors, such as MailboxUnreachable; the mails before stay recorded.
    """
    place.settings.require("secret_key")
    reader = FeedbackReader(place.settings.secret_keys, place.settings.list_name)
    counts: Counter[str] = Counter()

    def count(mail: Incoming, result: FeedbackResult) -> None:
        counts.update(_facts(result))
        told(mail, result)

    work_through(place.engine, reader, source, now, count, dry_run)
    return counts


def feedback(place: ListFolder, issue: int | None = None, address: str | None = None) -> list[recorded.FeedbackEvent]:
    """List the recorded feedback, oldest first: all, or that about `issue`, `address` or both. Raises BadAddress."""
    wanted = None if address is None else normalise(address)
    with reading(place.engine) as connection:
        if issue is not None:
            found = recorded.of_issue(connection, issue)
        else:
            found = recorded.everything(connection) if wanted is None else recorded.of_address(connection, wanted)
    return [event for event in found if wanted in (None, event.address)]


def replies(
    place: ListFolder, issue: int | None = None, address: str | None = None, leaving: bool = False
) -> list[CountedReply]:
    """List the answers that people wrote, oldest first; `leaving`: those that look like "please take me off".

    Raises BadAddress.
    """
    wanted = None if address is None else normalise(address)
    with reading(place.engine) as connection:
        found = read_replies(connection, issue, wanted)
    return [each for each in found if each.wants_to_leave or not leaving]


def _host_and_port(text: str) -> tuple[str, int]:
    """Split host:port or [IPv6]:port; without a port it is 993, for IMAP over TLS (RFC 8314)."""
    host, colon, port = text.rpartition(":")
    return (host.strip("[]"), int(port)) if colon and not text.endswith("]") else (text.strip("[]"), 993)


def _facts(result: FeedbackResult) -> list[str]:
    """List everything that one mail is counted under."""
    known = result.kind in list(FeedbackKind)
    facts = {
        result.kind: True,
        SUPPRESSED: result.suppressed,
        SETTLED: result.settled,
        LEAVING: result.kind == REPLY and result.reason == WANTS_TO_LEAVE and result.new,
        KNOWN: (result.kind == REPLY and not result.new) or (known and bool(result.address) and not result.new),
        NOBODYS: known and not result.address,
    }
    return [MAILS, *(name for name, is_so in facts.items() if is_so)]
