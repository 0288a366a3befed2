"""The options that may stand before or after any command: --quiet and --debug.

Click reads them like every other option, so the value of another one is never taken for them: in `--detail -q`, the
`-q` belongs to --detail.
"""

import click

from newsletter.cli import printing


class Wanted:
    """What the options of this run said."""

    traceback = False
    """Whether an error is shown with where it came from (--debug)."""


def give(command: click.Command) -> click.Command:
    """Add the options to `command` and all its subcommands; their help does not repeat them."""
    command.params += options(hidden=True)
    if isinstance(command, click.Group):
        for each in command.commands.values():
            give(each)
    return command


def options(hidden: bool = False) -> list[click.Parameter]:
    """Return --quiet and --debug; `hidden`: not in the help."""
    return [
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


def _debug(context: click.Context, option: click.Parameter, given: bool) -> None:
    Wanted.traceback = Wanted.traceback or given
