"""The charts of an issue's account: who got it, who did not, what mail servers said, what people did by its links."""

from newsletter.database.tables import State
from newsletter.languages import Language
from newsletter.reports.account import OTHERS, IssueAccount
from newsletter.reports.cells import LEAST, Cell, Count, shown, sum_of
from newsletter.reports.chart import Chart, ChartSeries, ChartShape
from newsletter.reports.disclosure import apart, cell_of
from newsletter.reports.issue_charts import told_by
from newsletter.reports.labels import LABELS, LEFT_OUT, MEANINGS


def account_charts(account: IssueAccount, language: Language, outside: bool) -> list[Chart]:
    """Show what happened to everybody on the list, as a chart and a table; outside, sums follow from what is told."""
    say, told = language.say, told_by(outside)
    states = [(say(LABELS[state]), told(account.states[state])) for state in State if account.states[state]]
    left_out = [
        (say(LEFT_OUT.get(reason, reason)), told(number))
        for reason, number in sorted(account.excluded.items())
        if number
    ]
    frozen, excluded = sum_of([cell for _, cell in states]), sum_of([cell for _, cell in left_out])
    show = shown(language)
    people = (*states, (say("All"), frozen))
    others = (
        *left_out,
        (say("Left out"), excluded),
        (say("On the list when sending began"), sum_of([frozen, excluded])),
    )
    found: list[Chart | None] = [
        Chart(
            key="everybody",
            shape=ChartShape.BARS,
            title=say("What happened to everybody"),
            sentence=say(
                "%(accepted)s of %(all)s emails were accepted by mail servers.",
                accepted=show(told(account.states[State.ACCEPTED])),
                all=show(frozen),
            ),
            head=say("State"),
            labels=tuple(name for name, _ in people),
            series=(ChartSeries(say("People"), tuple(cell for _, cell in people)),),
            sums=1,
            note=" ".join(
                say("%(state)s: %(meaning)s", state=say(LABELS[state]).capitalize(), meaning=say(MEANINGS[state]))
                for state in State
                if account.states[state]
            ),
        ),
        Chart(
            key="left-out",
            shape=None,
            title=say("Who was left out"),
            sentence=say("%(number)s people on the list were not sent this issue.", number=show(excluded)),
            head=say("Why"),
            labels=tuple(name for name, _ in others),
            series=(ChartSeries(say("People"), tuple(cell for _, cell in others)),),
        ),
    ]
    found += [_answers_chart(account, language, outside), _links_chart(account, language, outside)]
    return [chart for chart in found if chart is not None]


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
