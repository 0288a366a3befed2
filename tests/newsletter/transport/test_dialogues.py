"""Plays tests/dialogues/*.smtp against a Conversation.

    ? words      terms: security, login NAME PASSWORD, token NAME TOKEN, unprotected, window NUMBER
    S: line      what the relay says; S* text the same with Python's escapes and no line end of its own
    C: line      what we say
    = event      what the conversation tells its driver; with whose mail it is about, where there are several
    from A · mail A · dot · tls · quit · drop WHY       what the driver does; | lines after `mail` are the content

Consecutive S lines are one turn of the relay; it may reach us in any pieces, and everything must come out the same.
"""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.message import MailObject
from newsletter.policy.reply import Reply
from newsletter.settings import Security
from newsletter.transport.smtp.conversation import Conversation
from newsletter.transport.smtp.events import (
    Answered,
    Closed,
    DotWanted,
    HandshakeWanted,
    Ready,
    SmtpEvent,
    TurnedAway,
    Unfit,
)
from newsletter.transport.smtp.login import Login
from newsletter.transport.smtp.terms import Terms
from tests.examples import examples

DIALOGUES = sorted((Path(__file__).parents[2] / "dialogues").glob("*.smtp"))
CONTENT = "Subject: Hello\r\n\r\nHi.\r\n"

Cut = Callable[[bytes], list[bytes]]


class Player:
    """Plays one dialogue, complaining at the first line that does not hold."""

    def __init__(self, dialogue: Path, cut: Cut) -> None:
        self.lines = dialogue.read_text("utf-8").splitlines()
        self.cut = cut
        self.conversation = Conversation(self.terms())
        self.sender = "news@example.org"
        self.several = len({line for line in self.lines if line.startswith("mail ")}) > 1
        self.turn = b""
        self.written = b""
        self.events: list[str] = []

    def terms(self) -> Terms:
        words = [line.split()[1:] for line in self.lines if line.startswith("?")]
        given = {first: rest for first, *rest in words}
        name, secret = (given.get("token") or given.get("login") or ["", ""])[:2]
        login = Login(name, secret, is_token="token" in given) if name else None
        window = int(given.get("window", ["1"])[0])
        return Terms("client.test", Security(given["security"][0]), login, "unprotected" in given, window=window)

    def play(self) -> None:
        self.note(self.conversation.receive(b""))
        while self.lines:
            line = self.lines.pop(0)
            mark, _, rest = line.partition(" ")
            if mark not in ("S:", "S*"):
                self.end_turn()
            if mark not in ("", "#", "?"):
                self.step(mark, rest)
        self.end_turn()
        assert self.events == []
        assert self.written == b""

    def step(self, mark: str, rest: str) -> None:
        match mark:
            case "S:":
                self.turn += rest.encode() + b"\r\n"
            case "S*":
                self.turn += rest.encode("latin-1").decode("unicode_escape").encode("latin-1")
            case "C:":
                line, _, self.written = self.written.partition(b"\r\n")
                assert line.decode() == rest
            case "=":
                assert self.events[:1] == [rest]
                self.events.pop(0)
            case _:
                self.drive(mark, rest)
                self.written += self.conversation.outgoing()

    def drive(self, mark: str, rest: str) -> None:
        match mark:
            case "from":
                self.sender = rest
            case "mail":
                self.conversation.send(MailObject(1, self.sender, rest, self.content().encode()))
            case "dot":
                self.conversation.dot()
            case "tls":
                self.conversation.handshake_done()
            case "quit":
                self.conversation.quit()
            case "drop":
                self.note(self.conversation.connection_lost(rest))
            case _:
                pytest.fail(f"a dialogue cannot say {mark!r}")

    def content(self) -> str:
        lines = []
        while self.lines[0].startswith("|"):
            lines.append(self.lines.pop(0)[2:] + "\r\n")
        return "".join(lines) or CONTENT

    def end_turn(self) -> None:
        if self.turn:
            for piece in self.cut(self.turn):
                self.note(self.conversation.receive(piece))
            self.turn = b""
        self.written += self.conversation.outgoing()

    def note(self, events: list[SmtpEvent]) -> None:
        self.events += [told(event, self.several) for event in events]


def told(event: SmtpEvent, several: bool) -> str:
    whose = f"{event.mail.forward_path}: " if several and isinstance(event, Answered | DotWanted) else ""
    return whose + what(event)


def what(event: SmtpEvent) -> str:
    match event:
        case HandshakeWanted():
            return "handshake wanted"
        case Ready():
            return "ready"
        case DotWanted():
            return "dot wanted"
        case Answered(_, reply):
            return f"answered at {heard(reply)}"
        case TurnedAway(reply):
            return f"turned away at {heard(reply)}"
        case Unfit(why):
            return f"unfit: {why}"
        case Closed(why):
            return f"closed: {why}"


def heard(reply: Reply) -> str:
    if reply.code is None:
        return f"{reply.stage}: nothing ({reply.text})"
    enhanced = f"[{reply.enhanced}]" if reply.enhanced else ""
    return " ".join(filter(None, [f"{reply.stage}:", str(reply.code), enhanced, reply.text]))


every_dialogue = pytest.mark.parametrize("dialogue", DIALOGUES, ids=lambda path: path.stem)


@every_dialogue
def test_the_conversation_goes_as_written(dialogue: Path) -> None:
    Player(dialogue, lambda turn: [turn]).play()


@every_dialogue
def test_octet_by_octet_it_goes_the_same_way(dialogue: Path) -> None:
    Player(dialogue, lambda turn: [bytes([octet]) for octet in turn]).play()


@examples(400)
@given(dialogue=st.sampled_from(DIALOGUES), data=st.data())
def test_cut_anywhere_it_goes_the_same_way(dialogue: Path, data: st.DataObject) -> None:
    def cut(turn: bytes) -> list[bytes]:
        places = sorted(data.draw(st.sets(st.integers(0, len(turn)), max_size=6)) | {0, len(turn)})
        return [turn[a:b] for a, b in pairwise(places)]

    Player(dialogue, cut).play()


def test_every_stage_has_every_kind_of_trouble() -> None:
    names = {path.stem for path in DIALOGUES}
    stages = ["connect", "ehlo", "mail", "rcpt", "data", "dot"]
    kinds = ["4yz", "5yz", "421", "drop", "malformed"]
    assert {f"{stage}-{kind}" for stage in stages for kind in kinds} <= names
    assert {f"groups-{stage}-{kind}" for stage in stages[2:] for kind in kinds} <= names
    assert {f"chunks-{stage}-{kind}" for stage in ["mail", "rcpt", "bdat"] for kind in kinds} <= names
