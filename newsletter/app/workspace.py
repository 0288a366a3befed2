"""An organiser's folder: its settings, its database, its templates. Nothing is opened before it is needed."""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from secrets import token_hex

from newsletter.app.list_folder import ListFolder
from newsletter.fleet.limits import SeparateLimits, SharedLimits, limits
from newsletter.issue import Letterhead, letterhead
from newsletter.settings import Mailbox, Settings
from newsletter.theme import template_folders
from newsletter.transport import Transport
from newsletter.transport.folder import Folder
from newsletter.transport.relay import Deadlines, Relay, RelaySettings
from newsletter.transport.relays import Member, Relays
from newsletter.transport.token import TokenCommand

OUTAGE = 3600.0
"""Seconds that a run waits for a relay that took mail and then went silent, before it gives up."""


@dataclass(frozen=True)
class Workspace(ListFolder):
    """An organiser's folder."""

    @property
    def templates(self) -> tuple[Path, ...]:
        own = self.folder / "templates"
        return template_folders(own if own.is_dir() else None)

    @property
    def published(self) -> Path:
        """The folder from which `serve` serves the pictures and documents of posts; old mails still need them."""
        return self.folder / "published"

    def letterhead(self) -> Letterhead:
        return letterhead(self.settings, token_hex(16))

    def transport(self, folder: Path | None = None, shared: bool = False) -> Transport:
        """Return the relay of the settings, or several, or with `folder` one that writes .eml files there instead.

        `shared`: its throttles belong to `limits`, for the runs of issues; otherwise they are its own, for a few mails.
        """
        if folder is not None:
            return Folder(folder)
        self.settings.require_relay()
        first, *others = all_relays(self.settings)
        if not others:
            return self._relay(first, shared)
        weights = (self.settings.smtp_weight, *(other.weight for other in self.settings.smtp_others))
        # No waiting for a silent relay: another one can take over at once.
        hasty = [replace(each, outage=0.0) for each in (first, *others)]
        return Relays([Member(self._relay(each, shared), weight) for each, weight in zip(hasty, weights, strict=True)])

    def _relay(self, relay: RelaySettings, shared: bool) -> Relay:
        limits = self.limits if shared else SeparateLimits()
        return Relay(relay, throttle=limits.throttle(relay.name, relay.connections, self.settings.rest_seconds))

    @cached_property
    def limits(self) -> SharedLimits | SeparateLimits:
        """What the runs of this process may ask of the relays. Raises DatabaseError as `engine` does."""
        return limits(self.engine)

    def lenient(self) -> "Workspace":
        """Return the same folder with placeholders for settings that sending needs and a preview does not."""
        given = self.settings
        settings = replace(
            given,
            organisation=given.organisation or "NEWSLETTER_ORGANISATION is not set",
            postal_address=given.postal_address or "NEWSLETTER_POSTAL_ADDRESS is not set",
            from_=given.from_ or Mailbox("NEWSLETTER_FROM is not set", "from@not-set.invalid"),
            secret_key=given.secret_key or "only for previews: no mail is signed with this key",
            dkim_domain="",
            dkim_selector="",
            dkim_key_file="",  # a preview needs no DKIM key
        )
        other = Workspace(self.folder, self.tell)
        other.__dict__["settings"] = settings
        return other


def relay_settings(settings: Settings) -> RelaySettings:
    """Return the address of the relay in the settings, and how to use it."""
    return RelaySettings(
        host=settings.smtp_host,
        port=settings.relay_port,
        security=settings.smtp_security,
        username=settings.smtp_username,
        password=settings.smtp_password,
        token=TokenCommand(settings.smtp_token_command) if settings.smtp_token_command else None,
        allow_plaintext=settings.smtp_allow_plaintext,
        connections=settings.smtp_connections,
        window=settings.smtp_window,
        messages_per_connection=settings.smtp_messages_per_connection,
        client_name=settings.sender.domain,
        deadlines=Deadlines().times(settings.smtp_patience),
        outage=OUTAGE,
    )


def all_relays(settings: Settings) -> tuple[RelaySettings, ...]:
    """Return the relay of the settings first, then the other relays."""
    first = relay_settings(settings)
    others = (
        replace(
            first,
            host=other.host,
            port=other.port,
            security=other.security,
            username=other.username,
            password=other.password,
            token=None,
        )
        for other in settings.smtp_others
    )
    return first, *others
