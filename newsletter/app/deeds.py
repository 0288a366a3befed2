"""Deeds: who did what, for `newsletter deeds`; and how every use case adds its own in the transaction of the act."""

import os
import platform
import pwd
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from newsletter.app.list_folder import ListFolder
from newsletter.database import deeds
from newsletter.database.deeds import ChainHead, Deed
from newsletter.database.engine import reading
from newsletter.errors import ActionRefused
from newsletter.runtime.clock import now


@dataclass(frozen=True)
class Told:
    """All deeds, the oldest first, and the head of their chain."""

    deeds: Sequence[Deed]
    head: ChainHead


class ChainBroken(ActionRefused):
    """The deeds were changed by hand: {why}. Compare them with a backup, and with the hashes in the emails that asked
    for approval."""


def account(place: ListFolder) -> str:
    """Say who acts: the machine, as in NEWSLETTER_MACHINE or by its host name, and the account there."""
    try:
        user = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # as in a container
        user = f"user {os.getuid()}"
    return f"{place.settings.machine or platform.node()}/{user}"


def note(
    connection: Connection, place: ListFolder, what: str, about: str, details: Mapping[str, object] | None = None
) -> ChainHead:
    """Add a deed of the account that acts. Call it last in the transaction; the caller commits."""
    return deeds.record(connection, account(place), what, about, now(), details)


def told(place: ListFolder) -> Told:
    """Return all deeds, and the head of their chain as it is now."""
    with reading(place.engine) as connection:
        return Told(list(deeds.all_deeds(connection)), deeds.chain_head(connection))


def check(place: ListFolder, kept: str = "") -> ChainHead:
    """Raise ChainBroken unless the chain holds; return its head.

    `kept`: a head that was written down before, "NUMBER HASH" or only the hash. The chain must still have it.
    """
    head = _head(kept)
    with reading(place.engine) as connection:
        if why := deeds.broken_at(connection, [head] if head else []):
            raise ChainBroken(why=why)
        return deeds.chain_head(connection)


def _head(kept: str) -> ChainHead | None:
    words = kept.replace(":", " ").split()
    if not words:
        return None
    number, known = (words[0], words[1]) if len(words) == 2 else ("0", words[0])
    if len(words) > 2 or not number.isascii() or not number.isdigit() or len(number) > 9 or len(known) != 64:
        raise ActionRefused(why=f"“{kept[:100]}” is not the head of a chain: a number and a hash of 64 letters.")
    return ChainHead(int(number), known.lower())
