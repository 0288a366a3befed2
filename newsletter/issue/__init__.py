"""Freezes a compiled mail and an audience as one numbered Issue with its queued deliveries, in one transaction.

Once frozen, nothing about an issue changes: not its words, not its headers, not its audience. A subscriber who is
edited, erased or added later makes no difference, except that a recipient who no longer wants the mail is skipped.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Insert,
    Row,
    Select,
    case,
    func,
    insert,
    literal,
    or_,
    select,
    true,
)

from newsletter.compiled import CompiledEmail
from newsletter.database.tables import FeedbackKind, Lifecycle, State, deliveries, events, exclusions, issues
from newsletter.errors import ActionRefused, NothingSentYet, UnknownIssue
from newsletter.policy.canary import Canary
from newsletter.settings import HookService, Mailbox, Settings
from subscribers.audience import LEFT_OUT, Audience
from subscribers.segment import Tree, condition, parse
from subscribers.statements import roomy
from subscribers.tables import subscribers

if TYPE_CHECKING:  # because who only reads an issue needs no reader of posts
    from newsletter.post import Post

MOST = 2**31 - 1
"""The largest integer of the database: above any issue's number."""


MESSAGE_FORMAT = 1
"""The number of the code that builds the bytes of a message from a frozen issue. If the same issue would become other
bytes, it must have a new number: another try of a delivery, on any machine, must repeat the bytes of the first."""


@dataclass(frozen=True)
class Letterhead:
    """What every message of an issue says about its sender, as it was when the issue was frozen.

    `salt` makes Message-IDs that cannot be guessed, and that stay the same at every attempt.
    """

    sender: Mailbox
    reply_to: Mailbox | None
    return_path: Mailbox | None
    organisation: str
    list_id: str
    base_url: str
    """The address of the public pages; empty: there are none, and recipients unsubscribe by mail."""
    salt: str
    echoes: tuple[HookService, ...] = ()
    """The services that are to send our token back with each event; each adds a field to the head of a message."""


@dataclass(frozen=True)
class Issue:
    """One numbered sending of a post to an audience. `candidates` is `frozen` plus the number of those excluded."""

    number: int
    post: str
    fingerprint: str
    frozen_at: datetime
    candidates: int
    frozen: int
    email: CompiledEmail
    letterhead: Letterhead
    segment: str = ""
    """The expression of the segment it is for; empty: the whole list."""
    sparing: bool = False
    """Whether it leaves out subscribers who had this post in an earlier issue."""
    lifecycle: Lifecycle = Lifecycle.OPEN
    why: str = ""
    """Why it is paused or cancelled."""
    not_before: datetime | None = None
    topic: str = ""
    """The kind of mail it is; subscribers who declined that topic are left out."""
    listed: bool = True
    """Whether the public archive shows it."""
    canary: Canary | None = None
    """Its first wave, until that is judged."""
    judged_at: datetime | None = None
    """When what became of the first wave may be judged; None: not all of the first have been tried."""
    message_format: int = MESSAGE_FORMAT
    """Which code builds the bytes of its messages."""
    only_because: str = ""
    """Why only one half of a post in two languages was sent; empty: that is not so."""

    @property
    def is_scheduled(self) -> bool:
        """Whether its words are frozen and its audience is not yet."""
        return self.frozen == 0


def letterhead(settings: Settings, salt: str) -> Letterhead:
    """Take from the settings what every message says about its sender. Raises SettingsError if something is missing."""
    settings.require("from_", "organisation", "postal_address", "secret_key")
    return Letterhead(
        sender=settings.sender,
        reply_to=settings.reply_to,
        return_path=settings.return_path,
        organisation=settings.organisation,
        list_id=settings.list_name,
        base_url=settings.base_url,
        salt=salt,
        echoes=settings.hooks,
    )


def audience_for(
    connection: Connection,
    fingerprint: str,
    segment: Tree | None,
    again: bool,
    now: datetime,
    topic: str = "",
    before: int = MOST,
) -> Audience:
    """Return the audience of a post: the subscribers of `segment`, or of the whole list, who want its topic.

    Unless `again`, it is without those who had the post in an issue with a number below `before`.
    """
    wanted = replace(audience_in(connection, segment, now), topic=topic)
    return wanted if again else replace(wanted, had_it=_had(fingerprint, before))


def audience_in(connection: Connection, segment: Tree | None, now: datetime) -> Audience:
    """Return the subscribers of `segment`, or of the whole list, who may be written to, whatever the post."""
    return Audience(now, condition(segment, connection.dialect.name, _received, _bounced) if segment else true())


