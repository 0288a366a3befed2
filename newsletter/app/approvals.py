"""Ask for approval, answer, and see what waits. The rule itself is `approval_rule`, which every send goes through."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from newsletter import merge, preview
from newsletter.app import approval_rule, deeds, posts, send
from newsletter.app.list_folder import ListFolder
from newsletter.app.plan import Plan
from newsletter.app.workspace import Workspace
from newsletter.compiler import Finding
from newsletter.database.deeds import ChainHead, chain_head
from newsletter.database.engine import reading, writing
from newsletter.errors import ActionRefused, Paused, RelayRefused, RelayUnreachable
from newsletter.issue.answering import answer_as
from newsletter.issue.approval import hash_of
from newsletter.issue.approvers import Approver, approvers_in, named_approver
from newsletter.issue.requests import ApprovalRequest, count_for, keep_request, open_requests, requests_of
from newsletter.message import MailObject, Recipient
from newsletter.message.dkim import dkim_signer
from newsletter.policy.approval import ApprovalCount
from newsletter.runtime.clock import in_full, now
from newsletter.settings import variable
from newsletter.transactional.approval_letters import ApprovalNews, ApprovalQuestion, NewsKind
from newsletter.transactional.notice import Notices, TransactionalMail
from newsletter.transport.batch import transmit_all
from subscribers.tokens import LinkSigner

MARK = "[For approval] "
"""What the subject of the very email begins with when an approver gets it."""


class ApproversNotMailed(Paused):
    """Request {number} is written down, but not every approver could be emailed: {why}. To email them again, run the
    same command again."""


@dataclass(frozen=True)
class AskedApproval:
    """A request for approval, the approvers who were emailed, and the head of the chain of deeds."""

    request: ApprovalRequest
    mailed: tuple[str, ...]
    """Their names."""
    head: ChainHead
    required: int


@dataclass(frozen=True)
class WaitingRequest:
    """A request that released no issue yet, and its answers so far."""

    request: ApprovalRequest
    counted: ApprovalCount
    required: int


def ask(
    workspace: Workspace,
    path: Path,
    segment: str | None = None,
    at: datetime | None = None,
    again: bool = False,
    newcomers: bool = False,
    who: str = "",
    found: Callable[[Sequence[Finding]], object] = lambda _: None,
) -> AskedApproval:
    """Ask the approvers in the settings to approve the post at `path`, as it is, for `segment` and the time `at`.

    `who`: the name or address of the approver who asks, if one does; by default, the approver who is called like the
    account. The same question again emails the approvers again, under the same number. Commits. Raises what
    `send.look` raises, and ApproversNotMailed, after the commit.
    """
    settings = workspace.settings
    known = approvers_in(settings)
    asker = _who_acts(workspace, known, who)
    proposal = send.look(workspace, path, segment, again, rehearsal=True, found=found, newcomers=newcomers)
    plan = proposal.plan
    if plan.unfinished:
        raise ActionRefused(why=f"This post is being sent already, as issue {plan.unfinished.number}.")
    posts.put_beside(workspace, plan.email)
    content = approval_rule.content(plan, at)
    with writing(workspace.engine) as connection:
        same = [each for each in requests_of(connection, plan.post.slug) if each.hash == hash_of(content)]
        open_ = [each for each in same[:1] if _is_open(connection, each, known) and each.people == plan.recipients]
        account = deeds.account(workspace)
        request = (
            open_[0]
            if open_
            else keep_request(
                connection, plan.post.slug, content, plan.recipients, account, asker.key if asker else "", now()
            )
        )
        about = {"post": request.post, "hash": request.hash, "recipients": request.people}
        head = deeds.note(connection, workspace, "ask again" if open_ else "ask", f"request {request.number}", about)
    return AskedApproval(request, _mail_question(workspace, known, plan, request, head), head, settings.approvals)


def answer_at_terminal(workspace: Workspace, number: int, yes: bool, words: str = "", who: str = "") -> WaitingRequest:
    """Answer request `number` from this account; tell all approvers.

    `who`: which approver answers; by default, the one who is called like the account. Raises UnknownApprovalRequest,
    OwnRequest, AnsweredTooLate, and ActionRefused if it must be said which approver this is.
    """
    known = approvers_in(workspace.settings)
    account, approver = deeds.account(workspace), _who_acts(workspace, known, who)
    if approver is None and known and workspace.settings.approvals > 1:
        names = ", ".join(each.name for each in known)
        raise ActionRefused(
            why=f"Say which approver you are, so that nobody counts twice: --as NAME. Known are {names}."
        )
    with writing(workspace.engine) as connection:
        request = answer_as(connection, number, approver or account, account, yes, words, now())
        counted = count_for(connection, request, [each.key for each in known])
        head = chain_head(connection)
    kind = NewsKind.APPROVED if yes else NewsKind.REFUSED
    tell(workspace, kind, number, approver.name if approver else account, request.subject, words, head)
    return WaitingRequest(request, counted, workspace.settings.approvals)


def waiting(place: ListFolder) -> list[WaitingRequest]:
    """List the requests that released no issue yet, the newest first."""
    keys = [each.key for each in approvers_in(place.settings)]
    with reading(place.engine) as connection:
        return [
            WaitingRequest(each, count_for(connection, each, keys), place.settings.approvals)
            for each in open_requests(connection)
        ]


def standing(workspace: Workspace, plan: Plan, at: datetime | None = None) -> str:
    """Say why `plan` could not be sent now, or be scheduled for `at`, for want of approval; empty: it could."""
    try:
        refuse_unapproved(workspace, plan, at)
    except approval_rule.NotApproved as refused:
        return str(refused)
    return ""


def refuse_unapproved(workspace: Workspace, plan: Plan, at: datetime | None = None) -> None:
    """Raise NotApproved if `plan` could not be sent now, or be scheduled for `at`, for want of approval."""
    with reading(workspace.engine) as connection:
        approval_rule.refuse(connection, workspace.settings, plan, at)


def tell(
    workspace: Workspace, kind: NewsKind, number: int, who: str, subject: str, words: str, head: ChainHead
) -> None:
    """Mail every approver what happened; a mail that fails is only noted, because the deed is written already."""
    settings = workspace.settings
    known = approvers_in(settings)
    if not known or not settings.smtp_host:
        return
    plain = merge.fill(subject, {})
    letters = [
        ApprovalNews(each.address, settings.language, kind, number, who, plain, words, str(head)) for each in known
    ]
    if why := _trouble(workspace, [_built(workspace, each) for each in letters]):
        workspace.tell(f"Note: not every approver could be told: {why}.")


def _who_acts(workspace: Workspace, known: Sequence[Approver], who: str) -> Approver | None:
    """Return the approver who acts. Raises ActionRefused if `who` names none."""
    named = named_approver(known, who or deeds.account(workspace).rpartition("/")[2])
    if who and named is None:
        raise ActionRefused(why=f"“{who}” is no approver. {variable('approvers')} lists them.")
    return named


def _is_open(connection: object, request: ApprovalRequest, known: Sequence[Approver]) -> bool:
    keys = [each.key for each in known]
    return not request.is_used and not count_for(connection, request, keys).no  # type: ignore[arg-type]


def _mail_question(
    workspace: Workspace, known: Sequence[Approver], plan: Plan, request: ApprovalRequest, head: ChainHead
) -> tuple[str, ...]:
    settings = workspace.settings
    to = [each for each in known if each.key != request.asker]
    if not to:
        return ()
    signer = LinkSigner(settings.secret_keys, settings.list_name)
    at = request.content["at"]
    making = posts.unlogged(workspace, posts.Prepared(plan.post, plan.email))
    mails: list[MailObject] = []
    for each in to:
        url = f"{settings.base_url}/a/{signer.approval(request.number, int(each.key))}" if settings.base_url else ""
        when = in_full(datetime.fromisoformat(at)) if at else ""
        question = ApprovalQuestion(
            address=each.address,
            language=settings.language,
            number=request.number,
            asked_by=request.asked_by,
            subject=merge.fill(request.subject, {}),
            sender=str(settings.sender),
            people=request.people,
            segment=request.content["segment"],
            when=when,
            url=url,
            hash=request.hash,
            head=str(head),
        )
        reader = Recipient(0, 0, each.address, preview.NOBODY.first_name, preview.NOBODY.last_name)
        very = making.build(reader, MARK)
        mails += [_built(workspace, question), very._replace(content=_DEED.format(head=head).encode() + very.content)]
    if why := _trouble(workspace, mails):
        raise ApproversNotMailed(number=request.number, why=why)
    return tuple(each.name for each in to)


def _built(workspace: Workspace, letter: TransactionalMail) -> MailObject:
    notices = Notices(workspace.settings, workspace.templates, partial(dkim_signer, workspace.settings))
    return notices.mail(letter, now())


def _trouble(workspace: Workspace, mails: Sequence[MailObject]) -> str:
    """Send `mails`; say what went wrong, without an address; empty: nothing."""
    try:
        numbered = [mail._replace(delivery=number) for number, mail in enumerate(mails, start=1)]
        answers = asyncio.run(transmit_all(workspace.transport(), numbered))
    except (RelayUnreachable, RelayRefused) as error:
        return str(error.particulars.get("why", error))
    bad = [reply for _, reply in answers if not reply.positive]
    if bad:
        return f"your mail server answered {bad[0].code or 'nothing'} to {len(bad)} of {len(mails)} emails"
    return "" if len(answers) == len(mails) else "your mail server did not take all of them"


_DEED = "X-Newsletter-Deed: {head}\r\n"
