"""docs/relays.md and docs/receivers.md say what the code does, and name tests that are there."""

import ast
import re
from pathlib import Path

import pytest

from newsletter.doctor.relays import KNOWN, KnownRelay, known_relay

ROOT = Path(__file__).parents[3]
RELAYS = (ROOT / "docs" / "relays.md").read_text(encoding="utf-8")
RECEIVERS = (ROOT / "docs" / "receivers.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("relay", KNOWN, ids=lambda relay: relay.name)
def test_each_relay_stands_in_the_table_as_it_does_in_the_code(relay: KnownRelay) -> None:
    (row,) = (line for line in RELAYS.splitlines() if line.startswith(f"| {relay.name} |"))
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    include = f"`{relay.include}`" if relay.include else ""
    assert cells[1].startswith(f"`{relay.host}`")
    assert cells[2:] == [str(relay.port), relay.security, str(relay.connections), f"{relay.rate:g}", include]


def test_a_relay_is_known_by_any_of_its_names_and_by_no_other() -> None:
    for host in ("email-smtp.us-east-1.amazonaws.com", "smtp.mailgun.org", "SMTP.gmail.com"):
        assert known_relay(host), host
    for host in ("127.0.0.1", "smtp.example.org", "evilmailgun.org", "smtp.gmail.com.example.org"):
        assert known_relay(host) is None, host


def test_every_test_a_rule_is_shown_by_is_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", RECEIVERS)
    rows = [line for line in RECEIVERS.splitlines() if line.startswith("| ")][2:]
    assert len(named) == len(rows) > 10
    for file, name in named:
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
        assert name in functions, f"{file} has no {name}"
