"""Writes what stands in a line. In: an element's text and inline children. Out: Markdown of one paragraph.

A sign is what Markdown writes for emphasis, such as ``**``. A mark is a private-use character that stands where
emphasis begins or ends. `tidy` turns marks into signs, because only the whole paragraph shows what stands beside each:
Markdown does not read ``**word:**next`` as bold, so that pair becomes HTML tags.
"""

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from newsletter.sources.markdown.escape import escape

BREAK = "\ue120"
_STRONG, _EM, _STRUCK = "\ue110\ue111", "\ue112\ue113", "\ue114\ue115"
_MARKED = dict.fromkeys(("strong", "b"), _STRONG) | dict.fromkeys(("em", "i", "cite", "dfn"), _EM)
_MARKED |= dict.fromkeys(("del", "s", "strike"), _STRUCK)
_SIGNS = {_STRONG: ("**", "strong"), _EM: ("*", "em"), _STRUCK: ("~~", "del")}
_PAIR_OF = {mark: pair for pair in _SIGNS for mark in pair}
_KEPT_AS_HTML = frozenset(("sub", "sup", "kbd", "mark"))
_MARK = re.compile("[\ue110-\ue115]")
_SPACE = re.compile(r" ?[\t\n\r\f][ \t\n\r\f]*|  [ \t\n\r\f]*")  # all white space but single spaces, which stay
_PERHAPS_CHANGED = re.compile(r"[\\`*\[\]<~&_\t\n\r\f]")  # what _SPACE or escape may change, besides two spaces
_BREAKS = re.compile(" *\ue120[ \ue120]*")
_CLOSED_AND_OPENED = re.compile("\ue111( ?)\ue110|\ue113( ?)\ue112")


def as_paragraph(element: HtmlElement) -> str:
    """Write what stands in `element` as one paragraph, without spaces at its ends."""
    return tidy(inside(element))


def inside(element: HtmlElement, within: str = "") -> str:
    """Write the text and the children of `element`, with marks for their emphasis.

    `within`: the marks of the emphasis around it; the same emphasis inside adds nothing.
    """
    if len(element) == 0:
        return escaped_text(element.text)
    pieces = [escaped_text(element.text)]
    for child in element:
        pieces += [write(child, within), escaped_text(child.tail)]
    return "".join(pieces)


def write(element: HtmlElement, within: str = "") -> str:
    """Write one inline element, without its tail; `within`: the marks of the emphasis around it."""
    tag = str(element.tag)
    if tag in _MARKED:
        marks = _MARKED[tag]
        return inside(element, within) if marks in within else _marked(inside(element, within + marks), marks)
    if tag in _KEPT_AS_HTML:
        return _kept_as_html(tag, element, within)
    match tag:
        case "br":
            return BREAK
        case "img":
            return _image(element)
        case "a":
            return _link(element, within)
        case "code" | "tt" | "samp":
            return _code(element)
        case "input":
            return "[x] " if element.get("checked") is not None else "[ ] "
    words = inside(element, within)
    return f"“{words}”" if tag == "q" else words


def _kept_as_html(tag: str, element: HtmlElement, within: str) -> str:
    """Write an element that Markdown has no sign for as HTML; a reference to a footnote becomes ``[^1]``."""
    number = element.get("data-footnote")
    return f"[^{number}]" if number else f"<{tag}>{inside(element, within)}</{tag}>"


def tidy(run: str) -> str:
    """Finish a paragraph: turn its marks into signs or HTML tags, and its breaks into hard line breaks."""
    run = _SPACE.sub(" ", run)
    if run.isascii():
        return run.strip()
    if BREAK in run:
        run = _BREAKS.sub(BREAK, run)
    run = run.strip(f" {BREAK}")
    if _MARK.search(run):
        run = _signed(_CLOSED_AND_OPENED.sub(lambda gap: gap[1] or gap[2] or "", run))
    return run.replace(BREAK, "\\\n").strip()


def _code(element: HtmlElement) -> str:
    for each in element.iter("br"):  # inline code is one line: without a space, the words beside a break would join
        each.tail = f" {each.tail or ''}"
    return code_span("".join(str(text) for text in element.itertext()))


def code_span(text: str) -> str:
    """Write inline code, fenced by more backticks than it holds."""
    text = " ".join(text.split())
    if not text:
        return ""
    fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def escaped_text(text: str | None) -> str:
    """Write the words of a text node: escaped, and with one space for any white space."""
    if not text or ("  " not in text and not _PERHAPS_CHANGED.search(text)):
        return text or ""
    return escape(_SPACE.sub(" ", text))


