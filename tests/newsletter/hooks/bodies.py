"""Bodies as each service documents them, in our own words: what became of a mail, and what comes back of it.

`sent_back` takes from the head of a mail what the service keeps of it, as the service itself would.
"""

import json
from email.message import EmailMessage
from typing import Any

from newsletter.settings import HookService

AT = 1_772_370_000
"""1 March 2026, 13:00 UTC, in seconds."""
ISO = "2026-03-01T13:00:00.123Z"
KEY = "newsletter-delivery"
UNKNOWN_USER = "550 5.1.1 No such user here"

Json = dict[str, Any]


def sent_back(service: HookService, mail: EmailMessage) -> Any:
    """Return what the service keeps of a mail: variables, metadata, a payload, or the fields of its head."""
    match service:
        case HookService.SES | HookService.RESEND:
            return [{"name": name, "value": str(mail[name])} for name in mail]
        case HookService.MAILGUN:
            return json.loads(mail["X-Mailgun-Variables"])
        case HookService.POSTMARK:
            start = "x-pm-metadata-"
            return {name.lower().removeprefix(start): mail[name] for name in mail if name.lower().startswith(start)}
        case HookService.SENDGRID:
            return json.loads(mail["X-SMTPAPI"])["unique_args"]
        case HookService.BREVO:
            return str(mail["X-Mailin-custom"])
    return str(mail["X-MJ-EventPayload"])


def echo(service: HookService, token: str) -> Any:
    """Return what `sent_back` returns for a mail with this token; for SES it is the token of an unsubscribe link."""
    match service:
        case HookService.SES:
            return [{"name": "List-Unsubscribe", "value": f"<https://news.example.org/u/{token}>"}]
        case HookService.RESEND:
            return [{"name": "X-Newsletter-Delivery", "value": token}]
        case HookService.BREVO | HookService.MAILJET:
            return token
    return {KEY: token}


def body(service: HookService, what: str, echoed: Any, address: str = "ada@example.org", number: int = 1) -> Any:
    """Return a body that says `what` became of mail `number`; each of `KINDS` is said by every service."""
    return _MAKERS[service](_WORDS[service][what], echoed, address, number)


KINDS = ("hard", "full", "policy", "late", "complaint", "seen", "new")


def _ses(event: Json, echoed: Any, address: str, number: int) -> Json:
    kind = event["eventType"]
    part = {"Bounce": "bounce", "Complaint": "complaint", "DeliveryDelay": "deliveryDelay"}.get(kind, kind.lower())
    about = {"emailAddress": address, **event.get("recipient", {})}
    told = {
        "timestamp": ISO,
        "feedbackId": f"0102-{number}-{kind}",
        **{name: value for name, value in event.items() if name not in ("eventType", "recipient")},
        {"Bounce": "bouncedRecipients", "DeliveryDelay": "delayedRecipients"}.get(kind, "complainedRecipients"): [
            about
        ],
    }
    mail = {"messageId": f"0102-{number}", "source": "news@example.org", "destination": [address], "headers": echoed}
    notice = {"eventType": kind, "mail": {"timestamp": ISO, "headersTruncated": False, **mail}, part: told}
    return {
        "Type": "Notification",
        "MessageId": f"sns-{number}-{kind}",
        "TopicArn": "arn:aws:sns:eu-west-1:123456789012:newsletter",
        "Subject": "Amazon SES Email Event Notification",
        "Message": json.dumps(notice),
        "Timestamp": ISO,
        "UnsubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe",
    }


def _mailgun(event: Json, echoed: Any, address: str, number: int) -> Json:
    headers = {"to": address, "message-id": f"{number}@example.org", "from": "news@example.org", "subject": "Good news"}
    data = {"id": f"mg-{number}", "timestamp": AT + 0.25, "recipient": address, "log-level": "error", "tags": []}
    return {"event-data": {**data, "message": {"headers": headers}, "user-variables": echoed, **event}}


def _postmark(event: Json, echoed: Any, address: str, number: int) -> Json:
    common = {"ID": 692560000 + number, "MessageID": f"pm-{number}", "MessageStream": "broadcast", "ServerID": 23}
    return {**common, "Email": address, "BouncedAt": "2026-03-01T14:00:00.1234567+01:00", "Metadata": echoed, **event}


def _sendgrid(event: Json, echoed: Any, address: str, number: int) -> list[Json]:
    common = {
        "email": address,
        "timestamp": AT,
        "sg_event_id": f"sg-{number}-{event['event']}",
        "smtp-id": "<1@x.test>",
    }
    return [{**common, **event, **echoed}]


def _brevo(event: Json, echoed: Any, address: str, number: int) -> Json:
    common = {"email": address, "id": 26224, "date": "2026-03-01 14:00:00", "message-id": f"<{number}@example.org>"}
    return {**common, "ts_epoch": AT * 1000, "tag": "", "X-Mailin-custom": echoed, **event}


def _mailjet(event: Json, echoed: Any, address: str, number: int) -> list[Json]:
    common = {
        "time": AT,
        "MessageID": 19421777835146490 + number,
        "email": address,
        "mj_campaign_id": 7,
        "CustomID": "",
    }
    return [{**common, "Payload": echoed, **event}]


def _resend(event: Json, echoed: Any, address: str, number: int) -> Json:
    data = {
        "email_id": f"re-{number}",
        "created_at": ISO,
        "from": "news@example.org",
        "to": [address],
        "headers": echoed,
    }
    return {"type": event["type"], "created_at": ISO, "data": {**data, **event.get("data", {})}}


