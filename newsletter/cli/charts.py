"""Charts in the terminal: bars and lines of block characters, and the numbers below them."""

import sys
from collections.abc import Callable, Collection, Iterator

from rich.bar import Bar as BlockBar
from rich.console import Console
from rich.table import Table
from rich.text import Text

from newsletter.cli.printing import harmless
from newsletter.languages import speak
from newsletter.reports.cells import Cell, Span, shown
from newsletter.reports.chart import Chart, ChartShape, Figures
from newsletter.theme import template_folders

LEVELS = "▁▂▃▄▅▆▇█"
UNKNOWN = "·"
"""In a line: there is no number, or it is not told."""
BAR_WIDTH = 30


def put_figures(figures: Figures, skip: Collection[str] = ()) -> None:
    """Print a report on stdout; charts whose key is in `skip` are shown elsewhere."""
    show = shown(speak(template_folders(None), figures.language))
    console = Console(file=sys.stdout, highlight=False, markup=False, emoji=False)
    if not skip:
        console.print(Text(harmless(figures.title), style="bold"))
    if not skip:
        for sentence in figures.sentences:
            console.print(Text(harmless(sentence)))
    for chart in figures.charts:
        if chart.key not in skip:
            _put_chart(console, chart, show)
    for sentence in figures.closing:
        console.print()
        console.print(Text(harmless(sentence), style="dim"))


def _put_chart(console: Console, chart: Chart, show: Callable[[Cell], str]) -> None:
    console.print()
    console.print(Text(harmless(chart.title), style="bold"))
    console.print(Text(harmless(chart.sentence)))
    if chart.shape is ChartShape.BARS:
        console.print(_bars(chart, show))
    elif chart.shape:
        console.print(_lines(chart, show))
    if chart.shape is ChartShape.COLUMNS:
        _put_turned(console, chart, show)
    elif chart.shape is not ChartShape.BARS or len(chart.tabled) > 1:
        console.print(_table(chart, show))
    if chart.note:
        console.print(Text(harmless(chart.note), style="dim"))


def _bars(chart: Chart, show: Callable[[Cell], str]) -> Table:
    grid = Table.grid(padding=(0, 2))
    cells = chart.drawn[0].values[: len(chart.labels) - chart.sums]
    most = max([_size(cell) for cell in cells], default=0.0) or 1.0
    for label, cell in zip(chart.labels, cells, strict=False):
        bar = BlockBar(most, 0, _size(cell), width=BAR_WIDTH)
        grid.add_row(Text(harmless(label)), bar, Text(show(cell), justify="right"))
    return grid


def _lines(chart: Chart, show: Callable[[Cell], str]) -> Table:
    grid = Table.grid(padding=(0, 2))
    for series in chart.drawn:
        sizes = [_size(cell) for cell in series.values if cell is not None]
        most = max(sizes, default=0.0)
        grid.add_row(Text(harmless(series.name)), Text(_spark(series.values, most)), Text(f"0–{show(_whole(most))}"))
    return grid


def _whole(number: float) -> float | int:
    return int(number) if number == int(number) else number


def _spark(cells: Collection[Cell], most: float) -> str:
    return "".join(
        LEVELS[min(int(_size(cell) / most * len(LEVELS)), len(LEVELS) - 1)]
        if most and _size(cell)
        else LEVELS[0]
        if isinstance(cell, int | float)
        else UNKNOWN
        for cell in cells
    )


def _put_turned(console: Console, chart: Chart, show: Callable[[Cell], str]) -> None:
    """Print the numbers with a column for each label, as many side by side as have room: there are few labels."""
    for label in chart.labels:
        console.print(Text(harmless(label)))
    names = max(map(len, (each.name for each in chart.tabled)))
    wide = max(len(show(cell)) for each in chart.tabled for cell in each.values)
    at_once = max((console.width - names) // (max(wide, *map(len, chart.short)) + 2), 1)
    for start in range(0, len(chart.labels), at_once):
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
        table.add_column(Text(harmless(chart.head)), no_wrap=True)
        for label in chart.short[start : start + at_once]:
            table.add_column(Text(harmless(label)), justify="right")
        for series in chart.tabled:
            table.add_row(Text(harmless(series.name)), *_words(series.values[start : start + at_once], show))
        console.print(table)


def _table(chart: Chart, show: Callable[[Cell], str]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for place, head in enumerate(chart.heads):
        table.add_column(Text(harmless(head)), justify="right" if place else "left", overflow="fold")
    for row in chart.folded_rows:
        table.add_row(*_words(row, show))
    return table


def _words(row: Collection[Cell], show: Callable[[Cell], str]) -> Iterator[Text]:
    for cell in row:
        yield Text(harmless(show(cell)))


def _size(cell: Cell) -> float:
    match cell:
        case Span(_, high):
            return float(high)
        case int() | float():
            return float(cell)
    return 0.0
