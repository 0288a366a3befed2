"""What can go wrong on the way from a post to an inbox; each leaf says what the organiser must do.

A reply of the relay is never an exception: it is somebody's answer, and travels as a value.
"""

from subscribers.errors import Explained


class NewsletterError(Explained):
    """The newsletter could not go on."""


class SettingsError(NewsletterError):
    """{setting} {why}"""

    exit_code = 4


class DatabaseError(NewsletterError):
    """The database {database} cannot be used: {why}"""

    exit_code = 4


class DatabaseLost(DatabaseError):
    """The database {database} cannot be used: {why}. Stop every program that uses it, then run the same command
    again."""


class DatabaseDeadlock(DatabaseError):
    """The database {database} cannot be used: {why}. Two programs waited for each other. Run the same command again."""


class CopyFailed(NewsletterError):
    """No copy was made at {file}: {why}"""


class ClaimLost(DatabaseError):
    """Another run is sending this issue, so this one stopped. Nobody gets it twice. To finish it later: `newsletter
    resume`."""

    exit_code = 75


class PostError(NewsletterError):
    """{path}: {why}"""


class SourceError(NewsletterError):
    """{source} cannot become a post: {why}"""


class FetchRefused(NewsletterError):
    """{url} was not fetched: {why}"""


class CompileError(NewsletterError):
    """{path} cannot be made into an email: {why}"""


class UnknownMergeTag(NewsletterError):
    """{{{{{tag}}}}} is not a merge tag that this email can fill. These it can: {known}."""


class UnknownMergeTagAt(UnknownMergeTag):
    """{path}, line {line}: {{{{{tag}}}}} is not a merge tag that this email can fill. These it can: {known}."""


class MessageError(NewsletterError):
    """The email to {address} cannot be made: {why}"""


class NoSuchLanguage(NewsletterError):
    """There are no words in {language!r}; there are in {known}."""

    exit_code = 2


class UnknownIssue(NewsletterError):
    """There is no issue {number}. `newsletter status` lists your issues."""


class NothingSentYet(UnknownIssue):
    """Nothing has been sent yet. `newsletter send POST` sends your first email."""


class ActionRefused(NewsletterError):
    """{why}"""

    exit_code = 5


class Paused(NewsletterError):
    """{why}"""

    exit_code = 75


class SenderBusy(Paused):
    """Issue {number} is already being sent, by {holder}. `newsletter status` shows how far it is."""


class AwayFromHome(Paused):
    """Nothing is sent, and every issue is paused, because {why}. If nothing else sends from the other database any
    more, run `newsletter resume --restored`. People who were written to after the copy was made may get it twice."""


class OtherFormat(Paused):
    """Issue {number} was made by another version of this program, which builds its emails differently. Everybody must
    get the same email, so this version leaves it alone. To finish it, run that version, or the newest."""


class LockLost(Paused):
    """This run stopped sending issue {number}: its connection to the database was cut, or its .lock file was removed.
    Nobody has been missed, and nobody gets it twice. To carry on: `newsletter resume`."""


class WorkerLost(Paused):
    """This worker lost its connection to the database, so it ended. Nobody has been missed, and nobody gets it twice.
    Start it again; a service manager does so by itself."""


class RelayUnreachable(Paused):
    """Your mail server {relay} cannot be reached: {why}. Nobody has been missed. To carry on later: `newsletter
    resume`."""


class RelayTurnsUsAway(RelayUnreachable):
    """Your mail server {relay} accepts no email from you at the moment: {why}. Nobody has been missed. To carry on
    later: `newsletter resume`."""


class RelaySpent(RelayUnreachable):
    """Your mail server {relay} says you have sent enough for now: {why}. Nobody has been missed. To carry on later:
    `newsletter resume`."""


class RelayRefused(NewsletterError):
    """Your mail server {relay} does not accept email from you: {why}. Nobody has been missed. When it is fixed, run:
    `newsletter resume`."""

    exit_code = 4


class MailboxUnreachable(Paused):
    """The mailbox {mailbox} cannot be read now: {why}. Nothing is lost. Run the same command again later."""


class MailboxRefused(NewsletterError):
    """The mailbox {mailbox} refused the login: {why}. Check NEWSLETTER_BOUNCES_USERNAME and NEWSLETTER_BOUNCES_PASSWORD
    in the file .env."""

    exit_code = 4


class UnreadableMail(NewsletterError):
    """{place} cannot be read: {why}"""


class UnwritableFolder(NewsletterError):
    """Emails cannot be written into the folder {folder}: {why}"""


class AccountDoesNotBalance(NewsletterError):
    """The records of issue {number} do not add up: {why}. This is a bug in newsletter. Keep a copy of the database,
    report the bug, and do not send this issue again until you have an answer."""
