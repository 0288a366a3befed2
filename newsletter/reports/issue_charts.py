"""The charts of issues: side by side, by domain, over time, and what came back."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta

from newsletter.database.tables import FeedbackKind
from newsletter.languages import Language
from newsletter.reports.cells import LEAST, LEAST_FOR_RATES, Cell, Count, Hidden, per_thousand, shown
from newsletter.reports.chart import Chart, ChartBand, ChartSeries, ChartShape
from newsletter.reports.disclosure import apart, cell_of
from newsletter.reports.issue_numbers import DomainNumbers, IssueNumbers, SendingPace

MOST_DOMAINS = 8
MOST_KINDS = 8


def told_by(outside: bool) -> Callable[[int], Count]:
    return cell_of if outside else lambda number: number


def side_by_side(found: Sequence[IssueNumbers], language: Language, outside: bool, most: int = 12) -> Chart | None:
    """Compare issues, per 1,000 accepted, with how many were accepted beside it; None: there is no issue."""
    if not found:
        return None
    say, told, newest = language.say, told_by(outside), found[-most:]
    accepted = tuple(told(each.accepted) for each in newest)
    counts = {
        say("Came back"): [told(each.came_back) for each in newest],
        say("Unsubscribed"): [told(each.unsubscribed) for each in newest],
        say("Reported as spam"): [told(each.complained) for each in newest],
    }
    rates = {
        name: tuple(per_thousand(part, of) for part, of in zip(cells, accepted, strict=True))
        for name, cells in counts.items()
    }
    return Chart(
        key="issues",
        shape=ChartShape.COLUMNS,
        title=say("Issues side by side, per 1,000 accepted"),
        sentence=_side_by_side_sentence(newest[-1], accepted[-1], [cells[-1] for cells in counts.values()], language),
        head=say("Issue"),
        labels=tuple(f"{each.issue}: {each.subject}" for each in newest),
        series=(
            ChartSeries(say("Not reached"), tuple(told(each.not_reached) for each in newest), drawn=False),
            ChartSeries(say("Accepted"), accepted, drawn=False),
            *(
                series
                for name, cells in counts.items()
                for series in (
                    ChartSeries(name, tuple(cells), drawn=False),
                    ChartSeries(say("%(name)s, per 1,000", name=name), rates[name]),
                )
            ),
        ),
        note=say(
            "“Accepted” are the emails that mail servers took. Where fewer than %(number)s were, there is no rate.",
            number=LEAST_FOR_RATES,
        ),
        short=tuple(str(each.issue) for each in newest),
    )


def _side_by_side_sentence(last: IssueNumbers, accepted: Count, parts: list[Count], language: Language) -> str:
    show = shown(language)
    return language.say(
        "Issue %(issue)s: of %(accepted)s accepted, %(back)s came back, %(left)s unsubscribed, and %(spam)s reported "
        "it as spam.",
        issue=last.issue,
        accepted=show(accepted),
        back=show(parts[0]),
        left=show(parts[1]),
        spam=show(parts[2]),
    )


def domain_chart(found: Sequence[DomainNumbers], language: Language, outside: bool) -> Chart | None:
    """Show an issue by receiving domain; None: there is only one row to show."""
    rows = _rows_of_domains(found, outside, language.say("All other domains"))
    if len(rows) < 2:
        return None
    say, hide = language.say, apart if outside else list
    accepted, missed, back = (
        tuple(hide([getattr(row, name) for row in rows])) for name in ("accepted", "not_reached", "came_back")
    )
    rates = tuple(per_thousand(part, of) for part, of in zip(back, accepted, strict=True))
    return Chart(
        key="domains",
        shape=ChartShape.BARS,
        title=say("By receiving domain"),
        sentence=say(
            "Most were accepted by %(domain)s: %(accepted)s.",
            domain=rows[0].domain,
            accepted=shown(language)(accepted[0]),
        ),
        head=say("Domain"),
        labels=tuple(row.domain for row in rows),
        series=(
            ChartSeries(say("Accepted"), accepted),
            *(
                ChartSeries(name, cells, drawn=False)
                for name, cells in (
                    (say("Not reached"), missed),
                    (say("Came back"), back),
                    (say("Came back, per 1,000 accepted"), rates),
                )
                if set(cells) != {Hidden.WITHHELD}
            ),
        ),
        note=say("A domain is named only if %(number)s people or more use it.", number=LEAST) if outside else "",
    )


def _rows_of_domains(found: Sequence[DomainNumbers], outside: bool, others: str) -> list[DomainNumbers]:
    """Return the largest domains, and one row for all others: outside, for enough people not to be recognised."""
    least = LEAST if outside else 1
    named = [each for each in found if each.domain and min(each.recipients, each.accepted) >= least][:MOST_DOMAINS]
    rest = [each for each in found if each not in named]
    while outside and named and _small(rest):
        rest.append(named.pop())
    return [*named, _together(rest, others)] if rest else named


def _small(rest: Iterable[DomainNumbers]) -> bool:
    return 0 < sum(each.accepted for each in rest) < LEAST


def _together(rest: Sequence[DomainNumbers], name: str) -> DomainNumbers:
    numbers = (
        sum(getattr(each, part) for each in rest) for part in ("recipients", "accepted", "not_reached", "came_back")
    )
    return DomainNumbers(name, *numbers)


def pace_chart(pace: SendingPace | None, language: Language, outside: bool) -> Chart | None:
    """Show when an issue was accepted, with rests and pauses; None: all in one step of time, or nothing was."""
    if pace is None or len(pace.accepted) < 2:
        return None
    say = language.say
    cells: list[Count] = apart(pace.accepted) if outside else list(pace.accepted)
    times = [(pace.began_at + place * pace.step).astimezone() for place in range(len(cells))]
    a_day = pace.step >= timedelta(days=1)
    days = len({each.date() for each in times}) > 1
    labels = [f"{each.day}/{each.month}" if a_day else f"{each:%H:%M}" for each in times]
    labels = [
        f"{time.day}/{time.month} {label}" if days and not a_day else label
        for time, label in zip(times, labels, strict=True)
    ]
    bands = _bands(pace, say("rest"), say("pause"))
    busiest = max(range(len(cells)), key=lambda place: pace.accepted[place])
    return Chart(
        key="pace",
        shape=ChartShape.LINES,
        title=say("Sent over time"),
        sentence=say(
            "Sending began on %(day)s at %(time)s. Most emails were accepted around %(busiest)s.",
            day=language.date(times[0].date()),
            time=f"{times[0]:%H:%M}",
            busiest=labels[busiest],
        ),
        head=say("From"),
        labels=tuple(labels),
        series=(ChartSeries(say("Accepted"), tuple(cells)),),
        bands=bands,
        note=say(
            "Each step is %(step)s. A rest: sending went on, and nothing was accepted. A pause: nobody was sending.",
            step=_step_in_words(pace.step, language),
        ),
    )


def _bands(pace: SendingPace, rest: str, pause: str) -> tuple[ChartBand, ...]:
    found: list[ChartBand] = []
    for place, number in enumerate(pace.accepted):
        if number:
            continue
        name = rest if pace.at_work[place] else pause
        if found and found[-1].last == place - 1 and found[-1].name == name:
            found[-1] = ChartBand(found[-1].first, place, name)
        else:
            found.append(ChartBand(place, place, name))
    return tuple(found)


def _step_in_words(step: timedelta, language: Language) -> str:
    minutes = max(round(step / timedelta(minutes=1)), 1)
    if minutes % 1440 == 0:
        return language.count("%(number)s day", "%(number)s days", minutes // 1440)
    if minutes % 60 == 0:
        return language.count("%(number)s hour", "%(number)s hours", minutes // 60)
    return language.count("%(number)s minute", "%(number)s minutes", minutes)


def feedback_chart(found: Counter[tuple[FeedbackKind, str]], language: Language, outside: bool) -> Chart | None:
    """Show what came back after it was accepted, by kind, the most frequent first; None: nothing did."""
    say = language.say
    kinds: list[tuple[str, Cell]] = []
    for kind in (FeedbackKind.BOUNCE, FeedbackKind.COMPLAINT, FeedbackKind.UNSUBSCRIBE):
        of_kind = Counter({words: number for (each, words), number in found.items() if each is kind}).most_common()
        cells = apart([number for _, number in of_kind]) if outside else [number for _, number in of_kind]
        kinds += [(words, cell) for (words, _), cell in zip(of_kind, cells, strict=True)]
    if not kinds:
        return None
    show = shown(language)
    return Chart(
        key="came-back",
        shape=ChartShape.BARS,
        title=say("What came back"),
        sentence=say("Most often: %(kind)s (%(number)s).", kind=say(kinds[0][0]), number=show(kinds[0][1])),
        head=say("What was said"),
        labels=tuple(say(words) for words, _ in kinds),
        series=(ChartSeries(say("People"), tuple(cell for _, cell in kinds)),),
    )
