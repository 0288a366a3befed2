"""The charts of an issue's account: who got it, who did not, what mail servers said, what people did by its links."""

from newsletter.database.tables import State
from newsletter.languages import Language
from newsletter.reports.account import OTHERS, IssueAccount
from newsletter.reports.cells import LEAST, Cell, Count, shown, sum_of
from newsletter.reports.chart import Chart, ChartSeries, ChartShape
from newsletter.reports.disclosure import apart, cell_of
from newsletter.reports.issue_charts import told_by
from newsletter.reports.labels import LABELS, LEFT_OUT, MEANINGS, in_words


def account_charts(account: IssueAccount, language: Language, outside: bool) -> list[Chart]:
    """Show what happened to everybody on the list, as charts and tables; outside, sums follow from what is told."""
    found = [
        _everybody_chart(account, language, outside),
        _languages_chart(account, language, outside),
        _left_out_chart(account, language, outside),
        _answers_chart(account, language, outside),
        _links_chart(account, language, outside),
    ]
    return [chart for chart in found if chart is not None]


def _everybody_chart(account: IssueAccount, language: Language, outside: bool) -> Chart:
    say, show, told = language.say, shown(language), told_by(outside)
    there = [state for state in State if account.states[state]]
    cells = [told(account.states[state]) for state in there]
    frozen = sum_of(cells)
    return Chart(
        key="everybody",
        shape=ChartShape.BARS,
        title=say("What happened to everybody"),
        sentence=say(
            "%(accepted)s of %(all)s emails were accepted by mail servers.",
            accepted=show(told(account.states[State.ACCEPTED])),
            all=show(frozen),
        ),
        head=say("State"),
        labels=(*(say(LABELS[state]) for state in there), say("All")),
        series=(ChartSeries(say("People"), (*cells, frozen)),),
        sums=1,
        note=" ".join(
            say("%(state)s: %(meaning)s", state=say(LABELS[state]).capitalize(), meaning=say(MEANINGS[state]))
            for state in there
        ),
    )


def _languages_chart(account: IssueAccount, language: Language, outside: bool) -> Chart | None:
    """Show how many got an issue in which language; None where all got the same email."""
    if not account.languages:
        return None
    say, told = language.say, told_by(outside)
    there = sorted(account.languages)
    cells = [told(account.languages[each]) for each in there]
    return Chart(
        key="languages",
        shape=None,
        title=say("In which language"),
        sentence="",
        head=say("Language"),
        labels=(*(in_words(each) for each in there), say("All")),
        series=(ChartSeries(say("People"), (*cells, sum_of(cells))),),
        sums=1,
    )


def _left_out_chart(account: IssueAccount, language: Language, outside: bool) -> Chart:
    say, show, told = language.say, shown(language), told_by(outside)
    reasons = sorted(reason for reason, number in account.excluded.items() if number)
    cells = [told(account.excluded[reason]) for reason in reasons]
    excluded = sum_of(cells)
    on_the_list = sum_of([*cells, *(told(account.states[state]) for state in State)])
    return Chart(
        key="left-out",
        shape=None,
        title=say("Who was left out"),
        sentence=say("%(number)s people on the list were not sent this issue.", number=show(excluded)),
        head=say("Why"),
        labels=(
            *(say(LEFT_OUT.get(reason, reason)) for reason in reasons),
            say("Left out"),
            say("On the list when sending began"),
        ),
        series=(ChartSeries(say("People"), (*cells, excluded, on_the_list)),),
        sums=2,
    )


def _answers_chart(account: IssueAccount, language: Language, outside: bool) -> Chart | None:
    """Show what mail servers said; outside, an answer is quoted only if enough people had it."""
    say = language.say
    rows: list[tuple[str, Count]] = []
    for state in State:
        of_state = [answer for answer in account.answers if answer.state is state]
        least = LEAST if outside else 1
        quoted = [answer for answer in of_state if answer.number >= least and answer.reply != OTHERS]
        others = sum(answer.number for answer in of_state if answer not in quoted)
        words = [f"{answer.code or ''} {answer.reply}".strip() or say("no answer") for answer in quoted]
        numbers = [answer.number for answer in quoted]
        if others:
            words, numbers = [*words, say("other answers")], [*numbers, others]
        cells: list[Count] = apart(numbers) if outside else list(numbers)
        rows += [(f"{say(LABELS[state])}: {each}", cell) for each, cell in zip(words, cells, strict=True)]
    if not rows:
        return None
    return Chart(
        key="answers",
        shape=None,
        title=say("What mail servers said"),
        sentence=say("Their answers about people who were not reached."),
        head=say("Answer"),
        labels=tuple(words for words, _ in rows),
        series=(ChartSeries(say("People"), tuple(cell for _, cell in rows)),),
    )


def _links_chart(account: IssueAccount, language: Language, outside: bool) -> Chart | None:
    say = language.say
    done = {
        say("unsubscribed with its links"): account.through.unsubscribed,
        say("subscribed again with its links"): account.through.came_back,
        say("changed their address with its links"): account.through.changed_address,
        say("changed their preferences with its links"): account.through.changed_preferences,
        **{
            say("unsubscribed and said why: %(reason)s", reason=reason): number
            for reason, number in account.left.reasons.most_common()
        },
    }
    rows: list[tuple[str, Cell]] = [
        (what, cell_of(number) if outside else number) for what, number in done.items() if number
    ]
    if not rows:
        return None
    show = shown(language)
    return Chart(
        key="links",
        shape=None,
        title=say("What people did with its links"),
        sentence=say("Most often: %(kind)s (%(number)s).", kind=rows[0][0], number=show(rows[0][1])),
        head=say("What"),
        labels=tuple(what for what, _ in rows),
        series=(ChartSeries(say("People"), tuple(cell for _, cell in rows)),),
    )
