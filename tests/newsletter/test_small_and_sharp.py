"""Secrets that are printed nowhere, keys that nobody can guess, and templates that run nothing of their own."""

import secrets
from pathlib import Path

import pytest
from sqlalchemy import make_url

from newsletter.app.setup import shown as shown_as
from newsletter.database.engine import without_secrets
from newsletter.errors import CompileError
from newsletter.settings import Settings, read_settings
from newsletter.settings.values import secret_key, secret_keys
from newsletter.theme import render, template_folders

CANARY = "canary-4711"


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql+psycopg://me:{CANARY}@db.example.org/list",
        f"postgresql+psycopg://me@db.example.org/list?password={CANARY}",
        f"postgresql+psycopg:///list?host=db.example.org&user=me&password={CANARY}&sslmode=require",
        f"postgresql+psycopg://me@db.example.org/list?PASSWORD={CANARY}&sslpassword={CANARY}",
        f"postgresql+psycopg://me@db.example.org/list?password={CANARY}&password={CANARY}",
    ],
)
def test_no_password_of_a_database_is_shown_wherever_it_stands(url: str) -> None:
    shown = shown_as(Settings(database_url=url), "database_url", secret=False)
    assert CANARY not in shown
    assert CANARY not in without_secrets(make_url(url))
    assert "list" in shown


def test_the_arguments_of_a_command_are_not_shown() -> None:
    shown = shown_as(
        Settings(smtp_token_command=("oauth2-token", "--secret", CANARY)), "smtp_token_command", secret=False
    )
    assert shown == "oauth2-token (its arguments are not shown)"


WEAK = (
    "x" * 40, "ab" * 20, "0123456789" * 4, "canary-" * 6, "abcdefghijklmnopqrstuvwxyzabcdefghij", "change-me-" * 4,
    "0" * 31 + "1", "passwordpasswordpasswordpassword1", "please-change-this-secret-key-to-your-own",
    "aaaabbbbccccddddeeeeffffgggghhhh",
    "12345678901234567890123456789012", "your-secret-key-goes-here-0123456789", "short",
)  # fmt: skip


def test_a_key_that_is_easy_to_guess_is_refused_and_one_of_chance_never_is() -> None:
    for weak in WEAK:
        with pytest.raises(ValueError, match=r"newsletter init"):
            secret_key(weak)
    for _ in range(2000):
        for good in (secrets.token_urlsafe(32), secrets.token_hex(32), secrets.token_urlsafe(24)):
            assert secret_key(good) == good
    assert (
        secret_key("correct horse battery staple, and forty geese") == "correct horse battery staple, and forty geese"
    )


def test_an_old_key_may_be_weak_because_old_mails_need_it() -> None:
    assert secret_keys(f"{'x' * 40} {'ab' * 20}") == ("x" * 40, "ab" * 20)
    with pytest.raises(ValueError, match="at least 32"):
        secret_keys("short")


@pytest.mark.parametrize(
    "code",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{{ self._TemplateReference__context }}{{ lipsum.__globals__ }}",
        "{{ words.append('x') }}",
        "{{ '{0.__class__.__init__}'.format(words) }}",
    ],
)
def test_a_template_runs_nothing_of_its_own(tmp_path: Path, code: str) -> None:
    (tmp_path / "evil.html").write_text(code)
    words = ["a"]
    with pytest.raises(CompileError):
        render((tmp_path, *template_folders(None)), "evil.html", {"words": words})
    assert words == ["a"]


def test_an_organisation_may_have_another_name_in_another_language(tmp_path: Path) -> None:
    said = {"NEWSLETTER_ORGANISATION": "The Trust", "NEWSLETTER_ORGANISATION_CY": "Yr Ymddiriedolaeth"}
    settings = read_settings(tmp_path, said)
    assert [settings.organisation_in(each) for each in ("cy", "cy-GB", "en", "")] == [
        "Yr Ymddiriedolaeth", "Yr Ymddiriedolaeth", "The Trust", "The Trust",
    ]  # fmt: skip
