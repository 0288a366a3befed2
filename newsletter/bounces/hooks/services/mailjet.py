"""Mailjet: one event per body, or a list if events are grouped. "greylisted" is no bounce: it is tried again."""

from collections.abc import Iterator
from typing import Any

from newsletter.bounces.hooks.document import canonical_json, each, seconds, text, texts, value
from newsletter.bounces.hooks.event import EventKind, HookEvent, ServiceBounce
from newsletter.bounces.parse.kinds import BounceReason, Class

_KNOWN = {
    "bounce": EventKind.BOUNCED,
    "blocked": EventKind.REJECTED,
    "spam": EventKind.COMPLAINED,
    "unsub": EventKind.UNSUBSCRIBED,
    **dict.fromkeys(("sent", "open", "click"), EventKind.IGNORED),
}
_ERRORS = {
    "user unknown": BounceReason.NO_SUCH_MAILBOX,
    "mailbox inactive": BounceReason.DISABLED,
    "quota exceeded": BounceReason.FULL,
    "invalid domain": BounceReason.NO_SUCH_DOMAIN,
    "no mail host": BounceReason.NO_SUCH_DOMAIN,
    "typofix": BounceReason.NO_SUCH_DOMAIN,
    "relay/access denied": BounceReason.UNCLEAR,
    "preblocked": BounceReason.NOT_SENT,
    "blacklisted": BounceReason.NOT_SENT,
    "sender blocked": BounceReason.POLICY,
    "policy issue": BounceReason.POLICY,
    "content blocked": BounceReason.CONTENT,
    **dict.fromkeys(("system issue", "protocol issue", "connection issue"), BounceReason.UNREACHABLE),
}


def read(body: Any) -> Iterator[HookEvent]:
    """Read every event of a body."""
    for event in each(body):
        name, error = text(event, "event"), text(event, "error")
        what, said = _KNOWN.get(name, EventKind.UNKNOWN), _said(event, error)
        if what in (EventKind.BOUNCED, EventKind.REJECTED):
            what = {"spam reporter": EventKind.COMPLAINED, "duplicate in campaign": EventKind.IGNORED}.get(error, what)
            if error == "greylisted" and value(event, "hard_bounce") is not True:
                what = EventKind.DEFERRED
        words = text(event, "comment") or text(event, "smtp_reply") or error
        told = ServiceBounce(text(event, "email"), said, words, final=what is not EventKind.DEFERRED)
        yield HookEvent(what, name, tuple(texts(value(event, "Payload"))), (told,), at=seconds(event, "time"),
                    identifier=canonical_json(event))  # fmt: skip


def _said(event: Any, error: str) -> BounceReason | None:
    said = _ERRORS.get(error)
    if value(event, "hard_bounce") is True:
        return said or BounceReason.NO_SUCH_MAILBOX
    return BounceReason.UNCLEAR if said is not None and said.class_ is Class.HARD else said
