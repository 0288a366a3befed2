"""Send a post: choose to whom, when, and whether to a few first; test it; then one page that repeats it all.

Only the button on that page sends, and it only records the send: a process of its own does the sending. What it was
shown is signed into the button. If the post, the settings or the audience has changed since, it is shown again instead.
"""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from starlette.responses import JSONResponse, Response

from newsletter.app import background, segments, test_mail
from newsletter.app import send as sending
from newsletter.app.count import count_recipients
from newsletter.app.posts import PostRefused
from newsletter.app.send import Proposal
from newsletter.desk.desk import Asked, Desk
from newsletter.desk.pages import DeskPage
from newsletter.desk.posts import post_of
from newsletter.policy.canary import Canary
from newsletter.reports.labels import LEFT_OUT
from newsletter.runtime.clock import in_full, now
from subscribers.errors import Explained

MOST_TESTS = 20
EVERYBODY = ""


@dataclass(frozen=True)
class SendChoice:
    """What the form says: to whom, when, to how many first, and whether again."""

    segment: str | None
    at: datetime | None
    canary: Canary | None
    again: bool

    @classmethod
    def of(cls, asked: Asked) -> "SendChoice":
        """Read it from a form; what cannot be read is an error of the form, never left out. Raises ValueError."""
        segment = asked.field("expression") or asked.field("segment") or None
        at, first = asked.field("at"), asked.field("first")
        when = None
        if asked.field("when") == "later":
            when = datetime.fromisoformat(at).astimezone()
            if when <= now():
                raise ValueError("at")
        canary = None
        if first:
            minutes = float(asked.field("minutes") or 10)
            if not (first.isdecimal() and int(first) > 0 and 0 <= minutes <= 10_000):
                raise ValueError("first")
            canary = Canary(int(first), timedelta(minutes=minutes).total_seconds())
        return cls(segment, when, canary, asked.field("again") == "yes")


def show_choice(desk: Desk, asked: Asked, status: int = 200, **more: object) -> Response:
    """Offer to whom, when, and to how many first."""
    path = post_of(desk, asked)
    count, _ = count_recipients(desk.workspace, None)
    shown: dict[str, object] = {"why": "", "findings": (), "fields": dict(asked.form.fields) if asked.form else {}}
    values = {
        "name": path.name,
        "count": count,
        "segments": segments.all_segments(desk.workspace),
        "testers": _testers(desk),
        "organiser": desk.workspace.settings.from_.address if desk.workspace.settings.from_ else "",
    }
    return desk.page(asked, "send", status, **shown | values | more)


def count(desk: Desk, asked: Asked) -> Response:
    """Count a segment while it is chosen."""
    try:
        number, doubts = count_recipients(desk.workspace, asked.field("expression") or asked.field("segment") or None)
    except Explained as refusal:
        return JSONResponse({"words": str(refusal)})
    words = desk.piece(asked, "count", count=number, doubts=doubts)
    return JSONResponse({"words": words.strip()})


def confirm(desk: Desk, asked: Asked) -> Response:
    """Show one page that repeats everything, with one button."""
    try:
        choice = SendChoice.of(asked)
    except ValueError as wrong:
        words = "Choose a time in the future." if str(wrong) == "at" else "Choose a number of people, 1 or more."
        return show_choice(desk, asked, 422, why=desk.say(asked, words))
    return _confirmed(desk, asked, choice)


def send(desk: Desk, asked: Asked) -> Response:
    """Record the send, if everything is as it was shown, and start the process that sends it."""
    choice = SendChoice.of(asked)
    proposal = _proposal(desk, asked, choice)
    if not isinstance(proposal, Proposal):
        return proposal
    if asked.sent.state != _state(proposal, choice):
        return _confirmed(desk, asked, choice, changed=True)
    if choice.at:
        issue = sending.schedule(desk.workspace, proposal, choice.at)
    else:
        issue = sending.record(desk.workspace, proposal, choice.canary)
    background.begin_sender(desk.workspace, issue.number)
    return desk.go(f"/issues/{issue.number}")


def test(desk: Desk, asked: Asked) -> Response:
    """Send a test to the organiser's own addresses; nothing is logged."""
    path = post_of(desk, asked)
    addresses = [each for each in re.split(r"[\s,;]+", asked.field("addresses")) if each][:MOST_TESTS]
    if not addresses:
        return show_choice(desk, asked, 422, why=desk.say(asked, "Say where the test goes."))
    try:
        answers = test_mail.send_test(desk.workspace, path, addresses, lambda findings: None)
    except Explained as refusal:
        return show_choice(desk, asked, 422, why=str(refusal))
    notes = [f"{each.address}: {each.reply.code} {each.reply.text}" for each in answers]
    return desk.go(f"/posts/{path.name}/send", desk.say(asked, "The test was sent. Your mail server said:"), *notes)


def _confirmed(desk: Desk, asked: Asked, choice: SendChoice, changed: bool = False) -> Response:
    proposal = _proposal(desk, asked, choice)
    if not isinstance(proposal, Proposal):
        return proposal
    plan = proposal.plan
    return desk.page(
        asked,
        "confirm",
        409 if changed else 200,
        name=post_of(desk, asked).name,
        changed=changed,
        proposal=proposal,
        plan=plan,
        choice=choice,
        when=in_full(choice.at) if choice.at else "",
        left_out={LEFT_OUT.get(reason, reason): number for reason, number in sorted(plan.excluded.items())},
        state=_state(proposal, choice),
        fields={name: asked.field(name) for name in FIELDS},
    )


FIELDS = ("segment", "expression", "when", "at", "first", "minutes", "again")


def _proposal(desk: Desk, asked: Asked, choice: SendChoice) -> Proposal | Response:
    path = post_of(desk, asked)
    try:
        return sending.look(desk.workspace, path, choice.segment, choice.again)
    except PostRefused as refused:
        return show_choice(desk, asked, 422, why=str(refused), findings=refused.findings)
    except Explained as refusal:
        return show_choice(desk, asked, 422, why=str(refusal))


def _state(proposal: Proposal, choice: SendChoice) -> str:
    """Name what was shown: another post, audience or choice has another name."""
    plan = proposal.plan
    shown = (
        plan.post.fingerprint,
        plan.email.html,
        plan.email.text,
        str(plan.letterhead.sender),
        str(plan.segment or ""),
        plan.recipients,
        plan.unfinished.number if plan.unfinished else 0,
        choice.at,
        choice.canary,
        choice.again,
    )
    return sha256(repr(shown).encode()).hexdigest()


def _testers(desk: Desk) -> str:
    with suppress(AttributeError):
        return " ".join(map(str, desk.workspace.settings.test_group))  # type: ignore[attr-defined]
    return ""


PAGES = (
    DeskPage("/posts/{name}/send", show_choice),
    DeskPage("/posts/{name}/send/count", take=count),
    DeskPage("/posts/{name}/send/test", take=test),
    DeskPage("/posts/{name}/send/look", take=confirm),
    DeskPage("/posts/{name}/send/now", take=send),
)
