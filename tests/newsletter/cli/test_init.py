"""init leads by the hand, and a command started within the folder finds it; in-process, in folders of their own."""

import os
from email.utils import parseaddr
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from newsletter.app.posts import prepare
from newsletter.app.workspace import Workspace
from newsletter.cli import newsletter, questions
from newsletter.settings import Settings, env_file, read_settings
from newsletter.settings.nearest import nearest_folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("NEWSLETTER_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def types(*words: str) -> Result:
    return CliRunner().invoke(newsletter, words, catch_exceptions=False)


def answers(typed: str, settings: Settings | None = None, known: dict[str, str] | None = None) -> dict[str, str]:
    """Answer the questions of `init` with these lines."""
    given: dict[str, str] = {}

    @click.command()
    def asks() -> None:
        given.update(questions.ask(settings or Settings(), known or {}))

    ran = CliRunner().invoke(asks, input=typed)
    assert ran.exit_code == 0, ran.output
    return given


def test_the_service_is_asked_first_and_the_organisation_is_offered_as_the_senders_name() -> None:
    given = answers("Brevo\nCo-production Wales\n1 Example Street\nnews@example.org\n\n\nlogin\nsecret\n")
    assert (given["smtp_host"], given["smtp_port"], given["hooks"]) == ("smtp-relay.brevo.com", "587", "brevo")
    assert given["from_"] == "Co-production Wales <news@example.org>"
    assert (given["smtp_username"], given["smtp_password"]) == ("login", "secret")
    assert "base_url" not in given, "Enter leaves a question open"


def test_a_senders_name_reads_back_as_typed_whatever_is_in_it(folder: Path) -> None:
    names = ("Gŵyl, Cardiff", 'The "Blue" Bus', "Ada @ Home", "St. Mary’s (Splott)", r"A\B", "O'Neill & co; all")
    for name in names:
        given = answers(f"\n{name}\n\nnews@example.org\n\n\n\n\n\n")
        assert parseaddr(given["from_"])[0] == name
        (folder / ".env").write_text(env_file.render(given), encoding="utf-8")
        settings = read_settings(folder)
        assert settings.from_ is not None
        assert (settings.from_.name, settings.from_.address) == (name, "news@example.org")
    assert answers("\nOurs\n\nOthers <news@example.org>\n\n\n\n\n")["from_"] == "Others <news@example.org>"
    assert answers("\nOurs\n\nnews@example.org\nThe Bus\n\n\n\n\n")["from_"] == "The Bus <news@example.org>"


def test_a_service_that_is_not_known_is_asked_again_and_part_of_a_name_is_enough() -> None:
    assert answers("pigeon\nmail\nmailg\n\n\n\n\n\n\n")["smtp_host"] == "smtp.eu.mailgun.org", "mail: three of them"
    assert answers("Amazon SES\n\n\n\n\n\n\n")["smtp_host"].endswith("amazonaws.com")


def test_what_is_set_or_given_as_a_preset_is_not_asked() -> None:
    known = {"smtp_host": "mail.example.org", "smtp_security": "tls"}
    assert answers("Ours\n\n\n\nme\nsecret\n", known=known).keys() == {"organisation", "smtp_username", "smtp_password"}
    everything = Settings(
        organisation="O", postal_address="P", base_url="https://x.example.org", smtp_host="mail.example.org"
    )
    assert answers("news@example.org\n\n", everything) == {"from_": "O <news@example.org>"}


def test_init_writes_a_post_that_can_be_sent_and_says_what_comes_next(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = types("init", "our campaign", "--no-input")
    post = folder / "our campaign" / "posts" / "welcome.md"
    assert ran.exit_code == 0
    assert "cd 'our campaign'" in ran.output
    commands = [line.split("#")[0].split()[1] for line in ran.output.splitlines() if line.startswith("  newsletter ")]
    assert commands == ["preview", "doctor", "test", "subscribers", "send"]
    monkeypatch.setenv("NEWSLETTER_BASE_URL", "https://news.example.org")
    place = Workspace(folder / "our campaign").lenient()
    assert [finding for finding in prepare(place, post).email.findings if finding.severity != "note"] == []


def test_posts_that_are_there_get_no_other_beside_them(folder: Path) -> None:
    (folder / "posts").mkdir()
    (folder / "posts" / "march.md").write_text("---\ntitle: March\n---\nHello.\n")
    assert types("init", "--no-input").exit_code == 0
    assert [file.name for file in (folder / "posts").iterdir()] == ["march.md"]


def test_a_command_within_the_folder_finds_it_and_names_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    types("init", "--no-input")
    deep = folder / "posts" / "pictures"
    deep.mkdir()
    monkeypatch.chdir(folder / "posts")
    listed = types("post", "list")
    assert f"This is about the folder {folder}." in listed.stderr
    assert listed.stdout.split()[-1] == "welcome.md"
    made = types("preview", "welcome.md")
    assert made.stdout.split()[0] == "../preview/welcome/email.html"
    (folder / "posts" / "text.txt").write_text("Good news\n\nThe council said yes to the bus shelter on our street.\n")
    assert types("post", "add", "text.txt").stdout.count("/") == 0, "beside the others, not in posts/posts/"
    monkeypatch.chdir(deep)
    assert types("subscribers", "list").exit_code == 0
    assert not list(deep.iterdir())


def test_only_a_file_of_ours_is_found_upwards(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = folder / "campaign" / "posts"
    inner.mkdir(parents=True)
    (folder / ".env").write_text("OTHER_PROGRAM=1\n# NEWSLETTER_FROM=x\n")
    assert nearest_folder(inner) == inner, "it is another program's"
    (folder / ".env").write_text("OTHER=1\n export NEWSLETTER_FROM=news@example.org\n")
    assert nearest_folder(inner) == folder
    (folder / "campaign" / ".env").mkdir()
    assert nearest_folder(inner) == folder
    (inner / "newsletter.db").write_bytes(b"")
    assert nearest_folder(inner) == inner, "settings from the environment, and a database here"
    (inner / "newsletter.db").unlink()
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    assert nearest_folder(inner) == inner, "another user's file may name a database and programs"
