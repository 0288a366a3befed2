"""An organiser adds or updates one subscriber, with evidence of consent, and never against what the subscriber said.

Functions take a connection inside a transaction and never commit.
"""

from collections.abc import Mapping

from sqlalchemy import Connection, select, update

from subscribers.address import normalise
from subscribers.erasure import Memory
from subscribers.errors import BadField, NotToBeAdded, UnknownSubscriber
from subscribers.imports.ledger import ConsentEvidence
from subscribers.imports.merging import STAYS, Merger
from subscribers.imports.record import ImportRecord
from subscribers.imports.report import RowOutcome
from subscribers.imports.spelling import column_name
from subscribers.tables import subscribers


def enrol(connection: Connection, memory: Memory, entry: ImportRecord, evidence: ConsentEvidence) -> RowOutcome:
    """Add a person who said yes to the organiser, or update them. Raises NotToBeAdded."""
    (fate,) = Merger(memory, evidence).merge(connection, [entry])
    if fate.outcome is RowOutcome.SUPPRESSED or STAYS in fate.why:
        raise NotToBeAdded(address=entry.address, why=STAYS if STAYS in fate.why else fate.why)
    return fate.outcome


def amend(connection: Connection, address: str, names: Mapping[str, str], fields: Mapping[str, str]) -> None:
    """Set a subscriber's names and language as given, and each field in `fields`; a field set to "" is removed.

    Raises BadAddress and UnknownSubscriber.
    """
    wanted = normalise(address)
    row = connection.execute(select(subscribers.c.id, subscribers.c.fields).filter_by(address=wanted)).first()
    if row is None:
        raise UnknownSubscriber(address=wanted)
    kept = {name: value for name, value in {**row.fields, **fields}.items() if value}
    connection.execute(update(subscribers).where(subscribers.c.id == row.id).values(fields=kept, **names))


def named(fields: Mapping[str, str]) -> dict[str, str]:
    """Spell the names of fields as those of columns are spelt. Raises BadField for a name without letter or digit."""
    for name, value in fields.items():
        if not column_name(name):
            raise BadField(text=f"{name}={value}")
    return {column_name(name): value.strip() for name, value in fields.items()}
