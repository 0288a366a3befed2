"""Who may approve: the addresses of NEWSLETTER_APPROVERS, and the keys by which the database knows them."""

from collections.abc import Sequence
from dataclasses import dataclass

from newsletter.settings import Settings
from subscribers.address import normalise
from subscribers.errors import BadAddress
from subscribers.signature import SigningKey

KEY_OCTETS = 6
"""Octets of the keyed hash of an approver's address: as a number, it fits into a link."""


@dataclass(frozen=True, slots=True)
class Approver:
    """One approver. The database holds key and name, never the address."""

    key: str
    """A keyed hash of the address, as a decimal number. A new secret key makes other keys: then ask again."""
    name: str
    """The name beside the address in the settings; without one, a pseudonym made of the key."""
    address: str

    def is_at(self, address: str) -> bool:
        """Say whether `address`, as a person types it, is theirs."""
        try:
            return normalise(address).lower() == self.address.lower()
        except BadAddress:
            return False

    def is_called(self, words: str) -> bool:
        """Say whether `words` name them: the name, the address, or what is before its @."""
        known = (self.name, self.address, self.address.partition("@")[0], self.key)
        return words.strip().casefold() in {each.casefold() for each in known}


def approvers_in(settings: Settings) -> tuple[Approver, ...]:
    """List the approvers in the settings, each once. Without a secret key there are none."""
    if not settings.secret_key:
        return ()
    key = SigningKey(SigningKey(settings.secret_key.encode()).sign("newsletter approver\0"))
    found: dict[str, Approver] = {}
    for each in settings.approvers:
        number = str(int.from_bytes(key.sign(each.address.lower())[:KEY_OCTETS], "big"))
        name = each.name if each.name and "@" not in each.name and "/" not in each.name else f"approver {number[:4]}"
        found.setdefault(number, Approver(number, name, each.address))
    return tuple(found.values())


def named_approver(known: Sequence[Approver], words: str) -> Approver | None:
    """Find the one approver whom `words` name; None: no approver, or several."""
    found = [each for each in known if each.is_called(words)]
    return found[0] if len(found) == 1 else None
