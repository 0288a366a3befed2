"""The relay, up to the moment before a mail: connect, TLS, login, what EHLO offers, QUIT. Nothing is sent."""

import asyncio
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import replace

from newsletter.doctor.finding import Finding, error, note, ok, warning
from newsletter.errors import RelayRefused, RelayUnreachable
from newsletter.settings import Security
from newsletter.transport.opening import RelaySettings, opened
from newsletter.transport.relay import Deadlines
from newsletter.transport.smtp.events import Closed
from newsletter.transport.tls import verifying_context

DEADLINES = Deadlines(connect=10, greeting=30, handshake=10, command=30)
"""Shorter than for mail, because the organiser is waiting for the answer."""

SMALLEST_LIMIT = 200_000
"""Octets: none of our mails is larger, since pictures are not part of them."""


def examine_relay(relay: RelaySettings, tls: ssl.SSLContext | None = None) -> Iterator[Finding]:
    """Hold a conversation with the relay, up to the point where a mail would begin."""
    try:
        offered = asyncio.run(_greeted(replace(relay, deadlines=DEADLINES), tls or verifying_context()))
    except RelayUnreachable as trouble:
        change = "Check NEWSLETTER_SMTP_HOST and _SMTP_PORT; a firewall on the way may not let mail out."
        why = trouble.particulars["why"]
        yield error("relay", f"{relay.name} cannot be reached: {why}.", "No mail leaves.", change)
        return
    except RelayRefused as trouble:
        change = "Check NEWSLETTER_SMTP_SECURITY, _SMTP_USERNAME and _SMTP_PASSWORD, or ask who runs it."
        why = trouble.particulars["why"]
        yield error("relay", f"{relay.name} does not take mail from us: {why}.", "No mail leaves.", change)
        return
    yield ok("relay", f"{relay.name} answers{_protection(relay)}{_login(relay)}.")
    if "AUTH" in offered and not relay.username:
        found = "It offers a login, and NEWSLETTER_SMTP_USERNAME is not set."
        yield note("relay", found, "It may refuse mail from those it does not know.")
    yield _limits(offered)


async def _greeted(relay: RelaySettings, tls: ssl.SSLContext) -> Mapping[str, str]:
    connection = await opened(relay, tls)
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
        return ", readable to everybody on the way"
    return f", protected by {'TLS' if relay.security is Security.TLS else 'STARTTLS'} with a certificate that holds"


def _login(relay: RelaySettings) -> str:
    return f", and knows {relay.username}" if relay.username else ""


def _limits(offered: Mapping[str, str]) -> Finding:
    size = offered.get("SIZE", "")
    limit = int(size) if size.isdigit() and len(size) < 19 else 0
    words = [f"mails of up to {limit:,} octets" if limit else "no limit on size"]
    words += [name for name in ("PIPELINING", "CHUNKING", "8BITMIME", "ENHANCEDSTATUSCODES") if name in offered]
    found = f"It offers {', '.join(words)}."
    if limit and limit < SMALLEST_LIMIT:
        change = "Ask who runs the relay for a larger limit."
        return warning("relay", found, "It refuses mails that are larger.", change)
    if "PIPELINING" not in offered:
        return note("relay", found, "Without PIPELINING a distant relay takes mail more slowly.")
    return ok("relay", found)
