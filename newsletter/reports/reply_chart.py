"""The chart of answers that people wrote, by issue. Only reads; nothing of what they wrote is kept or shown."""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import Connection, func, select

from newsletter.database.incoming import replies
from newsletter.database.tables import deliveries
from newsletter.languages import Language
from newsletter.reports.cells import per_thousand, shown
from newsletter.reports.chart import Chart, ChartSeries, ChartShape
from newsletter.reports.issue_charts import told_by
from newsletter.reports.issue_numbers import IssueNumbers

MOST_BARS = 12


def replies_by_issue(connection: Connection) -> Counter[int]:
    """Count the people who answered each issue; two answers of one person count once."""
    people = select(deliveries.c.issue_id, func.count(replies.c.delivery_id.distinct()))
    query = people.join(replies, replies.c.delivery_id == deliveries.c.id).group_by(deliveries.c.issue_id)
    return Counter(dict(connection.execute(query).all()))


def reply_chart(
    found: Sequence[IssueNumbers], answered: Counter[int], language: Language, outside: bool
) -> Chart | None:
    """Show how many people answered each issue; None: nobody answered any of these."""
    newest = found[-MOST_BARS:]
    if not any(answered[each.issue] for each in newest):
        return None
    say, told = language.say, told_by(outside)
    cells = tuple(told(answered[each.issue]) for each in newest)
    accepted = tuple(told(each.accepted) for each in newest)
    return Chart(
        key="replies",
        shape=ChartShape.BARS,
        title=say("Replies"),
        sentence=say(
            "Issue %(issue)s: %(replies)s people wrote back, of %(accepted)s accepted.",
            issue=newest[-1].issue,
            replies=shown(language)(cells[-1]),
            accepted=shown(language)(accepted[-1]),
        ),
        head=say("Issue"),
        labels=tuple(f"{each.issue}: {each.subject}" for each in newest),
        series=(
            ChartSeries(say("People who replied"), cells),
            ChartSeries(say("Accepted"), accepted, drawn=False),
            ChartSeries(
                say("Replied, per 1,000 accepted"),
                tuple(per_thousand(part, of) for part, of in zip(cells, accepted, strict=True)),
                drawn=False,
            ),
        ),
    )
