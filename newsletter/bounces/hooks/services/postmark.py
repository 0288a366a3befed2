"""Postmark: one event per body. Blocked, DMARCPolicy and SpamNotification are about us, not about the recipient."""

from collections.abc import Iterator
from typing import Any

from newsletter.bounces.hooks.document import canonical_json, iso, text, texts, value
from newsletter.bounces.hooks.event import EventKind, HookEvent, ServiceBounce
from newsletter.bounces.parse.kinds import BounceReason
from newsletter.message.echo import KEY

_TYPES: dict[str, tuple[EventKind, BounceReason | None]] = {
    "HardBounce": (EventKind.BOUNCED, BounceReason.NO_SUCH_MAILBOX),
    "BadEmailAddress": (EventKind.BOUNCED, BounceReason.NO_SUCH_MAILBOX),
    "SoftBounce": (EventKind.BOUNCED, None),
    "Unknown": (EventKind.BOUNCED, None),
    "DnsError": (EventKind.DEFERRED, BounceReason.UNREACHABLE),
    "Transient": (EventKind.DEFERRED, None),
    "Blocked": (EventKind.BOUNCED, BounceReason.POLICY),
    "DMARCPolicy": (EventKind.BOUNCED, BounceReason.POLICY),
    "SpamNotification": (EventKind.BOUNCED, BounceReason.POLICY),
    "VirusNotification": (EventKind.BOUNCED, BounceReason.CONTENT),
    "ManuallyDeactivated": (EventKind.REJECTED, BounceReason.NOT_SENT),
    "SpamComplaint": (EventKind.COMPLAINED, None),
    "Unsubscribe": (EventKind.UNSUBSCRIBED, None),
    **dict.fromkeys(("AutoResponder", "AddressChange", "ChallengeVerification"), (EventKind.IGNORED, None)),
    **dict.fromkeys(("Subscribe", "OpenRelayTest", "Unconfirmed"), (EventKind.IGNORED, None)),
}


def read(body: Any) -> Iterator[HookEvent]:
    """Read the event of a body."""
    record = text(body, "RecordType")
    name, what, said = record, EventKind.UNKNOWN, None
    match record:
        case "Bounce" | "SpamComplaint":
            name = text(body, "Type") or record
            what, said = _TYPES.get(name, (EventKind.UNKNOWN, None))
        case "SubscriptionChange":
            name, what = _change(body)
        case "Delivery" | "Open" | "Click":
            what = EventKind.IGNORED
    words = text(body, "Details") or text(body, "Description")
    told = ServiceBounce(text(body, "Email"), said, words, final=what is not EventKind.DEFERRED)
    at = iso(body, "BouncedAt") or iso(body, "ChangedAt")
    echoes = tuple(texts(value(body, "Metadata", KEY)))
    yield HookEvent(what, name, echoes, (told,), at=at, identifier=canonical_json(body))


def _change(body: Any) -> tuple[str, EventKind]:
    """Read a change of Postmark's own list: only the recipient's own no counts, and no change takes a no back."""
    if value(body, "SuppressSending") is not True:
        return "reactivated", EventKind.IGNORED
    why = text(body, "SuppressionReason")
    if why == "SpamComplaint":
        return why, EventKind.COMPLAINED
    own = why == "ManualSuppression" and text(body, "Origin") == "Recipient"
    return f"{why} by {text(body, 'Origin')}", EventKind.UNSUBSCRIBED if own else EventKind.IGNORED
