"""Resend: one event per body, below "data"; it sends through Amazon SES, and names bounces as SES does."""

from collections.abc import Iterator
from typing import Any

from newsletter.bounces.hooks.document import canonical_json, iso, items, text, texts, value
from newsletter.bounces.hooks.event import EventKind, HookEvent, ServiceBounce
from newsletter.bounces.hooks.services import amazon
from newsletter.bounces.parse.kinds import BounceReason
from newsletter.message.echo import KEY

_KNOWN = {
    "email.complained": (EventKind.COMPLAINED, None),
    "email.suppressed": (EventKind.REJECTED, BounceReason.NOT_SENT),
    "email.failed": (EventKind.REJECTED, BounceReason.POLICY),
    "email.delivery_delayed": (EventKind.DEFERRED, None),
    **dict.fromkeys(("email.sent", "email.scheduled", "email.delivered"), (EventKind.IGNORED, None)),
    **dict.fromkeys(("email.opened", "email.clicked", "email.received"), (EventKind.IGNORED, None)),
}
_HEADERS = ("x-newsletter-delivery", "list-unsubscribe")


def read(body: Any) -> Iterator[HookEvent]:
    """Read the event of a body."""
    name, data = text(body, "type"), value(body, "data")
    what, said = _KNOWN.get(name, (EventKind.UNKNOWN, None))
    if name == "email.bounced":
        what, said = amazon.bounce(text(data, "bounce", "type"), text(data, "bounce", "subType"))
    codes = items(data, "bounce", "diagnosticCode") or [value(data, "bounce", "diagnosticCode")]
    words = text({"code": codes[0]}, "code") or text(data, "bounce", "message")
    told = ServiceBounce(
        text({"to": next(iter(items(data, "to")), "")}, "to"), said, words, final=what is not EventKind.DEFERRED
    )
    yield HookEvent(what, name, _echoes(data), (told,), at=iso(body, "created_at"), identifier=canonical_json(body))


def _echoes(data: Any) -> tuple[str, ...]:
    """Find our token among the tags, an object or a list of names and values, or among the header fields."""
    tags = [text(tag, "value") for tag in items(data, "tags") if text(tag, "name") == KEY]
    fields = [text(field, "value") for field in items(data, "headers") if text(field, "name").lower() in _HEADERS]
    return (*tags, *texts(value(data, "tags", KEY)), *fields)
