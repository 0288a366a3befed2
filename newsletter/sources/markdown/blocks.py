"""Blocks. In: a cleaned tree. Out: Markdown, one blank line between blocks.

Runs of text between blocks become paragraphs of their own, so that a page of bare ``div`` reads as it looks.
"""

import re
from collections.abc import Callable

from lxml.html import Element, HtmlElement

from newsletter.sources.markdown.escape import escape_line_starts
from newsletter.sources.markdown.inline import as_paragraph, escaped_text, tidy, write
from newsletter.sources.markdown.tables import html_attribute, write_table

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_ITEM = re.compile(r"([-*]) |\d+([.)]) ")
_PLAYERS = ("iframe", "video", "audio", "embed")
_BLOCKS = frozenset(
    "address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer h1 h2 "
    "h3 h4 h5 "
    "h6 header hgroup hr html li main nav ol p pre section summary table tbody td tfoot th thead tr ul".split()
) | frozenset(_PLAYERS)


def to_markdown(root: HtmlElement) -> str:
    """Write the tree below `root` as Markdown, ending in one line end."""
    return "\n\n".join(_blocks(root)) + "\n"


def _blocks(element: HtmlElement) -> list[str]:
    if len(element) == 0:
        return _paragraph([escaped_text(element.text)])
    written: list[str] = []
    run: list[str] = [escaped_text(element.text)]
    for child in element:
        if not isinstance(child.tag, str):
            run.append(escaped_text(child.tail))
        elif _is_block(child):
            written += _paragraph(run)
            written += _apart(written, _block(child))
            run = [escaped_text(child.tail)]
        else:
            run += [write(child), escaped_text(child.tail)]
    return written + _paragraph(run)


def _apart(written: list[str], more: list[str]) -> list[str]:
    """Return `more` to stand behind `written`; two lists in a row would become one, so the second takes other marks."""
    if written and more and (marks := _marks(more[0])) and _marks(written[-1]) == marks:
        return [_other_marks(more[0]), *more[1:]]
    return more


def _marks(block: str) -> str:
    found = _ITEM.match(block)
    return (found[1] or found[2]) if found else ""


def _other_marks(block: str) -> str:
    if block.startswith("- "):
        return re.sub(r"^- ", "* ", block, flags=re.MULTILINE)
    return re.sub(r"^(\d+)\. ", r"\1) ", block, flags=re.MULTILINE)


def _paragraph(run: list[str]) -> list[str]:
    words = "".join(run)
    text = tidy(words) if words and not words.isspace() else ""
    return [escape_line_starts(text)] if text else []


def _block(element: HtmlElement) -> list[str]:
    tag = str(element.tag)
    if tag == "section" and element.get("data-footnote"):
        return _footnote(element)
    if tag in _HEADINGS:
        return _heading(element)
    if tag in _PLAYERS:
        return _player(element)
    if tag == "table":
        return write_table(element, _blocks)
    if tag == "hr":
        return ["---"]
    return _WRITERS[tag](element) if tag in _WRITERS else _turned(element, _blocks(element))


def _footnote(element: HtmlElement) -> list[str]:
    """Write a note of the end of an article; its further paragraphs are indented."""
    number = element.get("data-footnote")
    blocks = _blocks(element)
    return [_hung(f"[^{number}]: ", "\n\n".join(blocks), indent="    ")] if blocks else []


def _turned(element: HtmlElement, blocks: list[str]) -> list[str]:
    """Keep the direction of a block that differs from the direction around it."""
    if element.get("dir") != "rtl" or not blocks:
        return blocks
    return ['<div dir="rtl">', *blocks, "</div>"]


def _heading(heading: HtmlElement) -> list[str]:
    inner = len(heading) > 0 and _holds_block(heading)
    text = " ".join(" ".join(_blocks(heading)).split()) if inner else as_paragraph(heading).replace("\\\n", " ")
    text = re.sub(r"(?<!\\)(#+)$", r"\\\1", text)
    return [f"{'#' * int(str(heading.tag)[1])} {text}"] if text else []


def _list(element: HtmlElement) -> list[str]:
    if element.find("li") is None and element.find("ul") is None and element.find("ol") is None:
        # Old pages use a list without items to indent.
        return _blocks(element)
    _give_words_items(element)
    number = _whole(element.get("start"))
    items: list[str] = []
    loose = False
    for child in element:
        if not isinstance(child.tag, str):
            continue
        if child.tag in ("ul", "ol") and items:
            # Authors put a list directly inside a list and mean that it belongs to the item before.
            items[-1] = "\n".join([items[-1], *(_hung("  ", block) for block in _list(child))])
            continue
        blocks = _blocks(child) if child.tag == "li" else _block_or_line(child)
        if not blocks:
            continue
        mark = f"{number}. " if element.tag == "ol" else "- "
        tight = len(blocks) == 1 or all(_marks(block) for block in blocks[1:])
        loose = loose or not tight
        items.append(_hung(mark, ("\n" if tight else "\n\n").join(blocks)))
        number += 1
    return [("\n\n" if loose else "\n").join(items)] if items else []


