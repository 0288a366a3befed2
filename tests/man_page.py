"""The manual page, made of what each command says about itself; ./run docs writes it as docs/newsletter.1."""

import inspect
from collections.abc import Iterator

import click

from newsletter.cli import newsletter

HEAD = """\
.\\" Made by ./run docs
.TH NEWSLETTER 1 "" "newsletter" "User commands"
.SH NAME
newsletter \\- update posts become emails, sent to the supporters who asked for them
.SH SYNOPSIS
.B newsletter
.I COMMAND
.RI [ OPTIONS ]
"""
TAIL = """\
.SH EXIT STATUS
0 done. 1 an error. 2 wrong usage. 3 done, but some were refused, expired, or are in doubt. 4 settings or a login.
5 refused by a check, or not confirmed. 75 paused or held up; run \\fBnewsletter resume\\fR. 130 interrupted, and saved.
.SH FILES
.TP
.I .env
The settings, in the folder of the newsletter or a folder above. The environment wins.
.TP
.I newsletter.db
The list and the send log, unless NEWSLETTER_DATABASE_URL names another database.
"""


def man_page() -> str:
    """Return the page, for man(7)."""
    context = click.Context(newsletter, info_name="newsletter")
    lines = [HEAD, ".SH DESCRIPTION\n", *_paragraphs(newsletter.help or ""), ".SH COMMANDS\n"]
    for name, command in _leaves(context):
        lines += [f".SS {_escaped(name)}\n", *_paragraphs(command.help or ""), *_options(command)]
    return "".join([*lines, ".SH OPTIONS OF EVERY COMMAND\n", *_options(newsletter, hidden=True), TAIL])


def _leaves(context: click.Context) -> Iterator[tuple[str, click.Command]]:
    group = context.command
    assert isinstance(group, click.Group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        inner = click.Context(command, info_name=name, parent=context)
        if isinstance(command, click.Group):
            yield from _leaves(inner)
        else:
            pieces = " ".join(piece for piece in command.collect_usage_pieces(inner) if piece != "[OPTIONS]")
            yield f"{inner.command_path} {pieces}".strip(), command


def _paragraphs(words: str) -> Iterator[str]:
    for paragraph in inspect.cleandoc(words.replace("\b", "")).split("\n\n"):
        yield f".PP\n{_escaped(' '.join(paragraph.split()))}\n"


def _options(command: click.Command, hidden: bool = False) -> Iterator[str]:
    context = click.Context(command)
    for each in command.params:
        if isinstance(each, click.Option) and (hidden or not each.hidden) and (record := each.get_help_record(context)):
            yield f".TP\n.B {_escaped(record[0])}\n{_escaped(record[1])}\n"


def _escaped(words: str) -> str:
    """Escape what roff would read as a command: a backslash, a hyphen, and a dot or quote that begins a line."""
    text = words.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text.startswith((".", "'")) else text
