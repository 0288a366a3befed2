"""What the words of a bounce mean, by the same table as for our relay's replies: newsletter.policy.answers."""

from newsletter.bounces.parse.kinds import Reason
from newsletter.policy.answers import Meaning
from newsletter.policy.answers.words import is_full_or_off, said

__all__ = ["is_full_or_off", "meant", "reason_for"]


def meant(text: str) -> Reason | None:
    """Say what the words of a server mean; None if no phrase in them is known."""
    meaning = said(text)
    return reason_for(meaning) if meaning else None


def reason_for(meaning: Meaning) -> Reason:
    """Return the reason for a meaning; each without an entry, being about us or how much we send, is POLICY."""
    return _REASONS.get(meaning, Reason.POLICY)


_REASONS = {
    Meaning.CONTENT: Reason.CONTENT,
    Meaning.TOO_LARGE: Reason.CONTENT,
    Meaning.NO_SUCH_MAILBOX: Reason.NO_SUCH_MAILBOX,
    Meaning.NO_SUCH_DOMAIN: Reason.NO_SUCH_DOMAIN,
    Meaning.TAKES_NO_MAIL: Reason.TAKES_NO_MAIL,
    Meaning.MOVED: Reason.MOVED,
    Meaning.FULL: Reason.FULL,
    Meaning.OFF: Reason.DISABLED,
    Meaning.UNREACHABLE: Reason.UNREACHABLE,
    Meaning.UNCLEAR: Reason.UNCLEAR,
}
