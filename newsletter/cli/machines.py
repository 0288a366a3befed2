"""The machines that send, as `status` shows them: only where there are any."""

from collections.abc import Sequence

from newsletter.cli.printing import put, put_table
from newsletter.database.tables import Leaving
from newsletter.fleet.machines import SILENT_SECONDS, Machine
from newsletter.runtime.clock import local_time

COLUMNS = ("Machines", "version", "sending", "a minute", "since", "heard")


def put_machines(machines: Sequence[Machine]) -> None:
    """Print a table of the machines; nothing if there are none."""
    if not machines:
        return
    put("")
    put_table(COLUMNS, [_row(each) for each in machines], ("a minute",))


def _row(machine: Machine) -> list[str]:
    name = f"{machine.name} · {machine.process}"
    quick = f"{machine.per_minute:,}" if machine.issue and not machine.gone else "–"
    return [name, machine.version, _doing(machine), quick, local_time(machine.since), _heard(machine)]


def _doing(machine: Machine) -> str:
    if machine.gone:
        what = "hung" if machine.gone == Leaving.HUNG else "died"
        if not machine.uncertain:
            return f"{what}, nobody is uncertain"
        whose = "1 person is" if machine.uncertain == 1 else f"{machine.uncertain:,} people are"
        return f"{what}, {whose} uncertain: newsletter log {machine.issue} --state uncertain"
    if machine.issue is None:
        return "(waiting for work)"
    return f"issue {machine.issue}, slice {machine.part}"


def _heard(machine: Machine) -> str:
    if machine.gone:
        return "gone"
    return f"{machine.silent:,.0f} s ago" + (", silent" if machine.silent > SILENT_SECONDS else "")
