"""Amazon SES, by SNS: a notice of SNS holds one event as a text of JSON. It comes as text/plain.

Feedback notices say "notificationType", those of a configuration set "eventType". The same bounce may come by both
ways, with the same feedbackId.
"""

from collections.abc import Iterator
from typing import Any

from newsletter.bounces.hooks.document import NotJson, canonical_json, iso, items, parse_body, text, value
from newsletter.bounces.hooks.event import EventKind, HookEvent, ServiceBounce
from newsletter.bounces.hooks.services import amazon
from newsletter.bounces.parse.kinds import BounceReason

_KNOWN: dict[str, tuple[EventKind, str]] = {
    "Bounce": (EventKind.BOUNCED, "bounce"),
    "Complaint": (EventKind.COMPLAINED, "complaint"),
    "DeliveryDelay": (EventKind.DEFERRED, "deliveryDelay"),
    "Reject": (EventKind.REJECTED, "reject"),
    "Rendering Failure": (EventKind.REJECTED, "failure"),
    "Subscription": (EventKind.UNSUBSCRIBED, "subscription"),
    **dict.fromkeys(("Send", "Delivery", "Open", "Click"), (EventKind.IGNORED, "")),
}
_HEADERS = ("list-unsubscribe", "return-path")


def read(body: Any) -> Iterator[HookEvent]:
    """Read the event in a notice; SNS's own words about the subscription are ignored."""
    if text(body, "Type") != "Notification":
        yield HookEvent(EventKind.IGNORED, text(body, "Type"))
        return
    try:
        notice = parse_body(str(value(body, "Message") or ""))
    except NotJson:
        yield HookEvent(EventKind.IGNORED, "a test of the topic")
        return
    name = text(notice, "eventType") or text(notice, "notificationType")
    what, part = _KNOWN.get(name, (EventKind.UNKNOWN, ""))
    told, said = value(notice, part), None
    if what is EventKind.BOUNCED:
        what, said = amazon.bounce(text(told, "bounceType"), text(told, "bounceSubType"))
    elif what is EventKind.REJECTED:
        said = BounceReason.CONTENT
    elif what is EventKind.UNSUBSCRIBED and value(told, "newTopicPreferences", "unsubscribeAll") is not True:
        what = EventKind.IGNORED
    people = items(told, "bouncedRecipients") or items(told, "delayedRecipients") or [{}]
    reports = tuple(
        ServiceBounce(text(who, "emailAddress"), said, text(who, "diagnosticCode"), text(who, "status"),
               final=what is not EventKind.DEFERRED) for who in people
    )  # fmt: skip
    kind = text(told, "complaintFeedbackType").lower()[:40] or "abuse"
    feedback = text(told, "feedbackId")
    identifier = f"{part} {feedback}" if feedback else canonical_json(notice)
    yield HookEvent(what, name, _echoes(notice), reports, kind, iso(told, "timestamp"), identifier)


def _echoes(notice: Any) -> tuple[str, ...]:
    headers = items(notice, "mail", "headers")
    fields = [text(field, "value") for field in headers if text(field, "name").lower() in _HEADERS]
    return (*fields, text(notice, "mail", "source"))
