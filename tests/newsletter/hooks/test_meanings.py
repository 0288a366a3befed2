"""What each service's events mean: read from bodies as the service documents them."""

from typing import Any

import pytest

from newsletter.bounces.hooks.event import EventKind, HookEvent
from newsletter.bounces.hooks.posted import read_events
from newsletter.bounces.parse.kinds import BounceReason, Class
from newsletter.bounces.strikes import is_strike, suppresses
from newsletter.settings import HookService
from tests.newsletter.hooks.bodies import AT, KEY, KINDS, body, echo

TOKEN = "1-1-aaaabbbbccccdddd"


def read(service: HookService, document: Any) -> list[HookEvent]:
    found, unreadable = read_events(service, document)
    assert not unreadable
    return found


def event(service: HookService, changed: Any) -> HookEvent:
    return read(service, body_with(service, changed))[0]


def body_with(service: HookService, changed: dict[str, Any]) -> Any:
    """Return a body of the service that says something of its own."""
    from tests.newsletter.hooks.bodies import _MAKERS

    return _MAKERS[service](changed, echo(service, TOKEN), "ada@example.org", 1)


@pytest.mark.parametrize("service", HookService)
def test_the_seven_things_that_every_service_says_are_understood(service: HookService) -> None:
    said = {what: read(service, body(service, what, echo(service, TOKEN)))[0] for what in KINDS}
    kinds = {what: each.what for what, each in said.items()}
    refused = EventKind.REJECTED if service is HookService.MAILJET else EventKind.BOUNCED
    assert kinds == {
        "hard": EventKind.BOUNCED,
        "full": EventKind.BOUNCED,
        "policy": refused,
        "late": EventKind.DEFERRED,
        "complaint": EventKind.COMPLAINED,
        "seen": EventKind.IGNORED,
        "new": EventKind.UNKNOWN,
    }
    assert said["hard"].reports[0].reason is BounceReason.NO_SUCH_MAILBOX
    assert suppresses(said["hard"].reports[0])
    assert said["full"].reports[0].reason is BounceReason.FULL
    assert is_strike(said["full"].reports[0])
    assert said["policy"].reports[0].reason.class_ is Class.OURS
    assert not is_strike(said["policy"].reports[0])
    assert not said["late"].reports[0].final
    for what in ("hard", "complaint"):
        assert any(TOKEN in each for each in said[what].echoes)
        assert said[what].at is not None
        assert int(said[what].at.timestamp()) == AT  # type: ignore[union-attr]
        assert said[what].identifier == read(service, body(service, what, echo(service, TOKEN)))[0].identifier
        assert said[what].identifier != read(service, body(service, what, echo(service, TOKEN), number=2))[0].identifier