_MAKERS: dict[HookService, Any] = {
    HookService.SES: _ses,
    HookService.MAILGUN: _mailgun,
    HookService.POSTMARK: _postmark,
    HookService.SENDGRID: _sendgrid,
    HookService.BREVO: _brevo,
    HookService.MAILJET: _mailjet,
    HookService.RESEND: _resend,
}


def _failed(severity: str, reason: str, code: int, message: str) -> Json:
    status = {"code": code, "message": message, "description": "", "attempt-no": 1}
    return {"event": "failed", "severity": severity, "reason": reason, "delivery-status": status}


def _bounced(kind: str, subtype: str, diagnostic: str) -> Json:
    recipient = {"action": "failed", "status": "5.0.0", "diagnosticCode": f"smtp; {diagnostic}"} if diagnostic else {}
    return {"eventType": "Bounce", "bounceType": kind, "bounceSubType": subtype, "recipient": recipient}


def _resent(kind: str, subtype: str, message: str) -> Json:
    return {"type": "email.bounced", "data": {"bounce": {"type": kind, "subType": subtype, "message": message}}}


SPAM = "550 5.7.1 Message refused as spam"
FULL = "452 4.2.2 Mailbox full"

_WORDS: dict[HookService, dict[str, Json]] = {
    HookService.SES: {
        "hard": _bounced("Permanent", "General", UNKNOWN_USER),
        "full": _bounced("Transient", "MailboxFull", FULL),
        "policy": _bounced("Permanent", "General", SPAM),
        "late": {"eventType": "DeliveryDelay", "delayType": "TransientCommunicationFailure"},
        "complaint": {"eventType": "Complaint", "complaintFeedbackType": "abuse", "userAgent": "ANY"},
        "seen": {"eventType": "Open", "userAgent": "ANY"},
        "new": {"eventType": "Pondered"},
    },
    HookService.MAILGUN: {
        "hard": _failed("permanent", "bounce", 550, "5.1.1 No such user here"),
        "full": _failed("permanent", "generic", 552, "5.2.2 Mailbox full"),
        "policy": _failed("permanent", "espblock", 550, "5.7.1 Message refused as spam"),
        "late": _failed("temporary", "generic", 450, "4.7.1 Greylisted, try again later"),
        "complaint": {"event": "complained"},
        "seen": {"event": "opened", "ip": "192.0.2.1"},
        "new": {"event": "pondered"},
    },
    HookService.POSTMARK: {
        "hard": {"RecordType": "Bounce", "Type": "HardBounce", "TypeCode": 1, "Details": f"smtp;{UNKNOWN_USER}"},
        "full": {"RecordType": "Bounce", "Type": "SoftBounce", "TypeCode": 4096, "Details": "552 5.2.2 Mailbox full"},
        "policy": {
            "RecordType": "Bounce",
            "Type": "Blocked",
            "TypeCode": 100006,
            "Details": "Listed",
        },
        "late": {"RecordType": "Bounce", "Type": "Transient", "TypeCode": 2, "Details": "450 4.7.1 Try again"},
        "complaint": {"RecordType": "SpamComplaint", "Type": "SpamComplaint", "TypeCode": 512, "Details": ""},
        "seen": {"RecordType": "Open", "Recipient": "ada@example.org", "FirstOpen": True},
        "new": {"RecordType": "Pondered"},
    },
    HookService.SENDGRID: {
        "hard": {"event": "bounce", "type": "bounce", "reason": UNKNOWN_USER, "status": "5.1.1"},
        "full": {"event": "bounce", "type": "blocked", "reason": "552 5.2.2 Mailbox full", "status": "5.2.2"},
        "policy": {"event": "bounce", "type": "blocked", "reason": SPAM, "bounce_classification": "Reputation"},
        "late": {"event": "deferred", "response": "450 4.7.1 Try again", "attempt": "3"},
        "complaint": {"event": "spamreport"},
        "seen": {"event": "click", "url": "https://www.example.org/"},
        "new": {"event": "pondered"},
    },
    HookService.BREVO: {
        "hard": {"event": "hard_bounce", "reason": UNKNOWN_USER},
        "full": {"event": "soft_bounce", "reason": "552 5.2.2 Mailbox full"},
        "policy": {"event": "hard_bounce", "reason": SPAM},
        "late": {"event": "deferred", "reason": "450 4.7.1 Try again"},
        "complaint": {"event": "spam"},
        "seen": {"event": "unique_opened"},
        "new": {"event": "pondered"},
    },
    HookService.MAILJET: {
        "hard": {"event": "bounce", "hard_bounce": True, "error_related_to": "recipient", "error": "user unknown"},
        "full": {"event": "bounce", "hard_bounce": False, "error_related_to": "recipient", "error": "quota exceeded"},
        "policy": {"event": "blocked", "error_related_to": "spam", "error": "sender blocked"},
        "late": {"event": "bounce", "hard_bounce": False, "error_related_to": "domain", "error": "greylisted"},
        "complaint": {"event": "spam", "source": "JMRPP"},
        "seen": {"event": "open", "ip": "192.0.2.1"},
        "new": {"event": "pondered"},
    },
    HookService.RESEND: {
        "hard": _resent("Permanent", "General", "The recipient's server sent a hard bounce."),
        "full": _resent("Transient", "MailboxFull", "The recipient's inbox was full."),
        "policy": _resent("Transient", "ContentRejected", "The recipient's server refused what was in it."),
        "late": {"type": "email.delivery_delayed"},
        "complaint": {"type": "email.complained"},
        "seen": {"type": "email.clicked", "data": {"click": {"link": "https://www.example.org/"}}},
        "new": {"type": "email.pondered"},
    },
}
