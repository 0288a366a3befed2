"""init · config show."""

import sys
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from newsletter.app import setup as app
from newsletter.app.list_folder import ListFolder
from newsletter.cli.here import list_here
from newsletter.cli.printing import json_option, put, put_json, say
from newsletter.doctor.relays import PRESETS
from newsletter.settings import Security, Settings, variable

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


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=".")
@click.option("--no-input", is_flag=True, help="Ask nothing; fill in .env afterwards.")
@click.option(
    "--preset",
    type=click.Choice(sorted(PRESETS)),
    help="Fill in the address and the speed of a common mail server.",
)
def init(folder: Path, no_input: bool, preset: str | None) -> None:
    """Make a folder ready: .env, posts/ and the database.

    It writes a new secret key into .env and, in a terminal, asks for what sending needs. It is safe to repeat: nothing
    is overwritten, and it asks only for what is missing.
    """
    asks = not no_input and sys.stdin.isatty()
    ready = app.make_ready(ListFolder(folder, say), preset, _ask if asks else None, _say_written)
    say(f"Database {ready.database} is ready.")
    if ready.missing:
        say(f"Before the first send, put into {folder / '.env'}: {', '.join(ready.missing)}.")
    say("Next:\n  newsletter subscribers import people.csv --consent WORDING\n  newsletter preview posts/POST.md")


@click.group()
def config() -> None:
    """Look at the settings."""


@config.command("show")
@json_option
def config_show(as_json: bool) -> None:
    """Show every setting in force here.

    As the environment, .env and the defaults make it. Secrets are not shown.
    """
    shown = app.settings_shown(list_here())
    if as_json:
        put_json(shown)
    else:
        for name, value in shown.items():
            put(f"{name}={value}")


COMMANDS = (init, config)


def _say_written(env: app.EnvFile) -> None:
    if env.new:
        fresh = ", with a fresh secret key" if "secret_key" in env.added else ""
        say(f"{env.path} written{fresh}. Keep it to yourself.")
    elif env.added:
        say(f"{env.path} completed: {', '.join(map(variable, env.added))}. What was set stays as it is.")
    else:
        say(f"{env.path} is there already and stays as it is.")


def _ask(settings: Settings, known: Mapping[str, str]) -> dict[str, str]:
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