def _give_words_items(element: HtmlElement) -> None:
    """Wrap words directly inside a list in an item, so that they are not lost."""
    if (element.text or "").strip():
        element.insert(0, Element("li"))
        element[0].text, element.text = element.text, None
    for child in list(element):
        if (child.tail or "").strip():
            item = Element("li")
            item.text, child.tail = child.tail, None
            child.addnext(item)


def _block_or_line(element: HtmlElement) -> list[str]:
    return _block(element) if _is_block(element) else _paragraph([write(element)])


def _whole(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else 1


def _hung(mark: str, text: str, indent: str = "") -> str:
    if "\n" not in text:
        return mark + text
    indent = indent or " " * len(mark)
    if text.isascii() and not text[-1].isspace() and not any(end in text for end in ("\n\n", " \n", "\t\n")):
        return mark + text.replace("\n", f"\n{indent}")
    first, *rest = text.split("\n")
    return "\n".join([mark + first, *((indent + line).rstrip() for line in rest)])


def _quote(quote: HtmlElement) -> list[str]:
    blocks = _blocks(quote)
    kind = quote.get("data-callout")
    inner = "\n\n".join(blocks)
    inner = f"[!{kind}]\n{inner}" if kind and inner else inner
    return ["\n".join(f"> {line}".rstrip() for line in inner.split("\n"))] if inner else []


def _code(element: HtmlElement) -> list[str]:
    for each in element.iter("br"):
        each.tail = "\n" + (each.tail or "")
    text = "".join(str(text) for text in element.itertext()).strip("\n")
    if not text.strip():
        return []
    fence = "`" * max(3, max(map(len, re.findall("`+", text)), default=0) + 1)
    named = re.search(r"(?:language|lang|brush)[-:]\s*([a-z0-9+#]+)", _classes(element), re.IGNORECASE)
    return [f"{fence}{named[1] if named else ''}\n{text}\n{fence}"]


def _classes(element: HtmlElement) -> str:
    inner = element.find("code")
    return " ".join(each.get("class") or "" for each in (element, inner) if each is not None)


def _term(term: HtmlElement) -> list[str]:
    """Write the term of a definition in bold; what is said of it follows as it is."""
    blocks = _blocks(term)
    return [f"**{blocks[0]}**", *blocks[1:]] if blocks and "**" not in blocks[0] else blocks


def _summary(summary: HtmlElement) -> list[str]:
    """Write what opens a toggle as bold words, unless it is a heading or bold already."""
    blocks = _blocks(summary)
    is_plain = len(blocks) == 1 and not blocks[0].startswith("#") and "*" not in blocks[0] and "\n" not in blocks[0]
    return [f"**{blocks[0]}**"] if is_plain else blocks


def _figure(figure: HtmlElement) -> list[str]:
    """Write a picture, and its caption as a paragraph in italics below it."""
    captions = [each for each in figure.iter("figcaption") if next(each.iterancestors("figure"), None) is figure]
    said = [text for caption in captions if (text := as_paragraph(caption))]
    for caption in captions:
        caption.drop_tree()
    return [*_blocks(figure), *(text if "*" in text or "<" in text else f"*{text}*" for text in said)]


def _player(player: HtmlElement) -> list[str]:
    source = player.get("src") or next((each.get("src") for each in player.iter("source") if each.get("src")), "")
    if not source:
        return _blocks(player)
    tag = "iframe" if player.tag == "embed" else str(player.tag)
    title = f' title="{html_attribute(player.get("title") or "")}"' if player.get("title") else ""
    return [f'<{tag} src="{html_attribute(source)}"{title}></{tag}>']


def _is_block(element: HtmlElement) -> bool:
    return element.tag in _BLOCKS or (len(element) > 0 and _holds_block(element))


def _holds_block(element: HtmlElement) -> bool:
    return any(each.tag in _BLOCKS for each in element.iterdescendants())


_WRITERS: dict[str, Callable[[HtmlElement], list[str]]] = {
    "ul": _list,
    "ol": _list,
    "blockquote": _quote,
    "pre": _code,
    "dt": _term,
    "summary": _summary,
    "figure": _figure,
}
