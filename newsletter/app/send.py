"""Sends a post to its audience. The order is: check, plan, [the organiser confirms], publish, freeze, run.

`look` returns a Proposal: what would be sent, and to whom. Only it makes one, and it refuses a post with errors; so
`send` and `schedule` take only what was checked and could be shown. An unfinished issue goes on with `resume`, or with
another `send` of the same post.

To publish is to write the files that the mail links to where `serve` serves them; to freeze is to store the mail and
its recipients as an issue, which is committed before the first mail leaves.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from newsletter import send_log
from newsletter.app import approval_rule, deeds, posts
from newsletter.app import plan as planning
from newsletter.app.in_waves import AS_SET, run_in_waves
from newsletter.app.in_waves import ThisRun as ThisRun
from newsletter.app.list_folder import ListFolder
from newsletter.app.plan import Plan
from newsletter.app.run import (
    UNWATCHED,
    Ended,
    Reopened,
    RunWatch,
)
from newsletter.app.workspace import Workspace
from newsletter.bounces.settling import Settlement, settle_uncertain
from newsletter.compiler import Finding
from newsletter.database.deeds import ChainHead
from newsletter.database.engine import reading, writing
from newsletter.delivery import lifecycle
from newsletter.errors import ActionRefused, AwayFromHome
from newsletter.issue import Issue, nobody_left, read_issue
from newsletter.policy.answers import read_answer, shown_for_many, status_of
from newsletter.policy.canary import Canary
from newsletter.reports.account import IssueAccount, account_of
from newsletter.runtime.clock import now
from newsletter.send_log import home, slices
from newsletter.transactional.approval_letters import NewsKind
from newsletter.transport import Transport
from newsletter.transport.folder import Folder
from subscribers import saved
from subscribers.familiar import doubts


@dataclass(frozen=True)
class Proposal:
    """What a send would do; an organiser confirms it."""

    plan: Plan
    before: IssueAccount | None
    """The account of the unfinished issue that the send would go on with; None: it makes a new issue."""
    doubts: tuple[str, ...]
    """A sentence for each tag, topic or field in the segment that may be a typing mistake."""
    transport: Transport | None
    """Where the mails go: the relay, or a folder. None: the proposal is for a rehearsal only."""


@dataclass(frozen=True)
class Rehearsed:
    """How many messages were built, and how many recipients are left out, by reason.

    `refusal`: why a real send would be refused; None: it would not.
    """

    built: int
    excluded: Counter[str]
    refusal: ActionRefused | None


def look(
    workspace: Workspace,
    path: Path,
    segment: str | None = None,
    again: bool = False,
    folder: Path | None = None,
    rehearsal: bool = False,
    found: Callable[[Sequence[Finding]], object] = lambda _: None,
    only: tuple[str, str] | None = None,
    newcomers: bool = False,
) -> Proposal:
    """Check the post at `path`, and say what sending it to `segment` (None: the whole list) would do.

    Writes nothing. `again`: also to those who had it before. `folder`: a send of this proposal writes the mails there
    instead of handing them to the relay. `rehearsal`: the proposal cannot be sent, so no relay need be set up. `found`
    gets the findings about the post before any error among them raises. `only`: the language of the one half that is
    to be sent, and why the other is not, which is recorded. `newcomers`: only to those who joined since it was sent.

    Raises PostError, CompileError or UnknownMergeTag for a post that cannot be read or compiled; PostRefused if it has
    errors; Refused if it went out already, is scheduled, or was changed while its issue is unfinished; UnknownSegment,
    BadSegment, UnknownTopic, and SettingsError.
    """
    post = posts.read(workspace, path)  # first, so that a mistyped name is reported before anything else
    if only:
        post = posts.half_of(post, *only)
    email = posts.compiled(workspace, post)
    found(email.findings)
    posts.refuse(path, email.findings)
    transport = None if rehearsal else workspace.transport(folder, shared=True)
    with reading(workspace.engine) as connection:
        among = None if segment is None else saved.find(connection, segment)
        unsure = tuple(doubts(connection, among)) if among else ()
        among = planning.newcomers_since(connection, post, among) if newcomers else among
        plan = planning.plan(connection, post, email, workspace.letterhead(), again, among)
        plan = replace(plan, newcomers=newcomers)
        before = account_of(connection, plan.unfinished) if plan.unfinished else None
    return Proposal(plan, before, unsure, transport)


def rehearse(workspace: Workspace, proposal: Proposal, scheduled: bool, progress: Callable[[int], None]) -> Rehearsed:
    """Build every message of `proposal` and throw it away. `progress` gets how many are built so far.

    `scheduled`: it is to be scheduled, so it may have no recipient yet. Raises MessageError if one cannot be built.
    """
    plan = proposal.plan
    built = planning.dry_run(workspace.engine, workspace.settings, plan, progress)
    if built or plan.unfinished or scheduled:  # a scheduled issue gets its audience later
        return Rehearsed(built, plan.excluded, None)
    return Rehearsed(built, plan.excluded, ActionRefused(why=nobody_left(plan.excluded, plan.segment)))


def schedule(workspace: Workspace, proposal: Proposal, at: datetime, without_approval: str = "") -> Issue:
    """Publish and freeze the mail of `proposal`; from the time `at` on, `due` freezes its audience and sends it.

    `without_approval`: why it needs none, although the settings ask for it; approvers are told. Commits. Raises
    CannotPublish, NotApproved, and Refused if an unfinished issue of this post exists.
    """
    posts.put_beside(workspace, proposal.plan.email)  # before the first mail: a sent mail cannot be called back

    def allow(connection: Connection, issue: Issue) -> None:
        allowed = approval_rule.allow(connection, workspace.settings, issue, proposal.plan, at, without_approval)
        about = _about(issue) | allowed | {"at": at.isoformat()}
        heads.append(deeds.note(connection, workspace, "schedule", f"issue {issue.number}", about))

    heads: list[ChainHead] = []
    issue = planning.schedule_plan(workspace.engine, proposal.plan, at, allow)
    _tell_without(workspace, issue, without_approval, heads)
    return issue


def send(
    workspace: Workspace,
    proposal: Proposal,
    this_run: ThisRun = AS_SET,
    canary: Canary | None = None,
    watch: RunWatch = UNWATCHED,
    without_approval: str = "",
) -> Ended:
    """Publish `proposal`, freeze it as a new issue or reopen its unfinished one, and send that issue.

    With `canary` the first few get it, and the others after a wait, unless bounces or refusals speak against it.
    Where machines are at work they send it, and this only watches.
    `without_approval`: why it needs none, although the settings ask for it; approvers are told.
    The issue is committed before the first mail leaves. Raises CannotPublish; NotApproved, and Refused if no recipient
    is left: then there is no new issue. Raises SenderBusy if another program is sending the issue; then the commit is
    done already.
    """
    if proposal.transport is None:
        raise ValueError("a proposal for a rehearsal is not sent")
    this_run.refuse_beside_machines(workspace, isinstance(proposal.transport, Folder))
    issue = record(workspace, proposal, canary, without_approval)
    return run_in_waves(workspace, issue, proposal.transport, this_run, watch)


def record(workspace: Workspace, proposal: Proposal, canary: Canary | None = None, without_approval: str = "") -> Issue:
    """Publish `proposal`, and freeze it as a new issue or reopen its unfinished one; a run sends it. Commits.

    Raises CannotPublish; NotApproved, and Refused if no recipient is left: then there is no new issue.
    """
    posts.put_beside(workspace, proposal.plan.email)  # before the first mail: a sent mail cannot be called back

    def allow(connection: Connection, issue: Issue) -> None:
        what = "carry on" if proposal.plan.unfinished else "send"
        allowed = approval_rule.allow(connection, workspace.settings, issue, proposal.plan, None, without_approval)
        heads.append(deeds.note(connection, workspace, what, f"issue {issue.number}", _about(issue) | allowed))

    heads: list[ChainHead] = []
    issue = planning.freeze_plan(workspace.engine, proposal.plan, canary, allow)
    _tell_without(workspace, issue, without_approval, heads)
    return issue


def resume(
    workspace: Workspace,
    number: int | None = None,
    uncertain: Settlement = Settlement.HOLD,
    refused: str | None = None,
    folder: Path | None = None,
    this_run: ThisRun = AS_SET,
    watch: RunWatch = UNWATCHED,
    restored: bool = False,
    without_approval: str = "",
) -> Ended:
    """Go on with issue `number` (None: the newest), also if it is paused.

    `restored`: the organiser knows that this database is a copy, a restored backup, or a standby that took over, and
    that nothing sends from the other one any more. Otherwise such a database raises AwayFromHome.

    `uncertain`: what to do with its uncertain deliveries. `refused`: which refused deliveries to queue again, as in
    `queue_refused`; None: none. Both are committed, and the issue is reopened, before the run begins.

    Raises UnknownIssue; Refused for a cancelled issue, or if `refused` fits no delivery; SettingsError; and SenderBusy
    if the issue is being sent already, after that commit.
    """
    transport = workspace.transport(folder, shared=True)
    this_run.refuse_beside_machines(workspace, folder is not None)
    issue, reopened = reopen_issue(workspace, number, uncertain, refused, restored, without_approval)
    workspace.limits.forgive()
    watch.tell(reopened)
    return run_in_waves(workspace, issue, transport, this_run, watch)


def reopen_issue(
    workspace: Workspace,
    number: int | None = None,
    uncertain: Settlement = Settlement.HOLD,
    refused: str | None = None,
    restored: bool = False,
    without_approval: str = "",
) -> tuple[Issue, Reopened]:
    """Let an issue go on, as `resume` does before its run. Commits. Raises as `resume` does."""
    if not restored and is_away_from_home(workspace):
        with writing(workspace.engine) as connection:
            lifecycle.pause_all(connection, home.WHY)
        raise AwayFromHome(why=home.WHY)
    with writing(workspace.engine) as connection:
        issue = read_issue(connection, number)
        if restored:
            home.settle_here(connection)
        allowed = approval_rule.require(connection, workspace.settings, issue, without_approval)
        lifecycle.reopen(connection, issue)
        settled = settle_uncertain(connection, issue.number, uncertain)
        again = queue_refused(connection, issue, refused) if refused is not None else Counter[str]()
        slices.look_again(connection, now(), issue.number)
        issue = read_issue(connection, issue.number)
        about = {"uncertain": str(uncertain)} | allowed
        head = deeds.note(connection, workspace, "resume", f"issue {issue.number}", about)
    _tell_without(workspace, issue, without_approval, [head])
    return issue, Reopened(issue.number, settled, uncertain, again)


def is_away_from_home(folder: ListFolder) -> bool:
    """Say whether the database is a copy, a restored backup, or a standby that took over."""
    with reading(folder.engine) as connection:
        return not home.is_home(connection)


def queue_refused(connection: Connection, issue: Issue, text: str) -> Counter[str]:
    """Queue again the deliveries whose refusal contains `text`, in upper or lower case.

    "": those whose refusal is not clearly about the recipient. Returns how many, by answer. The caller commits. Raises
    Refused if there are none.
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
        raise ActionRefused(why=_NONE_REFUSED.format(issue=issue, which=which))
    send_log.queue_again(connection, again)
    return answers


def _tell_without(workspace: Workspace, issue: Issue, why: str, heads: Sequence[ChainHead]) -> None:
    if why:
        from newsletter.app import approvals  # because it asks `look` of this file

        who = deeds.account(workspace)
        approvals.tell(workspace, NewsKind.WITHOUT, issue.number, who, issue.email.subject, why, heads[-1])


def _about(issue: Issue) -> dict[str, object]:
    """Say which issue it is, for a deed: its post, its subject, and to how many it goes."""
    to = {"segment": issue.segment} if issue.segment else {}
    if issue.only_because:
        to |= {"only": issue.email.language, "because": issue.only_because}
    return {"post": issue.post, "subject": issue.email.subject, "recipients": issue.frozen, **to}


def _is_about_them(code: int, text: str) -> bool:
    """Say whether an answer is clearly about the recipient, not about us or our mail."""
    return read_answer(code, status_of(text), text).clear


_NONE_REFUSED = (
    "Nobody was refused issue {issue.number}{which}. To see who was refused, and why: `newsletter log {issue.number} "
    "--state refused`."
)
