"""Everything the doctor looks at, in order; if one part is missing, it still looks at the others."""

import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from newsletter.doctor.finding import SETTINGS, DoctorFinding, error, note, ok, warning
from newsletter.doctor.hooks import examine_hooks
from newsletter.doctor.lookup import Lookup
from newsletter.doctor.machine import examine_clock, examine_database, examine_disk, examine_secrets
from newsletter.doctor.names import MailDomains
from newsletter.doctor.public import examine_pages
from newsletter.doctor.relay import examine_relay
from newsletter.errors import SettingsError
from newsletter.message.dkim import dkim_signer
from newsletter.runtime.clock import Clock, now
from newsletter.settings import Settings, variable
from newsletter.transport.opening import RelaySettings

NEEDED = ("organisation", "postal_address", "from_", "secret_key", "smtp_host")


@dataclass(frozen=True)
class Visit:
    """One examination of a folder. `tls` and `clock` can be replaced by the caller's own."""

    settings: Settings
    folder: Path
    relay: RelaySettings | None
    """None if no relay is set, or if mail may not be sent to it."""
    lookup: Lookup = field(default_factory=Lookup)
    offline: bool = False
    tls: ssl.SSLContext | None = None
    clock: Clock = now
    other_relays: tuple[RelaySettings, ...] = ()

    def examine(self) -> Iterator[DoctorFinding]:
        """Look at everything in turn; yield each finding as soon as it is made."""
        at = self.clock()
        yield from self._settings()
        yield from examine_secrets(self.folder, self.settings)
        yield from examine_database(self.settings, self.folder, at)
        yield from examine_hooks(self.settings)
        yield examine_clock(at)
        yield examine_disk(self.folder, self.settings)
        if self.offline:
            yield note("network", "The mail server, DNS and public pages were not checked, because of --offline.")
            return
        for relay in (self.relay, *self.other_relays):
            if relay:
                yield from examine_relay(relay, self.tls)
        if self.settings.from_:
            yield from MailDomains(self.lookup, self.settings, self._key_record()).examine()
        if self.settings.base_url and self.settings.secret_key and self.settings.from_:
            yield from examine_pages(self.settings, at, self.tls)

    def _settings(self) -> Iterator[DoctorFinding]:
        missing = [name for name in NEEDED if not getattr(self.settings, name)]
        for name in missing:
            change = "Run `newsletter init` to be asked for it, or add it to the file .env, where it is explained."
            yield error(SETTINGS, f"{variable(name)} is not set.", "You cannot send yet.", change)
        if not self.settings.base_url:
            why = f"{variable('base_url')} is not set, so there is no unsubscribe page."
            harm = (
                "People can only unsubscribe by sending an email, which `newsletter bounces process` must read. Gmail "
                "and Yahoo require one-click unsubscribing from large senders."
            )
            yield warning(SETTINGS, why, harm, "Run `newsletter serve` and put its public address into the file .env.")
        troubles = [trouble for trouble in (self._relay_trouble(), self._key_trouble()) if trouble]
        for trouble in troubles:
            yield error(SETTINGS, f"{trouble}.", "You cannot send yet.", "Correct it in the file .env.")
        if not missing and not troubles:
            yield ok(SETTINGS, "Everything that sending needs is set.")

    def _relay_trouble(self) -> SettingsError | None:
        try:
            if self.settings.smtp_host:
                self.settings.require_relay()
        except SettingsError as trouble:
            return trouble
        return None

    def _key_trouble(self) -> SettingsError | None:
        try:
            dkim_signer(self.settings, self.clock())
        except SettingsError as trouble:
            return trouble
        return None

    def _key_record(self) -> str:
        signer = None if self._key_trouble() else dkim_signer(self.settings, self.clock())
        return signer.key.record if signer else ""