def freeze(
    connection: Connection,
    post: "Post",
    email: CompiledEmail,
    head: Letterhead,
    now: datetime,
    segment: Tree | None = None,
    sparing: bool = False,
    canary: Canary | None = None,
) -> Issue:
    """Write down the mail and, for each subscriber of `segment` or the list, a queued delivery or why there is none.

    `sparing`: leave out subscribers who had this post in an earlier issue. `canary`: its first wave.

    Raises Refused if no recipient is left; the caller's transaction is then undone, and leaves nothing behind.
    """
    issue = schedule(connection, post, email, head, now, None, segment, sparing)
    if canary:
        first = {"canary_first": canary.first, "canary_seconds": canary.seconds}
        connection.execute(issues.update().where(issues.c.id == issue.number).values(first))
    return freeze_audience(connection, replace(issue, canary=canary), now)


def schedule(
    connection: Connection,
    post: "Post",
    email: CompiledEmail,
    head: Letterhead,
    now: datetime,
    at: datetime | None,
    segment: Tree | None = None,
    sparing: bool = False,
) -> Issue:
    """Write down the mail, to go out `at` that time; its audience is frozen then, with subscribers who join by then."""
    row = {
        "post": post.slug,
        "fingerprint": post.fingerprint,
        "segment": str(segment or ""),
        "frozen_at": now,
        "content": _content(post, email, head, sparing),
        "candidates": 0,
        "frozen": 0,
        "not_before": at,
        "topic": post.topic,
        "message_format": MESSAGE_FORMAT,
        # A post for a part of the list is not meant for the public archive, unless the post says so.
        "listed": post.archive if post.archive is not None else segment is None,
    }
    number = connection.execute(insert(issues).returning(issues.c.id), row).scalar_one()
    return read_issue(connection, number)


def freeze_audience(connection: Connection, issue: Issue, now: datetime) -> Issue:
    """Queue a scheduled issue for its audience. Raises Refused if no recipient is left."""
    segment = parse(issue.segment) if issue.segment else None
    again = not issue.sparing
    audience = audience_for(connection, issue.fingerprint, segment, again, now, issue.topic, before=issue.number)
    frozen, excluded = _freeze_audience(connection, issue, audience)
    if not frozen:
        raise ActionRefused(why=nobody_left(audience.why_left_out(connection), segment))
    begun = replace(issue, candidates=frozen + excluded, frozen=frozen, frozen_at=now)
    counts = {name: getattr(begun, name) for name in ("candidates", "frozen", "frozen_at")}
    connection.execute(issues.update().where(issues.c.id == issue.number).values(counts))
    return begun


def nobody_left(excluded: Mapping[str, int], segment: Tree | None) -> str:
    """Say why an issue has no recipient; `excluded`: how many are left out of it, by reason."""
    number = sum(excluded.values())
    if segment and not number:
        return f"Nobody to send to: nobody on your list is in the segment {segment}."
    if not number:
        return "Nobody to send to: your list is empty. To add people: `newsletter subscribers import FILE`."
    people = "the person" if number == 1 else f"the {number:,} people"
    counts = " · ".join(f"{many:,} {LEFT_OUT.get(reason, reason)}" for reason, many in sorted(excluded.items()))
    return f"Nobody to send to. Of {people} {'in this segment' if segment else 'on your list'}: {counts}."


def read_issue(connection: Connection, number: int | None = None) -> Issue:
    """Read issue `number`, or the newest. Raises UnknownIssue."""
    if number is None:
        found = newest_issue(connection)
    else:
        row = connection.execute(select(issues).where(issues.c.id == number)).first()
        found = _issue(row) if row else None
    if found is None:
        raise NothingSentYet if number is None else UnknownIssue(number=number)
    return found


def newest_issue(connection: Connection) -> Issue | None:
    """Read the issue with the highest number, if there is one."""
    row = connection.execute(select(issues).order_by(issues.c.id.desc()).limit(1)).first()
    return _issue(row) if row else None


def read_issues(connection: Connection) -> list[Issue]:
    """Read all issues, the newest first."""
    return [_issue(row) for row in connection.execute(select(issues).order_by(issues.c.id.desc()))]


def earlier_issues(connection: Connection, post: "Post") -> list[Issue]:
    """Find the issues that this post, or another version of it, was frozen as; the newest first."""
    same = (issues.c.fingerprint == post.fingerprint) | (issues.c.post == post.slug)
    return [_issue(row) for row in connection.execute(select(issues).where(same).order_by(issues.c.id.desc()))]


