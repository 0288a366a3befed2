"""The public pages, requested from here as readers and mail programs do: a few requests that change nothing.

The link they use is signed like any other, for subscriber 0 of issue 0, who does not exist. Two more requests claim to
come from another address, as an attacker would who poses as many people: the pages must not believe them.
"""

import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ipaddress import ip_address
from types import MappingProxyType
from urllib.parse import urlsplit

from newsletter.doctor.finding import Finding, error, note, ok, warning
from newsletter.settings import Settings, is_loopback
from newsletter.transport.tls import in_words, verifying_context
from subscribers.tokens import LinkSigner

SECONDS = 10
ONE_CLICK = b"List-Unsubscribe=One-Click"
SOON = timedelta(days=14)
SKEW = timedelta(minutes=5)
_SUBJECT = "public pages"
FORGED = "192.0.2.77"
"""An address that no machine has (RFC 5737)."""
_FORGED = {"X-Forwarded-For": FORGED, "Forwarded": f"for={FORGED}"}
_LOST = "Readers cannot unsubscribe: they report spam instead, and Gmail and Yahoo want one click to work."


@dataclass(frozen=True)
class _Answer:
    status: int
    kind: str
    place: str
    date: str
    expiry: datetime | None
    text: str = ""

    def __str__(self) -> str:
        return f"{self.status}, sending on to {self.place}" if self.place else str(self.status)


def examine_pages(settings: Settings, now: datetime, tls: ssl.SSLContext | None = None) -> Iterator[Finding]:
    """Check /health, the unsubscribe page and one-click unsubscribing (RFC 8058), with a link of no real subscriber."""
    base = settings.base_url
    yield from _address(base)
    link = f"{base}/u/{LinkSigner(settings.secret_keys, settings.list_name).unsubscribe(0, 0)}"
    context = tls or verifying_context()
    try:
        alive = _ask("GET", f"{base}/health", context)
        page = _ask("GET", link, context)
        click = _ask("POST", link, context)
    except (OSError, HTTPException) as trouble:
        change = "See that `newsletter serve` runs, that the web server before it passes requests on, and its name."
        yield error(_SUBJECT, f"{base} does not answer: {_words(trouble)}.", _LOST, change)
        return
    yield _health(base, alive)
    yield _page(page)
    yield _click(click)
    yield from _forged(base, context)
    yield from _certificate(alive, now)
    yield from _time(alive, now)


def _address(base: str) -> Iterator[Finding]:
    parts = urlsplit(base)
    if is_loopback(parts.hostname or ""):
        yield note(_SUBJECT, f"{base} is this machine.", "Nobody else can follow the links in your mail.")
    elif parts.scheme != "https":
        consequence = "Mail programs offer one-click unsubscribing only for https (RFC 8058 §3.1)."
        change = "Put a web server with TLS in front, and https into NEWSLETTER_BASE_URL."
        yield error(_SUBJECT, f"{base} is not protected by TLS.", consequence, change)


def _forged(base: str, tls: ssl.SSLContext) -> Iterator[Finding]:
    """Ask the pages for our own network address, with headers that claim another (RFC 5737, RFC 7239).

    Skipped if the pages are on this machine: it counts as a trusted proxy, whose headers the pages may believe.
    """
    if is_loopback(urlsplit(base).hostname or ""):
        return
    said = {}
    for header, value in _FORGED.items():
        try:
            answer = _ask("GET", f"{base}/health/you", tls, {header: value})
        except (OSError, HTTPException):
            return
        if answer.status != 200 or answer.kind != "text/plain":
            return  # the pages there are of an older version
        said[header] = answer.text.strip()
    believed = [header for header, seen in said.items() if seen == FORGED]
    if believed:
        found = f"The pages believe whoever asks about who they are: {' and '.join(believed)} from outside is taken."
        harm = "One program can pretend to be thousands, and have your form send mail to thousands of strangers."
        change = (
            "Have the web server in front replace that header with the address it sees, as docs/pages.md shows, and "
            "name only that server in NEWSLETTER_TRUSTED_PROXIES."
        )
        yield error(_SUBJECT, found, harm, change)
    elif any(_is_inside(seen) for seen in said.values()):
        seen = " or ".join(sorted({seen or "unknown" for seen in said.values()}))
        found = f"The pages take all readers for one: who asks is {seen} to them."
        harm = "When many subscribe at once, their mails wait for hours, and the evidence of consent has no address."
        change = (
            "Have the web server in front send X-Forwarded-For, as docs/pages.md shows, and name it in "
            "NEWSLETTER_TRUSTED_PROXIES."
        )
        yield warning(_SUBJECT, found, harm, change)
    else:
        yield ok(_SUBJECT, "A forged address of whoever asks is not believed.")


