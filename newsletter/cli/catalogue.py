"""Which file holds each command, so that only the command in use is imported. In: a name. Out: the command.

Help on everything imports everything; one command imports what it needs, and `--version` nothing.
"""

from collections.abc import Iterator, MutableMapping
from importlib import import_module

import click

from newsletter.cli.everywhere import give

# A command with subcommands in several files names all of these; the first file holds the command itself.
FILES: dict[str, tuple[str, ...]] = {
    "approve": ("approvals",),
    "archive": ("archive",),
    "ask": ("approvals",),
    "bounces": ("bounces",),
    "cancel": ("steer",),
    "check": ("check",),
    "completion": ("help",),
    "config": ("setup",),
    "db": ("db",),
    "deeds": ("deeds",),
    "demo": ("demo",),
    "desk": ("desk",),
    "doctor": ("doctor",),
    "due": ("steer",),
    "form": ("form",),
    "help": ("help",),
    "hooks": ("hooks",),
    "imports": ("imports",),
    "init": ("setup",),
    "log": ("look_back",),
    "pause": ("steer",),
    "post": ("post",),
    "preview": ("preview",),
    "publish": ("test_mail",),
    "report": ("report",),
    "resume": ("send",),
    "segments": ("segments",),
    "send": ("send",),
    "serve": ("serve",),
    "settle": ("settle",),
    "status": ("look_back",),
    "subscribers": ("subscribers", "imports", "tags", "person"),
    "suppress": ("subscribers", "imports"),
    "test": ("test_mail",),
    "topics": ("topics",),
    "why": ("person",),
    "worker": ("worker",),
}


class Catalogue(MutableMapping[str, click.Command]):
    """The commands by name, as click wants them; each is imported when it is first looked up."""

    def __init__(self) -> None:
        self._loaded: dict[str, click.Command] = {}

    def __getitem__(self, name: str) -> click.Command:
        """Return a command; the first time, import its files."""
        if name not in self._loaded:
            modules = [import_module(f"newsletter.cli.{file}") for file in FILES[name]]
            self._loaded[name] = give(next(each for each in modules[0].COMMANDS if each.name == name))
        return self._loaded[name]

    def __setitem__(self, name: str, command: click.Command) -> None:
        """Add a command that is not in FILES."""
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        """Forget a command that was added."""
        del self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        """List the names; this imports nothing."""
        return iter({**FILES, **self._loaded})

    def __len__(self) -> int:
        """Count the names."""
        return len({**FILES, **self._loaded})
