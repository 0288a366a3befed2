"""Headings and tables. In: a Reading. Out: findings on an outline that is hard to follow and on tables too wide."""

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from newsletter.check.reading import PostReading, excerpt, text_of
from newsletter.compiler import Finding, Severity

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_LONG_WITHOUT_HEADINGS = 800
_MOST_COLUMNS = 4
_LONGEST_HEADING = 120


def outline_findings(reading: PostReading) -> Iterator[Finding]:
    """Check headings and tables."""
    yield from _headings(reading)
    yield from _tables(reading)
    yield from _colours(reading)


def _headings(reading: PostReading) -> Iterator[Finding]:
    last, number = 0, 0
    for heading in reading.root.iter(*_HEADINGS):
        words, level = text_of(heading), int(str(heading.tag)[1])
        line = reading.line(words)
        if not words and heading.find(".//img") is None:
            yield Finding(
                Severity.WARNING,
                "a heading without words was left out. Write its words, or take it out of the post",
                None,
            )
            continue
        number += 1
        if last and level > last + 1:
            why = (
                f"the heading “{excerpt(words)}” skips from level {last} to {level}. It is now level {last + 1}. "
                "Check that this is right"
            )
            yield Finding(Severity.NOTE, why, line)
        if len(words) > _LONGEST_HEADING:
            yield Finding(
                Severity.NOTE,
                f"the heading “{excerpt(words)}” is {len(words)} letters. On a phone it fills the screen: shorten it",
                line,
            )
        last = level
    if not number:
        yield from _no_headings(reading)


def _no_headings(reading: PostReading) -> Iterator[Finding]:
    count = len(text_of(reading.root).split())
    if count > _LONG_WITHOUT_HEADINGS:
        yield Finding(
            Severity.NOTE,
            f"there are {count:,} words without a heading, which is hard to skim. Add a few: ## Like this",
        )
    bold = [each for each in reading.root.iter("p") if _is_bold(each)]
    if len(bold) > 1:
        words = text_of(bold[0])
        why = (
            f"“{excerpt(words)}” and {len(bold) - 1} more look like headings, but are only bold. Write ## before them, "
            "so that screen readers find them"
        )
        yield Finding(Severity.NOTE, why, reading.line(words))


def _is_bold(paragraph: HtmlElement) -> bool:
    words = text_of(paragraph)
    inner = paragraph[0] if len(paragraph) == 1 else None
    alone = (
        inner is not None and inner.tag in ("strong", "b") and text_of(inner) == words and inner.find(".//a") is None
    )
    return alone and len(words) < 80 and not words.endswith(".")


def _tables(reading: PostReading) -> Iterator[Finding]:
    for table in reading.root.iter("table"):
        rows = [[cell for cell in row if cell.tag in ("td", "th")] for row in table.iter("tr")]
        cells = [cell for row in rows for cell in row]
        columns = max((len(row) for row in rows), default=0)
        line = reading.line(next((text_of(cell) for cell in cells if text_of(cell)), ""))
        if columns > _MOST_COLUMNS:
            yield _wide_table(columns, cells, line)
        if columns > 1 and len(rows) > 1 and not any(cell.tag == "th" and text_of(cell) for cell in cells):
            why = (
                "a table has no headings, so people who hear it do not know what each cell is about. Name its columns "
                "in the first row"
            )
            yield Finding(Severity.NOTE, why, line)


def _wide_table(columns: int, cells: list[HtmlElement], line: int | None) -> Finding:
    if any(cell.get("colspan") or cell.get("rowspan") for cell in cells):
        why = (
            f"a table has {columns} columns and merged cells, so it does not fit on a phone. Split it into smaller "
            "tables"
        )
        return Finding(Severity.WARNING, why, line)
    return Finding(Severity.NOTE, f"a table has {columns} columns, so a phone shows it row by row", line)


_COLOUR = re.compile(r"(?:^|[;\s])(?:background(?:-color)?|color)\s*:\s*([^;]+)", re.IGNORECASE)


def _colours(reading: PostReading) -> Iterator[Finding]:
    """Say that colours were left out: the text could be unreadable in dark mode, and the theme has its own colours."""
    for element in reading.root.iter():
        if isinstance(element.tag, str) and text_of(element):
            found = _COLOUR.search(element.get("style") or "")
            colour = found[1].strip() if found else element.get("color") or element.get("bgcolor")
            if colour:
                words = text_of(element)
                why = (
                    f"the colour {colour} of “{excerpt(words)}” was left out, because it might not be readable in dark "
                    "mode. If the colour means something, say it in words"
                )
                yield Finding(Severity.NOTE, why, reading.line(words))
                return
