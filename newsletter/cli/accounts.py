"""log · report."""

import csv
import sys
from dataclasses import asdict

import click

from newsletter.cli.printing import json_option, put, put_json
from newsletter.cli.transcripts import show_transcript
from newsletter.cli.workspace import here
from newsletter.database import reading
from newsletter.issue import read_issue
from newsletter.report import Entry, entries, transcript
from newsletter.tables import State
from subscribers.address import normalise

COLUMNS = ("issue", "address", "state", "code", "reply", "attempts", "message_id", "at")


@click.command()
@click.argument("number", type=int, required=False)
@click.option("--state", type=click.Choice([str(each) for each in State]), help="Only deliveries in this state.")
@click.option("--address", help="Only this address.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@json_option
def log(number: int | None, state: str | None, address: str | None, as_csv: bool, as_json: bool) -> None:
    """Show what became of each delivery of issue NUMBER, or of the newest."""
    with reading(here().engine) as connection:
        issue = read_issue(connection, number)
        found = entries(connection, issue, State(state) if state else None, normalise(address) if address else None)
        writer = csv.DictWriter(sys.stdout, COLUMNS)
        if as_csv:
            writer.writeheader()
        for entry in found:
            if as_json:
                put_json(_values(entry))
            elif as_csv:
                writer.writerow(_values(entry))
            else:
                put(_line(entry))


@click.command()
@click.argument("number", type=int, required=False)
@json_option
def report(number: int | None, as_json: bool) -> None:
    """Show the account of issue NUMBER, or of the newest; it says so where the sums do not hold."""
    with reading(here().engine) as connection:
        account = transcript(connection, read_issue(connection, number))
    put_json(account.as_json()) if as_json else show_transcript(account)


COMMANDS = (log, report)


def _values(entry: Entry) -> dict[str, object]:
    return {**asdict(entry), "state": str(entry.state), "at": entry.at.isoformat() if entry.at else None}


def _line(entry: Entry) -> str:
    at = f"{entry.at:%Y-%m-%d %H:%M:%S}" if entry.at else " " * 19
    return f"{at}  {entry.state:<9}  {entry.address}  {entry.code or ''} {entry.reply}".rstrip()
