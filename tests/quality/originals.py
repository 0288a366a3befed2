"""What an author wrote, read without a line of our own readers. In: a file. Out: its posts, each with words and links.

A judge must not read with the eyes of whom it judges: this uses lxml, markdown-it, feedparser and zipfile alone. Where
only a person could tell the article from the page, `words` is None, unless NAME_expected.html lies beside it.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import feedparser
from lxml import etree
from lxml.html import HtmlElement, document_fromstring
from markdown_it import MarkdownIt
from mdit_py_plugins.footnote import footnote_plugin

from newsletter.sources import Choice

_NOT_READ = (
    *("script", "style", "template", "noscript", "form", "select", "button", "textarea", "svg", "math", "object"),
    *("iframe", "video", "audio", "head", "title"),
)
_BLOCKS = frozenset(
    (
        *("p", "div", "ul", "ol", "li", "dl", "dt", "dd", "table", "caption", "thead", "tbody", "tr", "td", "th"),
        *("blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "figure", "figcaption", "section", "article"),
        *("hr", "br", "body", "html", "details", "summary"),
    )
)
_WORDPRESS = r"\[/?(?:gallery|embed|video|audio|playlist|youtube|tweet|contact-form|gist|caption)\b[^\]]*\]"


@dataclass(frozen=True)
class Original:
    """One post of a file; `choice` names it where there are several."""

    name: str
    choice: Choice
    words: list[str] | None
    links: list[str]
    whole: list[str] | None = None  # everything a reader of the page sees, where it is a page
    pictured: dict[str, str] = field(default_factory=dict)  # links that show nothing but a picture, and its alt


def originals(path: Path) -> Iterator[Original]:
    """Yield the posts of the file at `path`."""
    content = path.read_bytes()
    kind = path.suffix.lower()
    text = content.decode("utf-8", "replace")
    if "_source." in path.name:
        expected = path.with_name(f"{path.name.partition('_source.')[0]}_expected.html")
        original = _of_html(path.name, expected.read_text(encoding="utf-8")) if expected.exists() else _unknown(path)
        own = _without_the_site(original.words, text) if original.words else original.words
        yield replace(original, words=own, whole=_seen(text) if kind in (".html", ".htm") else None)
    elif kind == ".md":
        yield _of_html(path.name, _markdown().render(_without_tags(_without_front_matter(text))))
    elif kind == ".docx":
        yield Original(path.name, Choice(), _of_word(content), [])
    elif b"wordpress.org/export" in content[:8000]:
        yield from _of_wordpress(content)
    elif re.search(rb"<(?:rss|feed|rdf:RDF)[\s>]", content[:3000]):
        yield from _of_feed(path.name, content)
    elif kind in (".html", ".htm") and (_front_matter(text) or not re.search(r"<(?:body|nav|header)\b", text)):
        yield _of_html(path.name, _without_tags(_without_front_matter(text)))
    else:
        yield _unknown(path)


def words_of(text: str) -> list[str]:
    """Read the words of a text: letters and digits, without case. An address is judged as a link, not by its words."""
    return [word.lower() for word in re.findall(r"[^\W_]+", re.sub(r"https?://[^\s<>]+", " ", text))]


def text_of(element: HtmlElement) -> str:
    """Read an element, blocks apart from each other."""
    pieces: list[str] = []
    for event, each in etree.iterwalk(element, events=("start", "end")):
        apart = "\n" if each.tag in _BLOCKS else ""
        if event == "start":
            pieces += [apart, each.text or ""] if isinstance(each.tag, str) else []
        else:
            pieces += [apart, (each.tail or "") if each is not element else ""]
    return "".join(pieces)


def _unknown(path: Path) -> Original:
    return Original(path.name, Choice(), None, [])


def _seen(html: str) -> list[str]:
    """Read everything that a page shows: not its head, not what is hidden, not what only programs read."""
    root: HtmlElement = document_fromstring(html)
    unseen = {"script", "style", "noscript", "template", "head", "svg", "object", "iframe", "video", "audio", "input"}
    for element in list(root.iter()):
        style = (element.get("style") or "").replace(" ", "").lower() if isinstance(element.tag, str) else ""
        hidden = isinstance(element.tag, str) and element.get("hidden") is not None
        hidden = hidden or "display:none" in style or "visibility:hidden" in style
        if element.getparent() is not None and (not isinstance(element.tag, str) or element.tag in unseen or hidden):
            element.drop_tree()
    return words_of(text_of(root))


def _without_the_site(words: list[str], html: str) -> list[str]:
    """Take away what a page says below its licence: it is said of the whole site, whatever an extractor expected."""
    root: HtmlElement = document_fromstring(html)
    own = f" {' '.join(words)} "
    for block in root.xpath("//a[@rel='license'][last()]/following::p"):
        own = own.replace(f" {' '.join(words_of(text_of(block)))} ", " ")
    return own.split() if len(own.split()) > 0.9 * len(words) else words  # else the licence stands above the article


def _of_html(name: str, html: str, choice: Choice | None = None) -> Original:
    if not html.strip():
        return Original(name, choice or Choice(), [], [])
    root: HtmlElement = document_fromstring(f"<div>{re.sub('<!--.*?-->', '', html, flags=re.DOTALL)}</div>")
    for element in list(root.iter(*_NOT_READ)):
        if element.getparent() is not None:
            element.drop_tree()
    links = [link.get("href") or "" for link in root.iter("a") if link.text_content().strip() or len(link)]
    pictured = {
        link.get("href"): " ".join(image.get("alt") or "" for image in link.iter("img"))
        for link in root.iter("a")
        if not link.text_content().strip()
    }
    found = list(dict.fromkeys(filter(None, links)))
    return Original(name, choice or Choice(), words_of(text_of(root)), found, pictured=pictured)


def _of_word(content: bytes) -> list[str]:
    space = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    fallback = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Choice"
    lines = []
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for part in ("word/document.xml", "word/footnotes.xml", "word/endnotes.xml"):
            if part in archive.namelist():
                root = etree.fromstring(archive.read(part))
                for shown_otherwise in list(root.iter(fallback)):
                    shown_otherwise.clear()
                for paragraph in root.iter(f"{space}p"):
                    own = (
                        each
                        for each in paragraph.iter(f"{space}t")
                        if next(each.iterancestors(f"{space}p")) is paragraph
                    )
                    lines.append("".join(each.text or "" for each in own))
    return words_of("\n".join(lines))


def _of_feed(name: str, content: bytes) -> Iterator[Original]:
    feed = feedparser.parse(io.BytesIO(content))
    entries = sorted(feed.entries, key=lambda entry: _moment(entry), reverse=True)
    for number, entry in enumerate(entries, start=1):
        html = max((each.value for each in entry.get("content", [])), key=len, default=entry.get("summary", ""))
        yield _of_html(f"{name} · {number}", html, Choice(number=number))


def _moment(entry: Any) -> tuple[int, ...]:
    return tuple(entry.get("published_parsed") or entry.get("updated_parsed") or ())[:6]


def _of_wordpress(content: bytes) -> Iterator[Original]:
    root = etree.fromstring(content, etree.XMLParser(recover=True, resolve_entities=False))
    for item in root.iter("item"):
        said = {
            str(each.tag).rpartition("}")[2]: "".join(map(str, each.itertext()))
            for each in item
            if isinstance(each.tag, str)
        }
        stored = next(
            ("".join(map(str, each.itertext())) for each in item if str(each.tag).endswith("content/}encoded")), ""
        )
        title = said.get("title", "").strip()
        if said.get("post_type") in ("post", "page") and stored.strip() and title:
            stored = re.sub(
                r'\[caption[^\]]*caption="([^"]*)"[^\]]*\](.*?)\[/caption\]', r"\2 \1", stored, flags=re.DOTALL
            )
            stored = re.sub(r"^\s*https?://\S+\s*$", "", re.sub(_WORDPRESS, "", stored), flags=re.MULTILINE)
            yield _of_html(title, stored, Choice(title=title))


def _front_matter(text: str) -> re.Match[str] | None:
    return re.match(
        r"\s*---[ \t]*\n.*?^---[ \t]*$\n?|\s*\+\+\+[ \t]*\n.*?^\+\+\+[ \t]*$\n?", text, re.DOTALL | re.MULTILINE
    )


def _without_front_matter(text: str) -> str:
    found = _front_matter(text)
    return text[found.end() :] if found else text


def _without_tags(text: str) -> str:
    """Take out what a site generator runs and nobody reads."""
    text = re.sub(r"\{%-?\s*(?:raw|endraw|highlight.*?|endhighlight)\s*-?%\}", "", text)
    text = re.sub(r'\{\{\s*"([^"]*)"\s*\|[^}]*\}\}', r"\1", text)
    return re.sub(r"\{%.*?%\}|\{\{\s*(?:site|page)\..*?\}\}|\{:?\s*[.#][^}]*\}", "", text, flags=re.DOTALL)


@cache
def _markdown() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"linkify": True}).enable(["table", "strikethrough", "linkify"])
    parser.use(footnote_plugin)
    assert parser.linkify is not None
    parser.linkify.set({"fuzzy_link": False})
    for unread in ("footnote_ref", "footnote_anchor"):
        parser.add_render_rule(unread, lambda *_: "")
    return parser
