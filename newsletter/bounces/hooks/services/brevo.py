"""Brevo: one event per body, or a list. Its names vary by product: hard_bounce, hardBounce."""

from collections.abc import Iterator
from typing import Any

from newsletter.bounces.hooks.document import canonical_json, each, seconds, text, texts, value
from newsletter.bounces.hooks.event import EventKind, HookEvent, ServiceBounce
from newsletter.bounces.parse.kinds import BounceReason

_KNOWN: dict[str, tuple[EventKind, BounceReason | None]] = {
    "hardbounce": (EventKind.BOUNCED, BounceReason.NO_SUCH_MAILBOX),
    "invalid": (EventKind.BOUNCED, BounceReason.NO_SUCH_MAILBOX),
    "invalidemail": (EventKind.BOUNCED, BounceReason.NO_SUCH_MAILBOX),
    "softbounce": (EventKind.BOUNCED, BounceReason.UNCLEAR),
    "blocked": (EventKind.REJECTED, BounceReason.NOT_SENT),
    "error": (EventKind.REJECTED, BounceReason.POLICY),
    "deferred": (EventKind.DEFERRED, None),
    "spam": (EventKind.COMPLAINED, None),
    "complaint": (EventKind.COMPLAINED, None),
    "unsubscribe": (EventKind.UNSUBSCRIBED, None),
    "unsubscribed": (EventKind.UNSUBSCRIBED, None),
    **dict.fromkeys(("request", "sent", "delivered", "click", "opened", "uniqueopened"), (EventKind.IGNORED, None)),
    **dict.fromkeys(("proxyopen", "uniqueproxyopen", "listaddition"), (EventKind.IGNORED, None)),
}


def read(body: Any) -> Iterator[HookEvent]:
    """Read every event of a body."""
    for event in each(body):
        name = text(event, "event")
        what, said = _KNOWN.get(name.lower().replace("_", ""), (EventKind.UNKNOWN, None))
        words = text(event, "reason")
        told = ServiceBounce(text(event, "email"), said, words, final=what is not EventKind.DEFERRED)
        # The other times are in the zone of the account.
        at = seconds({"at": milliseconds / 1000}, "at") if (milliseconds := _number(event)) else None
        echoes = tuple(texts(value(event, "X-Mailin-custom")))
        yield HookEvent(what, name, echoes, (told,), at=at, identifier=canonical_json(event))


def _number(event: Any) -> float:
    at = value(event, "ts_epoch")
    return at if isinstance(at, int | float) else 0.0
