"""The table of what every mail must show, by number. In: a compiled post. Out: what is wrong with it.

Each rule is a function named for its number; what needs a browser (G3, G4, G5, the height of buttons) is judged by
``in_a_browser`` and the compiler's tests, SpamAssassin (G16) and the strict MJML of npm (G20) where those are tried.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from html import escape, unescape
from itertools import pairwise
from urllib.parse import unquote, urlsplit

from lxml.html import HtmlElement, document_fromstring

from newsletter import merge
from newsletter.compiler import CompiledEmail
from newsletter.message import Recipient
from newsletter.post import Post
from newsletter.sources.draft import LeftOut
from tests.quality.originals import text_of, words_of

READER = Recipient(1, 1, "sian@example.org", "Siân", "Prydderch")
VALUES = {
    "first_name": "Siân",
    "unsubscribe_url": "https://news.example.org/u/1",
    "preferences_url": "https://news.example.org/p/1",
    "web_url": "https://news.example.org/w/1",
}
_NOWHERE = "//fakehost"  # where pairs of pages say their relative links lead; the pages themselves know better
KEPT = 0.99  # of an article's words, in their order


@dataclass(frozen=True)
class Case:
    """A mail as one reader gets it, the post it was made of, and what its author had written where that is known."""

    name: str
    post: Post
    email: CompiledEmail
    words: Sequence[str] | None = None
    links: Sequence[str] = ()
    named: Sequence[LeftOut] = ()  # as left out
    whole: Sequence[str] | None = None  # the words of the page, where it was one
    html: str = field(init=False)
    text: str = field(init=False)
    root: HtmlElement = field(init=False)
    article: HtmlElement = field(init=False)

    def __post_init__(self) -> None:
        """Fill in what is the reader's own."""
        for name, value in {
            "html": merge.fill(self.email.html, VALUES, escape),
            "text": merge.fill(self.email.text, VALUES),
        }.items():
            object.__setattr__(self, name, value)
        object.__setattr__(self, "root", document_fromstring(self.html))
        object.__setattr__(self, "article", self.root.xpath("//*[@class='article']")[0])

    @property
    def body(self) -> HtmlElement:
        """The mail without its head."""
        found = self.root.find("body")
        assert found is not None
        return found


Rule = Callable[[Case], Iterator[str]]


def g2_size(case: Case) -> Iterator[str]:
    """Gmail hides the end of a large mail; what is too large must be an error."""
    size = len(case.html.encode())
    if size >= 100_000 and not any(finding.severity == "error" for finding in case.email.findings):
        yield f"{size:,} bytes, and no error"
    styles = sum(map(len, re.findall(r"<style.*?</style>", case.html, re.DOTALL)))
    if styles > 8_000:
        yield f"{styles:,} bytes of style sheets"


def g6_language(case: Case) -> Iterator[str]:
    """Clients strip html and body, so each child of the body says language and direction."""
    for element in (case.root, *case.body.iterchildren("div", "table", "p", "center")):
        if not element.get("lang") or element.get("dir") not in ("ltr", "rtl"):
            yield f"<{element.tag}> has no language or direction"
    for table in case.body.iter("table"):
        in_article = any(each is case.article for each in table.iterancestors())
        if not in_article and table.get("role") != "presentation":
            yield "a layout table is read out as a table"


def g7_outline(case: Case) -> Iterator[str]:
    """One h1, no level skipped, nothing empty."""
    levels = [int(str(each.tag)[1]) for each in case.body.iter("h1", "h2", "h3", "h4", "h5", "h6")]
    if levels[:1] != [1] or levels.count(1) != 1 or any(after - before > 1 for before, after in pairwise(levels)):
        yield f"headings {levels}"
    for element in case.body.iter("h1", "h2", "h3", "h4", "h5", "h6", "a", "th"):
        if not element.text_content().strip() and not any(image.get("alt") for image in element.iter("img")):
            yield f"an empty <{element.tag}>"


