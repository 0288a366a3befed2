"""bounces process · bounces list: what came back after it was accepted."""

import os
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from pathlib import Path

import click

from newsletter.app import bounces as app
from newsletter.app.list_folder import ListFolder
from newsletter.bounces.consequences import REPLY, UNREADABLE, WANTS_TO_LEAVE, FeedbackResult
from newsletter.bounces.feedback import feedback_in_words
from newsletter.bounces.mailboxes import Incoming, Source
from newsletter.bounces.replies import CountedReply
from newsletter.cli.completing import ISSUE
from newsletter.cli.here import list_here
from newsletter.cli.printing import json_option, put, put_json, say
from newsletter.cli.progress import progress_of
from newsletter.database.tables import FeedbackKind

TRY_AGAIN = 75
"""EX_TEMPFAIL: tells the mail server that piped in a mail to keep it and try again, not to send it back."""


@click.group()
def bounces() -> None:
    """Emails that bounced, and spam complaints."""


@bounces.command("process")
@click.argument("files", nargs=-1, type=click.Path(exists=True, allow_dash=True, path_type=Path))
@click.option("--maildir", type=click.Path(exists=True, file_okay=False, path_type=Path), help="A Maildir to read.")
@click.option("--recipient", help="With -: the address the email came to, if the mail server passes it on.")
@click.option("--dry-run", is_flag=True, help="Only say what would happen: record, mark and move nothing.")
@json_option
@click.pass_context
def process(
    context: click.Context,
    files: tuple[Path, ...],
    maildir: Path | None,
    recipient: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Read bounced emails and complaints, and stop emailing addresses that do not work.

    It reads the bounce mailbox of the settings (IMAP), or FILES, folders of .eml files, a Maildir, or - for an email
    that a mail server pipes in. A signature in our emails says whose bounce it is; without it, nothing happens.

    One bounce from an address that does not exist, or one complaint, stops all email to it. Three smaller problems
    within 30 days do, too. What is our own fault never does. It is safe to read an email twice: it counts once.

    Nothing is deleted. IMAP emails are marked, or moved to a folder, and so are those of a Maildir. Messages that
    people wrote themselves stay where they are. An email that cannot be read is named and set aside, and the others
    are read: IMAP emails get a star, those of a Maildir go to its folder .SetAside, and one that was piped in goes to
    the folder set-aside.
    """
    if files == (Path("-"),):
        told = recipient or os.environ.get("ORIGINAL_RECIPIENT") or os.environ.get("RECIPIENT") or ""
        context.exit(_of_a_pipe(told, dry_run, as_json))
    if Path("-") in files or (files and maildir):
        raise click.UsageError("Give files, or --maildir, or - alone.")
    place = list_here()
    with _opened(place, files, maildir, dry_run) as source:
        _process(place, source, dry_run, as_json)


@bounces.command("list")
@click.argument("number", type=ISSUE, required=False)
@click.option("--address", help="Only about this address.")
@click.option("--replies", is_flag=True, help="List the answers that people wrote instead.")
@click.option("--leaving", is_flag=True, help="Of these, only the ones that look like “please take me off”.")
@json_option
def list_(number: int | None, address: str | None, replies: bool, leaving: bool, as_json: bool) -> None:
    """List bounces and complaints: all of them, those of issue NUMBER, or those of an address.

    With --replies: who answered, and whether they seem to ask to be taken off your list. Read their email in your
    mailbox, then decide: newsletter subscribers unsubscribe ADDRESS
    """
    if replies or leaving:
        _list_replies(app.replies(list_here(), number, address, leaving), as_json)
        return
    found = app.feedback(list_here(), number, address)
    for event in found:
        if as_json:
            put_json(event.as_json())
        else:
            said = f" ({event.diagnostic})" if event.diagnostic else ""
            put(f"{event.at.astimezone():%Y-%m-%d %H:%M}  issue {event.issue}  {event.address}  {event.words}{said}")
    if not found:
        say("No bounces and no complaints yet.")


COMMANDS = (bounces,)


def _list_replies(found: Sequence[CountedReply], as_json: bool) -> None:
    for each in found:
        if as_json:
            put_json(each.as_json())
        else:
            wish = "  seems to want to be taken off your list" if each.wants_to_leave else ""
            put(f"{each.at.astimezone():%Y-%m-%d %H:%M}  issue {each.issue}  {each.address or 'erased'}{wish}")
    if not as_json:
        for issue, number in sorted(Counter(each.issue for each in found).items()):
            say(f"Issue {issue}: {number:,} {'answer' if number == 1 else 'answers'}.")
        if not found:
            say("No answers yet.")


def _of_a_pipe(recipient: str, dry_run: bool, as_json: bool) -> int:
    """Process a mail from a pipe; whatever goes wrong, the mail server is told to keep the mail and try again."""
    place = list_here()
    try:
        _process(place, app.piped(place, sys.stdin.buffer, recipient), dry_run, as_json)
    except Exception as error:
        put_error = " ".join(str(error).split()) or type(error).__name__
        click.echo(f"Error: {put_error}", err=True)
        return TRY_AGAIN
    return 0


def _opened(
    place: ListFolder, files: tuple[Path, ...], maildir: Path | None, looking: bool
) -> AbstractContextManager[Source]:
    if files:
        return nullcontext(app.files(files))
    return nullcontext(app.maildir(maildir)) if maildir else app.mailbox(place, looking)


def _process(place: ListFolder, source: Source, dry_run: bool, as_json: bool) -> None:
    read = 0
    with progress_of("Read", len(source)) as progress:

        def told(mail: Incoming, result: FeedbackResult) -> None:
            nonlocal read
            if as_json:
                put_json({"mail": mail.name, **asdict(result)})
            else:
                _say_outcome(result)
            if result.kind == UNREADABLE:
                where = f": {result.set_aside}" if result.set_aside else ""
                say(f"{mail.name} could not be read ({result.reason}){where}.")
            read += 1
            progress(read)

        counts = app.process(place, source, told, dry_run)
    _say_sums(counts, dry_run)


def _say_outcome(result: FeedbackResult) -> None:
    """Say what changes for a subscriber; reports known before, or without an address, are only counted."""
    if result.new and result.reason == WANTS_TO_LEAVE:
        put(f"{result.address}: seems to ask to be taken off your list. Read the email in your mailbox")
    if result.new and result.kind in list(FeedbackKind):
        consequence = ". We will not email them again" if result.suppressed else ""
        put(f"{result.address}: {feedback_in_words(result.kind, result.reason)}{consequence}")


def _say_sums(counts: Counter[str], dry_run: bool) -> None:
    names = (
        *FeedbackKind,
        REPLY,
        app.LEAVING,
        "auto-reply",
        "unknown",
        UNREADABLE,
        app.KNOWN,
        app.NOBODYS,
        app.SUPPRESSED,
        app.SETTLED,
    )
    sums = ", ".join(f"{counts[name]:,} {_WORDS.get(name, name)}" for name in names if counts[name])
    rest = " Nothing was recorded or moved." if dry_run else ""
    say(f"{counts[app.MAILS]:,} emails read{': ' if sums else ''}{sums}.{rest}")


_WORDS: dict[str, str] = {
    "bounce": "bounced",
    "late": "are late",
    "complaint": "complaints",
    "unsubscribe": "unsubscribed by email",
    REPLY: "answers that people wrote (left where they were)",
    app.LEAVING: "of these seem to ask to be taken off your list",
    "auto-reply": "automatic answers",
    "unknown": "something else (left where it was)",
    UNREADABLE: "could not be read",
    app.NOBODYS: "without our signature",
    app.SUPPRESSED: "added to your do-not-email list",
    app.SETTLED: "were in doubt and now count as sent",
}
