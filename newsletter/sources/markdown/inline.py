"""What stands in a line. In: an element's text and inline children. Out: Markdown of one paragraph.

Emphasis travels as private-use marks until its neighbours are known, because ``**word:**next`` would not be read
as bold: such a pair is written as HTML.
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
_SPACE = re.compile(r" ?[\t\n\r\f][ \t\n\r\f]*|  [ \t\n\r\f]*")  # all but the single spaces, which may stay
_PERHAPS_CHANGED = re.compile(r"[\\`*\[\]<~&_\t\n\r\f]")  # by _SPACE or by escape
_BREAKS = re.compile(" *\ue120[ \ue120]*")
_CLOSED_AND_OPENED = re.compile("\ue111( ?)\ue110|\ue113( ?)\ue112")


def inline(element: HtmlElement) -> str:
    """Write what stands in `element` as one paragraph, without spaces at its ends."""
    return tidy(inside(element))


def inside(element: HtmlElement, within: str = "") -> str:
    """Write text and children with marks still open; `within` are the marks that stand open around."""
    if len(element) == 0:
        return plain(element.text)
    pieces = [plain(element.text)]
    for child in element:
        pieces += [write(child, within), plain(child.tail)]
    return "".join(pieces)


def write(element: HtmlElement, within: str = "") -> str:
    """Write one inline element, without its tail."""
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
            return code_span("".join(str(text) for text in element.itertext()))
        case "input":
            return "[x] " if element.get("checked") is not None else "[ ] "
    words = inside(element, within)
    return f"“{words}”" if tag == "q" else words


def _kept_as_html(tag: str, element: HtmlElement, within: str) -> str:
    number = element.get("data-footnote")
    return f"[^{number}]" if number else f"<{tag}>{inside(element, within)}</{tag}>"


def tidy(run: str) -> str:
    """Close the marks of a run of inline Markdown, and turn its breaks into hard line breaks."""
    run = _SPACE.sub(" ", run)
    if run.isascii():
        return run.strip()
    if BREAK in run:
        run = _BREAKS.sub(BREAK, run)
    run = run.strip(f" {BREAK}")
    if _MARK.search(run):
        run = _signed(_CLOSED_AND_OPENED.sub(lambda gap: gap[1] or gap[2] or "", run))
    return run.replace(BREAK, "\\\n").strip()


def code_span(text: str) -> str:
    """Write inline code, fenced by more backticks than it holds."""
    text = " ".join(text.split())
    if not text:
        return ""
    fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def plain(text: str | None) -> str:
    """Write the words of a text node."""
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
    words, href = inside(link, within), (link.get("href") or "").strip()
    core = words.strip(f" {BREAK}")
    if not href or not core:
        return words
    before, _, after = words.partition(core)
    if re.fullmatch(r"\\\[[^\[\]]*\\\]", core):
        core = core[2:-2]  # brackets in the text stood for the link that it is now
    if "http" in core and "".join(link.itertext()).strip() == href and re.fullmatch(r"https?://[^\s<>]+", href):
        return f"{before}<{href}>{after}"
    return f"{before}[{core.replace(BREAK, ' ')}]({destination(href)}){after}"


def destination(address: str) -> str:
    """Write an address as the target of a link."""
    address = re.sub(r"\s", "%20", address).replace("<", "%3C").replace(">", "%3E").replace("\\", "%5C")
    # An address may hold a single bracket, which would end the link too early.
    return address if address.count("(") == address.count(")") == 0 else f"<{address}>"


def _image(image: HtmlElement) -> str:
    src = (image.get("src") or "").strip()
    alt = " ".join((image.get("alt") or "").split())
    if not src:
        return escape(alt)
    if image.get("alt") is None:
        # ![](…) would claim that the picture is only decoration.
        return f'<img src="{destination(src).strip("<>").replace(chr(34), "%22")}">'
    return f"![{escape(alt)}]({destination(src)})"


def _signed(run: str) -> str:
    """Give every pair of marks its sign, or HTML tags where the sign would not be read as one."""
    chosen: dict[int, str] = {}
    for marks, opened, closed in _pairs(run):
        sign, tag = _SIGNS[marks]
        if _opens(run, opened) and _closes(run, closed):
            chosen[opened], chosen[closed] = sign, sign
        else:
            chosen[opened], chosen[closed] = f"<{tag}>", f"</{tag}>"
    return _MARK.sub(lambda mark: chosen.get(mark.start(), ""), run)


def _pairs(run: str) -> Iterator[tuple[str, int, int]]:
    open_at: dict[str, list[int]] = {}
    for found in _MARK.finditer(run):
        marks = _PAIR_OF[found[0]]
        if found[0] == marks[0]:
            open_at.setdefault(marks, []).append(found.start())
        elif open_at.get(marks):
            yield marks, open_at[marks].pop(), found.start()


def _opens(run: str, at: int) -> bool:
    """Tell whether a sign at `at` would open: CommonMark's left-flanking run, stricter beside other signs."""
    before, after = _neighbour(run, at, -1), _neighbour(run, at, 1)
    if before in "*~" or (at and run[at - 1] in "\ue111\ue113\ue115"):
        return False
    return not after.isspace() and (_is_word(after) or not _is_word(before))


def _closes(run: str, at: int) -> bool:
    before, after = _neighbour(run, at, -1), _neighbour(run, at, 1)
    if after in "*~" or (at + 1 < len(run) and run[at + 1] in "\ue110\ue112\ue114"):
        return False
    return not before.isspace() and (_is_word(before) or not _is_word(after))


def _neighbour(run: str, at: int, step: int) -> str:
    """Find the letter beside `at` that is no mark; the end of a paragraph counts as a space."""
    at += step
    while 0 <= at < len(run) and run[at] in _PAIR_OF:
        at += step
    return run[at] if 0 <= at < len(run) and run[at] != BREAK else " "


def _is_word(letter: str) -> bool:
    return letter.isalnum() or (not letter.isascii() and letter.isalpha())