def _marked(words: str, marks: str) -> str:
    """Put marks around `words`; spaces and breaks at its ends stay outside, where Markdown wants them."""
    core = words.strip(f" {BREAK}")
    if not core:
        return words
    before, _, after = words.partition(core)
    return f"{before}{marks[0]}{core}{marks[1]}{after}"


def _link(link: HtmlElement, within: str) -> str:
    """Write a link; if it has no address or no words, write only what stands in it."""
    words, href = inside(link, within), (link.get("href") or "").strip()
    core = words.strip(f" {BREAK}")
    if not href or not core:
        return words
    before, _, after = words.partition(core)
    if re.fullmatch(r"\\\[[^\[\]]*\\\]", core):
        core = core[2:-2]  # [words]: the brackets said that a link belongs here, and now there is one
    if "http" in core and "".join(link.itertext()).strip() == href and re.fullmatch(r"https?://[^\s<>]+", href):
        return f"{before}<{href}>{after}"
    return f"{before}[{core.replace(BREAK, ' ')}]({destination(href)}){after}"


def destination(address: str) -> str:
    """Write an address as the target of a link, in angle brackets if it has parentheses."""
    address = re.sub(r"\s", "%20", address).replace("<", "%3C").replace(">", "%3E").replace("\\", "%5C")
    # A parenthesis without its partner would end the target too early; within angle brackets it does not.
    return address if address.count("(") == address.count(")") == 0 else f"<{address}>"


def _image(image: HtmlElement) -> str:
    src = (image.get("src") or "").strip()
    alt = " ".join((image.get("alt") or "").split())
    if not src:
        return escape(alt)
    if image.get("alt") is None:
        # It has no alt at all: ![](…) means alt="", which claims that the picture is only decoration.
        return f'<img src="{destination(src).strip("<>").replace(chr(34), "%22")}">'
    return f"![{escape(alt)}]({destination(src)})"


def _signed(run: str) -> str:
    """Replace each pair of marks by signs, or by HTML tags where Markdown would not read the signs as emphasis."""
    chosen: dict[int, str] = {}
    for marks, opened, closed in _pairs(run):
        sign, tag = _SIGNS[marks]
        if _opens(run, opened) and _closes(run, closed):
            chosen[opened], chosen[closed] = sign, sign
        else:
            chosen[opened], chosen[closed] = f"<{tag}>", f"</{tag}>"
    return _MARK.sub(lambda mark: chosen.get(mark.start(), ""), run)


def _pairs(run: str) -> Iterator[tuple[str, int, int]]:
    """Yield each pair of marks, and where its opening and its closing mark stand in `run`."""
    open_at: dict[str, list[int]] = {}
    for found in _MARK.finditer(run):
        marks = _PAIR_OF[found[0]]
        if found[0] == marks[0]:
            open_at.setdefault(marks, []).append(found.start())
        elif open_at.get(marks):
            yield marks, open_at[marks].pop(), found.start()


def _opens(run: str, at: int) -> bool:
    """Tell whether Markdown would read a sign in place of the mark at `at` as the beginning of emphasis.

    The rule is CommonMark's (left-flanking delimiter run), and stricter: not behind another sign, or a closing mark.
    """
    before, after = _neighbour(run, at, -1), _neighbour(run, at, 1)
    if before in "*~" or (at and run[at - 1] in "\ue111\ue113\ue115"):
        return False
    return not after.isspace() and (_is_word(after) or not _is_word(before))


def _closes(run: str, at: int) -> bool:
    """Tell the same for the end of emphasis (right-flanking): not before another sign, or an opening mark."""
    before, after = _neighbour(run, at, -1), _neighbour(run, at, 1)
    if after in "*~" or (at + 1 < len(run) and run[at + 1] in "\ue110\ue112\ue114"):
        return False
    return not before.isspace() and (_is_word(before) or not _is_word(after))


def _neighbour(run: str, at: int, step: int) -> str:
    """Return the nearest character before (`step` -1) or behind (1) `at` that is no mark.

    It is a space at a break, and where the paragraph begins or ends.
    """
    at += step
    while 0 <= at < len(run) and run[at] in _PAIR_OF:
        at += step
    return run[at] if 0 <= at < len(run) and run[at] != BREAK else " "


def _is_word(letter: str) -> bool:
    return letter.isalnum() or (not letter.isascii() and letter.isalpha())