HARD, SOFT, OURS, NOTHING = "suppresses", "a strike", "about us", "nothing"
_DETAILS: list[tuple[HookService, dict[str, Any], EventKind, str]] = [
    # A reader who is away, or a server that tests us, is no bounce.
    (HookService.POSTMARK, {"RecordType": "Bounce", "Type": "AutoResponder"}, EventKind.IGNORED, NOTHING),
    (HookService.POSTMARK, {"RecordType": "Bounce", "Type": "DMARCPolicy"}, EventKind.BOUNCED, OURS),
    (HookService.POSTMARK, {"RecordType": "Bounce", "Type": "SpamNotification"}, EventKind.BOUNCED, OURS),
    (HookService.POSTMARK, {"RecordType": "Bounce", "Type": "BadEmailAddress"}, EventKind.BOUNCED, HARD),
    (HookService.POSTMARK, {"RecordType": "Bounce", "Type": "Unheard"}, EventKind.UNKNOWN, NOTHING),
    # The service calls it hard, and the words of the server say that it is us, or that it may pass.
    (HookService.POSTMARK, {"RecordType": "Bounce", "Type": "HardBounce", "Details": "552 5.2.2 Over quota"},
     EventKind.BOUNCED, SOFT),
    (HookService.SENDGRID, {"event": "bounce", "type": "bounce", "reason": "550 5.7.26 unauthenticated"},
     EventKind.BOUNCED, OURS),
    (HookService.SENDGRID, {"event": "bounce", "type": "blocked", "reason": "550 5.1.1 unknown",
                            "bounce_classification": "Invalid Address"}, EventKind.BOUNCED, SOFT),
    (HookService.SENDGRID, {"event": "dropped", "reason": "Bounced Address"}, EventKind.REJECTED, SOFT),
    (HookService.SENDGRID, {"event": "dropped", "reason": "Spam Reporting Address"}, EventKind.COMPLAINED, NOTHING),
    (HookService.SENDGRID, {"event": "dropped", "reason": "Unsubscribed Address"}, EventKind.UNSUBSCRIBED, NOTHING),
    (HookService.SENDGRID, {"event": "dropped", "reason": "Recipient List over Quota"}, EventKind.REJECTED, OURS),
    (HookService.SENDGRID, {"event": "group_unsubscribe", "asm_group_id": 9}, EventKind.UNSUBSCRIBED, NOTHING),
    (HookService.MAILGUN, {"event": "failed", "severity": "permanent", "reason": "suppress-bounce",
                           "delivery-status": {"code": 605}}, EventKind.REJECTED, SOFT),
    (HookService.MAILGUN, {"event": "failed", "severity": "permanent", "reason": "suppress-complaint"},
     EventKind.COMPLAINED, NOTHING),
    (HookService.MAILGUN, {"event": "failed", "severity": "permanent", "reason": "generic",
                           "delivery-status": {"code": 550, "message": "5.1.1 user unknown"}}, EventKind.BOUNCED, HARD),
    (HookService.MAILGUN, {"event": "failed", "severity": "permanent", "reason": "old"}, EventKind.BOUNCED, SOFT),
    (HookService.MAILGUN, {"event": "failed", "severity": "new", "reason": "bounce"}, EventKind.DEFERRED, NOTHING),
    (HookService.MAILGUN, {"event": "rejected", "reject": {"reason": "Sandbox"}}, EventKind.REJECTED, OURS),
    (HookService.BREVO, {"event": "softBounce", "reason": "550 5.1.1 unknown user"}, EventKind.BOUNCED, SOFT),
    (HookService.BREVO, {"event": "hardBounce"}, EventKind.BOUNCED, HARD),
    (HookService.BREVO, {"event": "invalid_email"}, EventKind.BOUNCED, HARD),
    (HookService.BREVO, {"event": "blocked"}, EventKind.REJECTED, SOFT),
    (HookService.BREVO, {"event": "unsubscribed"}, EventKind.UNSUBSCRIBED, NOTHING),
    (HookService.MAILJET, {"event": "bounce", "hard_bounce": True, "error": "mailbox inactive"},
     EventKind.BOUNCED, SOFT),
    (HookService.MAILJET, {"event": "bounce", "hard_bounce": False, "error": "user unknown"},
     EventKind.BOUNCED, NOTHING),
    (HookService.MAILJET, {"event": "blocked", "error": "preblocked"}, EventKind.REJECTED, SOFT),
    (HookService.MAILJET, {"event": "blocked", "error": "spam reporter"}, EventKind.COMPLAINED, NOTHING),
    (HookService.MAILJET, {"event": "blocked", "error": "duplicate in campaign"}, EventKind.IGNORED, NOTHING),
    (HookService.MAILJET, {"event": "unsub", "mj_list_id": 1}, EventKind.UNSUBSCRIBED, NOTHING),
    # "Transient, General" is most often the answer of an absent person.
    (HookService.SES, {"eventType": "Bounce", "bounceType": "Transient", "bounceSubType": "General"},
     EventKind.BOUNCED, NOTHING),
    (HookService.SES, {"eventType": "Bounce", "bounceType": "Permanent", "bounceSubType": "OnAccountSuppressionList"},
     EventKind.REJECTED, SOFT),
    (HookService.SES, {"eventType": "Bounce", "bounceType": "Undetermined", "bounceSubType": "Undetermined"},
     EventKind.BOUNCED, NOTHING),
    (HookService.SES, {"eventType": "Bounce", "bounceType": "Permanent", "bounceSubType": "Novel"},
     EventKind.BOUNCED, NOTHING),
    (HookService.SES, {"eventType": "Reject", "reason": "Bad content"}, EventKind.REJECTED, OURS),
    (HookService.RESEND, {"type": "email.suppressed"}, EventKind.REJECTED, SOFT),
    (HookService.RESEND, {"type": "email.failed", "data": {"failed": {"reason": "quota"}}}, EventKind.REJECTED, OURS),
    (HookService.RESEND, {"type": "contact.updated", "data": {"unsubscribed": True}}, EventKind.UNKNOWN, NOTHING),
]  # fmt: skip


def test_what_each_service_says_in_its_own_way() -> None:
    wrong = []
    for service, changed, kind, consequence in _DETAILS:
        found = event(service, changed)
        told = found.reports[0]
        if found.what not in (EventKind.BOUNCED, EventKind.REJECTED):
            follows = NOTHING
        elif told.reason.class_ is Class.OURS:
            follows = OURS
        else:
            follows = HARD if suppresses(told) else SOFT if is_strike(told) else NOTHING
        if (found.what, follows) != (kind, consequence):
            wrong.append((service.value, changed, found.what.value, told.reason.name, follows))
    assert wrong == []


def test_a_change_of_postmarks_list_is_a_no_only_by_the_recipient_and_never_a_yes() -> None:
    def change(suppresses_: bool, why: str | None = None, origin: str = "Recipient") -> EventKind:
        changed = {"RecordType": "SubscriptionChange", "SuppressSending": suppresses_, "SuppressionReason": why}
        return event(HookService.POSTMARK, changed | {"Origin": origin}).what

    assert change(True, "ManualSuppression") is EventKind.UNSUBSCRIBED
    assert change(True, "ManualSuppression", "Customer") is EventKind.IGNORED
    assert change(True, "SpamComplaint") is EventKind.COMPLAINED
    assert change(True, "HardBounce") is EventKind.IGNORED
    assert change(False) is EventKind.IGNORED


def test_our_token_is_found_among_tags_of_either_shape_and_a_key_that_occurs_twice_is_no_token() -> None:
    for tags in ({KEY: TOKEN}, [{"name": KEY, "value": TOKEN}]):
        document = body(HookService.RESEND, "complaint", []) | {}
        document["data"]["tags"] = tags
        assert read(HookService.RESEND, document)[0].echoes == (TOKEN,)


def test_several_events_of_a_body_are_read_and_one_that_is_none_holds_up_no_other() -> None:
    good = body(HookService.SENDGRID, "hard", echo(HookService.SENDGRID, TOKEN))[0]
    found, unreadable = read_events(HookService.SENDGRID, [good, 7, None, [], {"event": ["bounce"]}, good])
    assert [each.what for each in found] == [EventKind.BOUNCED, EventKind.UNKNOWN, EventKind.BOUNCED]
    assert unreadable.total() == 3
