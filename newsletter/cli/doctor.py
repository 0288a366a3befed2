"""doctor · doctor dkim-key."""

from collections.abc import Callable
from dataclasses import asdict
from ipaddress import ip_address
from pathlib import Path

import click

from newsletter.app import doctor as app
from newsletter.cli.here import here
from newsletter.cli.printing import json_option, put, put_json, say
from newsletter.doctor.finding import SETTINGS, DoctorFinding, DoctorSeverity
from newsletter.errors import ActionRefused
from newsletter.settings.values import dotted_name, selector, whole


def _server(context: click.Context, option: click.Parameter, value: str | None) -> tuple[str, int] | None:
    if value is None:
        return None
    host, _, port = value.rpartition(":") if value.count(":") == 1 or "]:" in value else (value, "", "53")
    try:
        return str(ip_address(host.strip("[]"))), whole(1, 65535)(port)
    except ValueError:
        raise click.BadParameter(f"{value!r} is not an address and a port, like 127.0.0.1:53 or [::1]:53.") from None


def _read(reader: Callable[[str], str]) -> Callable[[click.Context, click.Parameter, str], str]:
    def read(context: click.Context, option: click.Parameter, value: str) -> str:
        try:
            return reader(value)
        except ValueError as error:
            raise click.BadParameter(f"{error}.") from None

    return read


@click.group(invoke_without_command=True)
@click.option("--offline", is_flag=True, help="Do not try the mail server, DNS or the public pages.")
@click.option(
    "--resolver", metavar="HOST[:PORT]", callback=_server, help="Ask this DNS server instead of the system's."
)
@json_option
@click.pass_context
def doctor(context: click.Context, offline: bool, resolver: tuple[str, int] | None, as_json: bool) -> None:
    """Check that your emails will arrive: settings, mail server, DNS, web pages.

    It also looks at the database, the clock and the disk. It says what mail servers will think of your emails, what to
    change, and which DNS records to enter. Nothing is sent.

    Exit codes: 0 = nothing needs to change. 4 = a setting is missing or wrong. 5 = there is another error.
    """
    if context.invoked_subcommand:
        return
    findings: list[DoctorFinding] = []
    for finding in app.examine(here(), resolver, offline):
        findings.append(finding)
        if as_json:
            put_json(asdict(finding))
        else:
            _put(finding)
    context.exit(_code(findings))


@doctor.command("dkim-key")
@click.option("--selector", callback=_read(selector), required=True, help="The name of the key in DNS, like news2026.")
@click.option("--domain", callback=_read(dotted_name), required=True, help="The domain that signs: that of From.")
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="The file.  [default: dkim-SELECTOR.pem]"
)
@click.option("--ed25519", is_flag=True, help="Make a short key of the new kind. Not every mail server knows it.")
def dkim_key(selector: str, domain: str, output: Path | None, ed25519: bool) -> None:
    """Make a DKIM key, and print its DNS record.

    The file can be read only by you, and never replaces another.
    """
    file = output or Path(f"dkim-{selector}.pem")
    try:
        record = app.make_dkim_key(file, selector, domain, ed25519)
    except FileExistsError:
        raise ActionRefused(why=f"{file} exists, and a key is never overwritten; name another file with -o.") from None
    put(record)
    say(f"The key is in {file}; keep it to yourself. Put the line above into the DNS of {domain}, then into .env:")
    say(f"NEWSLETTER_DKIM_DOMAIN={domain}\nNEWSLETTER_DKIM_SELECTOR={selector}\nNEWSLETTER_DKIM_KEY_FILE={file}")
    say("`newsletter doctor` says when DNS has it.")


COMMANDS = (doctor,)


def _code(findings: list[DoctorFinding]) -> int:
    errors = [finding for finding in findings if finding.severity is DoctorSeverity.ERROR]
    if any(finding.subject == SETTINGS for finding in errors):
        return 4
    return 5 if errors else 0


def _put(finding: DoctorFinding) -> None:
    put(f"{finding.severity:<8} {finding.subject}: {finding.found}")
    for line in (finding.consequence, finding.change):
        if line:
            put(f"{'':<8}   {line}")
    if finding.record:
        put(f"\n{finding.record}\n")
