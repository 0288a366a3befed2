"""An email that needs approval is sent only as it was approved, by another person, and every other way is refused."""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from types import MappingProxyType

import pytest
from httpx import Client
from PIL import Image
from sqlalchemy import insert, text

from newsletter.app import approval_rule, approvals, deeds, segments, send, steer
from newsletter.app.approval_rule import NotApproved
from newsletter.app.approvals import AskedApproval
from newsletter.app.duties import WorkerDuties
from newsletter.app.run import UNWATCHED
from newsletter.app.workspace import Workspace
from newsletter.database.deeds import broken_at
from newsletter.database.engine import reading, writing
from newsletter.database.tables import Lifecycle
from newsletter.errors import ActionRefused
from newsletter.issue import read_issue
from newsletter.issue.answering import AnsweredTooLate, OwnRequest
from newsletter.issue.approvers import approvers_in
from newsletter.policy.canary import Canary
from newsletter.runtime.clock import now
from newsletter.web.server import application
from subscribers.tables import subscribers
from tests.newsletter.app.conftest import Caller, an_hour_passes
from tests.public_pages import http_client
from tests.shared_server import shared_server

Settings = Mapping[str, str]
NONE: Settings = MappingProxyType({})
APPROVERS = "Ann <ann@example.org>, ben@example.org"


@dataclass
class Office:
    """A folder that several people use, each from a machine of their own; ann and ben are its approvers."""

    caller: Caller
    required: int = 1

    def at(self, machine: str, **settings: str) -> Workspace:
        """Open the folder on another machine."""
        env = self.caller.workspace.folder / ".env"
        plain = [line for line in env.read_text().splitlines() if not re.match("NEWSLETTER_(MACHINE|APPROV)", line)]
        chosen = {"MACHINE": machine, "APPROVALS": str(self.required), "APPROVERS": APPROVERS, **settings}
        env.write_text("\n".join([*plain, *(f"NEWSLETTER_{name}='{value}'" for name, value in chosen.items())]))
        place = self.caller.beside()
        _ = place.settings
        return place

    @property
    def post(self) -> Path:
        return self.caller.workspace.folder / "post.md"

    def asks(self, **about: object) -> AskedApproval:
        return approvals.ask(self.at("mill"), self.post, **about)  # type: ignore[arg-type]

    def approves(self, number: int, machine: str = "quay", yes: bool = True, words: str = "", who: str = "") -> None:
        approvals.answer_at_terminal(self.at(machine), number, yes, words, who)

    def approved(self, **about: object) -> int:
        """Ask and approve; return the number of the request."""
        number = self.asks(**about).request.number
        self.approves(number)
        return number

    def sends(
        self,
        segment: str | None = None,
        again: bool = False,
        without: str = "",
        settings: Settings = MappingProxyType({}),
    ) -> int:
        place = self.at("mill", **settings)
        proposal = send.look(place, self.post, segment, again)
        return send.send(place, proposal, without_approval=without).account.issue

    def schedules(self, at: datetime) -> int:
        place = self.at("mill")
        return send.schedule(place, send.look(place, self.post), at).number

    def refusal(self, attempt: Callable[[], object]) -> str:
        """Return why an attempt is refused; no mail may go to a reader."""
        before = len(self.caller.mailboxes.mails)
        with pytest.raises(NotApproved) as refused:
            attempt()
        assert len(self.caller.mailboxes.mails) == before
        assert refused.value.exit_code == 5
        return str(refused.value)

    def readers_mailed(self) -> int:
        return sum(not name.startswith(("ann@", "ben@")) for name in self.caller.mailboxes.recipients)

    def status(self, issue: int) -> tuple[Lifecycle, int]:
        with reading(self.caller.workspace.engine) as connection:
            found = read_issue(connection, issue)
        return found.lifecycle, found.frozen

    def joins(self, number: int) -> None:
        with writing(self.caller.workspace.engine) as connection:
            rows = [
                {"address": f"new{each:02}@example.org", "consent": "confirmed", "joined_at": now()}
                for each in range(number)
            ]
            connection.execute(insert(subscribers), rows)