def g8_images(case: Case) -> Iterator[str]:
    """What is shown is described, reachable, of a known width and a known kind."""
    for image in case.body.iter("img"):
        src, width = image.get("src") or "", image.get("width") or ""
        if image.get("alt") is None or not width.isdigit() or not 0 < int(width) <= 552:
            yield f"alt or width of {src}"
        if not src.startswith(("https://", "http://")):
            yield f"an image at {src[:40]}"


def g9_inert(case: Case) -> Iterator[str]:
    """Nothing runs, nothing is sent, nothing is loaded but pictures."""
    for element in case.root.iter():
        if element.tag in ("script", "iframe", "form", "object", "embed", "svg", "math", "base", "input", "link"):
            yield f"<{element.tag}>"
        for name, value in element.attrib.items():
            active = re.match(r"\s*(?:javascript|vbscript|data):", str(value), re.IGNORECASE)
            if str(name).startswith("on") or (name in ("href", "src", "background") and active):
                yield f"{name}={str(value)[:40]}"


def g10_hosts(case: Case) -> Iterator[str]:
    """Only the author's pictures are fetched from anywhere."""
    if re.search(r"@import|url\(", case.html):
        yield "a style sheet fetches something"
    known = unescape(case.post.body + case.post.image + case.post.base_url)
    for image in case.body.iter("img"):
        host = urlsplit(image.get("src") or "").hostname or ""
        if host not in known and host != "news.example.org":
            yield f"{host} is asked for a picture"


def g14_words(case: Case) -> Iterator[str]:
    """The article's words stand in both parts, in their order."""
    if not case.words:
        return
    for part, text in (("HTML", html_words(case)), ("text", text_words(case))):
        kept = in_order(case.words, text)
        if kept < KEPT:
            yield f"{kept:.4f} of the words in the {part} part"


def g14_links(case: Case) -> Iterator[str]:
    """Every link of the article is in both parts, unless nobody could follow it."""
    hrefs = {_address(link.get("href") or "") for link in case.body.iter("a")}
    text = _address(case.text.replace("\n", ""))
    for link in case.links:
        if not re.match(r"https?:|mailto:|tel:|//", link, re.IGNORECASE) or re.search(r"\s", link.strip()):
            continue
        address = _address(link)
        if any(href in address.partition("?")[2] for href in hrefs if "//" in href):
            continue  # a redirector of one person, whose target is linked
        if address not in hrefs and not any(href.endswith(address.partition(_NOWHERE)[2] or "\0") for href in hrefs):
            yield f"{link} is not in the HTML part"
        if address.removeprefix(_NOWHERE).removeprefix("mailto:").removeprefix("tel:") not in text:
            yield f"{link} is not in the text part"


def g15_text(case: Case) -> Iterator[str]:
    """Lines fit, no address is broken, nothing trails, nothing is left of HTML."""
    written = unescape(case.post.body)
    for link in case.article.iter("a"):
        href = link.get("href") or ""
        address = href if "?" in href else re.sub("^(?:mailto|tel):", "", href)
        if address not in case.text:
            yield f"{address} is broken"
    for line in case.text.splitlines():
        if len(line) > 78 and "://" not in line and "@" not in line:
            yield f"a line of {len(line)} characters"
        if line != line.rstrip():
            yield "a line ends in a space"
    for entity in re.findall(r"&(?:[a-z]{2,8}|#\d{2,5});", case.text):
        if entity not in written and entity not in case.post.body.replace("&amp;", "&"):
            yield f"{entity} is not resolved"


def g18_residue(case: Case) -> Iterator[str]:
    """Nothing that a program should have filled in is left, unless the author wrote it."""
    written = unescape(case.post.body + case.post.title + case.post.subject)
    for text in (case.root.text_content(), case.text):
        for residue in re.findall(r"\{\{.{0,20}|\{%.{0,20}|@@\w+|\[caption|[\ue000-\uf8ff]", text):
            if residue[:2] not in written:
                yield f"“{residue}” is left"
    for link in case.body.iter("a"):
        if not link.get("href"):
            yield f"“{link.text_content()[:40]}” leads nowhere"


