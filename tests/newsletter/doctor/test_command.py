"""`doctor` as it is typed: the real command, a stub DNS server, aiosmtpd and the real pages."""

import json
import os
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from newsletter.database.engine import open_database, upgrade
from newsletter.message.dkim_key import read_key
from tests.newsletter.doctor.smtp import Remembering, listening
from tests.newsletter.doctor.zone import Zone
from tests.public_pages import SETTINGS, serving
from tests.starter import NEWSLETTER, Starter

Typed = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def typed(tmp_path: Path, starter: Starter) -> Typed:
    """Type a command in an empty folder."""

    def run(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("NEWSLETTER_")}
        environment = kept | {f"NEWSLETTER_{k}": v for k, v in settings.items()}
        with closing(starter.start(NEWSLETTER, *words, folder=tmp_path, environment=environment)) as program:
            out, err = program.communicate(timeout=60)
            return subprocess.CompletedProcess(words, program.wait(), out, err)

    return run


def test_a_folder_without_settings_ends_with_4_and_names_each(typed: Typed) -> None:
    ended = typed("doctor", "--offline", "--json")
    findings = [json.loads(line) for line in ended.stdout.splitlines()]
    assert ended.returncode == 4
    missing = [each["found"] for each in findings if each["subject"] == "settings"]
    assert "NEWSLETTER_FROM is not set." in missing
    assert set(findings[0]) == {"subject", "severity", "found", "consequence", "change", "record"}


def test_the_whole_story_from_a_new_key_to_all_well(typed: Typed, tmp_path: Path, zone: Zone) -> None:
    made = typed("doctor", "dkim-key", "--selector", "news2026", "--domain", "example.org")
    assert made.returncode == 0
    assert "PRIVATE" not in made.stdout + made.stderr
    record = "".join(made.stdout.split('"')[1::2])
    assert record == read_key(str(tmp_path / "dkim-news2026.pem")).record

    engine = open_database(f"sqlite:///{tmp_path}/newsletter.db")
    upgrade(engine)
    with serving(engine) as pages:
        settings = {
            "ORGANISATION": SETTINGS.organisation,
            "POSTAL_ADDRESS": SETTINGS.postal_address,
            "FROM": str(SETTINGS.from_),
            "LIST_ID": SETTINGS.list_id,
            "SECRET_KEY": SETTINGS.secret_key,
            "BASE_URL": pages.url,
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": "1",
            "SMTP_SECURITY": "none",
            "DKIM_DOMAIN": "example.org",
            "DKIM_SELECTOR": "news2026",
            "DKIM_KEY_FILE": "dkim-news2026.pem",
        }
        words = ("doctor", "--resolver", f"127.0.0.1:{zone.port}")
        zone.set("example.org", "MX", "10 mx.example.org.")
        zone.set("example.org", "TXT", '"v=spf1 \\027[31mred -all"')
        ill = typed(*words, **settings | {"SMTP_OTHERS": "smtp://127.0.0.1:2?weight=0"})
        zone.text("example.org", "v=spf1 ip4:192.0.2.1 -all")
        zone.text("news2026._domainkey.example.org", record)
        zone.text("_dmarc.example.org", "v=DMARC1; p=reject")
        with listening(Remembering()) as relay:
            well = typed(*words, **settings | {"SMTP_PORT": str(relay.port)})
    engine.dispose()
    assert ill.returncode == 5
    assert "127.0.0.1:1 cannot be reached: connection refused" in ill.stdout
    assert "127.0.0.1:2 cannot be reached: connection refused" in ill.stdout, "the other relays are looked at, too"
    assert "\x1b" not in ill.stdout
    assert "[31mred" in ill.stdout
    assert made.stdout.strip() in ill.stdout.splitlines()
    assert well.returncode == 0, well.stdout + well.stderr
    assert (
        "ok       DKIM: The record at news2026._domainkey.example.org matches the key that emails are signed with."
        in well.stdout
    )
    assert "ok       public pages: One-click unsubscribing works." in well.stdout


def test_a_key_is_never_overwritten(typed: Typed, tmp_path: Path) -> None:
    words = ("doctor", "dkim-key", "--selector", "s", "--domain", "example.org", "--ed25519", "-o", "k.pem")
    first = typed(*words)
    kept = (tmp_path / "k.pem").read_bytes()
    again = typed(*words)
    assert "k=ed25519" in first.stdout
    assert (again.returncode, (tmp_path / "k.pem").read_bytes()) == (5, kept)
    assert (tmp_path / "k.pem").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "words",
    [
        ("--resolver", "dns.example.org"),
        ("--resolver", "127.0.0.1:0"),
        ("--resolver", "[::1]:x"),
        ("dkim-key", "--selector", "a b", "--domain", "example.org"),
        ("dkim-key", "--selector", "a", "--domain", "example"),
    ],
)
def test_a_slip_of_the_pen_is_said_with_exit_code_2(typed: Typed, words: tuple[str, ...]) -> None:
    ended = typed("doctor", *words)
    assert ended.returncode == 2
    assert "Invalid value" in ended.stderr


def test_a_key_that_cannot_be_read_is_a_wrong_setting(typed: Typed) -> None:
    settings = {"DKIM_DOMAIN": "example.org", "DKIM_SELECTOR": "s", "DKIM_KEY_FILE": "gone.pem"}
    ended = typed("doctor", "--offline", **settings)
    assert ended.returncode == 4
    assert "gone.pem, which does not exist" in ended.stdout
