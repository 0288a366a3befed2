"""The whole story, as an organiser types it and a supporter clicks it; and the demo, which tells it by itself."""

import json
import re
import signal
import sqlite3
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.journeys.conftest import Mailboxes, Organiser
else:
    Mailboxes = Organiser = Any

PEOPLE = (
    "email,first_name,consent\n"
    "ada@example.org,Ada,confirmed\n"
    "ben@example.org,Ben,pending\n"
    "cleo@example.org,Cleo,withdrawn\n"
    "dot@example.org,Dot,confirmed\n"
    "eve@example.org,Eve,confirmed\n"
    "not an address,Fay,confirmed\n"
)
STATES = ("queued", "sending", "accepted", "deferred", "refused", "expired", "skipped", "uncertain")
SENT = ("issue", "candidates", "excluded", "frozen", *STATES, "seconds")
LOGGED = ("issue", "address", "state", "code", "reply", "attempts", "message_id", "at", "heard", "language")


def posted(url: str, body: str) -> tuple[int, str]:
    request = urllib.request.Request(url, data=body.encode(), method="POST")
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as response:
        return response.status, response.read().decode()


def balances(account: dict[str, int]) -> bool:
    states = sum(account[state] for state in STATES)
    return account["candidates"] == account["frozen"] + account["excluded"] and account["frozen"] == states


