"""Parameters that the shell can complete from the database: the number of an issue, the name of a segment.

Completing never fails and says nothing: it runs in the middle of a line that somebody types.
"""

from collections.abc import Callable

import click
from click.shell_completion import CompletionItem
from click.types import IntParamType, StringParamType

from newsletter.app.list_folder import ListFolder
from newsletter.cli import printing
from newsletter.cli.here import list_here
from subscribers.errors import Explained

Known = Callable[[ListFolder], list[tuple[str, str]]]


class IssueParam(IntParamType):
    """The number of an issue."""

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """List the numbers that begin so, the newest first, each with its post."""
        from newsletter.app.known_names import known_issues  # because most commands need no database to begin with

        return _beginning(incomplete, known_issues)


class SegmentParam(StringParamType):
    """The name of a saved segment, or an expression."""

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """List the saved segments that begin so, each with its expression."""
        from newsletter.app.known_names import known_segments

        return _beginning(incomplete, known_segments)


ISSUE = IssueParam()
SEGMENT = SegmentParam()


def _beginning(incomplete: str, known: Known) -> list[CompletionItem]:
    printing.quiet = True  # this process only completes
    try:
        found = known(list_here())
    except (Explained, OSError):
        return []
    return [CompletionItem(name, help=about) for name, about in found if name.startswith(incomplete)]
