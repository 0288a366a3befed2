"""The text part. In: the article's tree. Out: plain text in lines of 72, for mail without HTML.

Lists are numbered, quotes marked, tables read as "Header: value", every address stands once, as ``label <address>``.
An address is never broken.
"""

import re
from collections.abc import Callable, Iterator

from lxml.html import HtmlElement

from newsletter.compiler.article import HEADINGS, STRUCK
from newsletter.compiler.sanitise import BLOCKS

WIDTH = 72
_CODE = "    "


def to_text(root: HtmlElement) -> str:
    """Write the article as plain text, without a last line end."""
    return "\n\n".join(_Writer().blocks(root, WIDTH))


def wrap(text: str, width: int = WIDTH) -> str:
    """Fill lines of at most `width`, keeping the line ends of `text`; only an address may be longer."""
    return "\n".join(line for paragraph in text.split("\n") for line in _filled(paragraph, width))


def underline(heading: str, stroke: str) -> str:
    return f"{heading}\n{stroke * min(max(map(len, heading.splitlines())), WIDTH)}"


class _Writer:
    def __init__(self) -> None:
        self._addresses: set[str] = set()
        self._write: dict[str, Callable[[HtmlElement, int], list[str]]] = {
            **dict.fromkeys(HEADINGS, self._heading),
            "blockquote": self._quote,
            "ul": self._list,
            "ol": self._list,
            "dd": self._definition,
            "table": self._table,
            "pre": self._code,
            "hr": lambda _element, _width: ["* * *"],
        }

    def blocks(self, element: HtmlElement, width: int) -> list[str]:
        """Write what `element` holds: runs of text between blocks become paragraphs of their own."""
        written: list[str] = []
        run = element.text or ""
        for child in element:
            if _holds_blocks(child):
                written += self._paragraph(run, width)
                run = ""
                written += self._write.get(str(child.tag), self.blocks)(child, width)
                if child.tag == "a":
                    written += self._paragraph(self._address(child), width)
            else:
                run += self._inline(child)
            run += child.tail or ""
        return written + self._paragraph(run, width)

    def _paragraph(self, text: str, width: int) -> list[str]:
        filled = wrap(text.replace("\n", " ").replace(_BREAK, "\n"), width).strip("\n")
        return [filled] if filled else []

    def _inline(self, element: HtmlElement) -> str:
        if element.tag == "br":
            return _BREAK
        if element.tag == "img":
            return f"[{element.get('alt')}]" if element.get("alt") else ""
        if element.tag == "q":
            return f"“{self._inside(element)}”"
        if element.tag in STRUCK and self._inside(element).strip():
            return f"~~{self._inside(element)}~~"
        return self._link(element) if element.tag == "a" else self._inside(element)

    def _inside(self, element: HtmlElement) -> str:
        inner = "".join(self._inline(child) + (child.tail or "") for child in element)
        return (element.text or "") + inner

    def _link(self, link: HtmlElement) -> str:
        label = self._inside(link)
        words = label.strip()
        if _same(words, _shown(link)):
            self._addresses.add(_shown(link))
            return label.replace(words, _shown(link)) if words else _shown(link)
        address = self._address(link)
        return f"{label.rstrip()} {address}{' ' if label[-1].isspace() else ''}" if address else label

    def _address(self, link: HtmlElement) -> str:
        shown = _shown(link)
        if shown in self._addresses:
            return ""
        self._addresses.add(shown)
        return f"<{shown}>"

    def _heading(self, heading: HtmlElement, width: int) -> list[str]:
        return [underline(text, "-") for text in self.blocks(heading, width)]

    def _quote(self, quote: HtmlElement, width: int) -> list[str]:
        inner = "\n\n".join(self.blocks(quote, width - 2))
        return ["\n".join(f"> {line}".rstrip() for line in inner.split("\n"))] if inner else []

    def _list(self, element: HtmlElement, width: int) -> list[str]:
        items = []
        loose = False
        for mark, item in _marked(element):
            blocks = self.blocks(item, max(width - len(mark), 20))
            loose = loose or len([block for block in blocks if not block.startswith(("- ", "1. "))]) > 1
            items.append(_hung(mark, ("\n\n" if loose else "\n").join(blocks)))
        return [("\n\n" if loose else "\n").join(items)] if items else []

    def _definition(self, element: HtmlElement, width: int) -> list[str]:
        return [_hung("  ", block) for block in self.blocks(element, width - 2)]

    def _code(self, element: HtmlElement, width: int) -> list[str]:
        lines = element.text_content().expandtabs(4).strip("\n").split("\n")
        pieces = (piece for line in lines for piece in _cut_code(line, width - len(_CODE)))
        return ["\n".join((_CODE + piece).rstrip() for piece in pieces)]

    def _table(self, table: HtmlElement, width: int) -> list[str]:
        rows = list(table.iter("tr"))
        headers, rows = header_cells(rows)
        written = [text for caption in table.iter("caption") for text in self.blocks(caption, width)]
        names = [self._cell(cell) for cell in headers]
        if len(list(filter(None, names))) > 1 or any(len(_cells(row)) != len(names) for row in rows if names):
            # A recipient who reads row by row needs the names of the columns first, in their order.
            written += self._paragraph(" | ".join(filter(None, names)), width)
        names = [re.sub(r" <[^<>]*>", "", name) for name in names]
        for row in rows:
            cells = [self._cell(cell) for cell in _cells(row)]
            if names and len(names) == len(cells):
                lines = [f"{name}: {cell}" if name else cell for name, cell in zip(names, cells, strict=True) if cell]
            else:
                lines = [" | ".join(filter(None, cells))]
            written += self._paragraph(_BREAK.join(lines), width)
        return written

    def _cell(self, cell: HtmlElement) -> str:
        return " ".join(" ".join(self.blocks(cell, 100_000)).split())


