"""What stands between a folder and an inbox, and a DKIM key to sign with."""

from collections.abc import Iterator
from pathlib import Path

from newsletter.app.workspace import Workspace, all_relays
from newsletter.doctor.finding import DoctorFinding
from newsletter.errors import SettingsError
from newsletter.settings import Settings


def examine(
    place: Workspace, resolver: tuple[str, int] | None = None, offline: bool = False
) -> Iterator[DoctorFinding]:
    """Look at settings, database, relay, DNS, public pages, clock and disk; yield each finding as soon as it is made.

    Sends nothing and changes nothing. `resolver`: the address and port of a DNS server to ask instead of the system's.
    """
    from newsletter.doctor.lookup import Lookup  # because no other use case looks things up
    from newsletter.doctor.visit import Visit

    relay, *others = all_relays(place.settings) if _may_be_asked(place.settings) else (None,)
    visit = Visit(place.settings, place.folder, relay, Lookup(resolver), offline, other_relays=tuple(others))
    yield from visit.examine()


def make_dkim_key(file: Path, selector: str, domain: str, ed25519: bool = False) -> str:
    """Write a new DKIM key into `file`, readable only by its owner; return the line for the DNS zone of `domain`.

    Raises FileExistsError: a key is never overwritten.
    """
    from newsletter.message.dkim_key import make_key, write_key, zone_line  # because no other use case makes keys

    key = make_key(ed25519)
    write_key(key, file)
    return str(zone_line(selector, domain, key.record))


def _may_be_asked(settings: Settings) -> bool:
    """Say whether the relay may be asked: it is set, and a password may be sent to it."""
    try:
        settings.require_relay()
    except SettingsError:
        return False
    return settings.from_ is not None
