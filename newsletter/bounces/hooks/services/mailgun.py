"""Mailgun: one event per body, below "event-data". A failure is final only if its severity is "permanent"."""

from collections.abc import Iterator
from typing import Any

from newsletter.bounces.hooks.document import seconds, text, texts, value
from newsletter.bounces.hooks.event import EventKind, HookEvent, ServiceBounce
from newsletter.bounces.parse.kinds import BounceReason
from newsletter.message.echo import KEY

_KNOWN = {
    "complained": EventKind.COMPLAINED,
    "unsubscribed": EventKind.UNSUBSCRIBED,
    "rejected": EventKind.REJECTED,  # by Mailgun itself, for what is in it
    **dict.fromkeys(("accepted", "delivered", "opened", "clicked", "stored"), EventKind.IGNORED),
}
_FAILED = {
    "suppress-bounce": (EventKind.REJECTED, BounceReason.NOT_SENT),
    "suppress-complaint": (EventKind.COMPLAINED, None),
    "suppress-unsubscribe": (EventKind.UNSUBSCRIBED, None),
    "bounce": (EventKind.BOUNCED, BounceReason.NO_SUCH_MAILBOX),
    "espblock": (EventKind.BOUNCED, BounceReason.POLICY),
    "old": (EventKind.BOUNCED, BounceReason.UNREACHABLE),  # it was deferred until Mailgun gave up
}


def read(body: Any) -> Iterator[HookEvent]:
    """Read the event of a body."""
    event = value(body, "event-data")
    name = text(event, "event")
    what, said = _KNOWN.get(name, EventKind.UNKNOWN), BounceReason.POLICY if name == "rejected" else None
    permanent = text(event, "severity") == "permanent"
    if name == "failed":
        what, said = (
            _FAILED.get(text(event, "reason"), (EventKind.BOUNCED, None)) if permanent else (EventKind.DEFERRED, None)
        )
    status = value(event, "delivery-status")
    answer = text(status, "message") or text(status, "description")
    words = " ".join(filter(None, [text(status, "code"), text(status, "enhanced-code"), answer]))
    told = ServiceBounce(text(event, "recipient"), said, words, final=permanent or name == "rejected")
    echoes = tuple(texts(value(event, "user-variables", KEY)))
    # "id" is unique only within a day.
    identifier = f"{text(event, 'id')} {text(event, 'timestamp')} {name}"
    yield HookEvent(what, name, echoes, (told,), at=seconds(event, "timestamp"), identifier=identifier)
