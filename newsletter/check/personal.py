"""Links that belong to one person. In: a Reading. Out: findings, each with its line and what to write instead."""

from collections.abc import Iterator

from newsletter.check.reading import PostReading, excerpt, text_of
from newsletter.compiler import Finding, Severity
from newsletter.sources.redirectors import address_in, names_recipient, unwrapped, without_trackers


def personal_findings(reading: PostReading) -> Iterator[Finding]:
    """Check where each link and picture leads: not through a personal redirector, nor with an address in it."""
    for element in reading.root.iter("a", "img"):
        address = (element.get("href") or element.get("src") or "").strip()
        words = text_of(element) or element.get("alt") or address
        if address.lower().startswith(("http://", "https://")):
            yield from _address(address, words, reading.line(address) or reading.line(words))


def _address(address: str, words: str, line: int | None) -> Iterator[Finding]:
    found = unwrapped(address)
    somebody = address_in(address)
    if found.is_personal:
        why = f"goes through {found.wrapper} and was made for one person. Open it, and use the address it leads to"
        yield Finding(Severity.ERROR, f"the link “{excerpt(words)}” {why}", line)
    elif found.address not in (address, without_trackers(address)):
        why = f"goes through a redirector that was made for one person. Use {excerpt(found.address)} instead"
        yield Finding(Severity.ERROR, f"the link “{excerpt(words)}” {why}", line)
    elif somebody:
        why = f"has the address {somebody} in it, which every reader would see. Take it out of the link"
        yield Finding(Severity.ERROR, f"the link “{excerpt(words)}” {why}", line)
    elif found.address != address:
        why = f"tells the website who clicked. Use {excerpt(found.address)} instead"
        severity = Severity.ERROR if names_recipient(address) else Severity.WARNING
        yield Finding(severity, f"the link “{excerpt(words)}” {why}", line)
