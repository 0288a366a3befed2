"""Tables. In: a table element. Out: a pipe table; HTML where cells are merged; blocks where it is layout."""

import re
from collections.abc import Callable, Iterator
from html import escape

from lxml import etree
from lxml.html import HtmlElement, tostring

from newsletter.sources.markdown.inline import as_paragraph

_BLOCKS = frozenset("p div ul ol dl pre blockquote table h1 h2 h3 h4 h5 h6 hr figure".split())
_ALIGNED = {"left": ":---", "center": ":---:", "right": "---:"}
_MOST_MARKS = 4  # a cell with more blocks is layout, not data
_has_spans = etree.XPath("boolean(descendant::*[@colspan or @rowspan])")


def write_table(table: HtmlElement, blocks: Callable[[HtmlElement], list[str]]) -> list[str]:
    """Write a table; `blocks` writes what stands in a cell of one that only lays out a page."""
    rows = [cells for row in _own_rows(table) if (cells := [cell for cell in row if cell.tag in ("td", "th")])]
    if not rows:
        return blocks(table)
    if _is_layout(table, rows):
        return [block for row in rows for cell in row for block in blocks(cell)]
    caption = [f"**{text}**" for each in table.iterchildren("caption") if (text := as_paragraph(each))]
    if _fits_pipes(table, rows):
        return [*caption, _pipes(rows)]
    return [_html(table)]


def _own_rows(table: HtmlElement) -> Iterator[HtmlElement]:
    """Yield the rows of a table, without those of tables in it, which are passed over."""
    walk = etree.iterwalk(table, events=("start",), tag=("tr", "table"))
    for _, each in walk:
        if each.tag == "tr":
            yield each
        elif each is not table:
            walk.skip_subtree()


def _is_layout(table: HtmlElement, rows: list[list[HtmlElement]]) -> bool:
    cells = [cell for row in rows for cell in row]
    if table.get("role") in ("presentation", "none") or max(len(row) for row in rows) == 1:
        return True
    if any(len(cell) and next(cell.iterdescendants("table"), None) is not None for cell in cells):
        return True
    headed = any(cell.tag == "th" for cell in cells) or any(True for _ in table.iterchildren("thead", "caption"))
    return not headed and max(map(_blocks_in, cells)) > _MOST_MARKS


def _blocks_in(cell: HtmlElement) -> int:
    return sum(1 for each in cell.iterdescendants() if each.tag in _BLOCKS) if len(cell) else 0


def _fits_pipes(table: HtmlElement, rows: list[list[HtmlElement]]) -> bool:
    cells = [cell for row in rows for cell in row]
    if _has_spans(table) and any(_whole(cell.get(span)) > 1 for cell in cells for span in ("colspan", "rowspan")):
        return False
    return all(_is_line(cell) for cell in cells if len(cell))


def _is_line(cell: HtmlElement) -> bool:
    """Tell whether a cell holds no blocks, or one paragraph."""
    blocks = _blocks_in(cell)
    return not blocks or (blocks == 1 and cell.find("p") is not None)


def _whole(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 6 else 1


def _pipes(rows: list[list[HtmlElement]]) -> str:
    columns = max(len(row) for row in rows)
    headed = all(cell.tag == "th" for cell in rows[0]) or any(True for _ in rows[0][0].iterancestors("thead"))
    written = [[_cell(cell) for cell in row] + [""] * (columns - len(row)) for row in rows]
    # A pipe table must open with a header row, so a table without headers gets an empty one.
    header = written.pop(0) if headed else [""] * columns
    under = [_alignment(rows[0][column] if column < len(rows[0]) else None) for column in range(columns)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (header, under, *written))


def _cell(cell: HtmlElement) -> str:
    return as_paragraph(cell).replace("\\\n", "<br>").replace("\n", " ").replace("|", "\\|")


def _alignment(cell: HtmlElement | None) -> str:
    if cell is None:
        return "---"
    styled = re.search(r"text-align:\s*(left|center|right)", cell.get("style") or "")
    return _ALIGNED.get(styled[1] if styled else (cell.get("align") or "").lower(), "---")


def _html(table: HtmlElement) -> str:
    """Write a table as HTML of one block: no blank line, because that would end it."""
    for element in table.iter():
        for name in list(element.attrib):
            if name not in ("colspan", "rowspan", "align", "scope", "href", "src", "alt", "start"):
                del element.attrib[name]
        if not isinstance(element.tag, str):
            element.text = None
    table.tail = None
    lines = str(tostring(table, encoding="unicode")).split("\n")
    return "\n".join(filter(None, map(str.strip, lines)))


def html_attribute(value: str) -> str:
    """Write `value` so that it may stand between double quotes."""
    return escape(" ".join(value.split()), quote=True)
