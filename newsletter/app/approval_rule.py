"""The rule of approval: no issue begins without the approvals that the settings ask for, of exactly what it is.

Every way to begin comes through here: a send and a schedule through `allow`; the start of a scheduled issue, a resume,
and a worker's first slice through `require`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from newsletter.errors import ActionRefused
from newsletter.issue import Issue
from newsletter.issue.approval import AGAIN, NEWCOMERS, TO_ALL, Content, changes, content_of, hash_of, is_of
from newsletter.issue.approvers import approvers_in
from newsletter.issue.requests import (
    ApprovalRequest,
    count_for,
    has_begun,
    read_request,
    release,
    release_of,
    requests_of,
)
from newsletter.policy.approval import ApprovalCount, is_far_off
from newsletter.post import source
from newsletter.runtime.clock import in_full, now
from newsletter.settings import Settings

if TYPE_CHECKING:  # because a plan is made with what comes through here
    from newsletter.app.plan import Plan


class NotApproved(ActionRefused):
    """Not sent, because it is not approved: {why}"""


def content(plan: "Plan", at: datetime | None) -> dict[str, object]:
    """Return what approvers must approve before `plan` may be sent, or be scheduled for the time `at`."""
    to = AGAIN if plan.again else NEWCOMERS if plan.newcomers else TO_ALL
    segment = str(plan.segment or "")
    sources = {path.name: source.read_source(path) for path in plan.post.paths}
    return content_of(plan.email, plan.letterhead, segment, plan.post.topic, at, to, sources)


def allow(
    connection: Connection, settings: Settings, issue: Issue, plan: "Plan", at: datetime | None, without: str
) -> dict[str, object]:
    """Let `issue`, just made of `plan`, begin; return what its deed says about that.

    `without`: why it is sent without approval; empty: it is not. Call it in the transaction that makes the issue, which
    NotApproved undoes.
    """
    if plan.unfinished:
        return require(connection, settings, issue, without)
    if without:
        release(connection, issue.number, None, without, now())
        return {"without_approval": without}
    if not settings.approvals:
        return {}
    wanted = content(plan, at)
    request = _approved(connection, settings, plan.post.slug, wanted)
    _same_people(request, plan.recipients)
    release(connection, issue.number, request.number, "", now())
    return _told(connection, settings, request)


def require(connection: Connection, settings: Settings, issue: Issue, without: str = "") -> dict[str, object]:
    """Raise NotApproved unless `issue` may begin, or has begun already; return what its deed says about that.

    `without`: why it may go on without approval. Its audience may be frozen or not; if it is, it is compared.
    """
    if without:
        release(connection, issue.number, None, without, now())
        return {"without_approval": without}
    if not settings.approvals:
        return {}
    released = release_of(connection, issue.number)
    if released is not None and released.request is None:
        return {"without_approval": released.why}
    if has_begun(connection, issue.number):
        return {}
    if released is None or released.request is None:
        raise NotApproved(why=_MADE_BEFORE.format(number=issue.number))
    request = _still_approved(connection, settings, issue, read_request(connection, released.request))
    return _told(connection, settings, request)


def refuse(connection: Connection, settings: Settings, plan: "Plan", at: datetime | None) -> None:
    """Raise NotApproved if `plan` could not be sent now, or be scheduled for the time `at`. Writes nothing."""
    if plan.unfinished:
        require(connection, settings, plan.unfinished)
    elif settings.approvals:
        _same_people(_approved(connection, settings, plan.post.slug, content(plan, at)), plan.recipients)


def _approved(connection: Connection, settings: Settings, post: str, wanted: Content) -> ApprovalRequest:
    """Return the approved request for exactly `wanted`. Raises NotApproved, which says what is missing or changed."""
    asked, digest = requests_of(connection, post), hash_of(wanted)
    same = [each for each in asked if each.hash == digest]
    counts = [(each, count_for(connection, each, _keys(settings))) for each in same if not each.is_used]
    for request, counted in counts[:1]:  # the newest: who asks again asks for new answers
        if counted.is_enough(settings.approvals):
            return request
        raise NotApproved(why=_missing(settings, request, counted))
    if same:
        raise NotApproved(why=_USED.format(request=same[0]))
    if asked:
        raise NotApproved(
            why=_CHANGED.format(request=asked[0], differs=", and ".join(changes(asked[0].content, wanted)))
        )
    raise NotApproved(why=_NEVER_ASKED.format(required=settings.approvals))


def _still_approved(
    connection: Connection, settings: Settings, issue: Issue, request: ApprovalRequest
) -> ApprovalRequest:
    """Return the `request` that released `issue`, if it holds at the moment of the start. Raises NotApproved."""
    if not is_of(request.content, issue):
        raise NotApproved(why=_ALTERED.format(number=issue.number))
    if wait := _too_early(request.content):
        raise NotApproved(why=wait)
    counted = count_for(connection, request, _keys(settings))
    if not counted.is_enough(settings.approvals):
        raise NotApproved(why=_missing(settings, request, counted))
    if not issue.is_scheduled:
        _same_people(request, issue.frozen)
    return request


def _same_people(request: ApprovalRequest, people: int) -> None:
    if is_far_off(request.people, people):
        raise NotApproved(why=_OTHER_PEOPLE.format(request=request, people=people))


def _missing(settings: Settings, request: ApprovalRequest, counted: ApprovalCount) -> str:
    if counted.no:
        said = counted.no[0]
        words = f": “{said.words}”" if said.words else ""
        return f"{said.name} refused request {request.number}{words}. Change the post, then run `newsletter ask` again."
    given = f", and has {len(counted.yes)} ({', '.join(counted.yes)})" if counted.yes else ""
    return (
        f"request {request.number} needs {settings.approvals} approval{'' if settings.approvals == 1 else 's'} by "
        f"people other than {request.asked_by}{given}. They approve it on the page in their email, or with `newsletter "
        f"approve {request.number}`."
    )


def _too_early(approved: Content) -> str:
    at = datetime.fromisoformat(approved["at"]) if approved["at"] else None
    return _EARLY.format(at=in_full(at)) if at and now() < at else ""


def _told(connection: Connection, settings: Settings, request: ApprovalRequest) -> dict[str, object]:
    counted = count_for(connection, request, _keys(settings))
    return {"request": request.number, "hash": request.hash, "approved_by": list(counted.yes)}


def _keys(settings: Settings) -> Mapping[str, object]:
    return {each.key: each for each in approvers_in(settings)}


_NEVER_ASKED = (
    "it needs {required} approval(s), and nobody was asked for this post. To ask: `newsletter ask POST`. To send "
    'without approval, add --without-approval "why".'
)
_CHANGED = "it has changed since request {request.number}: {differs}. To ask again: `newsletter ask POST`."
_USED = "request {request.number} was for one sending, which was made already. To ask again: `newsletter ask POST`."
_OTHER_PEOPLE = (
    "request {request.number} was for {request.people:,} people, and now there would be {people:,}. That is more "
    "than a fifth off. To ask again: `newsletter ask POST`."
)
_MADE_BEFORE = (
    "issue {number} was made before approval was needed. Cancel it with `newsletter cancel {number}`, then run "
    '`newsletter ask POST`. Or run `newsletter resume {number} --without-approval "why"`.'
)
_ALTERED = (
    "issue {number} was changed in the database after it was approved. Cancel it with `newsletter cancel {number}`."
)
_EARLY = "it was approved for {at}, and that is not yet. Wait until then, or cancel it and ask again."
