"""F39: a bounce that comes later makes one event; with another subscriber's token, none; replayed, no second one."""

import json
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from tests.faults.conftest import Organiser
from tests.starter import NEWSLETTER

Make = Callable[..., Organiser]
REPORT = """\
Return-Path: <>
Delivered-To: {path}
From: MAILER-DAEMON@mx.example.net
To: {path}
Subject: Undelivered Mail Returned to Sender
Message-ID: <{number}@mx.example.net>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="cut"

--cut
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; somebody.else@example.net
Action: failed
Status: {status}
Diagnostic-Code: smtp; {diagnostic}

--cut--
"""
UNKNOWN = {"status": "5.1.1", "diagnostic": "550 5.1.1 User unknown"}
FULL = {"status": "5.2.2", "diagnostic": "552 5.2.2 Mailbox full"}


@pytest.fixture
def sent(organiser: Make) -> Organiser:
    """Send an issue to Ada and Eve, each with a return path of their own."""
    us = organiser()
    us.settings["RETURN_PATH"] = "bounces@example.org"
    us.add_people(0, "ada@example.org", "eve@example.org")
    us.run("send", us.write_post(), "--yes", "--wait")
    return us


def path_of(us: Organiser, name: str) -> str:
    return next(mail["from"] for mail in us.relay.taken if mail["to"] == f"{name}@example.org")


def came(us: Organiser, path: str, about: dict[str, str] = UNKNOWN) -> dict[str, Any]:
    """Process a bounce addressed to `path`, and return what the command says about it as JSON."""
    file = us.folder / "report.eml"
    file.write_text(REPORT.format(path=path, number=1, **about))
    told: dict[str, Any] = json.loads(us.run("bounces", "process", str(file), "--json"))
    return told


def test_f39_a_bounce_is_one_event_and_stops_mail_to_whom_it_was_for(sent: Organiser) -> None:
    first, again = (came(sent, path_of(sent, "ada")) for _ in range(2))
    assert (first["address"], first["new"], first["suppressed"]) == ("ada@example.org", True, True)
    assert (again["address"], again["new"], again["suppressed"]) == ("ada@example.org", False, False)
    events = [json.loads(line) for line in sent.run("bounces", "list", "--json").splitlines()]
    assert [(event["address"], event["reason"]) for event in events] == [("ada@example.org", "NO_SUCH_MAILBOX")]
    heard = {entry["address"]: entry["heard"] for entry in sent.log()}
    assert heard == {"ada@example.org": "there is no such mailbox", "eve@example.org": ""}
    assert sent.report()["heard"][0]["number"] == 1


def test_f39_another_ones_token_or_none_of_ours_is_ignored(sent: Organiser) -> None:
    ada = path_of(sent, "ada")
    bent = ada.replace("+1-1-", "+2-1-")
    for path in (bent, "bounces@example.org", ada.replace("@example.org", "@example.net"), "bounces+1-1-x@example.org"):
        told = came(sent, path)
        assert (told["address"], told["new"], told["suppressed"]) == ("", False, False)
    assert sent.run("bounces", "list") == ""


def test_f39_a_rehearsal_says_the_same_and_writes_nothing(sent: Organiser) -> None:
    file = sent.folder / "report.eml"
    file.write_text(REPORT.format(path=path_of(sent, "ada"), number=1, **UNKNOWN))
    for _ in range(2):
        assert json.loads(sent.run("bounces", "process", str(file), "--json", "--dry-run"))["suppressed"]
    assert sent.run("bounces", "list") == ""
    assert came(sent, path_of(sent, "ada"))["new"]


def test_f39_a_full_mailbox_is_told_and_suppresses_nobody(sent: Organiser) -> None:
    assert not came(sent, path_of(sent, "ada"), FULL)["suppressed"]
    assert "Now: their mailbox is full, since" in sent.run("why", "ada@example.org")
    assert "their mailbox is full" in sent.run("report")


@pytest.mark.parametrize("told_by", ["field", "option", "environment"])
def test_f39_a_mail_server_pipes_a_bounce_in(sent: Organiser, told_by: str) -> None:
    """Each mail server has its own way to tell the address to which the mail came."""
    path = path_of(sent, "ada")
    mail = REPORT.format(path=path if told_by == "field" else "bounces@example.org", number=1, **UNKNOWN)
    words = ["--recipient", path] if told_by == "option" else []
    extra = {"ORIGINAL_RECIPIENT": path} if told_by == "environment" else {}
    code, out, _ = piped(sent, mail, *words, **extra)
    assert (code, out.strip()) == (0, "ada@example.org: there is no such mailbox. We will not email them again")


def test_f39_a_pipe_has_the_mail_server_try_again_whatever_is_wrong(sent: Organiser) -> None:
    sent.database_url = f"sqlite:///{sent.folder}/not-there.db"
    code, _, err = piped(sent, REPORT.format(path="bounces@example.org", number=1, **UNKNOWN))
    assert code == 75
    assert "Traceback" not in err
    assert err.startswith("Error:")


def piped(us: Organiser, mail: str, *words: str, **extra: str) -> tuple[int, str, str]:
    """Pipe a mail into the command; return its exit code, and what it wrote."""
    command = ("bounces", "process", "-", *words)
    with closing(
        us.starter.start(
            NEWSLETTER, *command, folder=us.folder, environment=us.environment | extra, stdin=mail.encode()
        )
    ) as program:
        out, err = program.communicate(timeout=60)
        return program.wait(), out, err
