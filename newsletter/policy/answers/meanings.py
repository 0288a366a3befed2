"""What an answer can be about: us, how much we send, the connection, the mail, or the recipient."""

from enum import StrEnum


class Meaning(StrEnum):
    """What an answer is about; the value names it in tests and tables."""

    # About us, whichever recipient the mail is for.
    LOGIN = "login"
    """The relay wants us to log in, or does not take our login."""
    SENDER = "sender"
    """Our account, domain or From address may not send, or not yet."""
    POLICY = "policy"
    """Rules or filters refuse us, or treat our mail as spam."""
    CONTENT = "content"
    """Something in the mail is refused."""
    TOO_LARGE = "too large"
    """The mail is larger than the relay takes."""

    # About how much we send.
    LIMIT = "limit"
    """We have sent enough for now: our limit for a day, a month or a plan is used up."""
    HOURLY = "hourly limit"
    """Our limit for an hour is used up: the relay will take more soon."""
    RATE = "rate"
    """We send too fast."""
    CROWD = "crowd"
    """We have too many connections at once."""
    TOO_MUCH = "too much"
    """Receivers say that we send too much (Gmail, Yahoo, Outlook): they want minutes of rest, not seconds."""
    LINE = "line"
    """This connection has carried enough; a new one may carry more."""

    # About the recipient.
    NO_SUCH_MAILBOX = "no such mailbox"
    NO_SUCH_DOMAIN = "no such domain"
    TAKES_NO_MAIL = "takes no mail"
    MOVED = "moved"
    FULL = "full"
    OFF = "switched off"
    """The mailbox exists and takes no mail now: disabled, suspended, or flooded."""
    DECLINED = "declined"
    """The recipient's own settings refuse us, or the address is a group's that takes mail from some senders only."""
    GREYLISTED = "greylisted"
    """The recipient's server wants us to try again in some minutes."""

    # About neither.
    UNREACHABLE = "unreachable"
    """A server has trouble that may pass."""
    UNCLEAR = "unclear"

    @property
    def about_recipient(self) -> bool:
        """Whether the answer is about one recipient, and not about us."""
        return self in _ABOUT_RECIPIENT

    @property
    def about_us(self) -> bool:
        """Whether we must put something right before any recipient gets mail."""
        return self in _ABOUT_US


_ABOUT_RECIPIENT = frozenset(
    (
        Meaning.NO_SUCH_MAILBOX,
        Meaning.NO_SUCH_DOMAIN,
        Meaning.TAKES_NO_MAIL,
        Meaning.MOVED,
        Meaning.FULL,
        Meaning.OFF,
        Meaning.DECLINED,
        Meaning.GREYLISTED,
    )
)
_ABOUT_US = frozenset((Meaning.LOGIN, Meaning.SENDER, Meaning.POLICY, Meaning.CONTENT, Meaning.TOO_LARGE))
