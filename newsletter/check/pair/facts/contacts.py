"""Addresses in a text. In: words. Out: email addresses, phone numbers and postcodes, and the text without them.

Web addresses leave the text, too: whether links pair is judged by their targets.
"""

import re
from collections.abc import Iterator

from newsletter.check.pair.facts.fact import Fact

_WEB = re.compile(
    r"\b(?:https?://|www\.)\S+|\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:org|com|net|cymru|wales|uk|test|example)(?:/\S*)?(?![\w@])",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"(?<![\w.,/-])(?:\+\d{1,3}[ -]?(?:\(0\)[ -]?)?|\(?0)\d(?:[ ()./-]{0,2}\d){6,11}(?![\w-])")
_POSTCODE = re.compile(r"\b([A-Z]{1,2}\d[A-Z\d]?) ?(\d[A-Z]{2})\b")
_SAME_DOMAINS = {"llyw.cymru": "gov.wales", "senedd.cymru": "senedd.wales", "gig.cymru": "nhs.wales"}
_SAME_BOXES = {
    "gwybodaeth": "info", "post": "mail", "ymholiadau": "enquiries", "cyswllt": "contact", "swyddfa": "office",
    "helo": "hello", "shwmae": "hello", "cymorth": "help", "digwyddiadau": "events", "newyddion": "news",
    "aelodaeth": "membership", "gwirfoddoli": "volunteer", "ymgyrch": "campaign", "ymgyrchoedd": "campaigns",
    "y-wasg": "press", "wasg": "press", "cyfryngau": "media", "swyddi": "jobs", "rhoddion": "donations",
}  # fmt: skip
"""Mailboxes that organisations name in either language."""


def contacts(text: str) -> tuple[list[Fact], str]:
    """Read the addresses in `text`, and blank them out."""
    found = list(_emails(text))
    text = _WEB.sub(_blank, _EMAIL.sub(_blank, text))
    found += _phones(text)
    text = _PHONE.sub(_blank, text)
    found += (
        Fact("postcode", match[0], frozenset([f"a:{match[1]}{match[2]}"]), at=match.start())
        for match in _POSTCODE.finditer(text)
    )
    return found, _POSTCODE.sub(_blank, text)


def _phones(text: str) -> Iterator[Fact]:
    for match in _PHONE.finditer(text):
        digits = re.sub(r"\D", "", re.sub(r"^\+44[ -]?(?:\(0\))?", "0", match[0]))
        yield Fact("phone number", match[0].strip(), frozenset([f"p:{digits}"]), at=match.start())


def same_box(address: str) -> str:
    """Write an email address so that its Welsh and its English form are one."""
    box, _, domain = address.lower().rstrip(".").partition("@")
    return f"{_SAME_BOXES.get(box, box)}@{same_domain(domain)}"


def same_domain(domain: str) -> str:
    """Write a domain so that its Welsh and its English form are one."""
    domain = domain.lower().removeprefix("www.")
    for ours, theirs in _SAME_DOMAINS.items():
        if domain == ours or domain.endswith(f".{ours}"):
            return domain[: len(domain) - len(ours)] + theirs
    return re.sub(r"\.(?:cymru|wales)$", ".wales", domain)


def _emails(text: str) -> Iterator[Fact]:
    for match in _EMAIL.finditer(text):
        yield Fact("email address", match[0], frozenset([f"e:{same_box(match[0])}"]), at=match.start())


def _blank(match: re.Match[str]) -> str:
    # A sign stands there, so that what is before does not run into what is after.
    return ";".ljust(len(match[0]))
