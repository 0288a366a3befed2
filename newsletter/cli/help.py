"""help · completion: the help of a command, and commands that the shell completes."""

import os
from pathlib import Path

import click
from click.shell_completion import get_completion_class

from newsletter.cli.printing import put, say
from newsletter.runtime.whole_file import FOR_ALL, written_whole

SHELLS = ("bash", "zsh", "fish")
_PLACES = {
    "bash": "bash-completion/completions/newsletter",
    "zsh": "zsh/site-functions/_newsletter",
    "fish": "fish/vendor_completions.d/newsletter.fish",
}
"""Where each shell looks, below the user's data folder; zsh only if `fpath` names it."""
_FPATH = "fpath+=({folder})"


@click.command("help")
@click.argument("command", nargs=-1)
@click.pass_context
def help_(context: click.Context, command: tuple[str, ...]) -> None:
    """Show the help of COMMAND, such as `help send` or `help db backup`."""
    at = context.find_root()
    for word in command:
        found = at.command.get_command(at, word) if isinstance(at.command, click.Group) else None
        if found is None:
            raise click.UsageError(f"No such command: {' '.join(command)}.")
        at = click.Context(found, info_name=word, parent=at)
    put(at.get_help())


@click.command()
@click.argument("shell", type=click.Choice(SHELLS), required=False)
@click.option("--print", "prints", is_flag=True, help="Print the script instead of writing it.")
@click.pass_context
def completion(context: click.Context, shell: str | None, prints: bool) -> None:
    """Have your shell complete commands, options, issue numbers and segments.

    It writes a file that SHELL reads when it starts: bash, zsh or fish; the one you use if you name none. Open a new
    terminal afterwards.
    """
    shell = shell or Path(os.environ.get("SHELL", "")).name
    kind = get_completion_class(shell) if shell in SHELLS else None
    if kind is None:
        raise click.UsageError(f"Which shell is it? One of: {', '.join(SHELLS)}.")
    root = context.find_root()
    script = kind(root.command, {}, "newsletter", "_NEWSLETTER_COMPLETE").source()
    if prints:
        put(script)
        return
    data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    file = data / _PLACES[shell]
    file.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(file, FOR_ALL) as written:
        written.write(f"{script}\n".encode())
    put(str(file))
    if shell == "zsh":
        say("Put this line into ~/.zshrc, before the line with compinit:")
        say(f"  {_FPATH.format(folder=file.parent)}")
    say("Open a new terminal, and try: newsletter se<TAB>")


COMMANDS = (help_, completion)
