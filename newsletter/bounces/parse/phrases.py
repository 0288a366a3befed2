"""What the words of a bounce mean, by the same table as for our relay's replies: newsletter.policy.answers."""

from newsletter.bounces.parse.kinds import BounceReason
from newsletter.policy.answers import Meaning
from newsletter.policy.answers.words import is_full_or_off, meaning_of

__all__ = ["is_full_or_off", "meant", "reason_for"]


def meant(text: str) -> BounceReason | None:
    """Say what the words of a server mean; None if no phrase in them is known."""
    meaning = meaning_of(text)
    return reason_for(meaning) if meaning else None


def reason_for(meaning: Meaning) -> BounceReason:
    """Return the reason for a meaning; each without an entry, being about us or how much we send, is POLICY."""
    return _REASONS.get(meaning, BounceReason.POLICY)


_REASONS = {
    Meaning.CONTENT: BounceReason.CONTENT,
    Meaning.TOO_LARGE: BounceReason.CONTENT,
    Meaning.NO_SUCH_MAILBOX: BounceReason.NO_SUCH_MAILBOX,
    Meaning.NO_SUCH_DOMAIN: BounceReason.NO_SUCH_DOMAIN,
    Meaning.TAKES_NO_MAIL: BounceReason.TAKES_NO_MAIL,
    Meaning.MOVED: BounceReason.MOVED,
    Meaning.FULL: BounceReason.FULL,
    Meaning.OFF: BounceReason.DISABLED,
    Meaning.UNREACHABLE: BounceReason.UNREACHABLE,
    Meaning.UNCLEAR: BounceReason.UNCLEAR,
}
