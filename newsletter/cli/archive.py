"""archive list · show · hide: which issues anybody may read on the public pages."""

import click

from newsletter.app import archive as shelf
from newsletter.cli.here import list_here
from newsletter.cli.printing import json_option, put_json, put_table, say
from newsletter.issue import MOST

issue_argument = click.argument("issue", type=click.IntRange(1, MOST))


@click.group()
def archive() -> None:
    """Choose which issues everybody can read on your public pages.

    The archive is at NEWSLETTER_BASE_URL/archive. It shows every issue that went to the whole list, unless its post
    says `archive: no`. It shows an issue for a segment only if its post says `archive: yes`. NEWSLETTER_ARCHIVE closes
    the archive, or opens it to search engines.
    """


@archive.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the newest issues that the archive shows."""
    found = shelf.archived_issues(list_here())
    if as_json:
        for each in found:
            put_json({"issue": each.number, "title": each.title, "at": each.at.isoformat()})
    else:
        put_table(["issue", "sent", "title"], [[str(each.number), f"{each.at:%Y-%m-%d}", each.title] for each in found])


@archive.command("show")
@issue_argument
def show(issue: int) -> None:
    """Show ISSUE in the archive."""
    shelf.show(list_here(), issue, listed=True)
    say(f"The archive shows issue {issue}, once it has begun to go out.")


@archive.command("hide")
@issue_argument
def hide(issue: int) -> None:
    """Hide ISSUE from the archive. The link in its emails still works."""
    shelf.show(list_here(), issue, listed=False)
    say(f"The archive does not show issue {issue} any more, five minutes from now at the latest.")


COMMANDS = (archive,)
