"""The steps of `send` and `resume`, in order: plan, freeze or find the issue, lock, run.

The same post to the same audience is one issue. A plan for a post that was frozen before leads to that issue, so a
second `send` finishes the first one instead of writing to recipients twice.
"""

import asyncio
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, func, select

from newsletter import send_log, signals, standing
from newsletter.answers import read, shown_for_many, status_of
from newsletter.clock import in_full, now
from newsletter.compiled import CompiledEmail
from newsletter.database import reading, writing
from newsletter.deliver import Ending, Policy, Run, Sender, Surroundings
from newsletter.errors import Refused, RelayRefused, RelaySpent
from newsletter.issue import (
    Issue,
    Letterhead,
    audience_for,
    earlier_issues,
    freeze,
    freeze_audience,
    newest_issue,
    read_issue,
    schedule,
)
from newsletter.lock import sender_lock
from newsletter.message import MessageBuilder, Recipient
from newsletter.message.dkim import dkim_signer
from newsletter.post import Post
from newsletter.settings import Settings
from newsletter.tables import Standing
from newsletter.throttle import TROUBLE_PASSES
from newsletter.transport import Transport
from subscribers import topics
from subscribers.segment import Tree
from subscribers.tokens import LinkSigner


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
    earlier = [issue for issue in known if issue.standing is not Standing.CANCELLED]
    same = next((issue for issue in earlier if _is_same(issue, post, segment)), None)
    for issue in earlier:
        if issue.is_scheduled:
            raise Refused(why=_SCHEDULED.format(issue=issue, when=in_full(issue.not_before or issue.frozen_at)))
        if issue.fingerprint != post.fingerprint and _is_unfinished(connection, issue):
            raise Refused(why=_CHANGED.format(issue=issue))
    unfinished = same if same and _is_unfinished(connection, same) else None
    if same and not unfinished:
        raise Refused(why=_WENT_OUT.format(issue=same, when=in_full(same.frozen_at)))
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


def freeze_plan(engine: Engine, planned: Plan) -> Issue:
    """Freeze what was planned, or reopen the unfinished issue that the post was frozen as. Commits."""
    with writing(engine) as connection:
        if planned.unfinished:
            standing.reopen(connection, planned.unfinished)
            return planned.unfinished
        return freeze(connection, *_frozen(planned), now(), planned.segment, sparing=not planned.again)


def schedule_plan(engine: Engine, planned: Plan, at: datetime) -> Issue:
    """Freeze the words of what was planned; its audience is frozen `at` that time. Commits.

    Raises Refused if the post was frozen already and is unfinished.
    """
    if planned.unfinished:
        raise Refused(why=_BEGUN.format(issue=planned.unfinished))
    with writing(engine) as connection:
        return schedule(connection, *_frozen(planned), now(), at, planned.segment, sparing=not planned.again)


def queue_refused(connection: Connection, issue: Issue, text: str) -> Counter[str]:
    """Queue deliveries again whose refusal contains `text`; "": whose refusal was not about the recipient.

    Returns how many, by answer. Raises Refused if there are none.
    """
    again, answers = [], Counter[str]()
    for delivery, code, reply in send_log.refused(connection, issue.number):
        words = f"{code} {reply}"
        named = text.casefold() in words.casefold() if text else not _is_about_them(code, reply)
        if named:
            again.append(delivery)
            answers[f"{code} {shown_for_many(reply)}"] += 1
    if not again:
        which = f" with “{text}” in the answer" if text else " for a reason that has to do with you, not with them"
        raise Refused(why=_NONE_REFUSED.format(issue=issue, which=which))
    send_log.queue_again(connection, again)
    return answers


def _is_about_them(code: int, text: str) -> bool:
    return read(code, status_of(text), text).clear


def policy(settings: Settings, rate: float | None = None, limit: int = 0, wait: bool = False) -> Policy:
    """Make the policy of a run from the settings and from what the command line says about this run."""
    return Policy(
        rate=settings.rate_per_second if rate is None else rate,
        limit=limit,
        wait=wait,
        first_retry=settings.retry_seconds,
        shelf_life=timedelta(hours=settings.shelf_life_hours),
        daily_limit=settings.daily_limit,
        warm_up=settings.warm_up,
        warm_up_from=settings.warm_up_from,
    )


def builder(settings: Settings, issue: Issue) -> MessageBuilder:
    """Make the builder of the messages of `issue`. Raises SettingsError for a DKIM key that cannot be used."""
    signer = LinkSigner(settings.secret_keys, issue.letterhead.list_id)
    return MessageBuilder(issue, signer, settings.secret_key, dkim_signer(settings, issue.frozen_at))


