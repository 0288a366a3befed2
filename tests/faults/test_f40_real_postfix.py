"""F40: a whole send through a real, strict Postfix, and the recipients that it refuses or defers."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests import dkim_verifier, postfix
from tests.faults.conftest import Organiser
from tests.postfix import Postfix

Make = Callable[..., Organiser]


@pytest.fixture(scope="module")
def server() -> Iterator[Postfix]:
    with postfix.running() as running:
        yield running


@pytest.fixture
def us(organiser: Make, server: Postfix) -> Organiser:
    """An organiser with that Postfix as relay."""
    made = organiser()
    return replace(made, relay=replace(made.relay, port=server.port))


def states(us: Organiser) -> dict[str, str]:
    return {entry["address"]: entry["state"] for entry in us.log()}


@pytest.mark.thorough
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("window", ["1", "8"])
@pytest.mark.parametrize("people", [300, pytest.param(1000, marks=pytest.mark.nightly)])
def test_f40_hundreds_arrive_once_each_signed_and_with_an_id_of_their_own(
    us: Organiser, server: Postfix, window: str, people: int, tmp_path: Path
) -> None:
    us.settings |= {"FROM": '"Siân, Gyda’n Gilydd" <news@example.org>', "SMTP_WINDOW": window}
    record = "".join(
        re.findall('"([^"]*)"', us.run("doctor", "dkim-key", "--selector", "s1", "--domain", "example.org"))
    )
    us.settings |= {"DKIM_DOMAIN": "example.org", "DKIM_SELECTOR": "s1", "DKIM_KEY_FILE": "dkim-s1.pem"}
    addresses = [f"w{window}of{people}person{number:04}@good.test" for number in range(people)]
    us.add_people(0, *addresses)
    us.run("send", us.write_post(words="Diolch. 🎉\n\n.\n\n.leading dot\n\nFrom here on: ŵ ŷ."), "--yes", "--wait")
    server.settle()

    mails = server.mails(f"w{window}of{people}person")
    assert Counter(mail["Delivered-To"] for mail in mails) == Counter(addresses)
    assert len({mail["Message-ID"] for mail in mails}) == people
    assert us.report()["accepted"] == people
    assert "reject" not in server.log().partition(f"w{window}of{people}person")[2]
    arrived = [
        re.sub(rb"\r?\n", b"\r\n", raw) for raw in server.raw_mails() if f"w{window}of{people}person".encode() in raw
    ]
    name = "s1._domainkey.example.org"
    assert "dkim=pass" in dkim_verifier.opendkim_says(tmp_path, arrived[0], name, record)
    with dkim_verifier.running() as receiver:
        if receiver is None:
            pytest.skip("no dkimpy here: NOT TRIED is whether signatures outlive Postfix; apt install python3-dkim")
        assert all(receiver.accepts(content, f"{name}.", record) for content in arrived[::20])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_f11_whom_a_real_server_does_not_know_is_refused_and_suppressed(us: Organiser, server: Postfix) -> None:
    us.add_people(0, "nouser@good.test", "known@good.test")
    us.run("send", us.write_post(), "--yes", "--wait", code=3)
    assert states(us) == {"nouser@good.test": "refused", "known@good.test": "accepted"}
    assert "nouser@good.test" in us.run("suppress", "list")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_f13_a_real_refusal_of_the_sender_stops_the_issue_and_blames_nobody(us: Organiser, server: Postfix) -> None:
    us.settings["SMTP_CONNECTIONS"] = "1"
    us.add_people(0, *(f"policy{number}@good.test" for number in range(20)))
    us.run("send", us.write_post(), "--yes", "--wait", code=4)
    assert Counter(states(us).values()) == {"queued": 20}
    assert "policy" not in us.run("suppress", "list")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_f08_somebody_a_real_server_greylists_gets_it_later_and_once(us: Organiser, server: Postfix) -> None:
    us.add_people(0, "grey@good.test", "patient@good.test")
    us.run("send", us.write_post(), "--yes", "--no-wait", code=75)
    assert states(us) == {"grey@good.test": "deferred", "patient@good.test": "accepted"}
    server.forget_greylist()
    us.run("resume", "--wait")
    server.settle()
    assert set(states(us).values()) == {"accepted"}
    assert len(server.mails("grey@")) == len(server.mails("patient@")) == 1


@pytest.mark.thorough
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_f39_what_a_real_server_sends_back_is_told_to_the_right_person_once(us: Organiser, server: Postfix) -> None:
    us.settings["RETURN_PATH"] = "returned@good.test"
    us.add_people(0, "gone@bounce.test", "busy@full.test", "fine@good.test")
    us.run("send", us.write_post(), "--yes", "--wait")
    server.wait_for("returned+", 2)
    maildir = str(server.folder / "mail" / "all")
    for _ in range(2):
        us.run("bounces", "process", "--maildir", maildir)
    told = {each["address"]: each for each in map(json.loads, us.run("bounces", "list", "--json").splitlines())}
    assert {address: (each["status"], each["kind"]) for address, each in told.items()} == {
        "gone@bounce.test": ("5.1.1", "bounce"),
        "busy@full.test": ("5.2.2", "bounce"),
    }
    suppressed = us.run("suppress", "list")
    assert "gone@bounce.test" in suppressed
    assert "busy@full.test" not in suppressed
    assert "fine@good.test" not in suppressed
