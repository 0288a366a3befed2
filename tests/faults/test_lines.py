"""F19 to F26, F38: what can happen to a connection to a relay, through the real command line with short deadlines."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme

from tests.faults.conftest import Organiser, Relay

Make = Callable[..., Organiser]
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
NEIGHBOURS = {"person00000": "accepted", "person00001": "accepted"}


@pytest.mark.parametrize("who", ["drip", "flood", "longline"])
def test_f19_f20_a_reply_that_never_ends_costs_a_deadline_or_the_line_and_little_memory(
    organiser: Make, who: str
) -> None:
    us = organiser()
    us.settings["SMTP_PATIENCE"] = "0.005" if who == "drip" else "1"
    us.add_people(2, f"{who}@example.org")
    us.run("send", us.write_post(), "--yes", "--no-wait", code=75)
    assert us.states() == {who: "deferred", **NEIGHBOURS}
    [poured] = [int(event["detail"]) for event in us.relay.events if event["what"] == "poured"]
    # A deadline of 1.5 s is over after thirty octets, however little apart they come.
    most = 300 if who == "drip" else 2**24  # what the system holds for a program that reads no more
    assert poured < most


HAS_LITTLE_ROOM = """
import socket
settle = socket.socket.setblocking
def small(line, flag):
    line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    settle(line, flag)
socket.socket.setblocking = small
"""


def test_f21_a_relay_that_stops_reading_costs_the_deadline_and_the_person_is_deferred(organiser: Make) -> None:
    us = organiser(deaf=True)
    us.settings |= {"SMTP_PATIENCE": "0.01", "SMTP_CONNECTIONS": "1"}
    us.prelude = HAS_LITTLE_ROOM
    us.add_people(1, "stop@example.org")
    us.run("send", us.write_post(words="All is well. " * 5000), "--yes", "--no-wait", code=75)
    assert us.states() == {"stop": "deferred", "person00000": "accepted"}


def test_f22_an_answer_after_nine_of_ten_minutes_is_waited_for(organiser: Make) -> None:
    us = organiser(late=5.4)
    us.settings["SMTP_PATIENCE"] = "0.01"
    us.add_people(1, "late@example.org")
    us.run("send", us.write_post(), "--yes", "--wait")
    assert us.relay.copies() == {"late@example.org": 1, "person00000@example.org": 1}


def certificates(folder: Path, kind: str) -> tuple[Path, Path]:
    """Make a relay's certificate, and the file of certificate authorities to trust."""
    authority = trustme.CA()
    name = "relay.example.org" if kind == "wrong name" else "127.0.0.1"
    until = datetime(2020, 1, 1, tzinfo=UTC) if kind == "expired" else None
    authority.issue_cert(name, not_after=until).private_key_and_cert_chain_pem.write_to_path(folder / "relay.pem")
    authority.cert_pem.write_to_path(folder / "authority.pem")
    return folder / "relay.pem", folder / "authority.pem"


@pytest.mark.parametrize("trouble", ["missing", "454", "wrong name", "expired", "old", "none"])
def test_f23_without_tls_that_holds_neither_password_nor_mail_leaves(
    organiser: Make, tmp_path: Path, trouble: str
) -> None:
    relay, authority = certificates(tmp_path, trouble)
    answer = {"missing": "", "454": "454 4.7.0 TLS not available"}.get(trouble, "220 go ahead")
    us = organiser(
        starttls=answer, certificate=str(relay), newest="1.0" * (trouble == "old"), login="235 2.7.0 welcome"
    )
    us.settings |= {"SMTP_SECURITY": "starttls", "SMTP_USERNAME": "news", "SMTP_PASSWORD": "canary-5ecret"}
    us.trusting = authority
    us.add_people(2)
    holds = trouble == "none"
    us.run("send", us.write_post(), "--yes", "--wait", code=0 if holds else 4)
    assert us.relay.said_or_done()["auth"] == holds
    assert us.relay.said_or_done()["mail"] == 2 * holds
    assert set(us.states().values()) == {"accepted" if holds else "queued"}


