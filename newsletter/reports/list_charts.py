"""The charts of the list: how it grew and shrank by month, and how many of those who joined are still here."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from newsletter.languages import Language
from newsletter.reports.cells import LEAST, LEAST_FOR_RATES, Cell, Count, Hidden, Span, shown
from newsletter.reports.chart import Chart, ChartSeries, ChartShape
from newsletter.reports.disclosure import cell_of, levels, steps
from subscribers import history
from subscribers.history import ListChange, Month, Past

MOST_ISSUES = 12
"""After how many issues "still here" is shown at most."""
MOST_COHORTS = 4
"""How many quarters are shown, the newest ones."""


@dataclass
class Cohort:
    """Those who joined in one quarter."""

    quarter: str
    """Such as "2026-2"."""
    people: int = 0
    latest: int = 0
    """How many issues had begun when the last of them joined."""
    gone: Counter[int] = field(default_factory=Counter)
    """How many of them left after having been on the list for that many issues."""

    def still_here(self, issues: int) -> list[int]:
        """Return how many joined, and were still here after 1, 2, … issues, as far as all have had that many."""
        here, found = self.people - self.gone[0], [self.people]
        for number in range(1, min(issues - self.latest, MOST_ISSUES) + 1):
            here -= self.gone[number]
            found.append(here)
        return found


@dataclass
class ListNumbers:
    """The history of the list, in numbers: months, and quarters of joining."""

    months: list[Month]
    cohorts: list[Cohort]
    issues: int


def list_numbers(
    pasts: Iterable[Past],
    kept: Counter[tuple[str, ListChange]],
    erased: Iterable[tuple[str, str, int]],
    began: Sequence[datetime],
    until: str,
) -> ListNumbers:
    """Count the pasts of all subscribers once, for both charts. `began`: when each issue began, in order."""
    cohorts: dict[str, Cohort] = {}
    month_of = history.month_finder()
    of_month: dict[str, Cohort] = {}

    def noted() -> Iterable[Past]:
        for past in pasts:
            month = month_of(past[0].at)
            cohort = of_month.get(month) or of_month.setdefault(month, _cohort(cohorts, _quarter(month)))
            joined = bisect_left(began, past[0].at)
            cohort.latest = max(cohort.latest, joined)
            left = None if history.is_reachable(past) else bisect_right(began, past[-1].at)
            _note(cohort, joined, left, 1)
            yield past

    counts = history.tally(noted())
    counts.update(kept)
    months_of_issues = [history.month_of(each) for each in began]
    for joined, gone, people in erased:
        # Only their months are known: they count as here for all issues of the one and of the other.
        cohort = _cohort(cohorts, _quarter(joined))
        _note(cohort, bisect_left(months_of_issues, joined), bisect_right(months_of_issues, gone), people)
    quarters = [cohorts[quarter] for quarter in sorted(cohorts)]
    return ListNumbers(history.months(counts, until), quarters, len(began))


def _cohort(cohorts: dict[str, Cohort], quarter: str) -> Cohort:
    if quarter not in cohorts:
        cohorts[quarter] = Cohort(quarter)
    return cohorts[quarter]


def _note(cohort: Cohort, joined: int, left: int | None, people: int) -> None:
    cohort.people += people
    if left is not None:
        cohort.gone[max(left - joined, 0)] += people


def _quarter(month: str) -> str:
    return f"{month[:4]}-{(int(month[5:]) + 2) // 3}"


def month_chart(numbers: ListNumbers, language: Language, outside: bool, most: int = 24) -> Chart | None:
    """Draw the list by month: the last `most` months; None: nobody ever joined."""
    if not numbers.months:
        return None
    all_months = [_cells(month, outside) for month in numbers.months]
    reachable = _levels(numbers.months) if outside else [month.reachable for month in numbers.months]
    newest = slice(max(len(all_months) - most, 0), None)
    months, say = numbers.months[newest], language.say
    joined, left, suppressed = (tuple(each[place] for each in all_months[newest]) for place in range(3))
    days = [_first_day(month.month) for month in months]
    return Chart(
        key="list",
        shape=ChartShape.MONTHS,
        title=say("The list by month"),
        sentence=_month_sentence(months[-1], (joined[-1], left[-1], suppressed[-1]), reachable[-1], days[-1], language),
        head=say("Month"),
        labels=tuple(language.month(day) for day in days),
        series=(
            ChartSeries(say("Joined"), joined),
            ChartSeries(say("Unsubscribed"), left),
            ChartSeries(say("Stopped"), suppressed),
            ChartSeries(say("Could be emailed"), tuple(reachable[newest])),
        ),
        note=_history_note(numbers.months[0], language),
        short=tuple(language.short_month(day) for day in days),
    )


def _cells(month: Month, outside: bool) -> tuple[Count, Count, Count]:
    cells = month.joined, month.left, month.suppressed
    return (cell_of(cells[0]), cell_of(cells[1]), cell_of(cells[2])) if outside else cells


def _levels(months: Sequence[Month]) -> list[Count]:
    return levels(0, [(month.joined, -month.left, -month.suppressed) for month in months])


def _first_day(month: str) -> date:
    return date(int(month[:4]), int(month[5:]), 1)


def _month_sentence(
    last: Month, cells: tuple[Count, Count, Count], reachable: Count, day: date, language: Language
) -> str:
    say = language.say
    show = shown(language)
    return say(
        "In %(month)s, %(joined)s joined, %(left)s unsubscribed, and %(suppressed)s were put on the do-not-email list. "
        "At its end, %(reachable)s could be emailed.",
        month=language.month(day),
        joined=show(cells[0]),
        left=show(cells[1]),
        suppressed=show(cells[2]),
        reachable=show(reachable),
    )


def _history_note(first: Month, language: Language) -> str:
    return language.say(
        "These records begin in %(month)s. Nothing is known about the time before. People who were erased are still "
        "counted in the months when they joined and left.",
        month=language.month(_first_day(first.month)),
    )


def cohort_chart(numbers: ListNumbers, language: Language, outside: bool) -> Chart | None:
    """Draw how many of those who joined in a quarter are still here after so many issues; None: no issue since."""
    rows = [(cohort, cohort.still_here(numbers.issues)) for cohort in numbers.cohorts]
    rows = [(cohort, here) for cohort, here in rows if len(here) > 1][-MOST_COHORTS:]
    if not rows:
        return None
    say, longest = language.say, max(len(here) for _, here in rows)
    told = {cohort.quarter: _told(here, cohort, numbers.months, outside) for cohort, here in rows}
    first = rows[0][0]
    return Chart(
        key="still-here",
        shape=ChartShape.LINES,
        title=say("Still here"),
        sentence=_still_here_sentence(first, told[first.quarter], language),
        head=say("Issues since"),
        labels=tuple(str(number) for number in range(longest)),
        series=tuple(
            series
            for cohort, here in rows
            for series in _lines_of(
                _quarter_in_words(cohort.quarter, language),
                (*told[cohort.quarter], *[None] * (longest - len(here))),
                language,
            )
        ),
        note=say(
            "The lines show how many of every 100 who joined in a quarter are still here. A line ends where the last "
            "of them have not had more issues yet."
        ),
    )


def _lines_of(name: str, cells: tuple[Cell, ...], language: Language) -> tuple[ChartSeries, ...]:
    """Return the numbers for the table, and for the drawing how many of 100 they are, if enough joined to say."""
    joined = cells[0]
    counts = ChartSeries(name, cells, drawn=False)
    if not isinstance(joined, int) or joined < LEAST_FOR_RATES:
        return (counts,)
    of_100 = tuple(round(100 * cell / joined, 1) if isinstance(cell, int) else None for cell in cells)
    return counts, ChartSeries(language.say("%(name)s, of 100", name=name), of_100, tabled=False)


def _told(here: list[int], cohort: Cohort, months: Sequence[Month], outside: bool) -> tuple[Cell, ...]:
    if not outside:
        return tuple(here)
    of_quarter = [month.joined for month in months if _quarter(month.month) == cohort.quarter]
    if any(0 < joined < LEAST for joined in of_quarter):  # their sum would give the hidden month away
        return (Hidden.WITHHELD,) * len(here)
    return tuple(steps(here))


def _still_here_sentence(cohort: Cohort, told: tuple[Cell, ...], language: Language) -> str:
    show, last = shown(language), len(told) - 1
    while last and isinstance(told[last], Hidden | Span):
        last -= 1
    return language.count(
        "Of %(people)s people who joined in %(quarter)s, %(here)s were still here after %(number)s issue.",
        "Of %(people)s people who joined in %(quarter)s, %(here)s were still here after %(number)s issues.",
        last,
        people=show(told[0]),
        quarter=_quarter_in_words(cohort.quarter, language),
        here=show(told[last]),
    )


def _quarter_in_words(quarter: str, language: Language) -> str:
    first = int(quarter[5:]) * 3 - 2
    days = date(int(quarter[:4]), first, 1), date(int(quarter[:4]), first + 2, 1)
    return f"{language.short_month(days[0]).split()[0]}–{language.short_month(days[1])} {quarter[:4]}"
