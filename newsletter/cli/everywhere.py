"""The options that may stand before or after any command: --quiet, --verbose, --log-json and --debug.

Each command has them as click options of its own. So click knows which words are values of other options: in
`--detail -q`, the `-q` is the value of --detail and does not mean --quiet.
"""

from typing import Any

import click

from newsletter.cli import printing
from newsletter.runtime import logs


class Wanted:
    """What the options said so far, before and after the command; `clear` begins anew for the next command."""

    traceback = False
    """Whether an unexpected error is shown with its traceback (--debug)."""
    verbosity = 0
    """How often --verbose was given, before and after the command together."""
    log_as_json = False
    """Whether events are shown as JSON objects (--log-json)."""

    @classmethod
    def clear(cls) -> None:
        """Forget what was said: another command may run in the same process."""
        cls.traceback, cls.verbosity, cls.log_as_json = False, 0, False


def give(command: click.Command) -> click.Command:
    """Add the options to `command` itself and all its subcommands, and return it.

    They are hidden there, because the help of `newsletter` already lists them.
    """
    command.params += options(hidden=True)
    if isinstance(command, click.Group):
        for each in command.commands.values():
            give(each)
    return command


def options(hidden: bool = False) -> list[click.Parameter]:
    """Make the options for one command; `hidden`: its help does not list them."""
    how: tuple[tuple[list[str], dict[str, Any]], ...] = (
        (["-v", "--verbose"], {"count": True, "callback": _verbose, "help": _VERBOSE}),
        (["--log-json"], {"is_flag": True, "callback": _log_json, "help": _LOG_JSON}),
        (["-q", "--quiet"], {"is_flag": True, "callback": _quiet, "help": _QUIET}),
        (["--debug"], {"is_flag": True, "callback": _debug, "help": _DEBUG}),
    )
    return [click.Option(names, is_eager=True, expose_value=False, hidden=hidden, **each) for names, each in how]


_VERBOSE = "Say on stderr what happens, a line an event; twice: in detail, with addresses. Anywhere."
_LOG_JSON = "The same as JSON objects, for a log collector; anywhere."
_QUIET = "Say nothing but errors and data; anywhere."
_DEBUG = "Show where an error came from; anywhere."


def _quiet(context: click.Context, option: click.Parameter, given: bool) -> None:
    """Print only errors and data until the command ends, then as before."""
    if given:
        before, printing.quiet = printing.quiet, True
        context.call_on_close(lambda: setattr(printing, "quiet", before))


def _verbose(context: click.Context, option: click.Parameter, times: int) -> None:
    if times:
        Wanted.verbosity += times
        logs.show(Wanted.verbosity, Wanted.log_as_json)


def _log_json(context: click.Context, option: click.Parameter, given: bool) -> None:
    if given:
        Wanted.log_as_json = True
        logs.show(Wanted.verbosity, as_json=True)


def _debug(context: click.Context, option: click.Parameter, given: bool) -> None:
    Wanted.traceback = Wanted.traceback or given
