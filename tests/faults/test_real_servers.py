"""An issue through real servers that restart, screen, limit, refuse and greylist: no recipient gets two or is lost.

The tests compare the server's mailbox with the send log: an accepted recipient has one mail, a refused or waiting one
has none, and an uncertain one is named and has at most one. `PEOPLE` in the environment sets the number of recipients,
for a longer run by hand.
"""

import os
import re
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Protocol

import pytest

from tests import other_servers, policy_server, postfix
from tests.faults.conftest import Organiser

Make = Callable[..., Organiser]
PEOPLE = int(os.environ.get("PEOPLE", "60"))
# What is tried are the servers; both databases have their say in the matrix of faults.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Server(Protocol):
    """A real mail server that keeps the mail of all recipients."""

    @property
    def port(self) -> int: ...

    def settle(self) -> None:
        """Wait until its queue is empty."""

    def restart(self) -> None: ...

    def received(self) -> Counter[str]:
        """Count the mails in its mailbox by recipient."""

    def log(self) -> str: ...


def people(us: Organiser, odd: str = "", every: int = 10) -> None:
    """Put PEOPLE people on the list; with `odd`, every `every`-th address begins with it."""
    names = [odd if odd and number % every == 0 else "person" for number in range(PEOPLE)]
    us.add_people(0, *(f"{name}{number:04}@good.test" for number, name in enumerate(names)))


def through(organiser: Make, server: Server) -> Organiser:
    made = organiser()
    us = replace(made, relay=replace(made.relay, port=server.port))
    us.settings |= {"RETRY_SECONDS": "0.5", "SMTP_CONNECTIONS": "4"}
    return us


def compared(us: Organiser, server: Server) -> Counter[str]:
    """Compare the mailbox with the send log, and count the deliveries by state."""
    server.settle()
    received = server.received()
    log = {entry["address"]: entry["state"] for entry in us.log()}
    assert len(log) == PEOPLE
    twice = [address for address, copies in received.items() if copies > 1]
    assert twice == [], [line for line in server.log().splitlines() if any(address in line for address in twice)]
    for address, state in log.items():
        if state != "uncertain":
            assert received[address] == (state == "accepted"), (address, state)
    return Counter(log.values())


def resumed_until_done(us: Organiser) -> None:
    for _ in range(30):
        if us.run("resume", "--wait", code=None) and us.report()["queued"] + us.report()["deferred"] == 0:
            return
        time.sleep(0.5)
    raise AssertionError(us.run("status"))


SERVERS: dict[str, Callable[[], AbstractContextManager[Server]]] = {
    "postfix": postfix.running,
    "exim": other_servers.exim,
    "opensmtpd": other_servers.opensmtpd,
}


@pytest.mark.thorough
@pytest.mark.parametrize("name", SERVERS)
def test_a_restart_in_the_middle_loses_nobody_and_doubles_nobody(organiser: Make, name: str) -> None:
    """Exim takes three connections at once and twenty mails on each; OpenSMTPD takes ten, without pipelining."""
    with SERVERS[name]() as server:
        us = through(organiser, server)
        us.settings["RATE_PER_SECOND"] = str(PEOPLE // 3)
        people(us, odd="nouser")
        sending = us.start("send", us.write_post(), "--yes", "--wait")
        while server.received().total() < PEOPLE // 4:
            assert sending.poll() is None, sending.communicate()
            time.sleep(0.02)
        server.restart()
        _, said = sending.communicate(timeout=120)
        assert "Traceback" not in said
        resumed_until_done(us)
        states = compared(us, server)
    assert states["refused"] == PEOPLE // 10
    assert states["accepted"] + states["uncertain"] + states["refused"] == PEOPLE
    assert states["uncertain"] <= 4, "one mail under way on each connection"


def test_whom_postscreen_puts_off_until_it_knows_us_everybody_gets_it_once(organiser: Make) -> None:
    screening = (
        "postscreen_access_list =",
        "postscreen_greet_wait = 1s",
        "postscreen_greet_action = enforce",
        "postscreen_pipelining_enable = yes",
        "postscreen_pipelining_action = enforce",
        "postscreen_non_smtp_command_enable = yes",
        "postscreen_bare_newline_enable = yes",
        "postscreen_bare_newline_action = enforce",
    )
    with postfix.running(*screening, postscreen=True) as server:
        us = through(organiser, server)
        people(us)
        us.run("send", us.write_post(), "--yes", "--wait", code=None)
        resumed_until_done(us)
        assert compared(us, server) == {"accepted": PEOPLE}
        assert "PASS NEW" in server.log()
        assert not re.search(
            r"postscreen\[\d+\]: (?:PREGREET|COMMAND PIPELINING|BARE NEWLINE|BLACKLISTED)", server.log()
        )


def test_those_whose_header_a_server_refuses_are_refused_and_the_others_have_it(organiser: Make) -> None:
    with postfix.running("header_checks = regexp:{{ {{ /^To:.*odd/ REJECT Header is not wanted here }} }}") as server:
        us = through(organiser, server)
        people(us, odd="odd")
        us.run("send", us.write_post(), "--yes", "--wait", code=3)
        states = compared(us, server)
        assert states == {"accepted": PEOPLE - PEOPLE // 10, "refused": PEOPLE // 10}
        assert all(entry["address"].startswith("odd") for entry in us.log("--state", "refused"))


def test_at_a_limit_of_messages_per_client_everybody_waits_and_gets_it_once(organiser: Make) -> None:
    per_client = "smtpd_client_message_rate_limit = 20"
    limit = (per_client, "anvil_rate_time_unit = 2s", "smtpd_client_event_limit_exceptions =")
    with postfix.running(*limit) as server:
        us = through(organiser, server)
        people(us)
        us.run("send", us.write_post(), "--yes", "--wait", code=None)
        resumed_until_done(us)
        assert compared(us, server) == {"accepted": PEOPLE}
        refusals = server.log().count("rate limit exceeded")
        assert 0 < refusals <= PEOPLE // 4, refusals


def test_a_mail_larger_than_the_server_takes_is_offered_to_nobody(organiser: Make) -> None:
    with postfix.running("message_size_limit = 4000") as server:
        us = through(organiser, server)
        people(us)
        said = us.run_for_words("send", us.write_post(), "--yes", "--wait", code=4)
        assert compared(us, server) == {"queued": PEOPLE}
        assert "4000" in said
        assert "MAIL" not in server.log()


def test_a_greylist_puts_everybody_off_once_and_everybody_gets_it_once(organiser: Make) -> None:
    with policy_server.greylisting(2.0) as grey:
        asks = f"check_policy_service inet:127.0.0.1:{grey.port}"
        with postfix.running(f"smtpd_recipient_restrictions = {asks}, permit_mynetworks, reject") as server:
            us = through(organiser, server)
            us.settings["RETRY_SECONDS"] = "2.5"
            people(us)
            us.run("send", us.write_post(), "--yes", "--wait", code=None)
            resumed_until_done(us)
            assert compared(us, server) == {"accepted": PEOPLE}
            assert grey.put_off == PEOPLE, "each tried again once it had waited, and not before"
            assert "too many errors" not in server.log(), "a connection is replaced before it is made to wait"
