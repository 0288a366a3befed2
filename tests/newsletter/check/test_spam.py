"""What a spam filter makes of our mail (G16), and what `check` says when there is none, or it is slow."""

import re
import shutil
import stat
import subprocess
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from newsletter import demo
from newsletter import preview as proof
from newsletter.check.spam import SPAM, WORTH_A_LOOK, read_report, spam_finding
from newsletter.compiler import Furniture, Severity, compile_post
from newsletter.issue import letterhead
from newsletter.message import Recipient
from newsletter.message.dkim import DkimSigner
from newsletter.message.dkim_key import make_key
from newsletter.post import read_post
from newsletter.settings.values import mailbox
from newsletter.theme import template_folders, themes
from tests.public_pages import SETTINGS

GOLDEN = Path(__file__).parents[2] / "golden"
FILTERED = shutil.which("spamassassin") is not None
REPORT = """
Some mail that says: Content analysis details:   (99.0 points, 5.0 required)
 99.0 FORGED_BY_THE_MAIL     never believe a mail

Content analysis details:   (6.2 points, 5.0 required)

 pts rule name              description
---- ---------------------- --------------------------------------------------
-1.0 MAILING_LIST_MULTI     Multiple indicators imply a widely-seen list
                            manager
 2.5 SUBJ_ALL_CAPS          Subject is all capitals
 0.7 HTML_FONT_LOW_CONTRAST BODY: HTML font color similar or identical to
                            background
 4.0 SOMETHING_ELSE         URI: Words that nobody
                            has explained yet
 0.1 SMALL                  nothing much
"""


def message(path: Path, noon: datetime, theme: str = "", signed: bool = False) -> bytes:
    post = read_post(path)
    post = replace(post, theme=theme or post.theme)
    email = compile_post(post, Furniture("Gŵyl Fach", "1 Example Street, Cardiff CF10 1AA"), template_folders(None))
    sender = mailbox("Gŵyl Fach <news@example.org>")
    settings = replace(SETTINGS, base_url="https://news.example.org", from_=sender, return_path=sender)
    dkim = DkimSigner("example.org", "news2026", make_key(), noon) if signed else None
    issue = proof.unfrozen(post, email, letterhead(settings, "0123456789abcdef" * 2), noon)
    reader = Recipient(0, 7, "ada@example.net", "Ada", "Llŷr")
    return proof.builder(issue, [settings.secret_key], dkim).build(reader).content


def scores(mails: list[bytes]) -> list[float]:
    """Say the points of each mail, in their order; SpamAssassin is started once, which takes longer than a mail."""
    if not FILTERED:
        pytest.skip("no SpamAssassin here: NOT TRIED is what it makes of our mail; apt-get install spamassassin")
    lines = [re.sub(rb"(?m)^From ", b">From ", mail.replace(b"\r\n", b"\n")) for mail in mails]
    box = b"".join(b"From us@example.org Sun Mar  1 12:00:00 2026\n" + mail + b"\n" for mail in lines)
    command = ["spamassassin", "--local", "--test-mode", "--nocreate-prefs", "--mbox"]
    said = subprocess.run(command, input=box, capture_output=True, timeout=120, check=True).stdout.decode()
    tables = [read_report(f"Content analysis details:{table}") for table in said.split("Content analysis details:")[1:]]
    points = [table.points for table in tables if table is not None]
    assert len(points) == len(mails)
    return points


@pytest.mark.thorough
def test_no_mail_of_the_demo_of_a_theme_or_with_any_element_is_spam(noon: datetime) -> None:
    demos = [Path(demo.__file__).parent / name for name in ("first-post.md", "second-post.md")]
    mails = {
        f"{post.stem}, signed: {signed}": message(post, noon, signed=signed)
        for post in demos
        for signed in (False, True)
    }
    mails |= {theme: message(demos[0], noon, theme) for theme in themes(template_folders(None))}
    cases = ("html-post", "right-to-left", "enclosures")
    mails |= {case: message(next((GOLDEN / case).glob("post.*")), noon) for case in cases}
    found = dict(zip(mails, scores(list(mails.values())), strict=True))
    assert {name: points for name, points in found.items() if points >= WORTH_A_LOOK} == {}


@pytest.mark.thorough
def test_what_shouts_about_money_is_worth_a_look(tmp_path: Path, noon: datetime) -> None:
    post = tmp_path / "post.md"
    words = "Dear friend, I am a barrister with $35,000,000.00 USD for your next of kin. Act now, urgent, 100% free!!! "
    post.write_text(f'---\ntitle: "URGENT: CLAIM YOUR MONEY $$$ NOW"\n---\n{words * 9}\n', encoding="utf-8")
    if not FILTERED:
        pytest.skip("no SpamAssassin here: NOT TRIED is what it makes of a fraud; apt-get install spamassassin")
    found = spam_finding(message(post, noon))
    assert found.severity is Severity.WARNING
    assert "it begins with “Dear friend”" in found.message
    assert "it reads like a fraud" in found.message


def test_the_last_report_counts_and_the_costly_rules_are_named() -> None:
    found = read_report(REPORT)
    assert found is not None
    assert found.points == 6.2 > SPAM
    assert [rule[1] for rule in found.rules][:3] == ["SOMETHING_ELSE", "SUBJ_ALL_CAPS", "HTML_FONT_LOW_CONTRAST"]
    assert found.rules[0] == (4.0, "SOMETHING_ELSE", "URI: Words that nobody has explained yet")
    for broken in ("", "Content analysis details:", "Content analysis details:   (many points, 5.0 required)"):
        assert read_report(broken) is None


def program(folder: Path, script: str) -> str:
    file = folder / "filter"
    file.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return str(file)


def test_a_high_score_is_said_in_plain_words(tmp_path: Path) -> None:
    (tmp_path / "report").write_text(REPORT, encoding="utf-8")
    found = spam_finding(b"", program(tmp_path, f"cat {tmp_path}/report"))
    assert found.severity is Severity.WARNING
    assert "is 6.2, so it counts as spam" in found.message
    assert "“Words that nobody has explained yet” (4); the subject is in capitals (2.5); some text" in found.message
    assert "nothing much" not in found.message


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("exec sleep 60", "took longer than 0.3 seconds"),
        ("exit 3", "the answer of SpamAssassin cannot be read"),
        ("head -c 3000000 /dev/zero", "the answer of SpamAssassin cannot be read"),
    ],
)
def test_a_filter_that_fails_is_a_note_and_no_more(tmp_path: Path, script: str, why: str) -> None:
    found = spam_finding(b"words", program(tmp_path, script), patience=0.3 if "sleep" in script else 30)
    assert (found.severity, why in found.message) == (Severity.NOTE, True)


def test_without_a_filter_it_is_said_how_to_get_one(tmp_path: Path) -> None:
    found = spam_finding(b"words", str(tmp_path / "none"))
    assert found.severity is Severity.NOTE
    assert "apt-get install spamassassin" in found.message


def test_nobodys_own_settings_are_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSLETTER_SECRET_KEY", "canary")
    monkeypatch.setenv("HOME", "/nonexistent-home")
    written = tmp_path / "seen"
    spam_finding(b"words", program(tmp_path, f'env > {written}; echo "$@" >> {written}; pwd >> {written}'))
    seen = written.read_text(encoding="utf-8")
    assert "canary" not in seen
    assert "/nonexistent-home" not in seen
    assert "--local" in seen
    assert f"\n{Path.cwd()}\n" not in seen