def g19_tables(case: Case) -> Iterator[str]:
    """Tables too wide for a phone are stacked, unless their cells are merged."""
    for table in case.article.iter("table"):
        merged = any(cell.get("colspan") or cell.get("rowspan") for cell in table.iter("td", "th"))
        columns = max((len(list(row.iterchildren("td", "th"))) for row in table.iter("tr")), default=0)
        if columns > 4 and not merged and next(table.iterdescendants("table"), None) is None:
            yield f"a table of {columns} columns"


def g21_images_off(case: Case) -> Iterator[str]:
    """With pictures off, a link that was only a picture still says something."""
    for link in case.body.iter("a"):
        if not link.text_content().strip() and not any((image.get("alt") or "").strip() for image in link.iter("img")):
            yield f"a link to {link.get('href')} is only a picture"


def sums(case: Case) -> Iterator[str]:
    """The words of a page are the words kept and the words named; nothing is lost without a word."""
    if case.whole is None:
        return
    named = Counter(word for left in case.named if left.counts for word in words_of(left.words))
    missing = Counter(case.whole) - Counter(html_words(case)) - named
    if missing:
        yield f"{missing.total()} of {len(case.whole)} words neither kept nor named: {' '.join(missing)[:200]}"
    surplus = named - Counter(case.whole)
    if surplus.total() > 0.02 * len(case.whole):
        yield f"{surplus.total()} words named that the page does not have, or more often: {' '.join(surplus)[:200]}"


def own_prose(case: Case) -> Iterator[str]:
    """What is named as left out is not the article itself."""
    article = f" {' '.join(case.words or ())} "
    lost = [left for left in case.named if left.what == "text" and f" {' '.join(words_of(left.words))} " in article]
    count = sum(len(words_of(left.words)) for left in lost)
    if case.words and count > 0.02 * len(case.words):
        yield f"{count} of {len(case.words)} words of the article are left out: {str(lost[0])[:200]}"


RULES: dict[str, Rule] = {
    "G2": g2_size, "G6": g6_language, "G7": g7_outline, "G8": g8_images, "G9": g9_inert, "G10": g10_hosts,
    "G14": g14_words, "G14-links": g14_links, "G15": g15_text, "G18": g18_residue, "G19": g19_tables,
    "G21": g21_images_off, "sums": sums, "own-prose": own_prose,
}  # fmt: skip


def html_words(case: Case) -> list[str]:
    """Read the words of the HTML part: title and article."""
    return words_of(case.post.title) + words_of(text_of(case.article))


def text_words(case: Case) -> list[str]:
    """Read the words of the text part."""
    return words_of(case.text)


def in_order(wanted: Sequence[str], found: Sequence[str]) -> float:
    """Tell what share of `wanted` stands in `found` in the same order: the longest common subsequence."""
    places: dict[str, list[int]] = {}
    for at, word in enumerate(found):
        places.setdefault(word, []).append(at)
    ends: list[int] = []
    for word in wanted:
        for at in reversed(places.get(word, ())):
            slot = bisect_left(ends, at)
            ends[slot : slot + 1] = [at]
    return len(ends) / len(wanted) if wanted else 1.0


def f1(wanted: Sequence[str], found: Sequence[str]) -> float:
    """Weigh what is missing against what is too much, word by word."""
    common = (Counter(wanted) & Counter(found)).total()
    return 2 * common / ((len(wanted) + len(found)) or 1)


def _address(address: str) -> str:
    # A whole address behind invisible letters is what its author meant, whatever a browser makes of it.
    address = re.sub("^.*?\u200b+(?=https?://)", "", unquote(unescape(address.strip()))).replace("\u200b", "")
    return re.sub(r"\s", "", re.sub(r"^(?:https?:)?(?=//)", "", address)).rstrip("/").lower()
