"""The webhooks by which mail services tell of bounces and complaints: their addresses, and what came."""

from dataclasses import dataclass
from datetime import datetime
from secrets import token_urlsafe

from newsletter.app.list_folder import ListFolder
from newsletter.app.setup import EnvFile, complete
from newsletter.bounces.hooks import received
from newsletter.bounces.hooks.posted import SIGNING
from newsletter.bounces.hooks.received import HookTally
from newsletter.database.engine import reading
from newsletter.errors import ActionRefused
from newsletter.settings import HookService, variable


@dataclass(frozen=True)
class HookStatus:
    """The webhook of one service."""

    service: HookService
    address: str
    """What to give to the service; it holds the secret. Empty: a setting is missing."""
    needs_key: bool
    """Whether the service signs with a key that the settings lack, so that nothing is believed."""
    last_at: datetime | None
    """When the last event came that was proven to be of the service."""
    tallies: tuple[HookTally, ...]


def status(folder: ListFolder) -> list[HookStatus]:
    """Return the webhooks of the services that are set. Raises DatabaseError."""
    given = folder.settings
    start = f"{given.base_url}/hooks" if given.base_url and given.hook_secret else ""
    with reading(folder.engine) as connection:
        return [
            HookStatus(
                service,
                f"{start}/{service}/{given.hook_secret}" if start else "",
                service in SIGNING and not given.hook_key,
                received.last_event(connection, service),
                tuple(received.tallies(connection, [service])),
            )
            for service in given.hooks
        ]


def add(folder: ListFolder, service: HookService) -> EnvFile:
    """Write the setting for a service into .env, and a secret if there is none. Raises ActionRefused.

    From the next issue on, each email carries what the service sends back with its reports.
    """
    given = folder.settings
    if given.hooks and service not in given.hooks:
        line = f"{variable('hooks')}='{' '.join((*given.hooks, service))}'"
        raise ActionRefused(why=f"Another service is set already. Change that line of .env: {line}")
    answers = {} if given.hooks else {"hooks": service.value}
    if not given.hook_secret:
        answers["hook_secret"] = token_urlsafe(32)
    return complete(folder.folder / ".env", answers)
