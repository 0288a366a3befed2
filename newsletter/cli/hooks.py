"""hooks · hooks add: what mail services tell of bounces and complaints by webhook."""

import click

from newsletter.app import hooks as app
from newsletter.cli.here import list_here
from newsletter.cli.printing import json_option, put, put_json, put_table, say
from newsletter.runtime.clock import in_full
from newsletter.settings import HookService, variable


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def hooks(context: click.Context, as_json: bool) -> None:
    """What your email service reports, and the address to give it.

    Many services report bounces and spam complaints only by calling a web address (a webhook). Give each the address
    that is printed here; `newsletter serve` answers it. docs/bounces.md says where to put it at each service, and what
    each report leads to. Opens and clicks are ignored. The address holds a secret: show it to nobody else.
    """
    if context.invoked_subcommand:
        return
    found = app.status(list_here())
    for each in found:
        if as_json:
            put_json(_as_json(each))
        else:
            _put(each)
    if not found:
        names = ", ".join(HookService)
        say(f"No service is set. `newsletter hooks add SERVICE` sets one: {names}.")


@hooks.command("add")
@click.argument("service", type=click.Choice([service.value for service in HookService]))
def add(service: str) -> None:
    """Get reports from SERVICE, and print the address to give it.

    Writes the setting into .env. Emails that are sent from then on carry what the service sends back with a report.
    """
    written = app.add(list_here(), HookService(service))
    for name in written.added:
        say(f"{variable(name)} is now set in {written.path}.")
    say("Restart `newsletter serve`, then give the service this address:")
    for each in app.status(list_here()):
        _put(each)


COMMANDS = (hooks,)


def _put(status: app.HookStatus) -> None:
    brand = status.service.brand
    put(f"{brand}: {status.address or '(no address yet)'}")
    if not status.address:
        say(f"  {variable('base_url')} is not set: the web address of `newsletter serve` is missing.")
    if status.needs_key:
        say(f"  {brand} signs its reports. Until its key is in {variable('hook_key')}, none is believed.")
    put(f"  last report: {in_full(status.last_at) if status.last_at else 'none yet'}")
    if status.tallies:
        rows = [[each.what, each.name, f"{each.number:,}", in_full(each.last_at)] for each in status.tallies]
        put_table(["meaning", "its name for it", "number", "last"], rows, {"number"})


def _as_json(status: app.HookStatus) -> dict[str, object]:
    counted = [
        {"meaning": each.what, "name": each.name, "number": each.number, "last_at": each.last_at.isoformat()}
        for each in status.tallies
    ]
    return {
        "service": status.service.value,
        "address": status.address,
        "needs_key": status.needs_key,
        "last_at": status.last_at.isoformat() if status.last_at else None,
        "reports": counted,
    }
