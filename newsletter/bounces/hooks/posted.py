"""One request of a service, from its body to its answer: prove, read, record, count.

The answer is OK only after everything is written; after any other answer the service sends the body again.
"""

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from functools import partial
from typing import Any

from sqlalchemy import Engine

from newsletter.bounces.hooks import proof, received
from newsletter.bounces.hooks.document import NotJson, each, parse_body, text
from newsletter.bounces.hooks.event import HookEvent
from newsletter.bounces.hooks.proof import Unproven
from newsletter.bounces.hooks.services import brevo, mailgun, mailjet, postmark, resend, sendgrid, ses
from newsletter.bounces.hooks.sns import AmazonAway, Sns
from newsletter.bounces.parse.identity import Signatures
from newsletter.database.engine import writing
from newsletter.runtime.clock import now
from newsletter.runtime.logs import event as log_event
from newsletter.settings import HookService
from subscribers.unreadable import Unreadable, attempted

_log = logging.getLogger(__name__)

MOST_EVENTS = 5_000
"""How many events of one body are read; a body that is allowed by its size cannot hold more real ones."""

_READERS: Mapping[HookService, Callable[[Any], Any]] = {
    HookService.SES: ses.read,
    HookService.MAILGUN: mailgun.read,
    HookService.POSTMARK: postmark.read,
    HookService.SENDGRID: sendgrid.read,
    HookService.BREVO: brevo.read,
    HookService.MAILJET: mailjet.read,
    HookService.RESEND: resend.read,
}
SIGNING = (HookService.MAILGUN, HookService.SENDGRID, HookService.RESEND)
"""The services whose signature needs NEWSLETTER_HOOK_KEY."""


class HookAnswer(Enum):
    """What the service is told, as a status of HTTP."""

    OK = 200
    NOT_JSON = 400
    UNPROVEN = 401
    TOO_MANY = 413
    AWAY = 503


@dataclass(frozen=True)
class Hooks:
    """Takes the requests of the services that are set."""

    engine: Engine
    services: Sequence[HookService]
    secret: str
    keys: Sequence[str]
    signatures: Signatures
    sns: Sns = field(default_factory=Sns)
    clock: Callable[[], datetime] = now

    def service(self, name: str, secret: str) -> HookService | None:
        """Return the service with this name, if it is set and the secret is right; the time taken does not tell."""
        right = proof.is_secret(secret, self.secret)
        return next((known for known in self.services if known.value == name and right), None)

    def take(self, service: HookService, body: bytes, fields: Mapping[str, str]) -> HookAnswer:
        """Take one request. Raises DatabaseError; then nothing is recorded."""
        try:
            document = parse_body(body)
        except NotJson:
            return self._refuse(service, received.UNREADABLE, "not JSON", HookAnswer.NOT_JSON)
        try:
            token = self._prove(service, document, body, fields)
        except Unproven as why:
            return self._refuse(service, received.REFUSED, str(why), HookAnswer.UNPROVEN)
        except AmazonAway:
            return HookAnswer.AWAY
        if len(each(document)) > MOST_EVENTS:
            return self._refuse(service, received.UNREADABLE, "too many events", HookAnswer.TOO_MANY)
        return self._record(service, document, token, body)

    def _prove(self, service: HookService, document: Any, body: bytes, fields: Mapping[str, str]) -> str:
        """Return the token that may be used once; empty if the service has none. Raises Unproven and AmazonAway."""
        match service:
            case HookService.SES:
                self.sns.verify(document)
                if text(document, "Type") == "SubscriptionConfirmation":
                    self.sns.confirm(document)
            case HookService.MAILGUN:
                return proof.mailgun(document, self.keys, self.clock())
            case HookService.SENDGRID:
                proof.sendgrid(body, fields, self.keys)
            case HookService.RESEND:
                proof.resend(body, fields, self.keys, self.clock())
        return ""

    def _record(self, service: HookService, document: Any, token: str, body: bytes) -> HookAnswer:
        events, unreadable = read_events(service, document)
        at = self.clock()
        with writing(self.engine) as connection:
            first = received.is_first_use(connection, token, body, at) if token else True
            if first is False:
                received.count(connection, service, Counter({(received.REFUSED, "a token used before"): 1}), at)
                return HookAnswer.UNPROVEN
            counts = received.record(connection, service, events, self.signatures, at)
            received.count(connection, service, counts + unreadable, at)
        for (what, name), number in counts.items():
            log_event(_log, "webhook", service=service.value, meaning=what, name=name[:40], number=number)
        return HookAnswer.OK

    def _refuse(self, service: HookService, what: str, why: str, answer: HookAnswer) -> HookAnswer:
        with writing(self.engine) as connection:
            received.count(connection, service, Counter({(what, why): 1}), self.clock())
        return answer


def read_events(service: HookService, document: Any) -> tuple[list[HookEvent], received.Counted]:
    """Read each event by itself, so that one that cannot be read does not hold up the others."""
    events: list[HookEvent] = []
    unreadable: received.Counted = Counter()
    for one in each(document):
        found = attempted(partial(_read, service, one))
        if isinstance(found, Unreadable):
            unreadable[received.UNREADABLE, "an event"] += 1
        else:
            events += found
    return events, unreadable


def _read(service: HookService, one: Any) -> list[HookEvent] | Unreadable:
    return list(_READERS[service](one)) if isinstance(one, dict) else Unreadable("it is no object")