def deliver_issue(
    engine: Engine, settings: Settings, issue: Issue, transport: Transport, how: Policy, around: Surroundings
) -> tuple[Run, int]:
    """Send `issue` as far as the policy allows; also return the signal that interrupted it, 0 for none.

    A scheduled issue is frozen for its audience first. After a SIGINT, SIGTERM or SIGHUP the run finishes what is under
    way; a second signal aborts that, except SIGHUP, which a closed terminal may send twice. Raises SenderBusy if the
    issue is being sent already, Refused if a scheduled issue has no recipient, and what the sender and the transport
    raise.
    """
    settings.require("secret_key")
    with sender_lock(engine, issue.number, now()) as holds_lock:
        begun = _begin(engine, issue.number)
        sender = Sender(engine, begun.number, builder(settings, begun), how, around, holds_lock)
        try:
            run, signalled = asyncio.run(_run_until_signalled(sender, transport))
        except RelaySpent as error:
            with writing(engine) as connection:
                standing.postpone(
                    connection,
                    begun.number,
                    now() + timedelta(seconds=TROUBLE_PASSES),
                    f"the mail server: {error.particulars['why']}",
                )
            raise
        except RelayRefused as error:
            _hold(engine, begun, str(error))
            raise
        finally:
            sender.leave()
        _settle(engine, begun, run, signalled)
        return run, signalled


def dry_run(engine: Engine, settings: Settings, planned: Plan, progress: Callable[[int], None]) -> int:
    """Build every message of a plan and throw it away; say how many. Raises MessageError if one cannot be built."""
    issue = Issue(0, planned.post.slug, "", now(), 0, 0, planned.email, planned.letterhead)
    making = builder(settings, issue)
    built = 0
    with reading(engine) as connection:
        post = planned.post
        audience = audience_for(connection, post.fingerprint, planned.segment, planned.again, now(), post.topic)
        for row in connection.execute(audience.recipients(), execution_options={"yield_per": 1000}):
            making.build(Recipient(0, row.id, row.address, row.first_name, row.last_name, row.fields or {}))
            built += 1
            progress(built)
    return built


def _frozen(planned: Plan) -> tuple[Post, CompiledEmail, Letterhead]:
    return planned.post, planned.email, planned.letterhead


def _begin(engine: Engine, number: int) -> Issue:
    with writing(engine) as connection:
        issue = read_issue(connection, number)
        return freeze_audience(connection, issue, now()) if issue.is_scheduled else issue


def _settle(engine: Engine, issue: Issue, run: Run, signalled: int) -> None:
    """Pause or postpone an issue that a person or the relay has stopped, so that no timer starts it again too early."""
    if signalled == signal.SIGINT and run.ending is Ending.INTERRUPTED:
        _hold(engine, issue, "interrupted")
    elif run.ending is Ending.STOPPED and run.stopped_by:
        said = f"the mail server said: “{run.stopped_by.words}”"
        if run.stopped_by.for_now:
            until = now() + timedelta(seconds=run.stopped_by.judged.seconds)
            with writing(engine) as connection:
                standing.postpone(connection, issue.number, until, said)
        else:
            _hold(engine, issue, said)


def _hold(engine: Engine, issue: Issue, why: str) -> None:
    with writing(engine) as connection:
        standing.pause(connection, issue.number, why)


async def _run_until_signalled(sender: Sender, transport: Transport) -> tuple[Run, int]:
    received: list[int] = []
    task = asyncio.ensure_future(sender.run(transport))

    def interrupt(number: int) -> None:
        received.append(number)
        sender.interrupt()
        if sum(each != signal.SIGHUP for each in received) > 1:
            task.cancel()

    loop = asyncio.get_running_loop()
    with signals.handled_by(lambda number: loop.call_soon_threadsafe(interrupt, number)):
        try:
            return await task, (received or [0])[0]
        except asyncio.CancelledError:
            return sender.ended(), (received or [0])[0]


def _is_same(issue: Issue, post: Post, segment: Tree | None) -> bool:
    return issue.fingerprint == post.fingerprint and issue.segment == str(segment or "")


def _is_unfinished(connection: Connection, issue: Issue) -> bool:
    return send_log.is_unfinished(connection, issue.number)


_NONE_REFUSED = (
    "Nobody was refused issue {issue.number}{which}. To see who was refused, and why: `newsletter log {issue.number} "
    "--state refused`."
)
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
    "them again, add --again."
)