def _received(number: int) -> ColumnElement[bool]:
    accepted = (deliveries.c.issue_id == number) & (deliveries.c.state == State.ACCEPTED)
    return subscribers.c.id.in_(select(deliveries.c.subscriber_id).where(accepted))


def _bounced(number: int | None) -> ColumnElement[bool]:
    """Return the condition for subscribers whose mail was refused at once or bounced later."""
    refused = select(deliveries.c.subscriber_id).where(deliveries.c.state == State.REFUSED)
    returned = select(deliveries.c.subscriber_id).join(events, events.c.delivery_id == deliveries.c.id)
    returned = returned.where(events.c.kind == FeedbackKind.BOUNCE.value)
    if number is not None:
        refused, returned = (each.where(deliveries.c.issue_id == number) for each in (refused, returned))
    return or_(subscribers.c.id.in_(refused), subscribers.c.id.in_(returned))


def _had(fingerprint: str, before: int) -> ColumnElement[bool]:
    same = select(issues.c.id).where(issues.c.fingerprint == fingerprint, issues.c.id < before)
    written = deliveries.c.issue_id.in_(same) & deliveries.c.state.not_in(_CAME_TO_NOTHING)
    # By address too: a subscriber may have left and come back as a new row.
    return or_(
        subscribers.c.id.in_(select(deliveries.c.subscriber_id).where(written)),
        subscribers.c.address.in_(select(deliveries.c.address).where(written)),
    )


_CAME_TO_NOTHING = (State.REFUSED, State.EXPIRED, State.SKIPPED)


def _languages(email: CompiledEmail, reader: ColumnElement[str]) -> ColumnElement[str]:
    """Say the same as `languages_for` of a mail, in SQL."""
    every = literal("+".join(email.languages))
    own = func.lower(reader)
    chosen = [((own == code) | own.like(f"{code}-%"), literal(code)) for code in email.variants]
    return case(*chosen, else_=every) if chosen else every


def _freeze_audience(connection: Connection, issue: Issue, audience: Audience) -> tuple[int, int]:
    people, number = audience.recipients().subquery(), issue.number
    columns = ("subscriber_id", "address", "first_name", "last_name", "fields")
    copied: Select[Any] = select(
        literal(number),
        people.c.id,
        *(people.c[name] for name in columns[1:]),
        literal(State.QUEUED.value),
        literal(False),
        literal(0),
        _languages(issue.email, people.c.language),
    )
    target = ["issue_id", *columns, "state", "dotted", "attempts", "language"]
    left_out = audience.exclusions().subquery()
    others = select(literal(number), left_out.c.subscriber_id, left_out.c.reason)
    with roomy(connection):
        return (
            _insert_all(connection, insert(deliveries).from_select(target, copied, include_defaults=False)),
            _insert_all(connection, insert(exclusions).from_select(["issue_id", "subscriber_id", "reason"], others)),
        )


def _insert_all(connection: Connection, statement: Insert) -> int:
    # The statement itself counts its rows; counting them afterwards would read all subscribers again.
    return connection.execute(statement.execution_options(preserve_rowcount=True)).rowcount


def _content(post: "Post", email: CompiledEmail, head: Letterhead, sparing: bool) -> dict[str, Any]:
    content = {**email.to_content(), "letterhead": asdict(head), "sparing": sparing}
    return content | ({"only_because": post.only_because} if post.only_because else {})


def _issue(row: Row[Any]) -> Issue:
    head = dict(row.content["letterhead"])
    for name in ("sender", "reply_to", "return_path"):
        head[name] = Mailbox(**head[name]) if head[name] else None
    head["echoes"] = tuple(map(HookService, head.get("echoes", ())))  # an issue frozen earlier names none
    return Issue(
        number=row.id,
        post=row.post,
        fingerprint=row.fingerprint,
        frozen_at=row.frozen_at,
        candidates=row.candidates,
        frozen=row.frozen,
        email=CompiledEmail.from_content(row.content),
        letterhead=Letterhead(**head),
        segment=row.segment,
        sparing=row.content.get("sparing", False),
        lifecycle=Lifecycle(row.standing),
        why=row.why,
        not_before=row.not_before,
        topic=row.topic,
        listed=row.listed,
        canary=Canary(row.canary_first, row.canary_seconds) if row.canary_first else None,
        judged_at=row.canary_until,
        message_format=row.message_format,
        only_because=row.content.get("only_because", ""),
    )
