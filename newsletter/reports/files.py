"""A report as a file, of the kind that the ending of its name says. The file is written whole, or not at all."""

import csv
import json
from collections.abc import Callable, Sequence
from io import BytesIO, StringIO
from pathlib import Path

from newsletter.errors import NewsletterError
from newsletter.languages import Language, speak
from newsletter.reports.cells import told_plainly
from newsletter.reports.chart import Figures
from newsletter.reports.page import report_page
from newsletter.runtime.whole_file import written_whole
from subscribers.formula import guarded

CSV_COLUMNS = ("chart", "row", "column", "value")


class UnknownEnding(NewsletterError):
    """A report cannot be written as {name}. Its name must end in one of: {endings}."""

    exit_code = 2


def require_ending(path: Path) -> None:
    """Raise UnknownEnding unless the name of `path` ends as a report can."""
    if path.suffix.lower() not in _KINDS:
        raise UnknownEnding(name=path.name, endings=" ".join(_KINDS))


def write_report(figures: Figures, path: Path, templates: Sequence[Path]) -> None:
    """Write a report as a file. Raises UnknownEnding, NoBrowser, NotPrinted and OSError; then `path` is as it was."""
    require_ending(path)
    content = _KINDS[path.suffix.lower()](figures, templates, speak(templates, figures.language))
    with written_whole(path) as file:
        file.write(content)


def _html(figures: Figures, templates: Sequence[Path], language: Language) -> bytes:
    return report_page(figures, templates).encode()


def _pdf(figures: Figures, templates: Sequence[Path], language: Language) -> bytes:
    from newsletter.reports.printing import print_pdf  # because only this starts a browser

    return print_pdf(report_page(figures, templates))


def _csv(figures: Figures, templates: Sequence[Path], language: Language) -> bytes:
    """A line for each number, so that other programs can read it; what a spreadsheet would run is guarded."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(CSV_COLUMNS)
    for chart in figures.charts:
        for row in chart.rows:
            for column, cell in zip(chart.heads[1:], row[1:], strict=True):
                said = told_plainly(cell)
                words = (chart.title, str(row[0]), column, "" if said is None else str(said))
                writer.writerow([guarded(word) for word in words])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _json(figures: Figures, templates: Sequence[Path], language: Language) -> bytes:
    return json.dumps(figures.as_json(), ensure_ascii=False, indent=1).encode() + b"\n"


def _xlsx(figures: Figures, templates: Sequence[Path], language: Language) -> bytes:
    from newsletter.reports.spreadsheet import write_spreadsheet  # because only this needs XlsxWriter

    out = BytesIO()
    write_spreadsheet(figures, language, out)
    return out.getvalue()


_KINDS: dict[str, Callable[[Figures, Sequence[Path], Language], bytes]] = {
    ".html": _html,
    ".csv": _csv,
    ".xlsx": _xlsx,
    ".json": _json,
    ".pdf": _pdf,
}
