"""worker."""

from signal import SIGINT

import click

from newsletter.cli.here import here
from newsletter.cli.printing import say
from newsletter.runtime import signals


@click.command()
@click.option("--once", is_flag=True, help="Send one slice of an issue, or find that nothing is due, and end.")
@click.option("--drain", is_flag=True, help="End when nothing is due.")
@click.pass_context
def worker(context: click.Context, once: bool, drain: bool) -> None:
    """Send whatever is due, together with other workers.

    On any number of machines that share one PostgreSQL. While a worker lives, `newsletter send` leaves the sending to
    the workers. They also do what `newsletter due` and `newsletter bounces process` do, and send the emails that
    `newsletter serve` promises. A worker runs until it is told to end, by Ctrl-C or a service manager; then it finishes
    what is under way.
    """
    if once and drain:
        raise click.UsageError("--once and --drain exclude each other: choose one.")
    from newsletter.app.worker import Until, run_worker

    until = Until.ONCE if once else Until.DRAINED if drain else Until.STOPPED
    place = here()
    ended_by = run_worker(place, until, say, signals.handled_by)
    context.exit(signals.EXIT + SIGINT if ended_by == SIGINT else 0)


COMMANDS = (worker,)