@pytest.mark.parametrize(("login", "code"), [("535 5.7.8 no {said}", 4), ("", 4), ("454 4.7.0 not now", 75)])
def test_f24_a_login_that_fails_stops_and_the_password_is_in_no_log(organiser: Make, login: str, code: int) -> None:
    us = organiser(login=login)
    us.settings |= {"SMTP_USERNAME": "news", "SMTP_PASSWORD": "canary-5ecret"}
    us.add_people(2)
    said = us.run_for_words("send", us.write_post(), "--yes", "--wait", code=code)
    said += us.run_for_words("resume", "--debug", code=1)
    assert "Traceback" in said, "this looks at what a traceback shows, too"
    assert set(us.states().values()) == {"queued"}
    secrets = ["canary-5ecret", "Y2FuYXJ5LTVlY3JldA", "AG5ld3MAY2FuYXJ5LTVlY3JldA"]
    assert us.relay.said_or_done()["auth"] > 0 or not login
    assert not [secret for secret in secrets if secret in said]
    for file in us.folder.rglob("*"):
        assert not file.is_file() or not [secret for secret in secrets if secret.encode() in file.read_bytes()], file


def test_f25_where_fewer_connections_are_allowed_it_makes_do_with_those(organiser: Make) -> None:
    us = organiser(connections=2, delay=0.02)
    us.settings["SMTP_CONNECTIONS"] = "12"
    us.add_people(150)
    us.run("send", us.write_post(), "--yes", "--wait")
    assert set(us.relay.copies().values()) == {1}
    assert us.relay.copies().total() == 150
    assert max(event["open"] for event in us.relay.events if event["what"] == "taken") >= 2
    assert us.relay.said_or_done()["turned away"] <= 12, "it asks again now and then, not all the time"


@pytest.mark.parametrize("pipelining", [True, False])
def test_f26_a_relay_that_closes_silently_after_some_mails_fails_nobody(organiser: Make, pipelining: bool) -> None:
    us = organiser(per_line=5, pipelining=pipelining)
    us.add_people(40)
    us.run("send", us.write_post(), "--yes", "--no-wait")
    assert set(us.states().values()) == {"accepted"}
    assert us.relay.copies().total() == 40
    assert us.relay.said_or_done()["greeted"] >= 8


RELAY_HAS = """
import socket
ask = socket.getaddrinfo
def answer(host, port, *about, **more):
    return [each for address in ADDRESSES for each in ask(address, port, *about, **more)] if host == "relay.test" else (
        ask(host, port, *about, **more))
socket.getaddrinfo = answer
"""


@pytest.mark.parametrize("dead", ["127.0.0.2", "::1"])
def test_f38_when_the_first_address_of_the_relay_is_dead_the_next_is_tried(organiser: Make, dead: str) -> None:
    us = organiser()
    us.settings |= {"SMTP_HOST": "relay.test", "SMTP_ALLOW_PLAINTEXT": "yes"}
    us.prelude = f"ADDRESSES = [{dead!r}, '127.0.0.1']{RELAY_HAS}"
    us.add_people(2)
    us.run("send", us.write_post(), "--yes", "--wait")
    assert us.states() == NEIGHBOURS


def test_f38_a_relay_whose_name_leads_nowhere_loses_nobody(organiser: Make) -> None:
    us = organiser()
    us.settings |= {"SMTP_HOST": "relay.invalid", "SMTP_ALLOW_PLAINTEXT": "yes"}
    us.add_people(2)
    said = us.run_for_words("send", us.write_post(), "--yes", "--wait", code=75)
    assert "its name cannot be looked up" in said
    assert set(us.states().values()) == {"queued"}
    us.settings["SMTP_HOST"] = "127.0.0.1"
    us.run("resume", "--wait")
    assert us.states() == NEIGHBOURS


def test_where_the_first_relay_is_dead_another_takes_its_mail(
    organiser: Make, relay_with: Callable[..., Relay]
) -> None:
    us = organiser()
    other = relay_with()
    us.settings["SMTP_OTHERS"] = f"smtp://127.0.0.1:{other.port}?weight=0"
    us.add_people(4, "early@example.org")
    us.run("send", us.write_post(), "--yes", "--limit", "1", "--no-wait", code=75)
    us.relay.process.kill()
    us.run("resume", "--wait")
    assert (us.relay.copies().total(), other.copies().total()) == (1, 4)
    assert set(us.states().values()) == {"accepted"}
