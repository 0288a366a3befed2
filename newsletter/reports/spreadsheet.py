"""A report as a spreadsheet (.xlsx), with charts of its own. The only file that uses XlsxWriter.

A sheet for each chart: its sentence, its numbers, and below them the drawing. Words are written as words, so that no
subject of an issue becomes a formula or a link.
"""

import re
from typing import Any, BinaryIO

import xlsxwriter

from newsletter.languages import Language
from newsletter.reports.cells import Cell, shown
from newsletter.reports.chart import Chart, ChartSeries, ChartShape, Figures

COLOURS = ("#0b6650", "#a4342a", "#6a4a9c", "#10312a")
_PATTERNS = (None, "wide_upward_diagonal", "dotted_diamond", "small_grid")
_DASHES = ("solid", "dash", "round_dot", "long_dash")
_MARKERS = ("circle", "square", "triangle", "diamond")
_KINDS = {ChartShape.BARS: "bar", ChartShape.COLUMNS: "column", ChartShape.LINES: "line", ChartShape.MONTHS: "column"}
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\]")
FIRST_ROW = 4
"""The row of the headings; above it are the title, the sentence, and the note."""


def write_spreadsheet(figures: Figures, language: Language, out: BinaryIO) -> None:
    """Write a report as .xlsx."""
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": figures.title, "author": figures.organisation})
    book.set_calc_mode("auto")
    styles = {
        "title": book.add_format({"bold": True, "font_size": 16}),
        "head": book.add_format({"bold": True, "text_wrap": True, "bottom": 1, "valign": "bottom"}),
        "words": book.add_format({"text_wrap": True, "valign": "top"}),
        "count": book.add_format({"num_format": "#,##0", "valign": "top"}),
        "rate": book.add_format({"num_format": "#,##0.0", "valign": "top"}),
        "few": book.add_format({"align": "right", "valign": "top", "italic": True}),
    }
    _cover(book.add_worksheet(_sheet_name(language.say("Report"), 0)), figures, styles)
    for number, chart in enumerate(figures.charts, 1):
        _sheet(book, _sheet_name(chart.title, number), chart, styles, language)
    book.close()


def _cover(sheet: Any, figures: Figures, styles: dict[str, Any]) -> None:
    sheet.set_column(0, 0, 100)
    sheet.write_string(0, 0, figures.title, styles["title"])
    for row, sentence in enumerate((figures.organisation, *figures.sentences, *figures.closing), 1):
        sheet.write_string(row, 0, sentence, styles["words"])


def _sheet_name(title: str, number: int) -> str:
    """Return a name that Excel takes: 31 characters at most, without []:*?/\\, and no name twice."""
    return f"{number} {_NOT_IN_NAMES.sub(' ', title)}"[:31].strip("' ")


def _sheet(book: Any, name: str, chart: Chart, styles: dict[str, Any], language: Language) -> None:
    sheet, show = book.add_worksheet(name), shown(language)
    sheet.set_column(0, 0, 38)
    sheet.set_column(1, 12, 14)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.freeze_panes(FIRST_ROW + 1, 1)
    for row, words in enumerate((chart.title, chart.sentence, chart.note)):
        sheet.write_string(row, 0, words, styles["title"] if row == 0 else None)
    columns = [chart.head, *(each.name for each in chart.series)]
    for column, head in enumerate(columns):
        sheet.write_string(FIRST_ROW, column, head, styles["head"])
    for row, label in enumerate(chart.labels, FIRST_ROW + 1):
        sheet.write_string(row, 0, label, styles["words"])
        for column, series in enumerate(chart.series, 1):
            _write(sheet, row, column, series.values[row - FIRST_ROW - 1], styles, show)
    if chart.shape:
        drawing = _drawing(book, sheet.get_name(), chart)
        place = FIRST_ROW + len(chart.labels) + 3
        sheet.insert_chart(place, 0, drawing, {"description": chart.sentence, "object_position": 3})


def _write(sheet: Any, row: int, column: int, cell: Cell, styles: dict[str, Any], show: Any) -> None:
    if isinstance(cell, int | float):
        sheet.write_number(row, column, cell, styles["rate" if isinstance(cell, float) else "count"])
    elif cell is not None:
        sheet.write_string(row, column, show(cell), styles["few"])


def _drawing(book: Any, sheet: str, chart: Chart) -> Any:
    kind = _KINDS[chart.shape or ChartShape.BARS]
    options = {"type": kind}
    if chart.shape is ChartShape.MONTHS:
        options["subtype"] = "clustered"
    drawing = book.add_chart(options)
    last = FIRST_ROW + len(chart.labels) - chart.sums
    drawn = list(chart.drawn)
    level = drawn.pop() if chart.shape is ChartShape.MONTHS else None
    for number, series in enumerate(drawn):
        drawing.add_series(_series(sheet, chart, series, number, last, kind == "line"))
    if level:
        line = book.add_chart({"type": "line"})
        line.add_series(_series(sheet, chart, level, len(drawn), last, True) | {"y2_axis": True})
        drawing.combine(line)
        line.set_y2_axis({"min": 0, "major_gridlines": {"visible": False}})
    drawing.show_blanks_as("span")
    drawing.set_title({"name": chart.title, "name_font": {"size": 13}})
    drawing.set_size({"width": 760, "height": max(300, 28 * len(chart.labels) if kind == "bar" else 320)})
    drawing.set_legend({"none": True} if len(chart.drawn) == 1 else {"position": "bottom"})
    if kind == "bar":
        drawing.set_y_axis({"reverse": True})
    else:
        drawing.set_y_axis({"min": 0})
    return drawing


def _series(sheet: str, chart: Chart, series: ChartSeries, number: int, last: int, is_line: bool) -> dict[str, Any]:
    column, look = list(chart.series).index(series) + 1, number % len(COLOURS)
    first = FIRST_ROW + 1
    told: dict[str, Any] = {
        "name": [sheet, FIRST_ROW, column],
        "categories": [sheet, first, 0, last, 0],
        "values": [sheet, first, column, last, column],
    }
    if is_line:
        line = {"color": COLOURS[look], "width": 2, "dash_type": _DASHES[look]}
        marker = {"type": _MARKERS[look], "size": 6, "fill": {"color": COLOURS[look]}}
        return told | {"line": line, "marker": marker}
    pattern = _PATTERNS[look]
    if pattern is None:
        return told | {"fill": {"color": COLOURS[look]}}
    return told | {"pattern": {"pattern": pattern, "fg_color": COLOURS[look], "bg_color": "#ffffff"}}
