"""The relay, up to the moment before a mail: connect, TLS, login, what EHLO offers, QUIT. Nothing is sent."""

import asyncio
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import replace

from newsletter.doctor.finding import DoctorFinding, error, note, ok, warning
from newsletter.errors import RelayRefused, RelayUnreachable
from newsletter.settings import Security
from newsletter.transport.opening import RelaySettings, open_connection
from newsletter.transport.relay import Deadlines
from newsletter.transport.smtp.events import Closed
from newsletter.transport.tls import verifying_context

DEADLINES = Deadlines(connect=10, greeting=30, handshake=10, command=30)
"""Shorter than for mail, because the organiser is waiting for the answer."""

_SUBJECT = "mail server"
SMALLEST_LIMIT = 200_000
"""Octets: none of our mails is larger, since pictures are not part of them."""


def examine_relay(relay: RelaySettings, tls: ssl.SSLContext | None = None) -> Iterator[DoctorFinding]:
    """Hold a conversation with the relay, up to the point where a mail would begin."""
    try:
        offered = asyncio.run(_greeted(replace(relay, deadlines=DEADLINES), tls or verifying_context()))
    except RelayUnreachable as trouble:
        change = (
            "Check NEWSLETTER_SMTP_HOST and NEWSLETTER_SMTP_PORT. Or a firewall may be in the way: ask who runs it."
        )
        why = trouble.particulars["why"]
        yield error(_SUBJECT, f"{relay.name} cannot be reached: {why}.", "No email can be sent.", change)
        return
    except RelayRefused as trouble:
        change = (
            "Check NEWSLETTER_SMTP_SECURITY, NEWSLETTER_SMTP_USERNAME and NEWSLETTER_SMTP_PASSWORD, or ask the "
            "support of your mail server."
        )
        why = trouble.particulars["why"]
        yield error(_SUBJECT, f"{relay.name} does not accept email from you: {why}.", "No email can be sent.", change)
        return
    yield ok(_SUBJECT, f"{relay.name} answers{_protection(relay)}{_login(relay)}.")
    if "AUTH" in offered and not relay.username:
        found = "It offers a login, but NEWSLETTER_SMTP_USERNAME is not set."
        yield note(_SUBJECT, found, "It may refuse email from you unless you log in.")
    yield _limits(offered)


async def _greeted(relay: RelaySettings, tls: ssl.SSLContext) -> Mapping[str, str]:
    connection = await open_connection(relay, tls)
    try:
        offered = connection.extensions
        connection.quit()
        while not isinstance(await connection.event(), Closed):
            pass
    finally:
        await connection.gone()
    return offered


def _protection(relay: RelaySettings) -> str:
    if relay.security is Security.NONE:
        return ", without protection: anybody on the way can read what you send"
    return f", protected by {'TLS' if relay.security is Security.TLS else 'STARTTLS'} with a valid certificate"


def _login(relay: RelaySettings) -> str:
    return f", and accepts the login {relay.username}" if relay.username else ""


def _limits(offered: Mapping[str, str]) -> DoctorFinding:
    size = offered.get("SIZE", "")
    limit = int(size) if size.isdigit() and len(size) < 19 else 0
    words = [f"emails of up to {limit:,} bytes" if limit else "no limit on size"]
    words += [name for name in ("PIPELINING", "CHUNKING", "8BITMIME", "ENHANCEDSTATUSCODES") if name in offered]
    found = f"It offers {', '.join(words)}."
    if limit and limit < SMALLEST_LIMIT:
        change = "Ask the support of your mail server for a larger limit."
        return warning(_SUBJECT, found, "It refuses emails that are larger.", change)
    if "PIPELINING" not in offered:
        return note(_SUBJECT, found, "Without PIPELINING, sending through a distant mail server is slower.")
    return ok(_SUBJECT, found)
