"""Where the marks of a chart go. In: a chart. Out: bars, columns, points and ticks, for templates/reports/charts.html.

Across, everything is in per cent of the width, and down, in pixels: so the words keep their size on a phone and on
paper. A hidden number is drawn as a mark that is equally long whatever the number is; a range from end to end.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

from newsletter.reports.cells import Cell, Hidden, Span
from newsletter.reports.chart import Chart, ChartShape

LEFT, RIGHT = 12.0, 99.0
"""Where the plot begins and ends, in per cent; left of it are the numbers of the axis."""
PLOT, LEVEL, CHANGES, BAR = 180.0, 120.0, 110.0, 44.0
"""Heights in pixels: of a plot, of the two parts of a list by month, of one bar with its words."""
TOP, FOOT = 14.0, 24.0
FEW_LENGTH = 4.0
"""Pixels (in a bar: per cent) of the mark for a hidden number."""
MOST_TICKS = 7
LONGEST_LABEL = 36


@dataclass(frozen=True)
class DrawnRect:
    """A rectangle: x and width in per cent, y and height in pixels."""

    x: float
    y: float
    width: float
    height: float
    series: int = 0
    hidden: bool = False


@dataclass(frozen=True)
class DrawnText:
    """Words at a place."""

    x: float
    y: float
    words: str
    anchor: str = "middle"


@dataclass(frozen=True)
class DrawnLine:
    """A line between two places; `series` -1 is the grid."""

    x1: float
    y1: float
    x2: float
    y2: float
    series: int = -1


@dataclass
class Drawing:
    """All marks of one chart."""

    height: float
    rects: list[DrawnRect] = field(default_factory=list)
    ranges: list[DrawnRect] = field(default_factory=list)
    bands: list[DrawnRect] = field(default_factory=list)
    lines: list[DrawnLine] = field(default_factory=list)
    points: list[DrawnText] = field(default_factory=list)
    """Their words are the number of the series."""
    texts: list[DrawnText] = field(default_factory=list)


def draw(chart: Chart, show: Callable[[Cell], str], size: float = 1.0) -> Drawing | None:
    """Place the marks of a chart, whose plot is `size` times as high as usual; None: it is only a table."""
    match chart.shape:
        case ChartShape.BARS:
            return _bars(chart, show)
        case ChartShape.COLUMNS:
            return _columns(chart, PLOT * size)
        case ChartShape.LINES:
            return _lines(chart, PLOT * size)
        case ChartShape.MONTHS:
            return _months(chart, LEVEL * size, CHANGES * size)
    return None


def nice(most: float) -> float:
    """Return the round number, from `most` on, that ends an axis: 1, 2, 4, 5, 10, 20, 40, …"""
    if most <= 0:
        return 1.0
    unit = 10.0 ** math.floor(math.log10(most))
    return float(next(unit * each for each in (1, 2, 4, 5, 10) if unit * each >= most))


def _bars(chart: Chart, show: Callable[[Cell], str]) -> Drawing:
    cells = chart.drawn[0].values[: len(chart.labels) - chart.sums]
    most = max([_high(cell) for cell in cells], default=0) or 1
    drawing = Drawing(BAR * len(cells))
    for row, (label, cell) in enumerate(zip(chart.labels, cells, strict=False)):
        top = row * BAR
        drawing.texts.append(DrawnText(0, top + 14, _cut_off(label), "start"))
        drawing.texts.append(DrawnText(100, top + 14, show(cell), "end"))
        drawing.lines.append(DrawnLine(0, top + 36, 100, top + 36))
        if isinstance(cell, Hidden):
            if cell is Hidden.FEW:
                drawing.rects.append(DrawnRect(0, top + 20, FEW_LENGTH, 14, 0, hidden=True))
            continue
        drawing.rects.append(DrawnRect(0, top + 20, 100 * _low(cell) / most, 14))
    return drawing


def _cut_off(label: str) -> str:
    """Shorten a label so that the number has room beside it on a phone; the table has all of it."""
    return label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 1].rstrip()}…"


def _columns(chart: Chart, plot: float) -> Drawing:
    drawing = Drawing(TOP + plot + FOOT)
    scale = nice(max((_high(cell) for each in chart.drawn for cell in each.values), default=0))
    _grid(drawing, TOP, plot, scale, decimals=scale < 4)
    group = (RIGHT - LEFT) / len(chart.labels)
    width = min(group * 0.8 / len(chart.drawn), 6.0)
    for series, each in enumerate(chart.drawn):
        for place, cell in enumerate(each.values):
            middle = LEFT + group * (place + 0.5)
            x = middle + width * (series - len(chart.drawn) / 2)
            if rect := _column(x, TOP + plot, width * 0.9, plot / scale, cell, series):
                drawing.rects.append(rect)
    _ticks(drawing, chart, TOP + plot, group, centred=True)
    return drawing


def _column(
    x: float, base: float, width: float, unit: float, cell: Cell, series: int, down: bool = False
) -> DrawnRect | None:
    """Stand a column on `base`, or hang it below; None: there is no number."""
    hidden = cell is Hidden.FEW
    if not hidden and not isinstance(cell, int | float):
        return None
    height = FEW_LENGTH if hidden else _high(cell) * unit
    return DrawnRect(x, base if down else base - height, width, height, series, hidden) if height else None


def _lines(chart: Chart, plot: float) -> Drawing:
    drawing = Drawing(TOP + plot + FOOT)
    scale = nice(max((_high(cell) for each in chart.drawn for cell in each.values), default=0))
    step = (RIGHT - LEFT) / max(len(chart.labels) - 1, 1)
    for band in chart.bands:
        x = max(LEFT + step * (band.first - 0.5), LEFT)
        drawing.bands.append(DrawnRect(x, TOP, min(step * (band.last - band.first + 1), RIGHT - x), plot))
        if step * (band.last - band.first + 1) > 8:
            drawing.texts.append(DrawnText(x + 0.5, TOP + 12, band.name, "start"))
    _grid(drawing, TOP, plot, scale)
    for series, each in enumerate(chart.drawn):
        _line(drawing, each.values, TOP, plot, scale, series, step)
    _ticks(drawing, chart, TOP + plot, step, centred=False)
    return drawing


def _line(
    drawing: Drawing, cells: "tuple[Cell, ...]", top: float, height: float, scale: float, series: int, step: float
) -> None:
    """Join the points that are told, also across those that are not."""
    places: list[tuple[float, float]] = []
    for place, cell in enumerate(cells):
        x = LEFT + step * place
        if isinstance(cell, Span):
            high = top + height - height * cell.high / scale
            drawing.ranges.append(
                DrawnRect(x - 0.4, high, 0.8, max(height * (cell.high - cell.low) / scale, 2), series)
            )
        elif isinstance(cell, int | float):
            places.append((x, top + height - height * cell / scale))
    drawing.lines += [DrawnLine(*one, *other, series) for one, other in pairwise(places)]
    if len(places) <= 2 * MOST_TICKS:
        drawing.points += [DrawnText(x, y, str(series)) for x, y in places]


def _months(chart: Chart, upper: float, lower: float) -> Drawing:
    *changes, level = chart.drawn
    middle = TOP + upper + 20
    drawing = Drawing(middle + lower + FOOT)
    step = (RIGHT - LEFT) / len(chart.labels)
    scale = nice(max((_high(cell) for cell in level.values), default=0))
    _grid(drawing, TOP, upper, scale)
    shifted = Drawing(0)
    _line(shifted, level.values, TOP, upper, scale, len(changes), step)
    for line in shifted.lines:
        drawing.lines.append(DrawnLine(line.x1 + step / 2, line.y1, line.x2 + step / 2, line.y2, line.series))
    drawing.points += [DrawnText(point.x + step / 2, point.y, point.words) for point in shifted.points]
    drawing.ranges += [
        DrawnRect(each.x + step / 2, each.y, each.width, each.height, each.series) for each in shifted.ranges
    ]
    up = nice(max((_high(cell) for cell in changes[0].values), default=0))
    down = nice(
        max((sum(_high(each.values[place]) for each in changes[1:]) for place in range(len(chart.labels))), default=0)
    )
    unit = lower / (up + down)
    zero = middle + up * unit
    drawing.lines.append(DrawnLine(LEFT, zero, RIGHT, zero))
    drawing.texts += [
        DrawnText(LEFT - 1, middle + 8, f"+{_short(up)}", "end"),
        DrawnText(LEFT - 1, zero + down * unit, f"−{_short(down)}", "end"),
    ]
    width = min(step * 0.7, 6.0)
    for place in range(len(chart.labels)):
        x = LEFT + step * (place + 0.5) - width / 2
        base = zero
        for series, each in enumerate(changes):
            rect = _column(x, base, width, unit, each.values[place], series, down=series > 0)
            if rect:
                drawing.rects.append(rect)
                base += rect.height if series else 0
    _ticks(drawing, chart, middle + lower, step, centred=True)
    return drawing


def _grid(drawing: Drawing, top: float, height: float, scale: float, decimals: bool = False) -> None:
    for part in (0, 0.5, 1):
        y = top + height * (1 - part)
        drawing.lines.append(DrawnLine(LEFT, y, RIGHT, y))
        number = scale * part
        drawing.texts.append(DrawnText(LEFT - 1, y + 4, f"{number:g}" if decimals else _short(number), "end"))


def _ticks(drawing: Drawing, chart: Chart, bottom: float, step: float, centred: bool) -> None:
    """Write as many labels below the plot as have room on a phone."""
    labels = chart.short or chart.labels
    room = min(max(MOST_TICKS * 6 // max(map(len, labels)), 3), 12)
    every = max(math.ceil(len(labels) / room), 1)
    for place in range(0, len(labels), every):
        x = LEFT + step * (place + (0.5 if centred else 0))
        at_the_end = not centred and x > 90
        drawing.texts.append(
            DrawnText(RIGHT if at_the_end else x, bottom + 17, labels[place], "end" if at_the_end else "middle")
        )


def _short(number: float) -> str:
    """Write a number for an axis: 1,200 as 1.2k."""
    for size, letter in ((1_000_000, "m"), (1_000, "k")):
        if number >= size:
            return f"{number / size:g}{letter}"
    return f"{number:g}"


def _high(cell: Cell) -> float:
    match cell:
        case Span(_, high):
            return float(high)
        case int() | float():
            return float(cell)
    return 0.0


def _low(cell: Cell) -> float:
    return float(cell.low) if isinstance(cell, Span) else _high(cell)