@pytest.fixture
def office(caller: Caller) -> Office:
    with writing(caller.workspace.engine) as connection:  # an approver is no reader, so that mails are told apart
        connection.execute(text("UPDATE subscribers SET address = 'bob@example.org' WHERE address = 'ben@example.org'"))
    return Office(caller)


def test_without_an_approval_nothing_goes_out_and_with_one_it_does(office: Office) -> None:
    assert "nobody was asked" in office.refusal(office.sends)
    asked = office.asks()
    assert asked.mailed == ("Ann", approvers_in(office.at("mill").settings)[1].name)
    assert "needs 1 approval" in office.refusal(office.sends)
    with pytest.raises(OwnRequest):
        office.approves(asked.request.number, machine="mill")
    assert "needs 1 approval" in office.refusal(office.sends), "who asked cannot approve"
    office.approves(asked.request.number)
    office.sends()
    assert office.readers_mailed() == 14
    with reading(office.caller.workspace.engine) as connection:
        assert broken_at(connection) == ""
    done = [(each.what, each.who.partition("/")[0]) for each in deeds.told(office.at("mill")).deeds]
    assert done == [("ask", "mill"), ("approve", "quay"), ("send", "mill")]
    assert deeds.told(office.at("mill")).deeds[-1].details["approved_by"] == [deeds.account(office.at("quay"))]


def _edit(office: Office, old: str, new: str) -> None:
    assert old in office.post.read_text()
    office.post.write_text(office.post.read_text().replace(old, new))


def _picture(office: Office, colour: str) -> None:
    Image.new("RGB", (400, 300), colour).save(office.post.parent / "hall.png")


def test_any_change_voids_it_and_the_refusal_says_what_changed(office: Office) -> None:
    at = now() + timedelta(hours=2)
    segments.save(office.at("mill"), "near", "domain:example.org", lambda _: None)
    office.post.write_text(
        f"---\ntitle: Good news\n---\n\nThe council said yes.\n\n![The hall](hall.png)\n\n{'x' * 9}\n"
    )
    _picture(office, "navy")
    templates = office.post.parent / "templates" / "email"
    changes: list[tuple[Callable[[], object], Callable[[], object], list[str]]] = [
        (partial(_edit, office, "said yes", "said yet"), office.sends, ["post.md, line 5", "said yes", "said yet"]),
        (partial(_edit, office, "Good news", "Good News"), office.sends, ["post.md, line 2"]),
        (partial(_picture, office, "teal"), office.sends, ["hall.png", "another one"]),
        (lambda: None, partial(office.sends, segment="near"), ["segment", "domain:example.org"]),
        (
            lambda: None,
            partial(office.schedules, at + timedelta(minutes=5)),
            ["the time was “as soon as it is approved”"],
        ),
        (lambda: None, partial(office.sends, again=True), ["people who have it"]),
    ]
    office.approved(at=at)
    assert "the time was" in office.refusal(lambda: office.schedules(at + timedelta(minutes=1)))
    assert "the time was" in office.refusal(office.sends), "approved for later, sent now"
    for change, attempt, said in changes:
        before, picture = office.post.read_text(), (office.post.parent / "hall.png").read_bytes()
        office.approved()
        change()
        refusal = office.refusal(attempt)
        assert all(words in refusal for words in ["has changed since request", *said]), refusal
        office.post.write_text(before)
        (office.post.parent / "hall.png").write_bytes(picture)
    office.approved()
    for changed in ({"FROM": "Else <else@example.org>"}, {"REPLY_TO": "else@example.org"}):
        with pytest.raises(NotApproved, match=r"else@example\.org"):
            office.sends(settings=changed)
        env = office.post.parent / ".env"
        env.write_text("\n".join(line for line in env.read_text().splitlines() if "else@" not in line))
    templates.mkdir(parents=True)
    (templates / "article.css").write_text("p { color: #123456; }")
    assert "templates" in office.refusal(office.sends)
    (templates / "article.css").unlink()
    office.sends()
    assert office.readers_mailed() == 14, "as it was, it goes out"


