"""What can go wrong on the way from a post to an inbox; each leaf says what the organiser must do.

A reply of the relay is never an exception: it is somebody's answer, and travels as a value.
"""

from subscribers.errors import Explained


class NewsletterError(Explained):
    """The newsletter could not go on."""


class SettingsError(NewsletterError):
    """{setting}: {why}"""

    exit_code = 4


class DatabaseError(NewsletterError):
    """The database {database} cannot be used: {why}"""

    exit_code = 4


class DatabaseLost(DatabaseError):
    """The database {database} cannot be used: {why}. Stop every program that uses it; then the same command goes on."""


class ClaimLost(DatabaseError):
    """Another program has taken deliveries that this one was about to send. Nobody gets two; `newsletter resume`."""

    exit_code = 75


class PostError(NewsletterError):
    """{path}: {why}"""


class SourceError(NewsletterError):
    """{source} cannot become a post: {why}"""


class FetchRefused(NewsletterError):
    """{url} was not fetched: {why}"""


class CompileError(NewsletterError):
    """{path} cannot be made into a mail: {why}"""


class UnknownMergeTag(NewsletterError):
    """{{{{{tag}}}}} is not a merge tag this mail can fill; it can fill {known}."""


class UnknownMergeTagAt(UnknownMergeTag):
    """{path}, line {line}: {{{{{tag}}}}} is not a merge tag this mail can fill; it can fill {known}."""


class MessageError(NewsletterError):
    """The message to {address} cannot be built: {why}"""


class UnknownIssue(NewsletterError):
    """There is no issue {number}; `newsletter status` lists those there are."""


class Refused(NewsletterError):
    """{why}"""

    exit_code = 5


class Paused(NewsletterError):
    """{why}"""

    exit_code = 75


class SenderBusy(Paused):
    """Issue {number} is being sent already, by {holder}."""


class LockLost(Paused):
    """This run no longer holds the lock on issue {number}: its connection to the database was cut, or its .lock file
    removed. What was under way is settled, and nobody is lost or gets two; `newsletter resume` goes on from here."""


class RelayUnreachable(Paused):
    """Your mail server {relay} cannot be reached: {why}. Nobody has been missed. To carry on later: `newsletter
    resume`."""


class RelayTurnsUsAway(RelayUnreachable):
    """Your mail server {relay} takes no mail from us just now: {why}. Nobody has been missed. To carry on later:
    `newsletter resume`."""


class RelaySpent(RelayUnreachable):
    """Your mail server {relay} takes no more from us for now: {why}. Nobody has been missed. To carry on later:
    `newsletter resume`."""


class RelayRefused(NewsletterError):
    """Your mail server {relay} does not take mail from us: {why}. Nobody has been missed. Put it right, then
    `newsletter resume`."""

    exit_code = 4


class MailboxUnreachable(Paused):
    """The mailbox {mailbox} cannot be read now: {why}. Nothing is lost; run the same command again later."""


class MailboxRefused(NewsletterError):
    """The mailbox {mailbox} does not let us in: {why}"""

    exit_code = 4


class UnreadableMail(NewsletterError):
    """{place} cannot be read: {why}"""


class UnwritableFolder(NewsletterError):
    """Mails cannot be written into {folder}: {why}"""


class TranscriptDoesNotBalance(NewsletterError):
    """The send log of issue {number} does not add up: {why}. This is a fault in the program; keep the database."""