def test_from_an_empty_folder_to_two_issues_and_somebody_who_leaves_in_between(
    organiser: Organiser, mailboxes: Mailboxes
) -> None:
    organiser.settings["SMTP_PORT"] = str(mailboxes.port)
    organiser.writes("people.csv", PEOPLE)
    organiser.writes("posts/first.md", "---\ntitle: Good news\nmerge: true\n---\n\nDear {{first_name|friend}}, yes.\n")
    organiser.writes("posts/second.md", "---\ntitle: Better news\n---\n\nThe council said yes again.\n")

    assert organiser.types("init", "--no-input").code == 0
    imported = organiser.types("subscribers", "import", "people.csv", "--consent", "Yes, write to me.", "--json")
    assert (
        json.loads(imported.out).items()
        >= {
            "rows": 6,
            "added": 5,
            "updated": 0,
            "unchanged": 0,
            "rejected": 1,
            "suppressed": 0,
            "errors": [{"line": 7, "address": "not an address", "reason": "it must have one @"}],
        }.items()
    )
    organiser.types("suppress", "add", "dot@example.org", "--detail", "moved away")

    previewed = organiser.types("preview", "posts/first.md", "--as", "ada@example.org", "-o", "look")
    assert previewed.out.split() == ["look/email.html", "look/email.txt", "look/message.eml"]
    assert "Dear Ada, yes." in (organiser.folder / "look" / "email.txt").read_text()
    assert organiser.types("test", "posts/first.md", "--to", "me@example.net").code == 0
    assert [mail["Subject"] for mail in mailboxes.mails] == ["[Test] Good news"]

    built = organiser.types("send", "posts/first.md", "--dry-run", "--json")
    reasons = {"pending": 1, "suppressed": 1, "withdrawn": 1}
    assert json.loads(built.out) == {"candidates": 5, "excluded": 3, "excluded_by_reason": reasons, "built": 2}
    assert len(mailboxes.mails) == 1
    assert json.loads(organiser.types("status", "--json").out or "[]") == []

    with organiser.starts("serve", "--port", "0") as serving:
        assert serving.stderr is not None
        found = re.search(r"http://127\.0\.0\.1:\d+", serving.stderr.readline())
        assert found, "serve says where"
        organiser.settings["BASE_URL"] = found[0]

        first = organiser.types("send", "posts/first.md", "--yes", "--json")
        assert first.code == 0
        account = json.loads(first.out)
        assert set(SENT) <= set(account)
        assert (account["candidates"], account["excluded"], account["accepted"]) == (5, 3, 2)
        assert account["excluded_by_reason"] == {"pending": 1, "withdrawn": 1, "suppressed": 1}
        assert account["seconds"] > 0
        assert balances(account)
        assert mailboxes.recipients == {"me@example.net": 1, "ada@example.org": 1, "eve@example.org": 1}

        to_ada = next(mail for mail in mailboxes.mails if mail["To"].addresses[0].addr_spec == "ada@example.org")
        assert to_ada["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        link = re.findall(r"<(http[^>]+)>", to_ada["List-Unsubscribe"])[0]
        code, page = posted(link, "by=reader")
        assert code == 200
        undo = re.findall(r'name="undo" value="([^"]+)"', page)[0]

        second = organiser.types("send", "posts/second.md", "--yes", "--json")
        assert second.code == 0
        assert balances(json.loads(second.out))
        assert mailboxes.recipients["ada@example.org"] == 1
        assert mailboxes.recipients["eve@example.org"] == 2
        assert "That is 1 fewer than last time (issue 1)." in second.err

        assert posted(f"{link}/undo", f"undo={undo}")[0] == 200
        to_eve = next(mail for mail in mailboxes.mails if mail["To"].addresses[0].addr_spec == "eve@example.org")
        link = re.findall(r"<(http[^>]+)>", to_eve["List-Unsubscribe"])[0]
        assert posted(link, "List-Unsubscribe=One-Click")[0] == 200
        serving.send_signal(signal.SIGTERM)
        rest = serving.communicate(timeout=20)[1]
        assert serving.returncode == 0
        assert "Error" not in rest
        assert "Traceback" not in rest

    listed = [json.loads(line) for line in organiser.types("subscribers", "export", "--json").out.splitlines()]
    consent = {person["email"]: person["consent"] for person in listed}
    assert (consent["ada@example.org"], consent["eve@example.org"]) == ("confirmed", "withdrawn")

    again = organiser.types("send", "posts/second.md", "--yes")
    assert (again.code, again.out) == (5, "")
    assert "was already sent, as issue 2" in again.err

    logged = [json.loads(line) for line in organiser.types("log", "1", "--json").out.splitlines()]
    assert [tuple(line) for line in logged] == [LOGGED, LOGGED]
    assert {line["address"]: line["state"] for line in logged} == {
        "ada@example.org": "accepted",
        "eve@example.org": "accepted",
    }
    assert organiser.types("log", "1", "--csv").out.splitlines()[0] == ",".join(LOGGED)
    reported = json.loads(organiser.types("report", "1", "--json").out)
    assert balances(reported)
    assert reported.pop("through_its_links") == {
        "unsubscribed": 2, "came_back": 1, "changed_address": 0, "changed_preferences": 0
    }  # fmt: skip
    account.pop("through_its_links")
    assert reported == account

    status = organiser.types("status").out.splitlines()
    assert [line.split()[:2] for line in status] == [["issue", "people"], ["2", "1"], ["1", "2"]]
    assert organiser.types("report", "1", "-o", "account.html").code == 0
    page = (organiser.folder / "account.html").read_text()
    assert "Good news" in page
    assert '<td class="number">fewer than 5</td>' in page, "it may be passed on, so it tells nothing of two people"
    assert "src=" not in page


@pytest.mark.thorough
def test_the_demo_tells_the_story_and_keeps_its_folder_when_asked(organiser: Organiser) -> None:
    """The organiser has a relay of their own in the environment; the demo must not reach it."""
    told = organiser.types("demo", "--no-serve", "--keep", "kept")
    assert told.code == 0, told.err
    assert told.out.count("Everybody is accounted for.") == 4, "each issue when it was sent, and again at the end"
    with closing(sqlite3.connect(organiser.folder / "kept" / "newsletter.db")) as database:
        assert database.execute("SELECT count(*) FROM issues").fetchone() == (2,)
    refused = organiser.types("demo", "--no-serve", "--keep", "kept")
    assert (refused.code, len(refused.errors)) == (1, 1)
    assert "kept is not empty" in refused.err


@pytest.mark.thorough
@pytest.mark.parametrize("told_to_stop", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_whoever_ends_a_demo_that_is_up_finds_its_folder_gone(organiser: Organiser, told_to_stop: int) -> None:
    with organiser.starts("demo") as demo:
        assert demo.stderr is not None
        said = iter(demo.stderr.readline, "")
        folder = Path(next(line for line in said if line.startswith("A folder")).split()[-1])
        assert any("Ctrl-C" in line for line in said)
        assert folder.is_dir()
        demo.send_signal(told_to_stop)
        rest = demo.communicate(timeout=20)[1]
        assert (demo.returncode, rest.partition("Ctrl-C.\n")[2]) == (0, "")
    assert not folder.exists()


def test_a_demo_that_is_told_to_stop_while_it_is_told_leaves_nothing_behind(organiser: Organiser) -> None:
    with organiser.starts("demo") as demo:
        assert demo.stderr is not None
        folder = Path(next(line for line in iter(demo.stderr.readline, "") if line.startswith("A folder")).split()[-1])
        demo.send_signal(signal.SIGTERM)
        rest = demo.communicate(timeout=20)[1]
        assert (demo.returncode, rest.splitlines()[-1]) == (143, "Error: Interrupted; nothing is half done.")
    assert not folder.exists()