def header_cells(rows: list[HtmlElement]) -> tuple[list[HtmlElement], list[HtmlElement]]:
    """Split a table into its header cells and the rows below; only a first row of th and empty cells is a header."""
    first = list(rows[0].iter("td", "th")) if rows else []
    heads = [cell for cell in first if cell.tag == "th" or not cell.text_content().strip()]
    if len(rows) > 1 and len(heads) == len(first) and any(cell.text_content().strip() for cell in first):
        return first, rows[1:]
    return [], rows


def _cells(row: HtmlElement) -> list[HtmlElement]:
    return list(row.iter("td", "th"))


_HOLDS_AN_ADDRESS = re.compile(r"://|\bmailto:|[^\s@<>]@[^\s@<>]+\.[^\s@<>]")
_BREAK = "\v"  # a line end that the author meant; no control character is left in a post


def _holds_blocks(element: HtmlElement) -> bool:
    return element.tag in BLOCKS or any(child.tag in BLOCKS for child in element.iterdescendants())


def _filled(paragraph: str, width: int) -> Iterator[str]:
    line = ""
    for word in (piece for each in paragraph.split() for piece in _short_enough(each, width)):
        if line and len(line) + 1 + len(word) > width:
            yield line
            line = word
        else:
            line = f"{line} {word}" if line else word
    yield line


def _short_enough(word: str, width: int) -> list[str]:
    # A script without spaces, or a run of dashes, must break somewhere; an address must not.
    return [word] if len(word) <= width or _HOLDS_AN_ADDRESS.search(word) else _cut(word, width)


def _cut(line: str, width: int) -> list[str]:
    pieces = [""]
    for atom in re.findall(f"[A-Za-z0-9]{{1,{width}}}|.", line):
        if pieces[-1] and len(pieces[-1]) + len(atom) > width:
            pieces.append("")
        pieces[-1] += atom
    return pieces


def _cut_code(line: str, room: int) -> list[str]:
    """Cut a line of code so that it goes on below its own indent."""
    indent = min(len(line) - len(line.lstrip()), room // 2)
    return [" " * indent + piece for piece in _cut(line[indent:], room - indent)]


def _shown(link: HtmlElement) -> str:
    """Return the address of `link` as it is read; one that begins a mail with a subject works only with its scheme."""
    href = str(link.get("href", ""))
    return href if "?" in href else href.removeprefix("mailto:").removeprefix("tel:")


def _same(label: str, address: str) -> bool:
    return not label or _bare(label) == _bare(address)


def _bare(address: str) -> str:
    return re.sub(r"^(?:https?://|mailto:|tel:)", "", address).rstrip("/")


def _marked(element: HtmlElement) -> Iterator[tuple[str, HtmlElement]]:
    number = _whole(element.get("start"), 1)
    for item in element.iterchildren("li"):
        number = _whole(item.get("value"), number)
        yield (f"{number}. " if element.tag == "ol" else "- "), item
        number += 1


def _whole(text: str | None, default: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 6 else default


def _hung(mark: str, text: str) -> str:
    first, *rest = text.split("\n")
    return "\n".join([(mark + first).rstrip(), *((" " * len(mark) + line).rstrip() for line in rest)])
