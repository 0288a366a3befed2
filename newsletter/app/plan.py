"""What a send would do, and the issue it makes. In: a compiled post and its audience. Out: a Plan, then an Issue.

The same post to the same audience is one issue. A plan for a post that was frozen before leads to that issue, so a
second `send` finishes the first one instead of writing to recipients twice.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, func, select, update

from newsletter import send_log
from newsletter.app.sender import builder
from newsletter.compiled import CompiledEmail
from newsletter.database.engine import reading, writing
from newsletter.database.tables import Lifecycle, State, deliveries, issues
from newsletter.delivery import lifecycle
from newsletter.errors import ActionRefused
from newsletter.issue import (
    Issue,
    Letterhead,
    audience_for,
    earlier_issues,
    freeze,
    newest_issue,
    read_issue,
    schedule,
)
from newsletter.message import Recipient
from newsletter.policy.canary import Canary
from newsletter.post import Post
from newsletter.runtime.clock import in_full, now
from newsletter.send_log import slices
from newsletter.settings import Settings
from subscribers import topics
from subscribers.segment import Tree, parse

Allow = Callable[[Connection, Issue], object]
"""Is asked about an issue in the transaction that makes or reopens it; what it raises undoes that."""


@dataclass(frozen=True)
class Plan:
    """What would be sent, to how many recipients, and how many are left out: the organiser confirms this."""

    post: Post
    email: CompiledEmail
    letterhead: Letterhead
    recipients: int
    excluded: Counter[str]
    first: tuple[str, ...]
    """The first three addresses."""
    last_time: Issue | None
    """The newest issue before this one, to compare with."""
    unfinished: Issue | None
    """The unfinished issue that this post was already frozen as; sending goes on with that one."""
    segment: Tree | None = None
    """The segment it is for; None: the whole list."""
    again: bool = False
    newcomers: bool = False
    """Whether it goes only to those who joined since the post went out to the others."""


def plan(
    connection: Connection,
    post: Post,
    email: CompiledEmail,
    head: Letterhead,
    again: bool,
    segment: Tree | None = None,
) -> Plan:
    """Say what sending `post` to `segment`, or to the whole list, would do.

    Raises Refused if the post already went out to them, unless `again`; if it is scheduled; and if an unfinished issue
    has another version of it. Raises UnknownTopic if there is no such topic.
    """
    known = [] if again else earlier_issues(connection, post)
    earlier = [issue for issue in known if issue.lifecycle is not Lifecycle.CANCELLED]
    same = next((issue for issue in earlier if _is_same(issue, post, segment)), None)
    for issue in earlier:
        if issue.is_scheduled:
            raise ActionRefused(why=_SCHEDULED.format(issue=issue, when=in_full(issue.not_before or issue.frozen_at)))
        if issue.fingerprint != post.fingerprint and _is_unfinished(connection, issue):
            raise ActionRefused(why=_CHANGED.format(issue=issue))
    unfinished = same if same and _is_unfinished(connection, same) else None
    if same and not unfinished:
        raise ActionRefused(why=_WENT_OUT.format(issue=same, when=in_full(same.frozen_at)))
    if post.topic:
        topics.find(connection, post.topic)
    audience = audience_for(connection, post.fingerprint, segment, again, now(), post.topic)
    people = audience.recipients().subquery()

    first = select(people.c.address).order_by(people.c.id).limit(3)
    return Plan(
        post=post,
        email=email,
        letterhead=head,
        recipients=connection.execute(select(func.count()).select_from(people)).scalar_one(),
        excluded=audience.why_left_out(connection),
        first=tuple(connection.execute(first).scalars()),
        last_time=newest_issue(connection),
        unfinished=unfinished,
        segment=segment,
        again=again,
    )


def newcomers_since(connection: Connection, post: Post, among: Tree | None) -> Tree:
    """Return the segment of those who joined since `post` was last sent, from the day of that on.

    Without `among` they are of the segment that it was first sent to. People who had it get nothing, whenever they
    joined. Raises ActionRefused if the post was not sent yet.
    """
    known = earlier_issues(connection, post)
    sent = [each for each in known if each.lifecycle is not Lifecycle.CANCELLED and not each.is_scheduled]
    if not sent:
        raise ActionRefused(why="This post was not sent yet, so nobody joined since. Leave out --newcomers.")
    day = sent[0].frozen_at.date() - timedelta(days=1)
    whole = str(among or "") or sent[-1].segment
    return parse(f"({whole}) and joined:>{day}" if whole else f"joined:>{day}")


def freeze_plan(
    engine: Engine, planned: Plan, canary: Canary | None = None, allow: Allow = lambda connection, issue: None
) -> Issue:
    """Freeze what was planned, or reopen the unfinished issue that the post was frozen as. Commits.

    `canary`: its first wave; of an unfinished issue, the first of those who are queued. `allow` is asked last.
    """
    with writing(engine) as connection:
        if planned.unfinished:
            lifecycle.reopen(connection, planned.unfinished)
            if canary:
                _begin_again_with(connection, planned.unfinished.number, canary)
            issue = read_issue(connection, planned.unfinished.number)
        else:
            sparing = not planned.again
            issue = freeze(connection, *_frozen(planned), now(), planned.segment, sparing, canary)
        allow(connection, issue)
        return issue


def schedule_plan(engine: Engine, planned: Plan, at: datetime, allow: Allow = lambda connection, issue: None) -> Issue:
    """Freeze the words of what was planned; its audience is frozen `at` that time. `allow` is asked last. Commits.

    Raises Refused if the post was frozen already and is unfinished.
    """
    if planned.unfinished:
        raise ActionRefused(why=_BEGUN.format(issue=planned.unfinished))
    with writing(engine) as connection:
        issue = schedule(connection, *_frozen(planned), now(), at, planned.segment, sparing=not planned.again)
        allow(connection, issue)
        return issue


def dry_run(engine: Engine, settings: Settings, planned: Plan, progress: Callable[[int], None]) -> int:
    """Build every message of a plan and throw it away; say how many. Raises MessageError if one cannot be built."""
    issue = Issue(0, planned.post.slug, "", now(), 0, 0, planned.email, planned.letterhead)
    making = builder(settings, issue)
    built = 0
    with reading(engine) as connection:
        post = planned.post
        audience = audience_for(connection, post.fingerprint, planned.segment, planned.again, now(), post.topic)
        for row in connection.execute(audience.recipients(), execution_options={"yield_per": 1000}):
            making.build(
                Recipient(
                    0,
                    row.id,
                    row.address,
                    row.first_name,
                    row.last_name,
                    row.fields or {},
                    0,
                    planned.email.languages_for(row.language),
                )
            )
            built += 1
            progress(built)
    return built


def _begin_again_with(connection: Connection, issue: int, canary: Canary) -> None:
    """Have the first queued recipients of an unfinished issue be its first wave, with all who come before them."""
    table = deliveries.c
    queued = select(table.id).where(table.issue_id == issue, table.state == State.QUEUED).order_by(table.id)
    few = queued.limit(canary.first).subquery()
    last = select(func.max(few.c.id)).scalar_subquery()
    until = connection.execute(select(func.count()).where(table.issue_id == issue, table.id <= last)).scalar_one()
    first = {"canary_first": until or None, "canary_seconds": canary.seconds, "canary_until": None}
    connection.execute(update(issues).where(issues.c.id == issue).values(first))
    slices.forget(connection, issue)


def _frozen(planned: Plan) -> tuple[Post, CompiledEmail, Letterhead]:
    return planned.post, planned.email, planned.letterhead


def _is_same(issue: Issue, post: Post, segment: Tree | None) -> bool:
    return issue.fingerprint == post.fingerprint and issue.segment == str(segment or "")


def _is_unfinished(connection: Connection, issue: Issue) -> bool:
    return send_log.is_unfinished(connection, issue.number)


_BEGUN = (
    "You started sending this post before (issue {issue.number}). To finish it: `newsletter resume {issue.number}`."
)
_SCHEDULED = (
    "This post is already scheduled, as issue {issue.number}, for {when}. To undo this: `newsletter cancel "
    "{issue.number}`."
)
_CHANGED = (
    "The post has changed since you started sending it (issue {issue.number}), and not everybody has it yet. To finish "
    "with the old words: `newsletter resume {issue.number}`. To send the new words to everybody, add --again."
)
_WENT_OUT = (
    "This post was already sent, as issue {issue.number}, to {issue.frozen:,} people on {when}. To send it to all of "
    "them again, add --again. To send it only to people who joined since, add --newcomers."
)
