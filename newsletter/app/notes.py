"""Sends the organiser the notes that are owed: see newsletter.transactional.notes."""

import asyncio
from functools import partial

from newsletter.app.workspace import Workspace
from newsletter.database.engine import reading, writing
from newsletter.database.tables import State
from newsletter.errors import NewsletterError
from newsletter.issue import read_issue
from newsletter.message.dkim import dkim_signer
from newsletter.policy.verdict import judge
from newsletter.reports.account import IssueAccount, account_of
from newsletter.runtime import failpoint
from newsletter.runtime.clock import now
from newsletter.send_log import home
from newsletter.transactional import notes
from newsletter.transactional.notes import IssueNews, OwedNote
from newsletter.transactional.notice import Notices
from newsletter.transactional.single_mail import NotToLeave, SingleMail
from newsletter.transport import Transport


def send_notes(workspace: Workspace, transport: Transport | None = None) -> int:
    """Send NEWSLETTER_NOTES_TO what is owed; say how many were handed over. Without that setting, nothing is owed.

    A note that cannot be sent now is tried again at a later call. Raises SettingsError or DatabaseError.
    """
    settings = workspace.settings
    if settings.notes_to is None:
        return 0
    with writing(workspace.engine) as connection:
        if not home.is_home(connection):  # a copy tells nobody of what the original has told
            return 0
        notes.look(connection, now())
    sent = 0
    while True:
        with writing(workspace.engine) as connection:
            owed = notes.claim(connection, now())
        if owed is None:
            return sent
        failpoint.reached("note claimed")
        try:
            sent += _send(workspace, transport or workspace.transport(), owed)
        except NewsletterError as trouble:
            workspace.tell(f"A note to {settings.notes_to.address} waits: {trouble}")


def _send(workspace: Workspace, transport: Transport, owed: OwedNote) -> bool:
    settings = workspace.settings
    assert settings.notes_to
    with reading(workspace.engine) as connection:
        account = account_of(connection, read_issue(connection, owed.issue))
    building = Notices(settings, workspace.templates, partial(dkim_signer, settings))
    mail = building.note(settings.notes_to.address, *_words(owed.what, account), now())

    def leaves() -> bool:
        with writing(workspace.engine) as connection:
            may = notes.leaves(connection, owed)
        failpoint.reached("note dotted")
        return may

    outbox = SingleMail(mail, leaves)
    try:
        asyncio.run(transport.transmit(outbox))
    except NotToLeave:
        return False
    finally:
        state = judge(outbox.reply).state if outbox.reply else None
        if outbox.came_back or state in (State.DEFERRED, State.QUEUED):
            with writing(workspace.engine) as connection:
                notes.put_off(connection, owed)
    return state is State.ACCEPTED


def _words(what: IssueNews, account: IssueAccount) -> tuple[str, list[str]]:
    """Return the subject and the paragraphs of a note; no recipient is named in it."""
    states, number = account.states, account.issue
    counts = [f"{states[State.ACCEPTED]:,} of {account.frozen:,} people: your mail server has taken their email."]
    others = {
        State.REFUSED: "refused",
        State.EXPIRED: "not reached in time",
        State.UNCERTAIN: "in doubt",
        State.SKIPPED: "left out, because they unsubscribed meanwhile",
    }
    counts += [f"{states[state]:,} {words}." for state, words in others.items() if states[state]]
    last = f"More about it: newsletter report {number}"
    if what is IssueNews.FINISHED:
        return f"Finished: {account.subject}", [f"Issue {number} is finished.", *counts, last]
    left = account.frozen - sum(states[each] for each in (State.ACCEPTED, *others))
    return f"Paused: {account.subject}", [
        f"Issue {number} is paused, and {left:,} people have not been emailed yet. The reason: {account.why}.",
        *counts,
        f"Look at it: newsletter log {number}. To carry on: newsletter resume {number}.",
        f"To stop it for good: newsletter cancel {number}",
    ]
