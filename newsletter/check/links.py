"""Checks the links of a post. In: a Reading. Out: findings.

A link must lead to a place that its readers can reach, say where it goes, and not show another address than its own.
"""

import ipaddress
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from newsletter.check.reading import PostReading, excerpt, text_of
from newsletter.compiler import Finding, Severity
from newsletter.sources.needs import appendices_without_links, labels_without_links, words_outside_links

# The words of a link that do not say where it goes: "click here", "read more".
_GENERIC = re.compile(
    r"(?:please )?(?:click|press|tap|follow|see|read|go)?\s*(?:this |the |on )?(?:here|link|more|this|page|"
    r"website|details|info|read more|learn more|"
    r"find out more|more info(?:rmation)?|continue reading|download|url)|(?:cliciwch )?yma|"
    r"darllen(?:wch)? (?:mwy|rhagor)|mwy|rhagor|y ddolen(?: hon)?",
    re.IGNORECASE,
)
# The addresses of pages where an author edits or reads mail, so that readers would be asked to log in.
_EDITING = re.compile(
    r"docs\.google\.com/[^?#]*/edit|/wp-admin/|[?&]preview(?:_id|_nonce)?=|mail\.google\.com/|outlook\.(?:office|live)\.com/mail|"
    r"sharepoint\.com/.*(?:_layouts/15/Doc|:w:/r/)|/admin/|localhost",
    re.IGNORECASE,
)
_LONG_ADDRESS = 60
"""The most characters of an address that a link may show: screen readers spell it out."""


def link_findings(reading: PostReading) -> Iterator[Finding]:
    """Check every link that has words, and words that look like a link but are none; pass over pictures as links."""
    targets: dict[str, str] = {}
    for link in reading.root.iter("a"):
        words, href = text_of(link), link.get("href")
        if not words:
            yield from _of_picture(reading, link)
            continue
        line = reading.line(words)
        if href is None:
            if not link.get("name") and not link.get("id"):
                yield Finding(
                    Severity.WARNING, f"“{excerpt(words)}” looks like a link, but has no address. Give it one", line
                )
            continue
        yield from _address(href.strip(), words, reading.line(href) or line)
        yield from _label(words, href.strip(), line)
        before = targets.setdefault(words.lower(), href)
        if before != href and not _GENERIC.fullmatch(words.strip(" .!:»›→")):
            why = (
                f"two links say “{excerpt(words)}” and lead to different places. Screen readers list links on their "
                "own, so people cannot tell the two apart: use different words"
            )
            yield Finding(Severity.NOTE, why, line)
    yield from _words_for_links(reading)


def _of_picture(reading: PostReading, link: HtmlElement) -> Iterator[Finding]:
    """Check the address of a link whose only content is a picture."""
    picture, href = link.find(".//img"), (link.get("href") or "").strip()
    if picture is not None and href:
        words = picture.get("alt") or (picture.get("src") or "").rpartition("/")[2] or "picture"
        yield from _address(href, words, reading.line(href, words))


def _label(words: str, href: str, line: int | None) -> Iterator[Finding]:
    """Check that the words of a link say where it goes."""
    if _GENERIC.fullmatch(words.strip(" .!:»›→>…")):
        why = (
            f"the link “{excerpt(words)}” does not say where it goes. Screen readers list links on their own: use "
            "words such as “what the council decided”."
        )
        yield Finding(Severity.WARNING, why, line)
    elif "://" in words and len(words) > _LONG_ADDRESS and words.strip() == href:
        why = f"screen readers spell out the address {excerpt(words)}. Put it behind words: [words](address)"
        yield Finding(Severity.NOTE, why, line)


