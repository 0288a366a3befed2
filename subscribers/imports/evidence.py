"""More evidence for subscribers who are on the list already: it is added as another row, and none is deleted.

It is added if it says something new: the wording of a yes, a time, a network address. If a second list says the same
no, that is added too, so that the no remains when the first import is taken back. Never commits.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, literal, select

from subscribers.consent import Consent
from subscribers.imports.adding import evidence_row
from subscribers.imports.ledger import ConsentEvidence, keep_changes
from subscribers.imports.record import ImportRecord
from subscribers.imports.report import Fate, RowOutcome
from subscribers.imports.status import ImportedStatus
from subscribers.tables import consents, one_of, subscribers

MORE = "what they said yes to, or when, is kept beside what was known"

_AT_ONCE = 500


def is_news(connection: Connection, wording: str) -> bool:
    """Say whether a subscriber on the list has said yes to another wording."""
    others = select(literal(1)).where(consents.c.consent == Consent.CONFIRMED.value, consents.c.wording != wording)
    return connection.execute(others.limit(1)).first() is not None


def add_evidence(
    connection: Connection,
    records: Sequence[ImportRecord],
    fates: list[Fate],
    evidence: ConsentEvidence,
    since: int,
    is_news: bool,
) -> None:
    """Add what entries say about subscribers who were there before this import, and note it in their `fates`.

    `is_news`: the wording of `evidence` may be new for some of them.
    """
    telling = {
        record.address: place
        for place, record in enumerate(records)
        if fates[place].outcome is not RowOutcome.SUPPRESSED and _tells(record, is_news)
    }
    people = _people(connection, [*telling], since)
    known = _known(connection, [number for number, _ in people.values()])
    rows: list[dict[str, Any]] = []
    for address, (number, consent) in people.items():
        place = telling[address]
        row = evidence_row(records[place], evidence)
        if _is_better(records[place], Consent(consent), row, known.get(number, []), evidence):
            rows.append(row | {"subscriber_id": number, "consent": consent})
            if consent == Consent.CONFIRMED:
                why = "; ".join(filter(None, (fates[place].why, MORE)))
                fates[place] = fates[place]._replace(why=why)
    if rows:
        said = {"source": evidence.source, "import_id": evidence.import_id}
        connection.execute(insert(consents), [row | said for row in rows])
        if evidence.import_id is not None:
            keep_changes(connection, evidence.import_id, [(row["subscriber_id"], {}, {}) for row in rows])


def _tells(record: ImportRecord, is_news: bool) -> bool:
    if record.status in (None, ImportedStatus.CONFIRMED):
        return is_news or record.evidence is not None
    return record.status is ImportedStatus.WITHDRAWN


def _is_better(
    record: ImportRecord, consent: Consent, row: dict[str, Any], known: Sequence[Row[Any]], evidence: ConsentEvidence
) -> bool:
    if consent is Consent.WITHDRAWN:
        # Once for each import that says so, unless the subscriber said so themselves.
        told = [each.import_id for each in known if each.consent == Consent.WITHDRAWN]
        return record.status is ImportedStatus.WITHDRAWN and evidence.import_id not in told and None not in told
    if consent is not Consent.CONFIRMED or record.status is ImportedStatus.WITHDRAWN:
        return False
    yeses = [each for each in known if each.consent == Consent.CONFIRMED]
    own = record.evidence
    news = [row["wording"] and all(each.wording != row["wording"] for each in yeses)]
    news += [row["network_address"] and all(each.network_address != row["network_address"] for each in yeses)]
    news += [own and own.at and all(_differs(each.at, own.at) for each in yeses)]
    return any(news)


def _differs(one: datetime, other: datetime) -> bool:
    return abs((one - other).total_seconds()) >= 1


def _people(connection: Connection, addresses: Sequence[str], since: int) -> dict[str, tuple[int, str]]:
    query = select(subscribers.c.address, subscribers.c.id, subscribers.c.consent)
    there = query.where(one_of(connection, subscribers.c.address, addresses), subscribers.c.id <= since)
    return {address: (number, consent) for address, number, consent in connection.execute(there)}


def _known(connection: Connection, numbers: Sequence[int]) -> dict[int, list[Row[Any]]]:
    known: dict[int, list[Row[Any]]] = {}
    for start in range(0, len(numbers), _AT_ONCE):
        theirs = consents.c.subscriber_id.in_(numbers[start : start + _AT_ONCE])
        for row in connection.execute(select(consents).where(theirs)):
            known.setdefault(row.subscriber_id, []).append(row)
    return known
