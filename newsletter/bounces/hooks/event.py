"""What a service's event can mean: only values. The meanings are named as django-anymail names them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from newsletter.bounces.parse.diagnosis import Symptom, diagnose
from newsletter.bounces.parse.kinds import BounceReason, Class, Report

MOST_SHOWN = 300


class EventKind(StrEnum):
    """What an event says about one message."""

    BOUNCED = "bounced"
    REJECTED = "rejected"
    """The service did not send it, because of an earlier bounce, or because of what it was."""
    DEFERRED = "deferred"
    """A server is still trying."""
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    """By the service's own link or list."""
    IGNORED = "ignored"
    """Nothing follows from it: it arrived, or it was opened or clicked, which is the recipient's business."""
    UNKNOWN = "unknown"
    """We know no such event: it is counted, and stops nothing."""


@dataclass(frozen=True, slots=True)
class ServiceBounce:
    """What a service says about a mail that did not arrive; `report` works out what it means, which takes a while."""

    address: str
    said: BounceReason | None
    """The service's own category; None: it has none, or one that says nothing."""
    text: str = ""
    """The words of the recipient's server."""
    status: str = ""
    final: bool = True

    @property
    def report(self) -> Report:
        """Its meaning. The milder one counts: an address is dead only if no code and no word shows another cause."""
        found = diagnose(Symptom(self.status, self.text, from_machine=True))
        coded = found.coded or self.said not in (None, BounceReason.UNCLEAR)
        reason = _milder(self.said, found.reason)
        return Report(self.address, reason, found.status[:12], _shown(self.text), self.final, coded)


@dataclass(frozen=True, slots=True)
class HookEvent:
    """One event of a service, about one message."""

    what: EventKind
    name: str
    """What the service calls it."""
    echoes: tuple[str, ...] = ()
    """The texts in which the service sends back our token."""
    bounces: tuple[ServiceBounce, ...] = ()
    """What a bounce says about each address."""
    feedback_type: str = "abuse"
    """The type of a complaint (RFC 5965)."""
    at: datetime | None = None
    identifier: str = ""
    """Equal whenever the same event is sent again."""

    @property
    def reports(self) -> tuple[Report, ...]:
        """What its bounces mean. Ask only about an event that is ours: a stranger's is not worth the time."""
        return tuple(each.report for each in self.bounces)


def _milder(said: BounceReason | None, found: BounceReason) -> BounceReason:
    if said is None or found.class_ is Class.OURS:
        return found
    if said.class_ is Class.HARD:
        return said if found is BounceReason.UNCLEAR else found
    return found if said is BounceReason.UNCLEAR and found.class_ is Class.SOFT else said


def _shown(text: str) -> str:
    return text if len(text) <= MOST_SHOWN else text[: MOST_SHOWN - 1] + "…"