def test_the_audience_may_breathe_and_a_fifth_off_asks_again(office: Office) -> None:
    office.approved()
    office.joins(3)  # 3 of 14
    assert "14 people, and now there would be 17" in office.refusal(office.sends)
    with writing(office.caller.workspace.engine) as connection:
        connection.execute(text("DELETE FROM subscribers WHERE address = 'new00@example.org'"))
    office.sends()
    assert office.readers_mailed() == 16


def test_an_approval_is_for_one_sending(office: Office) -> None:
    office.approved()
    office.sends()
    with pytest.raises(ActionRefused, match="already sent"):
        office.sends()
    assert "has changed since" in office.refusal(partial(office.sends, again=True))
    office.approved(again=True)
    office.sends(again=True)
    assert "was for one sending" in office.refusal(partial(office.sends, again=True))


def test_those_who_joined_since_get_it_and_nobody_twice(office: Office) -> None:
    office.required = 0
    place = office.at("mill")
    with pytest.raises(ActionRefused, match="not sent yet"):
        send.look(place, office.post, newcomers=True)
    office.sends()
    office.joins(2)
    with pytest.raises(ActionRefused, match="--newcomers"):
        office.sends()
    proposal = send.look(place, office.post, newcomers=True)
    assert proposal.plan.recipients == 2
    office.required = 1
    place = office.at("mill")
    office.refusal(lambda: send.send(place, proposal))
    office.approves(approvals.ask(place, office.post, newcomers=True).request.number)
    send.send(office.at("mill"), proposal)
    assert office.readers_mailed() == 16
    assert max(office.caller.mailboxes.recipients[f"new{each:02}@example.org"] for each in range(2)) == 1
    assert office.caller.mailboxes.recipients["ada@example.org"] == 1


