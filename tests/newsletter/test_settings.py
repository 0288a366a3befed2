"""Settings: where they come from, what they may be, and that secrets stay secret."""

from dataclasses import fields
from pathlib import Path

import pytest
from click.testing import CliRunner

from newsletter.cli import newsletter
from newsletter.errors import SettingsError
from newsletter.settings import (
    Durability,
    Mailbox,
    Security,
    Settings,
    env_file,
    read_settings,
    unknown_settings,
    variable,
)
from newsletter.settings.values import host_and_port

CANARY = "canary-Zk3wQv8LrT5mXn2BhJ6yUe9PsD4fGa7c"


def read(folder: Path, **values: str) -> Settings:
    return read_settings(folder, {f"NEWSLETTER_{name}": value for name, value in values.items()})


def test_the_environment_wins_over_the_file_and_the_file_over_the_default(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("NEWSLETTER_LANGUAGE=cy\nNEWSLETTER_ORGANISATION='O’r ffeil'\n", encoding="utf-8")
    settings = read(tmp_path, LANGUAGE="de", SMTP_HOST="")
    assert (settings.language, settings.organisation, settings.smtp_host) == ("de", "O’r ffeil", "")
    assert settings.smtp_connections == 4
    assert read(tmp_path / "elsewhere", LANGUAGE="fr") == Settings(language="fr")


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("from_", '"Gŵyl, Cardiff" <news@example.org>', Mailbox("Gŵyl, Cardiff", "news@example.org")),
        ("reply_to", "hello@example.org", Mailbox("", "hello@example.org")),
        ("base_url", "https://news.example.org/", "https://news.example.org"),
        ("smtp_port", "2525", 2525),
        ("smtp_security", "tls", Security.TLS),
        ("smtp_allow_plaintext", "Yes", True),
        ("rate_per_second", "0.5", 0.5),
        ("durability", "process", Durability.PROCESS),
        ("list_id", "News.Example.org", "news.example.org"),
        ("language", "cy-GB", "cy-GB"),
        ("old_secret_keys", f"{CANARY}  {CANARY}2", (CANARY, f"{CANARY}2")),
    ],
)
def test_the_text_of_a_setting_becomes_what_it_means(tmp_path: Path, name: str, text: str, value: object) -> None:
    assert getattr(read_settings(tmp_path, {variable(name): text}), name) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("organisation", "Gŵyl\r\nBcc: everybody@example.org"),
        ("postal_address", "1 Example Street\nCardiff"),
        ("from_", "Gŵyl\r\n <news@example.org>"),
        ("from_", "nobody"),
        ("from_", "Gŵyl, Cardiff <news@example.org>"),  # a comma wants quotes around the name
        ("base_url", "ftp://news.example.org"),
        ("base_url", "https://news.example.org/?list=1"),
        ("base_url", "https://"),
        ("secret_key", "too short"),
        ("old_secret_keys", f"{CANARY} short"),
        ("smtp_host", "smtp.example.org\r\nQUIT"),
        ("smtp_username", "me\r\nQUIT"),
        ("smtp_port", "0"),
        ("smtp_port", "65536"),
        ("smtp_port", "２５"),
        ("smtp_security", "ssl"),
        ("smtp_allow_plaintext", "perhaps"),
        ("smtp_connections", "0"),
        ("smtp_messages_per_connection", "-1"),
        ("rate_per_second", "fast"),
        ("retry_seconds", "inf"),
        ("shelf_life_hours", "1e9"),
        ("durability", "none"),
        ("return_path", "bounces"),
        ("list_id", "news example"),
        ("list_id", "a.b>\r\nX: y"),
        ("language", "Welsh, please"),
    ],
)
def test_a_text_a_setting_cannot_have_is_refused_by_name(tmp_path: Path, name: str, text: str) -> None:
    with pytest.raises(SettingsError, match=variable(name)) as refused:
        read_settings(tmp_path, {variable(name): text})
    assert "\n" not in str(refused.value)
    assert refused.value.exit_code == 4