def _is_inside(address: str) -> bool:
    """Say whether `address` is no IP address, or one that is not on the public internet."""
    try:
        return not ip_address(address).is_global
    except ValueError:
        return True


def _ask(method: str, url: str, tls: ssl.SSLContext, more: Mapping[str, str] = MappingProxyType({})) -> _Answer:
    parts = urlsplit(url)
    assert parts.hostname
    line: HTTPConnection
    if parts.scheme == "https":
        line = HTTPSConnection(parts.hostname, parts.port, timeout=SECONDS, context=tls)
    else:
        line = HTTPConnection(parts.hostname, parts.port, timeout=SECONDS)
    body = ONE_CLICK if method == "POST" else None
    headers = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
    try:
        line.request(method, parts.path, body, headers | {"User-Agent": "newsletter-doctor"} | {**more})
        expiry = _expiry(line)
        answer = line.getresponse()
        text = answer.read(100_000)[:200].decode("latin-1")
        kind = answer.headers.get_content_type()
        place, date = answer.getheader("Location", ""), answer.getheader("Date", "")
        return _Answer(answer.status, kind, place, date, expiry, text)
    finally:
        line.close()


def _expiry(line: HTTPConnection) -> datetime | None:
    if not isinstance(line.sock, ssl.SSLSocket):
        return None
    until = (line.sock.getpeercert() or {}).get("notAfter")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(until), UTC) if isinstance(until, str) else None


def _health(base: str, answer: _Answer) -> Finding:
    if answer.status == 200:
        return ok(_SUBJECT, f"{base} is alive.")
    change = "See that `newsletter serve` runs, and that the web server before it passes requests on."
    return error(_SUBJECT, f"{base}/health answers {answer}.", _LOST, change)


def _page(answer: _Answer) -> Finding:
    if answer.status == 200 and answer.kind == "text/html":
        return ok(_SUBJECT, "A link to unsubscribe shows a page.")
    if answer.status == 404:
        found = "A link to unsubscribe that we sign now is unknown there."
        change = "NEWSLETTER_SECRET_KEY and NEWSLETTER_LIST_ID must be the same there and here."
        return error(_SUBJECT, found, _LOST, change)
    change = "See what the web server in front does with addresses that begin with /u/."
    return error(_SUBJECT, f"A link to unsubscribe answers {answer} instead of a page.", _LOST, change)


def _click(answer: _Answer) -> Finding:
    if answer.status == 200:
        return ok(_SUBJECT, "One click unsubscribes.")
    change = "Let the web server in front pass POST on to /u/, without sending it elsewhere (RFC 8058 §3.1)."
    return error(_SUBJECT, f"One-click unsubscribing answers {answer}.", _LOST, change)


def _certificate(answer: _Answer, now: datetime) -> Iterator[Finding]:
    if answer.expiry is None:
        return
    if answer.expiry - now < SOON:
        found = f"Its certificate ends on {answer.expiry:%d %B %Y}."
        yield warning(_SUBJECT, found, "After that, links lead to a warning.", "Renew it, or see why nothing did.")
    else:
        yield ok(_SUBJECT, f"Its certificate is good until {answer.expiry:%d %B %Y}.")


def _time(answer: _Answer, now: datetime) -> Iterator[Finding]:
    try:
        there = parsedate_to_datetime(answer.date)
    except ValueError:
        return
    if there.tzinfo and abs(there - now) > SKEW:
        found = f"It is {there:%Y-%m-%d %H:%M} there and {now:%Y-%m-%d %H:%M} here."
        yield warning("clock", found, "Mail with a wrong date looks like spam.", "Set the clock that is wrong.")


def _words(trouble: OSError | HTTPException) -> str:
    if isinstance(trouble, ssl.SSLError):
        return in_words(trouble)
    if isinstance(trouble, TimeoutError):
        return f"nothing came within {SECONDS} seconds"
    return (getattr(trouble, "strerror", "") or str(trouble) or type(trouble).__name__).lower()