def test_a_scheduled_issue_needs_its_approval_until_it_begins(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    at = now() + timedelta(minutes=30)
    number = office.approved(at=at)
    issue = office.schedules(at)
    assert "approved for" in office.refusal(lambda: send.resume(office.at("mill"), issue)), "before its time"
    office.approves(number, "lane", yes=False, words="Not on a Sunday")
    an_hour_passes(office.caller)
    monkeypatch.setattr(approval_rule, "now", lambda: at + timedelta(minutes=1))
    (left,) = list(steer.send_due(office.at("mill"), UNWATCHED))
    assert "Not on a Sunday" in str(getattr(left, "why", left))
    assert office.status(issue) == (Lifecycle.PAUSED, 0)
    assert "refused request" in office.refusal(lambda: send.resume(office.at("mill"), issue))
    office.approves(number, "lane")
    send.resume(office.at("mill"), issue)
    assert office.readers_mailed() == 14
    with pytest.raises(AnsweredTooLate):
        office.approves(number, "lane", yes=False)


def test_an_issue_from_before_the_rule_does_not_begin_under_it(office: Office) -> None:
    office.required = 0
    issue = office.schedules(now() + timedelta(minutes=30))
    office.required = 1
    an_hour_passes(office.caller)
    list(steer.send_due(office.at("mill"), UNWATCHED))
    assert office.status(issue) == (Lifecycle.PAUSED, 0)
    assert "before approval was needed" in office.refusal(lambda: send.resume(office.at("mill"), issue))
    send.resume(office.at("mill"), issue, without_approval="they are all ill")
    assert office.readers_mailed() == 14


def test_without_approval_works_is_recorded_and_told(office: Office) -> None:
    office.sends(without="the bridge is closed NOW, ask ann@example.org")
    assert office.readers_mailed() == 14
    told = [mail for mail in office.caller.mailboxes.mails if "without approval" in str(mail["Subject"])]
    assert sorted(str(mail["To"]) for mail in told) == ["ann@example.org", "ben@example.org"]
    last = deeds.told(office.at("mill")).deeds[-1]
    assert last.details["without_approval"] == "the bridge is closed NOW, ask (address left out)"
    assert told[0]["X-Newsletter-Deed"] == f"{last.number} {last.hash}"


def test_two_approvals_are_two_people(office: Office) -> None:
    office.required = 2
    number = office.asks().request.number
    with pytest.raises(ActionRefused, match="--as"):
        office.approves(number, "quay")
    office.approves(number, "quay", who="Ann")
    office.approves(number, "lane", who="ann@example.org")
    assert "has 1 (Ann)" in office.refusal(office.sends), "Ann twice is one person"
    office.approves(number, "lane", who="ben")
    office.sends()
    assert office.readers_mailed() == 14


def test_an_approver_who_asks_does_not_count_and_one_who_left_neither(office: Office) -> None:
    asked = office.asks(who="ann@example.org")
    assert len(asked.mailed) == 1, "who asks is not asked"
    with pytest.raises(OwnRequest):
        office.approves(asked.request.number, "quay", who="Ann")
    office.approves(asked.request.number, "quay", who="ben")
    assert "needs 1 approval" in office.refusal(partial(office.sends, settings={"APPROVERS": "Ann <ann@example.org>"}))
    with pytest.raises(ActionRefused, match="is no approver"):
        office.asks(who="eve")


def test_a_row_changed_by_hand_keeps_no_approval(office: Office) -> None:
    office.approved()
    with writing(office.caller.workspace.engine) as connection:
        content = "replace(CAST(content AS TEXT), 'said yes', 'said no')"
        kind = "JSONB" if connection.dialect.name == "postgresql" else "TEXT"
        connection.execute(text(f"UPDATE approval_requests SET content = CAST({content} AS {kind})"))
    _edit(office, "said yes", "said no")
    assert "needs 1 approval" in office.refusal(office.sends)


def test_a_first_wave_needs_it_too(office: Office) -> None:
    place = office.at("mill")
    proposal = send.look(place, office.post)
    office.refusal(lambda: send.send(place, proposal, canary=Canary(2, 0.0)))
    assert office.caller.issues() == 0
    office.approved()
    send.send(office.at("mill"), proposal, canary=Canary(2, 0.0))
    assert office.readers_mailed() == 14


def test_each_mail_to_an_approver_has_the_head_of_the_deeds_and_the_mail_itself(office: Office) -> None:
    asked = office.asks()
    mails = office.caller.mailboxes.mails
    assert [mail["X-Newsletter-Deed"] for mail in mails] == [f"1 {asked.head.hash}"] * 4
    assert sorted(str(mail["Subject"]) for mail in mails) == [
        *["Please approve: Good news"] * 2,
        *["[For approval] Good news"] * 2,
    ]
    assert all(asked.head.hash in words(mail) for mail in mails if "Please" in str(mail["Subject"]))
    again = office.asks()
    assert again.request.number == asked.request.number, "the same question has the same number"
    assert len(mails) == 8


def words(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


@dataclass
class Page:
    """The pages as `serve` gives them, for a client whose paths begin at the server."""

    office: Office
    client: Client

    def link(self, address: str) -> str:
        """Return the path of the link that an approver was sent."""
        mails = [mail for mail in self.office.caller.mailboxes.mails if mail["To"] == address]
        found = [match for mail in mails if (match := re.search(r"https://\S+?(/a/[\w.-]+)", words(mail)))]
        return found[0][1]

    def told(self, subject: str) -> list[str]:
        """Return who got mails whose subject begins so; they go out after the answer."""
        deadline = time.monotonic() + 10
        while True:
            mails = [each for each in self.office.caller.mailboxes.mails if str(each["Subject"]).startswith(subject)]
            if len(mails) >= 2 or time.monotonic() > deadline:
                return sorted(str(mail["To"]) for mail in mails)
            time.sleep(0.02)


@contextmanager
def serving(office: Office, **settings: str) -> Iterator[Page]:
    place = office.at("server", **settings)
    app = application(place.engine, place.settings, place.templates, place.transport())
    with shared_server() as server, server.serving(app), http_client(base_url=server.address) as client:
        yield Page(office, client)


@pytest.fixture
def page(office: Office) -> Iterator[Page]:
    with serving(office) as served:
        yield served


def test_an_approver_answers_on_the_page(office: Office, page: Page) -> None:
    client, asked = page.client, office.asks()
    link = page.link("ann@example.org")
    for where in (link, f"{link}/mail", link, f"{link}?answer=yes"):
        shown = client.get(where)
        assert shown.status_code == 200
    assert asked.request.hash in client.get(link).text
    assert "The council said yes." in client.get(f"{link}/mail").text
    assert "needs 1 approval" in office.refusal(office.sends), "a scanner that follows links approves nothing"
    for form in ({"answer": "yes"}, {"answer": "yes", "address": "eve@example.org"}, {"address": "ann@example.org"}):
        assert client.post(link, data=form).status_code == 422
    assert client.post(link[:-1] + "A", data={"answer": "yes"}).status_code == 404
    assert "needs 1 approval" in office.refusal(office.sends), "the link alone approves nothing"
    assert client.post(link, data={"answer": "yes", "address": " ANN@example.org"}).status_code == 200
    before = [each.what for each in deeds.told(office.at("mill")).deeds]
    assert before == ["ask", "approve"]
    assert deeds.told(office.at("mill")).deeds[-1].who == "Ann at the page in the email"
    office.sends()
    assert client.post(link, data={"answer": "no", "address": "ann@example.org"}).status_code == 409
    assert office.readers_mailed() == 14


def test_a_refusal_on_the_page_is_told_to_all(office: Office, page: Page) -> None:
    office.approved()
    link = page.link("ben@example.org")
    form = {"answer": "no", "address": "ben@example.org", "words": "The date is wrong"}
    assert page.client.post(link, data=form).status_code == 200
    assert page.told("Refused") == ["ann@example.org", "ben@example.org"]
    assert "refused request 1: “The date is wrong”" in office.refusal(office.sends)


def test_a_link_is_of_no_use_to_one_who_is_no_approver_any_more(office: Office) -> None:
    office.asks()
    with serving(office, APPROVERS="ben@example.org") as page:
        assert page.client.get(page.link("ann@example.org")).status_code == 404
        assert page.client.get(page.link("ben@example.org")).status_code == 200


class _Alone:
    """The presence of a worker that is the only one."""

    worker = 1

    @contextmanager
    def sharing(self, issue: int) -> Iterator[bool]:
        yield True

    def is_held(self) -> bool:
        return True


def test_a_worker_begins_nothing_that_is_not_approved(office: Office) -> None:
    if office.caller.workspace.engine.dialect.name != "postgresql":
        return
    office.required = 0
    scheduled = office.schedules(now() + timedelta(minutes=30))
    an_hour_passes(office.caller)
    office.post.with_name("other.md").write_text("---\ntitle: Other\n---\n\nOther news.\n")
    place = office.at("mill")
    other = send.send(place, send.look(place, office.post.with_name("other.md")), send.ThisRun(limit=1)).account.issue
    with writing(place.engine) as connection:  # as one is that was frozen and not begun
        connection.execute(text("UPDATE deliveries SET state = 'queued', attempts = 0"))
        connection.execute(text("UPDATE issues SET standing = 'open'"))
    office.required = 1
    said: list[str] = []
    before = office.readers_mailed()
    duties = WorkerDuties(office.at("mill"), _Alone(), said.append)  # type: ignore[arg-type]
    duties.due()
    duties.send_slice(other, 1, None)
    assert office.status(scheduled) == (Lifecycle.PAUSED, 0)
    assert office.status(other)[0] is Lifecycle.PAUSED
    assert len(said) == 2
    assert all("before approval was needed" in each for each in said)
    assert office.readers_mailed() == before
