"""Makes data tables fit a phone. In: the article's tree. Out: the same, with columns weighed, or wide tables stacked.

A table that would break a word inside a cell at 390 px becomes a list of its rows, each cell under its header's name.
A table with merged cells is left in its shape.
"""

import re
from copy import deepcopy

from lxml.html import Element, HtmlElement

from newsletter.compiler.plaintext import header_cells

_NARROWEST = 330  # what a phone of 390 px leaves of a table, in px, and a little less
_PER_CHARACTER = 8.5  # px, the widest usual letters, at the font size of tables
_PADDING = 16
_MOST_COLUMNS = 4
_SIDES = ("left", "center", "right")
_AT_A_HYPHEN = re.compile(r"(?<=[^\W\d_]-)(?=[^\W\d_])")


def fit_tables(root: HtmlElement) -> None:
    """Weigh the columns of every table of `root`, and stack those that do not fit."""
    for table in list(root.iter("table")):
        if table.get("role"):
            continue
        _scope_headers(table)
        _say_once(table)
        if table.getparent() is None or any(True for _ in table.iterdescendants("table")):
            continue
        rows = [list(row.iterchildren("td", "th")) for row in table.iter("tr")]
        rows = [row for row in rows if row]
        if not rows or any(cell.get("colspan") or cell.get("rowspan") for row in rows for cell in row):
            continue
        widths = _widths(rows)
        if widths:
            for cell, width in zip(rows[0], widths, strict=False):
                cell.set("width", f"{width}%")
        else:
            _stack(table)


def _say_once(table: HtmlElement) -> None:
    """Style the table once, instead of every cell."""
    table.attrib.update({"cellpadding": "8", "cellspacing": "0"})
    for rows in table.iterchildren("thead", "tbody", "tfoot", "tr"):
        rows.set("valign", "top")


def _scope_headers(table: HtmlElement) -> None:
    for number, row in enumerate(table.iter("tr")):
        for cell in row.iterchildren("th"):
            if not cell.text_content().strip():
                cell.tag = "td"
            elif not cell.get("scope"):
                cell.set("scope", "col" if number == 0 else "row")
            if (side := cell.get("align", "").lower()) in _SIDES:
                # The style sheet aligns a header as its text runs, which would overrule the attribute.
                cell.set("style", f"text-align:{side}")


def _widths(rows: list[list[HtmlElement]]) -> list[int]:
    """Share out the width in percent so that no word breaks; return nothing where that is impossible."""
    columns = max(len(row) for row in rows)
    if columns > _MOST_COLUMNS:
        return []
    texts = [[cell.text_content().split() for row in rows for cell in row[n : n + 1]] for n in range(columns)]
    least = [max((_longest(word) for words in cells for word in words), default=1) for cells in texts]
    needed = [length * _PER_CHARACTER + _PADDING for length in least]
    if sum(needed) > _NARROWEST and columns > 1:
        return []
    wanted = [sum(len(" ".join(words)) for words in cells) / len(cells) for cells in texts]
    spare = max(_NARROWEST - sum(needed), 0)
    shares = [need + spare * want / (sum(wanted) or 1) for need, want in zip(needed, wanted, strict=True)]
    widths = [int(100 * share / sum(shares)) for share in shares]
    return [*widths[:-1], 100 - sum(widths[:-1])]


def _longest(word: str) -> int:
    """Count the characters of the longest part of `word`; a line may end at a hyphen between letters."""
    return max(map(len, _AT_A_HYPHEN.split(word)))


def _stack(table: HtmlElement) -> None:
    headers, rows = header_cells(list(table.iter("tr")))
    stack = Element("div", {"class": "stack"})
    for caption in table.iterchildren("caption"):
        caption.tag = "div"
        caption.set("class", "caption")
        stack.append(caption)
    names = [words for header in headers if (words := " ".join(header.text_content().split()))]
    if len(names) > 1:
        columns = Element("div", {"class": "caption"})
        columns.text = " · ".join(names)
        stack.append(columns)
    for row in rows:
        block = Element("div", {"class": "row"})
        for number, cell in enumerate(row.iterchildren("td", "th")):
            if len(cell) or (cell.text or "").strip():
                block.append(_named(cell, headers[number] if number < len(headers) else None))
        stack.append(block)
    stack.tail = table.tail
    parent = table.getparent()
    assert parent is not None
    parent.replace(table, stack)


def _named(cell: HtmlElement, header: HtmlElement | None) -> HtmlElement:
    line = Element("div", {"class": "cell"})
    if header is not None and header.text_content().strip():
        name = deepcopy(header)
        name.tag, name.tail = "strong", None
        name.attrib.clear()
        line.append(name)
        name.tail = ": " + (cell.text or "")
    else:
        line.text = cell.text
    line.extend(list(cell))
    return line
