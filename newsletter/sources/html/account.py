"""The account of what is left out. In: elements that are dropped. Out: LeftOut entries that name their words.

A menu, a list of links, a form is one line with its word count; prose is quoted paragraph by paragraph; a picture is
named by its alt text or its file. So the words of a page are the words kept and the words named.
"""

from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from lxml.html import HtmlElement

from newsletter.sources.draft import LeftOut, Need
from newsletter.sources.html.reading import HEADINGS, TextRun, runs_of, words_of
from newsletter.sources.words import letters_of

_PROSE = 8  # words or more, most of them not in links: a paragraph, not an entry of a menu
_SENTENCE = 4  # words or more, if they end like a sentence
_ENDS = (".", "!", "?", "…", "。", "！", "？", "؟", ".”", ".“", ".»", ".”", ".'", '."')


class Account:
    """What was left out so far, in the order it was found, and the needs that follow from it."""

    def __init__(self) -> None:
        """Open an empty account."""
        self.left: list[LeftOut] = []
        self.needs: list[Need] = []
        # lxml searches a whole dropped tree for each element in it that is let go before the tree itself.
        self._dropped: list[HtmlElement] = []

    def drop(self, element: HtmlElement, what: str = "") -> None:
        """Take `element` out of its tree and name what it held: as one entry `what`, or entry by entry."""
        self.name(element, what)
        if element.getparent() is not None:
            element.drop_tree()
            self._dropped.append(element)

    def name(self, element: HtmlElement, what: str = "") -> None:
        """Name what `element` holds, and leave it where it is."""
        if isinstance(element.tag, str):
            self.left += [LeftOut(what, words_of(element))] if what and words_of(element) else entries_of(element)

    def words(self, words: str, what: str = "line") -> None:
        """Name words that have no element of their own."""
        if words.strip():
            self.left.append(LeftOut(what, " ".join(words.split())))

    def name_around(self, place: HtmlElement, article: HtmlElement, title: str = "") -> None:
        """Name everything below `place` except `article` and headings that repeat its `title`, which is kept."""
        self.left += _entries(run for run in runs_of(place, skip=article) if not _is_title(run, title))


def entries_of(element: HtmlElement) -> list[LeftOut]:
    """Name the content of `element`: each paragraph of prose, and everything between two of them as one entry."""
    return _entries(runs_of(element))


def is_prose(run: TextRun) -> bool:
    """Say whether a run of words is a piece of prose: a sentence, or several words that are not links."""
    count = run.count
    if run.linked > 0.6 * len(run.words):
        return False
    return count >= _PROSE or (count >= _SENTENCE and run.words.endswith(_ENDS))


def _entries(runs: Iterator[TextRun]) -> list[LeftOut]:
    found: list[LeftOut] = []
    menu: list[str] = []

    def close() -> None:
        if menu:
            found.append(LeftOut("menu" if len(menu) > 1 else "line", " ".join(menu)))
            menu.clear()

    for run in runs:
        if run.picture is not None:
            name = _picture(run.picture)
            if name:
                close()
                found.append(LeftOut("picture", name, counts=False))
        elif is_prose(run):
            close()
            found.append(LeftOut("text", run.words))
        elif run.words:
            menu.append(run.words)
    close()
    return found


def _is_title(run: TextRun, title: str) -> bool:
    return run.holder.tag in HEADINGS and bool(title) and letters_of(run.words) == letters_of(title)


def _picture(image: HtmlElement) -> str:
    """Name a picture that a reader would miss; icons and decoration get no name."""
    sizes = [size for name in ("width", "height") if (size := (image.get(name) or "").strip().removesuffix("px"))]
    if any(size.isdigit() and int(size) < 100 for size in sizes) or next(image.iterancestors("nav"), None) is not None:
        return ""
    alt = " ".join((image.get("alt") or "").split())
    return alt or unquote(urlsplit(image.get("src") or "").path.rpartition("/")[2])[:80]
