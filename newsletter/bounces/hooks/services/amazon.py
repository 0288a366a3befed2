"""The bounce types of Amazon SES, which Resend sends on, too. In: type and subtype. Out: what happened, and why."""

from newsletter.bounces.hooks.event import EventKind
from newsletter.bounces.parse.kinds import BounceReason

_SUBTYPES = {
    "NoEmail": BounceReason.NO_SUCH_MAILBOX,
    "MailboxFull": BounceReason.FULL,
    "MessageTooLarge": BounceReason.CONTENT,
    "ContentRejected": BounceReason.CONTENT,
    "AttachmentRejected": BounceReason.CONTENT,
    "CustomTimeoutExceeded": BounceReason.UNREACHABLE,
}


def bounce(kind: str, subtype: str) -> tuple[EventKind, BounceReason | None]:
    """Read the type of a bounce. "Transient, General" is often the answer of an absent person: it says nothing."""
    if subtype in ("Suppressed", "OnAccountSuppressionList"):
        return EventKind.REJECTED, BounceReason.NOT_SENT
    said = _SUBTYPES.get(subtype)
    if kind == "Permanent":
        return EventKind.BOUNCED, said or (
            BounceReason.NO_SUCH_MAILBOX if subtype in ("General", "") else BounceReason.UNCLEAR
        )
    if kind == "Transient":
        return EventKind.BOUNCED, BounceReason.UNCLEAR if said is BounceReason.NO_SUCH_MAILBOX else said
    return EventKind.BOUNCED, None
