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

from newsletter.doctor.finding import DoctorFinding, error, note, ok, warning
from newsletter.settings import Settings, is_loopback
from newsletter.transport.tls import tls_trouble, verifying_context
from subscribers.tokens import LinkSigner

SECONDS = 10
ONE_CLICK = b"List-Unsubscribe=One-Click"
SOON = timedelta(days=14)
SKEW = timedelta(minutes=5)
_SUBJECT = "public pages"
FORGED = "192.0.2.77"
"""An address that no machine has (RFC 5737)."""
_FORGED = {"X-Forwarded-For": FORGED, "Forwarded": f"for={FORGED}"}
_LOST = (
    "Readers cannot unsubscribe, so they report your emails as spam. Gmail and Yahoo require one-click unsubscribing."
)


@dataclass(frozen=True)
class _Answer:
    status: int
    kind: str
    place: str
    date: str
    expiry: datetime | None
    text: str = ""

    def __str__(self) -> str:
        return f"{self.status}, redirecting to {self.place}" if self.place else str(self.status)


def examine_pages(settings: Settings, now: datetime, tls: ssl.SSLContext | None = None) -> Iterator[DoctorFinding]:
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
        change = (
            "Check that `newsletter serve` is running, that the web server in front passes requests on to it, and that "
            "the address is right."
        )
        yield error(_SUBJECT, f"{base} does not answer: {_words(trouble)}.", _LOST, change)
        return
    yield _health(base, alive)
    yield _page(page)
    yield _click(click)
    yield from _forged(base, context)
    yield from _certificate(alive, now)
    yield from _time(alive, now)


def _address(base: str) -> Iterator[DoctorFinding]:
    parts = urlsplit(base)
    if is_loopback(parts.hostname or ""):
        yield note(_SUBJECT, f"{base} is this machine.", "Nobody else can open the links in your emails.")
    elif parts.scheme != "https":
        consequence = "Mail programs offer one-click unsubscribing only with https."
        change = "Set up https on the web server in front, and write https in NEWSLETTER_BASE_URL."
        yield error(_SUBJECT, f"{base} has no https.", consequence, change)


def _forged(base: str, tls: ssl.SSLContext) -> Iterator[DoctorFinding]:
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
        found = f"Visitors can hide where they come from: the pages believe {' and '.join(believed)} from outside."
        harm = "One program can pretend to be thousands, and make your form email thousands of strangers."
        change = (
            "Have the web server in front replace that header with the address it sees, as docs/pages.md shows, and "
            "name only that server in NEWSLETTER_TRUSTED_PROXIES."
        )
        yield error(_SUBJECT, found, harm, change)
    elif any(_is_inside(seen) for seen in said.values()):
        seen = " or ".join(sorted({seen or "unknown" for seen in said.values()}))
        found = f"All visitors look the same to the pages: each seems to come from {seen}."
        harm = "When many people subscribe at once, their emails wait for hours, and the records of consent are weaker."
        change = (
            "Have the web server in front send X-Forwarded-For, as docs/pages.md shows, and name it in "
            "NEWSLETTER_TRUSTED_PROXIES."
        )
        yield warning(_SUBJECT, found, harm, change)
    else:
        yield ok(_SUBJECT, "Visitors cannot hide where they come from.")


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


def _health(base: str, answer: _Answer) -> DoctorFinding:
    if answer.status == 200:
        return ok(_SUBJECT, f"{base} is running.")
    change = "Check that `newsletter serve` is running, and that the web server in front passes requests on to it."
    return error(_SUBJECT, f"{base}/health answers {answer}.", _LOST, change)


def _page(answer: _Answer) -> DoctorFinding:
    if answer.status == 200 and answer.kind == "text/html":
        return ok(_SUBJECT, "An unsubscribe link shows a page.")
    if answer.status == 404:
        found = "The pages do not know an unsubscribe link that was made here."
        change = "Set NEWSLETTER_SECRET_KEY and NEWSLETTER_LIST_ID to the same values there and here."
        return error(_SUBJECT, found, _LOST, change)
    change = "In the web server in front, pass addresses that begin with /u/ on to `newsletter serve`."
    return error(_SUBJECT, f"An unsubscribe link gives {answer} instead of a page.", _LOST, change)


def _click(answer: _Answer) -> DoctorFinding:
    if answer.status == 200:
        return ok(_SUBJECT, "One-click unsubscribing works.")
    change = (
        "In the web server in front, pass POST requests for /u/ on to `newsletter serve`, without redirecting them."
    )
    return error(_SUBJECT, f"One-click unsubscribing gives {answer}.", _LOST, change)


def _certificate(answer: _Answer, now: datetime) -> Iterator[DoctorFinding]:
    if answer.expiry is None:
        return
    if answer.expiry - now < SOON:
        found = f"Its certificate ends on {answer.expiry:%d %B %Y}."
        yield warning(_SUBJECT, found, "After that, browsers warn readers who follow a link.", "Renew it before then.")
    else:
        yield ok(_SUBJECT, f"Its certificate is good until {answer.expiry:%d %B %Y}.")


def _time(answer: _Answer, now: datetime) -> Iterator[DoctorFinding]:
    try:
        there = parsedate_to_datetime(answer.date)
    except ValueError:
        return
    if there.tzinfo and abs(there - now) > SKEW:
        found = f"It is {there:%Y-%m-%d %H:%M} there and {now:%Y-%m-%d %H:%M} here."
        yield warning("clock", found, "Email with a wrong date looks like spam.", "Set the clock that is wrong.")


def _words(trouble: OSError | HTTPException) -> str:
    if isinstance(trouble, ssl.SSLError):
        return tls_trouble(trouble)
    if isinstance(trouble, TimeoutError):
        return f"no answer within {SECONDS} seconds"
    return (getattr(trouble, "strerror", "") or str(trouble) or type(trouble).__name__).lower()
