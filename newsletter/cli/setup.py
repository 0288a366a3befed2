"""init · config show."""

import sys
from pathlib import Path
from shlex import quote

import click

from newsletter.app import setup as app
from newsletter.app.list_folder import ListFolder
from newsletter.app.units import write_units
from newsletter.cli import questions
from newsletter.cli.here import list_here
from newsletter.cli.printing import json_option, put, put_json, say
from newsletter.doctor.relays import PRESETS
from newsletter.settings import variable


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=".")
@click.option("--no-input", is_flag=True, help="Ask nothing; fill in .env afterwards.")
@click.option(
    "--preset",
    type=click.Choice(sorted(PRESETS)),
    help="Fill in the address and the speed of a common mail server.",
)
@click.option("--units", is_flag=True, help="Also write units for systemd into units/, for a server.")
def init(folder: Path, no_input: bool, preset: str | None, units: bool) -> None:
    """Make a folder ready: .env, posts/ and the database.

    It writes a new secret key into .env and a first post into posts/. In a terminal, it asks for what sending needs. It
    is safe to repeat: nothing is overwritten, and it asks only for what is missing.
    """
    asks = not no_input and sys.stdin.isatty()
    ready = app.make_ready(ListFolder(folder, say), preset, questions.ask if asks else None, _say_written)
    say(f"Database {ready.database} is ready.")
    if ready.missing:
        say(f"Before the first send, put into {folder / '.env'}: {', '.join(ready.missing)}.")
    if units:
        _say_units(write_units(folder))
    _say_next(folder, ready)


def _say_units(written: list[Path]) -> None:
    for file in written:
        put(str(file))
    say("To start the pages, and send what is due every minute:")
    say(f"  sudo cp {quote(str(written[0].parent))}/newsletter-* /etc/systemd/system/")
    say("  sudo systemctl enable --now newsletter-serve newsletter-due.timer")


def _say_next(folder: Path, ready: app.PreparedFolder) -> None:
    """Say the five commands that come next, as they can be typed where `init` was."""
    post = f"posts/{ready.welcome.name}" if ready.welcome else "posts/POST.md"
    if ready.welcome:
        say(f"{ready.welcome} is a post to begin with. Put your own words into it.")
    if folder.resolve() != Path.cwd().resolve():
        say(f"Next, in that folder (cd {quote(str(folder))}):")
    else:
        say("Next:")
    for command, purpose in _NEXT:
        say(f"  newsletter {command.format(post=post):<44} # {purpose}")


_NEXT = (
    ("preview {post} --open", "see the email as you write it"),
    ("doctor", "is everything set up so that it will arrive?"),
    ("test {post} --to YOU@…", "a real one, to yourself"),
    ('subscribers import people.csv --consent "…"', "the words they agreed to"),
    ("send {post}", "shows who will get it, and asks"),
)


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
