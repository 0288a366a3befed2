"""Relays that many use: how to reach each, and what it asks of the sender's DNS. docs/relays.md says the same."""

from dataclasses import dataclass

from newsletter.settings import HookService, Security


@dataclass(frozen=True, slots=True)
class KnownRelay:
    """A relay as its operator describes it; `connections` and `rate` (mails a second, 0: no limit) are ours."""

    name: str
    host: str
    port: int
    security: Security
    connections: int
    rate: float
    include: str = ""
    """The name that an SPF record must include to allow this relay's addresses."""
    own_return_path: bool = False
    """Whether it puts its own return path on mail, so that receivers check SPF of its domain, not of ours."""
    suffix: str = ""
    """The ending of its other host names."""
    hook: HookService | None = None
    """The webhook by which it tells of bounces and complaints."""

    @property
    def slug(self) -> str:
        """The relay's name as `init --preset` takes it."""
        return self.name.lower().removesuffix(" on this machine").replace(" ", "-")

    @property
    def settings(self) -> dict[str, str]:
        """The settings for this relay, as they are written in .env."""
        return {
            "smtp_host": self.host,
            "smtp_port": str(self.port),
            "smtp_security": str(self.security),
            "smtp_connections": str(self.connections),
            "rate_per_second": f"{self.rate:g}",
            **({"hooks": self.hook.value} if self.hook else {}),
        }

    def is_at(self, host: str) -> bool:
        """Tell whether `host` is one of the relay's host names."""
        return host.lower() == self.host or bool(self.suffix and host.lower().endswith(self.suffix))


KNOWN = (
    KnownRelay(
        "Amazon SES", "email-smtp.eu-west-1.amazonaws.com", 587, Security.STARTTLS, 4, 10,
        "amazonses.com", True, ".amazonaws.com", HookService.SES,
    ),
    KnownRelay(
        "Postmark", "smtp-broadcasts.postmarkapp.com", 587, Security.STARTTLS, 4, 10,
        "spf.mtasv.net", True, ".postmarkapp.com", HookService.POSTMARK,
    ),
    KnownRelay(
        "Mailgun", "smtp.eu.mailgun.org", 587, Security.STARTTLS, 4, 10,
        "mailgun.org", False, ".mailgun.org", HookService.MAILGUN,
    ),
    KnownRelay(
        "Brevo", "smtp-relay.brevo.com", 587, Security.STARTTLS, 2, 5,
        "spf.brevo.com", True, ".brevo.com", HookService.BREVO,
    ),
    KnownRelay(
        "SendGrid", "smtp.sendgrid.net", 587, Security.STARTTLS, 4, 10,
        "sendgrid.net", True, ".sendgrid.net", HookService.SENDGRID,
    ),
    KnownRelay(
        "Mailjet", "in-v3.mailjet.com", 587, Security.STARTTLS, 4, 10,
        "spf.mailjet.com", True, ".mailjet.com", HookService.MAILJET,
    ),
    KnownRelay(
        "Resend", "smtp.resend.com", 587, Security.STARTTLS, 2, 2,
        "amazonses.com", True, ".resend.com", HookService.RESEND,
    ),
    KnownRelay("Gmail", "smtp.gmail.com", 587, Security.STARTTLS, 1, 1, "_spf.google.com"),
    KnownRelay("Google Workspace", "smtp-relay.gmail.com", 587, Security.STARTTLS, 2, 5, "_spf.google.com"),
    KnownRelay("Postfix on this machine", "127.0.0.1", 25, Security.NONE, 4, 0),
    KnownRelay("Mailpit", "127.0.0.1", 1025, Security.NONE, 4, 0),
)  # fmt: skip


PRESETS = {relay.slug: relay for relay in KNOWN}
"""The known relays by the name that `init --preset` takes."""


def known_relay(host: str) -> KnownRelay | None:
    """Find the known relay that has `host` as a host name; None if there is none."""
    return next((relay for relay in KNOWN if relay.include and relay.is_at(host)), None)
