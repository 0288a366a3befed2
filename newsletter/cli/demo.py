"""demo: the whole story, told with the commands an organiser types."""

from pathlib import Path
from shlex import join

import click

from newsletter.cli.printing import say
from newsletter.runtime.extras import extra


@click.command()
@click.option(
    "--keep",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep everything in this folder (new or empty).",
)
@click.option(
    "--no-serve",
    is_flag=True,
    help="End after the story, without showing its emails and pages.",
)
@click.option(
    "--machines", is_flag=True, help="See two workers send one issue, and one of them killed. Needs PostgreSQL."
)
@click.pass_context
def demo(context: click.Context, keep: Path | None, no_serve: bool, machines: bool) -> None:
    """See the whole story, in a minute.

    It makes a list, sends two issues, has one person unsubscribe in between, and shows who got what. It needs no
    account anywhere, and no email leaves this machine.
    """
    with extra("demo", "aiosmtpd", "see the demo"):
        from newsletter import demo as story
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
