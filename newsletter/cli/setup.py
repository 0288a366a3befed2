"""init · config show · db upgrade · serve."""

import sys
from contextlib import nullcontext
from dataclasses import fields
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

import click
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from newsletter import env_file
from newsletter.app.pages import public_pages
from newsletter.app.workspace import Workspace
from newsletter.cli.here import here
from newsletter.cli.minutes import timer
from newsletter.cli.printing import json_option, put, put_json, say
from newsletter.database import open_database, place, upgrade, without_secrets
from newsletter.doctor.relays import PRESETS
from newsletter.settings import Security, Settings, variable

NEEDED = ("organisation", "postal_address", "from_", "smtp_host")
"""Settings that sending needs. It needs the secret key, too, but `init` makes that itself and does not ask."""

ASKED = {
    "organisation": "Who is writing (stands in every footer)",
    "postal_address": "Postal address (stands in every footer)",
    "from_": 'From, like "Our Campaign <news@example.org>"',
    "base_url": "Public address of the pages, like https://news.example.org (empty: readers leave by mail)",
    "smtp_host": "Relay that takes your mail, like smtp.example.org",
}
ASKED_OF_A_RELAY = {
    "smtp_security": "Its security: starttls, tls or none",
    "smtp_username": "Login at the relay (empty: none)",
}
NOT_SHOWN = "(set, not shown)"


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=".")
@click.option("--no-input", is_flag=True, help="Ask nothing; fill in .env afterwards.")
@click.option(
    "--preset", type=click.Choice(sorted(PRESETS)), help="How a common relay is reached, and how fast at first."
)
def init(folder: Path, no_input: bool, preset: str | None) -> None:
    """Make a folder ready: .env, posts/, the database.

    .env gets a fresh secret key and, on a terminal, your answers to what sending needs. Safe to repeat: what is there
    already stays as it is, and only what is missing is asked for.
    """
    (folder / "posts").mkdir(parents=True, exist_ok=True)
    env = folder / ".env"
    known = PRESETS[preset].settings if preset else {}
    settings = _complete(env, Workspace(folder, say).settings, not no_input and sys.stdin.isatty(), known)
    engine = open_database(_in_folder(settings.database_url, folder), settings.durability)
    upgrade(engine)
    say(f"Database {place(engine)} is ready.")
    _say_what_is_missing(settings, env)


@click.group()
def config() -> None:
    """Look at the settings."""


@config.command("show")
@json_option
def config_show(as_json: bool) -> None:
    """Show every setting in force here.

    As the environment, .env and the defaults make it. Secrets are not shown.
    """
    settings = here().settings
    shown = {variable(known.name): _shown(settings, known.name, known.metadata["secret"]) for known in fields(Settings)}
    if as_json:
        put_json(shown)
    else:
        for name, value in shown.items():
            put(f"{name}={value}")


@click.group()
def db() -> None:
    """Look after the database."""


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring the database to the shape this version needs.

    Safe to repeat.
    """
    settings = here().settings
    engine = open_database(settings.database_url, settings.durability)
    upgrade(engine)
    say(f"Database {place(engine)} is ready.")


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="The port; 0: any free one."
)
@click.option("--send", "sends", is_flag=True, help="Also send what is due, as `newsletter due` does, once a minute.")
def serve(host: str, port: int, sends: bool) -> None:
    """Serve the public pages, and the files of posts.

    Put a web server with TLS in front, and its address into NEWSLETTER_BASE_URL. Ctrl-C ends it.
    """
    place = here()
    with public_pages(place, host, port) as pages:
        say(f"Serving at {pages.address}; links in mails lead to {place.settings.base_url or '(no base URL set)'}.")
        with timer([sys.executable, "-m", "newsletter", "due"]) if sends else nullcontext():
            pages.serve()


COMMANDS = (init, config, db, serve)


def _complete(env: Path, settings: Settings, asks: bool, known: dict[str, str]) -> Settings:
    """Add to .env a secret key, what is `known` of a relay, and the answers; what is already set stays as it is."""
    answers = {} if settings.smtp_host else dict(known)
    answers |= _ask(settings, answers) if asks else {}
    if not settings.secret_key:
        answers["secret_key"] = token_urlsafe(32)
    if not env.exists():
        _write_private(env, env_file.render(answers))
        fresh = ", with a fresh secret key" if "secret_key" in answers else ""
        say(f"{env} written{fresh}. Keep it to yourself.")
    elif answers:
        env.write_text(env_file.completed(env.read_text(encoding="utf-8"), answers), encoding="utf-8")
        say(f"{env} completed: {', '.join(map(variable, answers))}. What was set stays as it is.")
    else:
        say(f"{env} is there already and stays as it is.")
    return Workspace(env.parent, say).settings


def _ask(settings: Settings, known: dict[str, str]) -> dict[str, str]:
    questions = {name: words for name, words in ASKED.items() if not getattr(settings, name)}
    if "smtp_host" in questions:
        questions |= ASKED_OF_A_RELAY
    questions = {name: words for name, words in questions.items() if name not in known}
    if questions:
        say("Enter leaves a question open; .env can be filled in later.")
    answers = {name: _answer(name, words) for name, words in questions.items()}
    if answers.get("smtp_username"):
        answers["smtp_password"] = click.prompt(
            "Its password (not shown)", hide_input=True, err=True, default="", show_default=False
        )
    return {name: answer for name, answer in answers.items() if answer}


def _answer(name: str, question: str) -> str:
    default = str(Security.STARTTLS) if name == "smtp_security" else ""
    reader = _reader(name)
    return str(click.prompt(question, default=default, show_default=bool(default), err=True, value_proc=reader))


def _reader(name: str) -> Any:
    read = next(known.metadata["read"] for known in fields(Settings) if known.name == name)

    def check(text: str) -> str:
        try:
            if text.strip():
                read(text.strip())
        except ValueError as error:
            raise click.UsageError(str(error)) from None  # the prompt says it and asks again
        return text.strip()

    return check


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(text, encoding="utf-8")


def _in_folder(url: str, folder: Path) -> str:
    relative = url.removeprefix("sqlite:///")
    return url if relative == url or relative.startswith("/") else f"sqlite:///{folder / relative}"


def _say_what_is_missing(settings: Settings, env: Path) -> None:
    missing = [variable(name) for name in NEEDED if not getattr(settings, name)]
    if missing:
        say(f"Before the first send, put into {env}: {', '.join(missing)}.")
    say("Next:\n  newsletter subscribers import people.csv --consent WORDING\n  newsletter preview posts/POST.md")


def _shown(settings: Settings, name: str, secret: bool) -> str:
    value = getattr(settings, name)
    if secret:
        return NOT_SHOWN if value else ""
    if name == "smtp_port":
        return str(settings.relay_port)
    if name == "database_url":
        return _without_password(value)
    if name.endswith("_command") and len(value) > 1:
        # The arguments may hold a password.
        return f"{value[0]} (its arguments are not shown)"
    return _in_words(value)


def _in_words(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:g}"
        case None:
            return ""
        case tuple():
            return " ".join(" ".join(each) if isinstance(each, tuple) else str(each) for each in value)
    return str(value)


def _without_password(url: str) -> str:
    try:
        return without_secrets(make_url(url))
    except ArgumentError:
        return NOT_SHOWN
