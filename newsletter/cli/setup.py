"""init · config show · db upgrade · serve."""

import sys
from dataclasses import fields
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

import click

from newsletter import env_file
from newsletter.cli.printing import json_option, put, put_json, say
from newsletter.cli.workspace import Workspace, here
from newsletter.database import open_database, place, upgrade
from newsletter.settings import Security, Settings, variable

ASKED = {
    "organisation": "Who is writing (stands in every footer)",
    "postal_address": "Postal address (stands in every footer)",
    "from_": 'From, like "Our Campaign <news@example.org>"',
    "base_url": "Public address of the pages, like https://news.example.org",
    "smtp_host": "Relay that takes your mail, like smtp.example.org",
    "smtp_security": "Its security: starttls, tls or none",
    "smtp_username": "Login at the relay (empty: none)",
}


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=".")
@click.option("--no-input", is_flag=True, help="Ask nothing; fill in .env afterwards.")
def init(folder: Path, no_input: bool) -> None:
    """Make a folder ready: .env with a fresh secret key, posts/, and the database. Safe to repeat.

    What is there already is left as it is.
    """
    (folder / "posts").mkdir(parents=True, exist_ok=True)
    env = folder / ".env"
    if env.exists():
        say(f"{env} is there already and stays as it is.")
    else:
        asked = {} if no_input or not sys.stdin.isatty() else _ask()
        _write_private(env, env_file.render({"secret_key": token_urlsafe(32), **asked}))
        say(f"{env} written, with a fresh secret key. Keep it to yourself.")
    settings = Workspace(folder).settings
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
    """Show every setting as it is in force here; secrets are not shown."""
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
    """Bring the database to the shape this version needs. Safe to repeat."""
    settings = here().settings
    engine = open_database(settings.database_url, settings.durability)
    upgrade(engine)
    say(f"Database {place(engine)} is ready.")


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="The port to listen at.")
def serve(host: str, port: int) -> None:
    """Serve the public pages: unsubscribe, and view in browser.

    Put a web server with TLS in front, and its address into NEWSLETTER_BASE_URL.
    """
    from newsletter import web  # because no other command needs a web server

    place = here()
    place.settings.require("secret_key", "organisation", "from_")
    app = web.application(place.engine, place.settings, place.templates)
    with web.Listener.on(host, port) as listener:
        say(f"Serving at {listener.address}; links in mails lead to {place.settings.base_url or '(no base URL set)'}.")
        listener.serve(app)


COMMANDS = (init, config, db, serve)


def _ask() -> dict[str, str]:
    answers: dict[str, str] = {}
    for name, question in ASKED.items():
        default = str(Security.STARTTLS) if name == "smtp_security" else ""
        answers[name] = click.prompt(
            question, default=default, show_default=bool(default), err=True, value_proc=_reader(name)
        )
    if answers["smtp_username"]:
        answers["smtp_password"] = click.prompt("Its password (not shown)", hide_input=True, err=True, default="")
    return {name: answer for name, answer in answers.items() if answer}


def _reader(name: str) -> Any:
    read = next(known.metadata["read"] for known in fields(Settings) if known.name == name)

    def check(text: str) -> str:
        try:
            if text.strip():
                read(text.strip())
        except ValueError as error:
            raise click.UsageError(str(error)) from None
        return text.strip()

    return check


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(text, encoding="utf-8")


def _in_folder(url: str, folder: Path) -> str:
    relative = url.removeprefix("sqlite:///")
    return url if relative == url or relative.startswith("/") else f"sqlite:///{folder / relative}"


def _say_what_is_missing(settings: Settings, env: Path) -> None:
    needed = ("organisation", "postal_address", "from_", "base_url", "smtp_host")
    missing = [variable(name) for name in needed if not getattr(settings, name)]
    if missing:
        say(f"Before the first send, put into {env}: {', '.join(missing)}.")
    say("Next: newsletter subscribers import people.csv --consent WORDING, then newsletter preview posts/POST.md")


def _shown(settings: Settings, name: str, secret: bool) -> str:
    value = getattr(settings, name)
    if secret:
        return "(set, not shown)" if value else ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
