"""What a report shows, as values: charts with their numbers and their sentence, tables, and sentences. Pure.

Terminal, page, spreadsheet and JSON are all made from these, so that they say the same.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from newsletter.reports.cells import Cell, told_plainly


class ChartShape(StrEnum):
    """The shapes that a chart can have."""

    MONTHS = "months"
    """A line above, which is the level, and below it the changes: the first series up, the others down."""
    COLUMNS = "columns"
    """A group of columns for each label."""
    BARS = "bars"
    """A bar for each label, from left to right."""
    LINES = "lines"
    """A line for each series."""


@dataclass(frozen=True)
class ChartSeries:
    """A row of numbers with its name, as long as the labels of its chart."""

    name: str
    values: tuple[Cell, ...]
    drawn: bool = True
    """False: it is only in the table."""
    tabled: bool = True
    """False: it is only drawn."""


@dataclass(frozen=True)
class ChartBand:
    """A stretch of the axis in which something was different, such as a pause."""

    first: int
    last: int
    name: str


@dataclass(frozen=True)
class Chart:
    """Numbers, how to draw them, and a sentence for people who do not see the drawing."""

    key: str
    shape: ChartShape | None
    """None: only the table."""
    title: str
    sentence: str
    head: str
    """What the labels are, such as "Month"."""
    labels: tuple[str, ...]
    series: tuple[ChartSeries, ...]
    bands: tuple[ChartBand, ...] = ()
    note: str = ""
    short: tuple[str, ...] = ()
    """The labels as they are written along an axis; empty: as they are."""
    sums: int = 0
    """How many of the last rows are sums of the others, and so only in the table."""

    @property
    def drawn(self) -> tuple[ChartSeries, ...]:
        return tuple(each for each in self.series if each.drawn)

    @property
    def tabled(self) -> tuple[ChartSeries, ...]:
        return tuple(each for each in self.series if each.tabled)

    @property
    def heads(self) -> tuple[str, ...]:
        return self.head, *(each.name for each in self.tabled)

    @property
    def rows(self) -> Iterator[tuple[Cell, ...]]:
        """Yield the rows of its table."""
        return zip(self.labels, *(each.values for each in self.tabled), strict=True)

    @property
    def folded_rows(self) -> Iterator[tuple[Cell, ...]]:
        """Yield the rows of its table, with one row for all of a band."""
        first = {band.first: band for band in self.bands}
        within = {place for band in self.bands for place in range(band.first, band.last + 1)}
        for place, row in enumerate(self.rows):
            if band := first.get(place):
                until = f" – {self.labels[band.last]}" if band.last > band.first else ""
                yield f"{row[0]}{until}", *([band.name] * len(self.tabled))
            elif place not in within:
                yield row

    def as_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "title": self.title,
            "sentence": self.sentence,
            "note": self.note,
            "columns": list(self.heads),
            "rows": [[told_plainly(cell) for cell in row] for row in self.rows],
            "bands": [asdict(band) for band in self.bands],
        }


@dataclass(frozen=True)
class Figures:
    """One report: its title, sentences, charts, and what is said at its end."""

    key: str
    """What it is about, as a word for programs: issue, list, all, compare, board."""
    title: str
    language: str
    made_at: datetime
    sentences: tuple[str, ...]
    charts: tuple[Chart, ...]
    quotes: tuple[str, ...] = ()
    """What people said in their own words when they unsubscribed; never outside the house."""
    closing: tuple[str, ...] = ()
    organisation: str = ""
    outside: bool = False
    """Whether small numbers are hidden, because it leaves the house."""

    def as_json(self) -> dict[str, Any]:
        return {
            "report": self.key,
            "title": self.title,
            "language": self.language,
            "made_at": self.made_at.isoformat(),
            "small_numbers_hidden": self.outside,
            "sentences": [*self.sentences, *self.closing],
            "charts": {chart.key: chart.as_json() for chart in self.charts},
        }
