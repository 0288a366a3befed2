"""Make a folder ready, show the settings in force there, bring its database to the shape this version needs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from importlib.resources import files
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from newsletter.app.list_folder import POSTS, ListFolder
from newsletter.database.engine import open_database, place, upgrade, without_secrets
from newsletter.doctor.relays import PRESETS
from newsletter.fleet.engine import make_schema
from newsletter.settings import Settings, env_file, variable

NEEDED = ("organisation", "postal_address", "from_", "smtp_host")
"""Settings that sending needs. It needs the secret key, too, but `make_ready` makes that itself."""

WELCOME = "welcome.md"
"""The post to begin with."""

NOT_SHOWN = "(set, not shown)"

Ask = Callable[[Settings, Mapping[str, str]], Mapping[str, str]]
"""Gets the settings in force and those that a preset adds; returns the organiser's answers, by setting."""


@dataclass(frozen=True, slots=True)
class EnvFile:
    """What was done to the file of the settings."""

    path: Path
    new: bool
    """Whether it was made; otherwise it was completed, or stays as it is if nothing was `added`."""
    added: tuple[str, ...]
    """The settings that were added."""


@dataclass(frozen=True, slots=True)
class PreparedFolder:
    """A folder that was made ready."""

    database: str
    """Where its database is, without a password."""
    missing: tuple[str, ...]
    """The variables to set before the first send."""
    welcome: Path | None
    """The post that was written to begin with; None: there were posts already."""


def make_ready(
    folder: ListFolder, preset: str | None, ask: Ask | None, written: Callable[[EnvFile], object]
) -> PreparedFolder:
    """Make .env, a first post and the database of a folder; what is there already stays as it is.

    `preset` is a key of `newsletter.doctor.relays.PRESETS`. `ask` is called once for what is missing; None: nothing is
    asked. `written` is called when .env is written, because the database may fail after that. A secret key and a secret
    for webhooks are made unless they are there. Raises SettingsError and DatabaseError.
    """
    welcome = _first_post(folder.folder / POSTS)
    answers = dict(PRESETS[preset].settings) if preset and not folder.settings.smtp_host else {}
    if ask is not None:
        answers |= ask(folder.settings, answers)
    if not folder.settings.secret_key:
        answers["secret_key"] = token_urlsafe(32)
    if not folder.settings.hook_secret and (folder.settings.hooks or "secret_key" in answers or "hooks" in answers):
        answers["hook_secret"] = token_urlsafe(32)
    written(complete(folder.folder / ".env", answers))
    completed = ListFolder(folder.folder, folder.tell)
    missing = tuple(variable(name) for name in NEEDED if not getattr(completed.settings, name))
    return PreparedFolder(upgrade_database(completed), missing, welcome)


def _first_post(posts: Path) -> Path | None:
    """Write a post to begin with, unless there are posts; return its path."""
    posts.mkdir(parents=True, exist_ok=True)
    if any(posts.iterdir()):
        return None
    welcome = posts / WELCOME
    welcome.write_text(files("newsletter.app").joinpath(WELCOME).read_text(encoding="utf-8"), encoding="utf-8")
    return welcome


def upgrade_database(folder: ListFolder) -> str:
    """Make the database, or bring it to the shape this version needs; say where it is. Raises DatabaseError."""
    engine = open_database(folder.settings.database_url, folder.settings.durability, folder.folder)
    upgrade(engine)
    make_schema(engine, afresh=True)
    return place(engine)


def settings_shown(folder: ListFolder) -> dict[str, str]:
    """Return every setting in force, by the name of its variable; secrets and passwords are not in it."""
    given = folder.settings
    return {variable(known.name): shown(given, known.name, known.metadata["secret"]) for known in fields(Settings)}


def shown(settings: Settings, name: str, secret: bool) -> str:
    """Return a setting as it may be shown to anybody."""
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


def complete(env: Path, answers: Mapping[str, str]) -> EnvFile:
    """Write `answers` into a new .env, or complete one with them; what is set there already stays as it is."""
    new = not env.exists()
    if new:
        env.touch(mode=0o600, exist_ok=False)
        env.write_text(env_file.render(dict(answers)), encoding="utf-8")
    elif answers:
        env.write_text(env_file.completed(env.read_text(encoding="utf-8"), dict(answers)), encoding="utf-8")
    return EnvFile(env, new, tuple(answers))


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