def _address(href: str, words: str, line: int | None) -> Iterator[Finding]:
    """Check that an address is complete, of a kind that mail programs open, and within readers' reach."""
    if re.fullmatch(r"#?|https?:/{0,2}|www\.|mailto:|tel:|url|TODO|xxx+", href, re.IGNORECASE):
        yield Finding(
            Severity.ERROR,
            f"the link “{excerpt(words)}” has no address yet, only “{href}”. Give it one",
            line,
        )
        return
    if re.match(r"(?:javascript|vbscript|data|file|blob|about):", href, re.IGNORECASE):
        scheme = href.partition(":")[0]
        yield Finding(
            Severity.ERROR,
            f"the link “{excerpt(words)}” is a {scheme}: address, which no mail program opens. Give it a web address",
            line,
        )
        return
    if re.match(r"[a-z]:(?:[\\/]|%5c)", href, re.IGNORECASE):
        why = f"the link “{excerpt(words)}” leads to a place on your own computer. Put the file beside the post"
        yield Finding(Severity.ERROR, f"{why} and write its name alone", line)
        return
    if href.lower().startswith("mailto:"):
        if not re.fullmatch(r"mailto:[^@\s?]+@[^@\s?.]+\.[^@\s?]+(?:\?.*)?", href, re.IGNORECASE):
            why = f"“{excerpt(href)}” is not an email address, so readers who use the link get an error. Correct it"
            yield Finding(Severity.ERROR, why, line)
        return
    yield from _host(href, words, line)


def _host(href: str, words: str, line: int | None) -> Iterator[Finding]:
    """Check that readers can reach the host without a login, and that the words show no other host."""
    try:
        parts = urlsplit(href)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        yield Finding(
            Severity.ERROR, f"the link “{excerpt(words)}” has an address with a mistake in it: {excerpt(href)}", line
        )
        return
    if re.match(r"www\.[\w-]+\.", href) or (parts.scheme in ("http", "https") and not host):
        yield Finding(
            Severity.ERROR,
            f"the link “{excerpt(words)}” does not work without https://: put that before “{excerpt(href)}”",
            line,
        )
    elif is_private(host):
        yield Finding(
            Severity.ERROR,
            f"the link “{excerpt(words)}” leads to {host}, which only your own network can reach",
            line,
        )
    elif _EDITING.search(href):
        why = (
            f"the link “{excerpt(words)}” leads to the page where you edit, so readers would be asked to log in. Give "
            "it the address of the published page"
        )
        yield Finding(Severity.WARNING, why, line)
    elif "://" in words and (shown := _host_of(words)) and host and shown != host.removeprefix("www."):
        why = (
            f"a link shows {shown} but leads to {host}, which looks like fraud to readers and to spam filters. Show "
            "the address it leads to, or words"
        )
        yield Finding(Severity.WARNING, why, line)


def _host_of(words: str) -> str:
    """Return the host of the address that `words` begin with, without "www."; empty if they begin with none."""
    try:
        return (urlsplit(words.strip().split()[0]).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def is_private(host: str) -> bool:
    """Tell whether readers cannot reach `host`, because it is on a private network or on this machine.

    Only the name or IP address itself is looked at; no name server is asked.
    """
    if host.endswith((".local", ".localhost", ".internal", ".lan", ".home.arpa", ".intranet", ".corp", ".home")):
        return True
    try:
        return not ipaddress.ip_address(host.partition("%")[0]).is_global
    except ValueError:
        return bool(host) and "." not in host  # a name without a dot is looked up in the own network only


def _words_for_links(reading: PostReading) -> Iterator[Finding]:
    """Find words that should be a link: words in brackets, and lines that begin with the name of an appendix."""
    outside = words_outside_links(reading.root)
    for need in labels_without_links(outside):
        why = f"“[{need.words}]” looks like a link without an address. Add its address: [words](https://…)"
        yield Finding(Severity.WARNING, why, reading.line(need.words.rstrip("…")))
    lines = [text_of(each) for each in reading.root.iter("p", "li") if each.find(".//a") is None]
    for need in appendices_without_links(dict.fromkeys(lines)):
        why = f"“{excerpt(need.words)}” names a document, but does not link to it. Add [words](https://… or file.pdf)"
        yield Finding(Severity.WARNING, why, reading.line(need.words.rstrip("…")))
