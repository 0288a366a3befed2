"""The command line: a command parses, calls one use case, prints one result. Data to stdout, the rest to stderr.

here        the folder a command runs in, for the use cases of `newsletter/app`
progress    how far a long task is; `bar` shows it on a terminal, `rates` says it in words
printing    how words and data are printed
sections    the list of commands, in the order of the work
everywhere  the options of every command
setup       init · config
db          db
help        help · completion
serve       serve
subscribers subscribers · suppress
imports     subscribers import · suppress import · imports; `import_report` tells what became of a list
tags        subscribers add, set, tag, untag, tags
person      subscribers show, erase · why
segments    segments
topics      topics
archive     archive
form        form
preview     preview
test_mail   test · publish
post        post add · post list · post show
check       check
send        send · resume; `asking` asks before a send, `running` shows how it goes
settle      settle
steer       pause · cancel · due
worker      worker
look_back   status · log · report
bounces     bounces process · bounces list
demo        demo
desk        desk
doctor      doctor
"""

import errno
import os
import signal
import sys
from collections.abc import Iterator
from typing import NoReturn

import click

from newsletter import __version__
from newsletter.cli import everywhere, printing
from newsletter.cli.catalogue import Catalogue
from newsletter.cli.printing import complain
from newsletter.cli.sections import Sections
from newsletter.runtime import signals
from subscribers.errors import Explained


@click.group(
    cls=Sections,
    commands=Catalogue(),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, "--version", prog_name="newsletter")
def newsletter() -> None:
    """Turn update posts into emails, and send them to your supporters.

    Start with `newsletter demo` to see the whole story, or `newsletter init` in a folder of your own. What the words
    mean: docs/glossary.md.
    """


newsletter.params += everywhere.options()


def main() -> NoReturn:
    """Run the command line; every ending has its exit code, and no traceback reaches an organiser without --debug."""
    signals.begin()
    printing.begin()
    everywhere.Wanted.clear()
    try:
        code = newsletter.main(prog_name="newsletter", standalone_mode=False)
        if sys.stdout:  # it is None when the calling program closed it
            sys.stdout.flush()
    except click.exceptions.Exit as done:
        code = done.exit_code
    except BaseException as error:
        if everywhere.Wanted.traceback and not isinstance(error, _EXPECTED):
            raise
        code = _ended_by(error)
    signals.finish()
    _let_go_of_output()
    sys.exit(code if isinstance(code, int) else 0)


_EXPECTED = (click.ClickException, click.Abort, KeyboardInterrupt, SystemExit)


def _ended_by(error: BaseException) -> int:
    match error:
        case click.ClickException():
            _say_usage(error)
            return error.exit_code
        case click.Abort() | KeyboardInterrupt():
            return _interrupted()
        case SystemExit() | BrokenPipeError():
            return 1  # the reader of our output closed it: click raises SystemExit, Python BrokenPipeError
        case Explained():
            complain(str(error))
            return error.exit_code
        case _ if any(isinstance(each, KeyboardInterrupt) for each in _behind(error)) or _is_of_terminal(error):
            return _interrupted()
        case PermissionError():
            complain(
                f"{error.filename or 'Something here'}: permission denied. Have its owner allow it, or work elsewhere."
            )
            return 1
        case OSError():
            place = f"{error.filename}: " if error.filename else ""
            complain(f"{place}{(error.strerror or str(error)).lower()}")
            return 1
        case _:
            complain(f"{type(error).__name__}: {error}. This is a fault in the program; --debug shows where.")
            return 1


def _let_go_of_output() -> None:
    """Send output that can no longer be written to /dev/null, or Python would complain about it when it ends."""
    try:
        if sys.stdout:
            sys.stdout.flush()
    except OSError:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, sys.stdout.fileno())


def _interrupted() -> int:
    if sys.stderr.isatty():
        printing.ask_about("")  # a new line, because the terminal has just printed ^C
    complain(signals.INTERRUPTED)
    return signals.EXIT + (signals.received() or signal.SIGINT)


def _behind(error: BaseException | None) -> Iterator[BaseException]:
    """Yield `error` and what led to it: an import can wrap the KeyboardInterrupt that ended it."""
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        yield error
        seen.append(error)
        error = error.__cause__ or error.__context__


def _is_of_terminal(error: BaseException) -> bool:
    return isinstance(error, OSError) and error.errno == errno.EIO and not error.filename and bool(signals.received())


def _say_usage(error: click.ClickException) -> None:
    match error:
        case click.exceptions.NoArgsIsHelpError():
            error.show()
        case click.UsageError(ctx=click.Context() as context):
            complain(f"{error.format_message()} `{context.command_path} -h` helps.")
        case _:
            complain(error.format_message())
