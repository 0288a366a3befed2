"""The options that may stand before or after any command: --quiet, --verbose, --log-json and --debug.

Click reads them like every other option, so the value of another one is never taken for them: in `--detail -q`, the
`-q` belongs to --detail.
"""

import click

from newsletter.cli import printing
from newsletter.runtime import logs


class Wanted:
    """What the options of this run said."""

    traceback = False
    """Whether an error is shown with where it came from (--debug)."""
    verbosity = 0
    """How often --verbose was given."""
    log_as_json = False


def give(command: click.Command) -> click.Command:
    """Add the options to `command` and all its subcommands; their help does not repeat them."""
    command.params += options(hidden=True)
    if isinstance(command, click.Group):
        for each in command.commands.values():
            give(each)
    return command


def options(hidden: bool = False) -> list[click.Parameter]:
    """Return the options; `hidden`: not in the help."""
    return [
        click.Option(
            ["-v", "--verbose"],
            count=True,
            is_eager=True,
            expose_value=False,
            callback=_verbose,
            hidden=hidden,
            help="Say on stderr what happens, a line an event; twice: in detail, with addresses. Anywhere.",
        ),
        click.Option(
            ["--log-json"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_log_json,
            hidden=hidden,
            help="The same as JSON objects, for a log collector; anywhere.",
        ),
        click.Option(
            ["-q", "--quiet"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_quiet,
            hidden=hidden,
            help="Say nothing but errors and data; anywhere.",
        ),
        click.Option(
            ["--debug"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_debug,
            hidden=hidden,
            help="Show where an error came from; anywhere.",
        ),
    ]


def _quiet(context: click.Context, option: click.Parameter, given: bool) -> None:
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
