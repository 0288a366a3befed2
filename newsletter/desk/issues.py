"""Issues: the list, and one of them under way: its figures, and the buttons that pause it, let it go on, or cancel it.

Each button is signed with the status that was seen, so an old tab changes nothing. The page asks every two seconds
whether anything has changed.
"""

from hashlib import sha256

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from newsletter.app import background, look_back, steer
from newsletter.app import send as sending
from newsletter.app.look_back import IssueStatus
from newsletter.app.needs import all_issues, is_sent_now
from newsletter.app.run import left_to_try
from newsletter.bounces.settling import Settlement
from newsletter.database.tables import Lifecycle, State
from newsletter.desk.desk import Asked, Desk
from newsletter.desk.pages import DeskPage
from newsletter.errors import UnknownIssue
from newsletter.reports.labels import LABELS, LEFT_OUT

SHOWN = (State.REFUSED, State.UNCERTAIN, State.EXPIRED)
"""The states of which a few recipients are named."""


def show_issues(desk: Desk, asked: Asked) -> Response:
    """List all issues, the newest first."""
    return desk.page(asked, "issues", issues=all_issues(desk.workspace))


def show_issue(desk: Desk, asked: Asked) -> Response:
    """Show one issue."""
    number = _number(asked)
    status, sent_now = _status(desk, number)
    return desk.page(asked, "issue", **_values(desk, status, sent_now))


def show_state(desk: Desk, asked: Asked) -> Response:
    """Answer whether an issue has changed, and with what has."""
    status, sent_now = _status(desk, _number(asked))
    values = _values(desk, status, sent_now)
    said: dict[str, object] = {"since": values["since"], "over": not values["unfinished"]}
    if asked.query.get("since") != values["since"]:
        said["html"] = desk.piece(asked, "issue-now", **values)
    return JSONResponse(said)


def pause(desk: Desk, asked: Asked) -> Response:
    """Pause an issue."""
    number = _number(asked)
    asked.sent.require(_mark(desk, number))
    steer.pause(desk.workspace, number)
    return desk.go(f"/issues/{number}", desk.say(asked, "Paused. Nobody else gets it until you let it go on."))


def go_on(desk: Desk, asked: Asked) -> Response:
    """Let an issue go on, and start the process that sends it."""
    number = _number(asked)
    asked.sent.require(_mark(desk, number))
    uncertain = asked.field("uncertain") or str(Settlement.HOLD)
    if uncertain not in {str(each) for each in Settlement}:
        raise HTTPException(400)
    refused = "" if asked.field("refused") == "yes" else None
    restored = asked.field("restored") == "yes"
    sending.reopen_issue(desk.workspace, number, Settlement(uncertain), refused, restored)
    background.begin_sender(desk.workspace, number)
    return desk.go(f"/issues/{number}", desk.say(asked, "It goes on."))


def cancel(desk: Desk, asked: Asked) -> Response:
    """Cancel an issue for good."""
    number = _number(asked)
    asked.sent.require(_mark(desk, number))
    if asked.field("sure") != "yes":
        return desk.go(f"/issues/{number}", desk.say(asked, "Tick the box to cancel it for good."))
    steer.cancel(desk.workspace, number)
    return desk.go(f"/issues/{number}", desk.say(asked, "Cancelled. Nobody else gets it."))


def _number(asked: Asked) -> int:
    text = asked.path["number"]
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise HTTPException(404)
    return int(text)


def _status(desk: Desk, number: int) -> tuple[IssueStatus, bool]:
    try:
        return look_back.status(desk.workspace, number).issues[0], is_sent_now(desk.workspace, number)
    except UnknownIssue:
        raise HTTPException(404) from None


def _mark(desk: Desk, number: int) -> str:
    """Name the status of an issue that its buttons are about."""
    return str(look_back.find_issue(desk.workspace, number).lifecycle)


def _values(desk: Desk, status: IssueStatus, sent_now: bool) -> dict[str, object]:
    account = status.account
    states = account.states
    left = left_to_try(account)
    unfinished = account.is_unfinished or account.is_scheduled
    over = account.lifecycle is Lifecycle.CANCELLED or not unfinished
    names = {
        LABELS[state]: look_back.first_in(desk.workspace, account.issue, state) for state in SHOWN if states[state]
    }
    values: dict[str, object] = {
        "number": account.issue,
        "account": account,
        "labels": {LABELS[state]: states[state] for state in State if states[state]},
        "left_out": {LEFT_OUT.get(reason, reason): many for reason, many in sorted(account.excluded.items())},
        "left": left,
        "done": account.frozen - left,
        "unfinished": not over,
        "status": _word(status, sent_now, over),
        "remark": account.remark(),
        "refused": status.refused,
        "speed": status.speed,
        "names": names,
        "doubtful": states[State.UNCERTAIN],
        "mark": str(account.lifecycle),
        "sent_now": sent_now,
    }
    seen = (account.states, account.lifecycle, account.why, account.not_before, sent_now, account.heard)
    return values | {"since": sha256(repr(seen).encode()).hexdigest()[:16]}


def _word(status: IssueStatus, sent_now: bool, over: bool) -> str:
    account = status.account
    if account.lifecycle is Lifecycle.CANCELLED:
        return "cancelled"
    if account.is_scheduled:
        return "scheduled"
    if over:
        return "done"
    if account.lifecycle is Lifecycle.PAUSED:
        return "paused"
    return "sending" if sent_now else "waiting"


PAGES = (
    DeskPage("/issues", show_issues),
    DeskPage("/issues/{number}", show_issue),
    DeskPage("/issues/{number}/state", show_state),
    DeskPage("/issues/{number}/pause", take=pause),
    DeskPage("/issues/{number}/go-on", take=go_on),
    DeskPage("/issues/{number}/cancel", take=cancel),
)
