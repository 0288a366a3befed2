"""What only the network can tell. In: a CompiledEmail. Out: findings on dead links and heavy pictures.

It requests each address once, with the guards of every fetch, and changes nothing there.
"""

import re
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor

from lxml.html import document_fromstring

from newsletter.check.reading import PostReading, excerpt
from newsletter.compiler import CompiledEmail, Finding, Severity
from newsletter.errors import FetchRefused
from newsletter.publish.picture import dimensions
from newsletter.sources.fetch import Fetched, Limits, fetch

PATIENT = Limits(most_bytes=3_000_000, seconds=6.0)
MOST_ASKED = 100
_AT_ONCE = 12
_HEAVY = 1_000_000
_GONE = re.compile(r"answered (?:404|410)|no such host")
_NOT_TOLD = re.compile(r"answered (?:400|401|403|405|406|429|501|503|999)")


def online_findings(
    reading: PostReading, email: CompiledEmail, limits: Limits = PATIENT, spared: Collection[str] = ()
) -> list[Finding]:
    """Request every link and picture of `email`, except the addresses in `spared`, which are not published yet."""
    root = document_fromstring(email.html)
    links = _addresses([each.get("href") or "" for each in root.iter("a")], spared)
    widths = {each.get("src") or "": each.get("width") or "" for each in root.iter("img")}
    images = _addresses(list(widths), spared)
    asked = [(address, "link") for address in links] + [(address, "picture") for address in images]
    if not asked:
        return []
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = list(pool.map(lambda each: _ask(each[0], each[1], limits), asked[:MOST_ASKED]))
    if all(isinstance(answer, FetchRefused) and "no such host" in str(answer) for answer in answers):
        return [Finding(Severity.NOTE, "no link could be tried. This machine may be offline")]
    tried = zip(asked, answers, strict=False)
    findings = [_finding(what, kind, answer, reading, widths.get(what, "")) for (what, kind), answer in tried]
    more = len(asked) - MOST_ASKED
    left = [Finding(Severity.NOTE, f"{more:,} more links and pictures were not tried")] if more > 0 else []
    return [*(finding for finding in findings if finding is not None), *left]


def _addresses(found: Sequence[str], spared: Collection[str]) -> list[str]:
    asked = (each for each in found if each.startswith(("http://", "https://")) and "\ue000" not in each)
    return [each for each in dict.fromkeys(asked) if each not in spared]


def _ask(address: str, kind: str, limits: Limits) -> Fetched | FetchRefused:
    try:
        return fetch(address, limits, "GET" if kind == "picture" else "HEAD")
    except FetchRefused as refusal:
        if kind == "link" and not _GONE.search(str(refusal.particulars["why"])) and "answered" in str(refusal):
            # Some servers answer HEAD wrongly, so a GET, as a browser sends it, decides.
            try:
                return fetch(address, limits, "GET")
            except FetchRefused as again:
                return again
        return refusal


def _finding(
    address: str, kind: str, answer: Fetched | FetchRefused, reading: PostReading, width: str
) -> Finding | None:
    line = reading.line(address)
    if isinstance(answer, FetchRefused):
        why = str(answer.particulars["why"])
        if _NOT_TOLD.search(why):
            return None
        gone = "readers would find nothing there" if kind == "link" else "readers would see a gap"
        why = f"the {kind} {excerpt(address, 100)} cannot be reached ({why}), so {gone}. Correct its address"
        return Finding(Severity.WARNING, why, line)
    why = _unfit(answer, width) if kind == "picture" else ""
    return Finding(Severity.WARNING, f"the picture {excerpt(address, 100)} {why}", line) if why else None


def _unfit(picture: Fetched, width: str) -> str:
    """Say what is wrong with a fetched picture; empty if nothing is."""
    if not picture.media_type.startswith("image/"):
        return f"is not a picture but {picture.media_type}, so readers would see a gap"
    size = dimensions(picture.content)
    if size is None:
        return "cannot be read as a picture, so readers would see a gap"
    if len(picture.content) > _HEAVY:
        heavy = f"{len(picture.content) / 1_000_000:.1f} MB and {size[0]:,} px wide"
        return (
            f"is {heavy}. On a phone it loads slowly, and uses up people's data. Put it beside the post, where it is "
            "made smaller"
        )
    if width.isdigit() and size[0] < 0.8 * int(width):
        return f"is {size[0]} px wide but shown {width} px wide, so it is blurred. Use a larger one, or set its width"
    return ""
