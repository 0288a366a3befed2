"""demo: the whole story, told with the commands an organiser types."""

from pathlib import Path
from shlex import join

import click

from newsletter.cli.printing import say


@click.command()
@click.option(
    "--keep", type=click.Path(file_okay=False, path_type=Path), help="Keep the folder, here; it must be empty or new."
)
@click.option("--no-serve", is_flag=True, help="End when the story is told, instead of leaving mails and pages up.")
@click.option("--machines", is_flag=True, help="Two workers send one issue, and one is killed. It needs PostgreSQL.")
@click.pass_context
def demo(context: click.Context, keep: Path | None, no_serve: bool, machines: bool) -> None:
    """See the whole story, in a minute.

    A list, two issues, somebody who unsubscribes in between, what became of everybody. It needs no account anywhere,
    and no mail leaves this machine.
    """
    from newsletter import demo as story  # because no other command needs servers of its own
    from newsletter.demo import machines as story_of_machines

    everything = context.find_root().command

    def run(words: list[str]) -> int:
        say(f"\n$ newsletter {join(words)}")
        code = everything.main(words, prog_name="newsletter", standalone_mode=False)
        return code if isinstance(code, int) else 0

    if machines:
        story_of_machines.tell(run, say, keep)
    else:
        story.tell(run, say, keep, stay=not no_serve)


COMMANDS = (demo,)
