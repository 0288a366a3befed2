"""Header rows of tables. In: the article's tree. Out: no row without words; a first row that is a header is made of th.

Word, Google Docs and web editors make headers of plain cells: in a thead, all in bold, or merged over columns.
"""

from lxml.html import HtmlElement

_BOLD = ("strong", "b")


def head_tables(root: HtmlElement) -> None:
    """Make the first row of each table of `root` a header where its author meant one."""
    for table in list(root.iter("table")):
        if any(True for _ in table.iterdescendants("table")):
            continue
        _drop_empty_rows(table)
        rows = [row for row in table.iter("tr") if len(row)]
        if len(rows) > 1 and not table.findall(".//th") and _heads(rows[0], rows[1:]):
            for cell in rows[0].iterchildren("td"):
                cell.tag = "th" if _says(cell) else "td"


def _drop_empty_rows(table: HtmlElement) -> None:
    # A cell that spans several rows also counts rows that have no cell of their own.
    if table.findall(".//*[@rowspan]"):
        return
    for row in list(table.iter("tr")):
        if not _says(row) and not row.findall(".//img"):
            row.drop_tree()


def _heads(first: HtmlElement, rest: list[HtmlElement]) -> bool:
    cells = [cell for cell in first if _says(cell)]
    if not cells:
        return False
    parent = first.getparent()
    merged = any(cell.get("colspan", "1") != "1" for cell in first) and any(len(row) > len(first) for row in rest)
    return merged or (parent is not None and parent.tag == "thead") or all(map(_is_bold, cells))


def _is_bold(cell: HtmlElement) -> bool:
    bold = "".join(_says(each) for each in cell.iter(*_BOLD))
    return "".join(bold.split()) == "".join(_says(cell).split())


def _says(element: HtmlElement) -> str:
    return "".join(str(text) for text in element.itertext()).strip()
