"""What an answer can be about: us, how much we send, the line, the mail, or the recipient."""

from enum import StrEnum


class Meaning(StrEnum):
    """What an answer is about; the value names it in tests and tables."""

    # About us, whoever the mail is for.
    LOGIN = "login"
    """The relay wants us to log in, or does not take our login."""
    SENDER = "sender"
    """Our account, domain or From address may not send, or not yet."""
    POLICY = "policy"
    """Rules or filters refuse us, or take us for spam."""
    CONTENT = "content"
    """Something in the mail is refused."""
    TOO_LARGE = "too large"
    """The mail is larger than the relay takes."""

    # About how much we send.
    LIMIT = "limit"
    """We have sent enough for now: a day's, a month's, a plan's limit of ours."""
    HOURLY = "hourly limit"
    """The same for an hour: it comes back soon."""
    RATE = "rate"
    """We send too fast."""
    CROWD = "crowd"
    """We have too many connections at once."""
    TOO_MUCH = "too much"
    """Receivers find that we send too much (Gmail, Yahoo, Outlook): they want minutes of rest, not seconds."""
    LINE = "line"
    """This connection has carried enough; a new one may carry more."""

    # About the recipient.
    NO_SUCH_MAILBOX = "no such mailbox"
    NO_SUCH_DOMAIN = "no such domain"
    TAKES_NO_MAIL = "takes no mail"
    MOVED = "moved"
    FULL = "full"
    OFF = "switched off"
    """The mailbox is there and takes nothing just now: disabled, suspended, or flooded."""
    DECLINED = "declined"
    """The recipient's own settings refuse us, or what they belong to takes mail from members only."""
    GREYLISTED = "greylisted"
    """The recipient's server wants to see us again in some minutes."""

    # About neither.
    UNREACHABLE = "unreachable"
    """Some server is in trouble that may pass."""
    UNCLEAR = "unclear"

    @property
    def about_recipient(self) -> bool:
        """Whether it says something about one recipient, and nothing about us."""
        return self in _ABOUT_RECIPIENT

    @property
    def about_us(self) -> bool:
        """Whether something must be put right on our side before anybody gets mail."""
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
