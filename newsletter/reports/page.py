"""A report as HTML: a page that needs no other file and runs no script, or a part of another page."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from newsletter.languages import Language, speak
from newsletter.reports.cells import shown
from newsletter.reports.chart import Figures
from newsletter.reports.drawing import draw
from newsletter.theme import read_theme, render

PAGE, FRAGMENT, STYLES = "reports/page.html", "reports/fragment.html", "reports/charts.css"
_OWN = {
    "light": {"wait": "#8a6a12", "lost": "#a4342a", "doubt": "#6a4a9c"},
    "dark": {"wait": "#d9b44a", "lost": "#f08a7e", "doubt": "#bfa2ee"},
}
"""Colours of charts which the theme does not have."""
_FROM_THEME = ("page", "card", "text", "heading", "muted", "accent", "rule")


def chart_colours(templates: Sequence[Path], mode: str) -> str:
    """Return the colours of charts as custom properties of CSS; `mode`: light or dark."""
    theme = read_theme(templates).tokens[mode]
    named = {name: theme[name] for name in _FROM_THEME} | _OWN[mode]
    return " ".join(f"--{name}: {value};" for name, value in named.items())


def chart_styles(templates: Sequence[Path]) -> str:
    """Return the rules of charts, for the style sheet of a page that has the colours of `chart_colours`."""
    return render(templates, STYLES, {})


def report_fragment(figures: Figures, templates: Sequence[Path]) -> str:
    """Return the sentences and charts of a report as HTML, for a page that has `chart_styles`; its headings are h2."""
    return render(templates, FRAGMENT, _values(figures, templates), figures.language)


def report_page(figures: Figures, templates: Sequence[Path]) -> str:
    """Return a report as a whole page."""
    language = speak(templates, figures.language)
    values = {
        **_values(figures, templates),
        "made_on": made_on(figures, language),
        "styles": chart_styles(templates),
        "colours": lambda mode: chart_colours(templates, mode),
    }
    return render(templates, PAGE, values | read_theme(templates).tokens, figures.language)


def made_on(figures: Figures, language: Language) -> str:
    """Say when a report was made, by the clock of this machine."""
    at = figures.made_at.astimezone()
    return language.say("Made on %(day)s at %(time)s.", day=language.date(at.date()), time=f"{at:%H:%M}")


def _values(figures: Figures, templates: Sequence[Path]) -> dict[str, Any]:
    show = shown(speak(templates, figures.language))
    size = 0.7 if figures.key == "board" else 1.0  # so that four charts fit on a sheet of paper
    return {"figures": figures, "drawings": [draw(chart, show, size) for chart in figures.charts], "show": show}
