"""SendGrid: a list of events per body. "dropped" was never sent, because of what was known before."""

from collections.abc import Iterator
from typing import Any

from newsletter.bounces.hooks.document import canonical_json, each, seconds, text, texts, value
from newsletter.bounces.hooks.event import EventKind, HookEvent, ServiceBounce
from newsletter.bounces.parse.kinds import BounceReason
from newsletter.message.echo import KEY

_KNOWN = {
    "bounce": EventKind.BOUNCED,
    "deferred": EventKind.DEFERRED,
    "spamreport": EventKind.COMPLAINED,
    "unsubscribe": EventKind.UNSUBSCRIBED,
    "group_unsubscribe": EventKind.UNSUBSCRIBED,
    **dict.fromkeys(("processed", "delivered", "open", "click", "group_resubscribe"), EventKind.IGNORED),
}
_DROPPED = {
    "bounced address": (EventKind.REJECTED, BounceReason.NOT_SENT),
    "invalid": (EventKind.BOUNCED, BounceReason.NO_SUCH_MAILBOX),
    "spam reporting address": (EventKind.COMPLAINED, None),
    "unsubscribed address": (EventKind.UNSUBSCRIBED, None),
}
_CLASSES = {
    "invalid address": BounceReason.NO_SUCH_MAILBOX,
    "technical": BounceReason.UNREACHABLE,
    "content": BounceReason.CONTENT,
    "reputation": BounceReason.POLICY,
    "frequency or volume too high": BounceReason.POLICY,
    "mailbox unavailable": BounceReason.UNCLEAR,
}


def read(body: Any) -> Iterator[HookEvent]:
    """Read every event of a body."""
    for event in each(body):
        name = text(event, "event")
        what, said = _KNOWN.get(name, EventKind.UNKNOWN), None
        if name == "dropped":
            # Any other cause, such as a used-up plan, is about us.
            what, said = _DROPPED.get(text(event, "reason").lower(), (EventKind.REJECTED, BounceReason.POLICY))
        elif name == "bounce":
            said = _said(event)
        words = text(event, "reason") or text(event, "response")
        told = ServiceBounce(
            text(event, "email"), said, words, text(event, "status"), final=what is not EventKind.DEFERRED
        )
        echoes = (*texts(value(event, KEY)), *texts(value(event, "unique_args", KEY)))
        identifier = text(event, "sg_event_id") or canonical_json(event)
        yield HookEvent(what, name, echoes, (told,), at=seconds(event, "timestamp"), identifier=identifier)


def _said(event: Any) -> BounceReason | None:
    classified = _CLASSES.get(text(event, "bounce_classification").lower())
    if text(event, "type") == "blocked":  # the server would not take it now: not a sign of a dead address
        return classified if classified not in (None, BounceReason.NO_SUCH_MAILBOX) else BounceReason.UNCLEAR
    return classified or (BounceReason.NO_SUCH_MAILBOX if text(event, "type") == "bounce" else None)