def test_where_a_wrong_setting_stands_is_said(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("NEWSLETTER_SMTP_PORT=many\n")
    with pytest.raises(SettingsError, match=f"NEWSLETTER_SMTP_PORT in {tmp_path}/.env"):
        read(tmp_path)
    (tmp_path / ".env").write_bytes(b"NEWSLETTER_ORGANISATION=\xff\n")
    with pytest.raises(SettingsError, match="cannot be read"):
        read(tmp_path)


def test_a_slip_of_the_pen_is_noticed(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("NEWSLETTER_ORGANIZATION=Gŵyl\nOTHER=1\n", encoding="utf-8")
    assert unknown_settings(tmp_path, {"NEWSLETTER_SMTP_HOTS": "x", "NEWSLETTER_SMTP_HOST": "x", "HOME": "/"}) == [
        "NEWSLETTER_ORGANIZATION",
        "NEWSLETTER_SMTP_HOTS",
    ]


def test_a_secret_may_be_in_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{CANARY}\n")
    given = read(tmp_path, SECRET_KEY_FILE="key", SMTP_PASSWORD_FILE=str(tmp_path / "key"))
    assert given.secret_key == given.smtp_password == CANARY
    (tmp_path / ".env").write_text("NEWSLETTER_SECRET_KEY_FILE=key\nNEWSLETTER_SMTP_PASSWORD=other\n")
    assert read(tmp_path).secret_key == CANARY
    assert read(tmp_path, SMTP_PASSWORD_FILE="key").smtp_password == CANARY  # the environment wins
    assert read(tmp_path, SECRET_KEY=CANARY + "2").secret_key == CANARY + "2"
    names = {f"NEWSLETTER_{name}": "key" for name in ("SECRET_KEY_FILE", "DATABASE_URL_FILE", "ORGANISATION_FILE")}
    assert unknown_settings(tmp_path, names) == ["NEWSLETTER_ORGANISATION_FILE"]


def test_a_file_of_a_secret_that_is_no_secret_is_named_and_what_is_in_it_is_not(tmp_path: Path) -> None:
    short = CANARY[:12]
    for name, content in {
        "empty": b" \n",
        "binary": b"\xff\xfe",
        "long": CANARY.encode() * 1_000,
        "short": short.encode(),
    }.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(SettingsError, match="NEWSLETTER_SECRET_KEY_FILE") as raised:
            read(tmp_path, SECRET_KEY_FILE=name)
        assert short not in str(raised.value)
    for missing in ("nowhere", "."):
        with pytest.raises(SettingsError, match="cannot be read"):
            read(tmp_path, SECRET_KEY_FILE=missing)
    with pytest.raises(SettingsError, match="set twice"):
        read(tmp_path, SECRET_KEY=CANARY, SECRET_KEY_FILE="key")


def test_secrets_are_in_no_account_of_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = {
        "NEWSLETTER_SECRET_KEY": CANARY,
        "NEWSLETTER_OLD_SECRET_KEYS": f"{CANARY}1 {CANARY}2",
        "NEWSLETTER_SMTP_PASSWORD": CANARY,
        "NEWSLETTER_DATABASE_URL": f"postgresql+psycopg://me:{CANARY}@db.example.org/list",
    }
    settings = read_settings(tmp_path, secret)
    assert settings.secret_key == settings.smtp_password == CANARY
    assert CANARY not in repr(settings)
    for name, value in secret.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    for words in (["config", "show"], ["config", "show", "--json"]):
        shown = CliRunner().invoke(newsletter, words).output
        assert "db.example.org/list" in shown
        assert CANARY not in shown


def test_plain_text_is_only_for_this_machine() -> None:
    Settings(smtp_host="127.0.0.1", smtp_security=Security.NONE).require_relay()
    Settings(smtp_host="smtp.example.org", smtp_security=Security.NONE, smtp_allow_plaintext=True).require_relay()
    with pytest.raises(SettingsError, match="could read your emails and password"):
        Settings(smtp_host="smtp.example.org", smtp_security=Security.NONE).require_relay()


def test_what_init_writes_is_read_as_it_was_meant(tmp_path: Path) -> None:
    values = {"organisation": 'Gŵyl \'n \\ # "Cardiff"', "smtp_password": "p'a$s #w\\", "secret_key": CANARY}
    (tmp_path / ".env").write_text(env_file.render(values), encoding="utf-8")
    settings = read_settings(tmp_path, {})
    assert {name: getattr(settings, name) for name in values} == values


def test_a_file_is_completed_without_touching_what_is_set(tmp_path: Path) -> None:
    before = env_file.render({"organisation": "Gŵyl"}) + "NEWSLETTER_SMTP_HOST=\n"
    after = env_file.completed(before, {"secret_key": CANARY, "smtp_host": "smtp.example.org"})
    assert after.count("NEWSLETTER_SMTP_HOST=") == 2, "one is set, the other still empty or commented out"
    (tmp_path / ".env").write_text(env_file.completed("NEWSLETTER_LANGUAGE=cy", {"secret_key": CANARY}))
    assert read_settings(tmp_path, {}) == Settings(language="cy", secret_key=CANARY)
    (tmp_path / ".env").write_text(after.removesuffix("NEWSLETTER_SMTP_HOST=\n"), encoding="utf-8")
    assert read_settings(tmp_path, {}) == Settings(organisation="Gŵyl", secret_key=CANARY, smtp_host="smtp.example.org")


def test_every_setting_says_what_it_is_for() -> None:
    assert all(known.metadata["help"].endswith(".") for known in fields(Settings))


def test_more_relays_are_addresses_and_their_passwords_are_shown_nowhere(tmp_path: Path) -> None:
    text = "smtps://ada%40example.org:p%40ss@smtp.example.org?weight=2 smtp+starttls://relay.test:2525?weight=0"
    settings = read_settings(tmp_path, {"NEWSLETTER_SMTP_OTHERS": text})
    first, second = settings.smtp_others
    assert (first.host, first.port, first.security, first.weight) == ("smtp.example.org", 465, Security.TLS, 2)
    assert (first.username, first.password) == ("ada@example.org", "p@ss")
    assert (second.port, second.security, second.username, second.weight) == (2525, Security.STARTTLS, "", 0)
    assert "p@ss" not in repr(settings)
    assert "p@ss" not in repr(first)


@pytest.mark.parametrize(
    "text", ["smtp.example.org", "http://relay.test", "smtps://", "smtps://a.test?weight=x", "smtps://a.test?wait=1"]
)
def test_an_address_that_is_no_relay_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError, match="must be mail servers like"):
        read_settings(tmp_path, {"NEWSLETTER_SMTP_OTHERS": text})


def test_a_port_is_one_that_there_is() -> None:
    for text in ("imap.example.org", "imap.example.org:993", "[2001:db8::1]:65535"):
        assert host_and_port(text) == text
    for text in ("imap.example.org:65536", "imap.example.org:99999", "imap.example.org:0", "imap.example.org:"):
        with pytest.raises(ValueError, match="must be the name of a server"):
            host_and_port(text)
