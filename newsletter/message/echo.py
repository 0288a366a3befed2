"""The field in a message's head whose value a relay sends back with its events. In: services. Out: octets.

It holds a token of ours, so that an event is about the recipient of this one message, and about no other.
Amazon SES needs no such field: it sends back List-Unsubscribe, which every message has.
"""

from collections.abc import Sequence

from newsletter.settings import HookService

KEY = "newsletter-delivery"
"""The name under which a relay keeps the token: at most 20 characters (Postmark), and none of SendGrid's own names."""

_FIELDS = {
    HookService.MAILGUN: f'X-Mailgun-Variables: {{"{KEY}": "%s"}}\r\n',
    HookService.POSTMARK: f"X-PM-Metadata-{KEY}: %s\r\n",
    HookService.SENDGRID: f'X-SMTPAPI: {{"unique_args": {{"{KEY}": "%s"}}}}\r\n',
    HookService.BREVO: "X-Mailin-custom: %s\r\n",
    HookService.MAILJET: "X-MJ-EventPayload: %s\r\n",
    HookService.RESEND: "X-Newsletter-Delivery: %s\r\n",
}


def echo_fields(services: Sequence[HookService]) -> str:
    """Return the fields for `services`, with %s for the token in each; empty if none is needed."""
    return "".join(_FIELDS.get(service, "") for service in dict.fromkeys(services))
