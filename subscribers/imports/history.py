"""Lists the imports by number, and takes one back: everything it made that was not changed since.

When the organiser takes a list back, a no that came from that list goes with it. A no that came from the subscriber
stays, and so does everything that the subscriber, the organiser or another import has done since. Functions never
commit.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Connection,
    RowMapping,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from subscribers.errors import AlreadyTakenBack, UnknownImport
from subscribers.imports.ledger import ConsentEvidence
from subscribers.tables import (
    consents,
    declines,
    import_changes,
    imports,
    requests,
    subscribers,
    suppressions,
    unsubscribe_reasons,
)

if TYPE_CHECKING:
    from subscribers.imports.report import ImportReport

_COUNTS = ("rows", "added", "updated", "unchanged", "suppressed", "rejected")


@dataclass(frozen=True, slots=True)
class UndoableImport:
    """An import that can be taken back."""

    number: int
    at: datetime
    name: str
    """The name of the list's file."""
    added: int
    updated: int
    suppressed: int
    people: int | None = None
    """None for a complete import. An interrupted one has no counts above: how many people it added or changed."""
    later: int | None = None
    """The next import of the same list, which added nothing for the people whom this one had added."""


@dataclass(frozen=True, slots=True)
class TakenBack:
    """The result of taking an import back."""

    number: int
    removed: int = 0
    """Subscribers it had added who were not changed since: deleted."""
    restored: int = 0
    """Subscribers it had changed who are again as they were."""
    lifted: int = 0
    """Addresses that are no longer suppressed."""
    kept: int = 0
    """Subscribers it had added or changed who stay as they are, because something has happened since."""

    def as_json(self) -> dict[str, int]:
        """Return it as an object, for other programs."""
        return asdict(self)


def begin_import(connection: Connection, evidence: ConsentEvidence, program: str = "") -> int:
    """Store a new import and return its number."""
    row = {"at": evidence.at, "source": evidence.source, "wording": evidence.wording, "program": program}
    return int(connection.execute(insert(imports).returning(imports.c.id), row).scalar_one())


def finish_import(connection: Connection, number: int, report: "ImportReport", at: datetime) -> None:
    """Store that an import is done, and the results of its rows."""
    counts = {name: getattr(report, name) for name in _COUNTS}
    connection.execute(update(imports).where(imports.c.id == number).values(done_at=at, **counts))


def every(connection: Connection) -> Sequence[RowMapping]:
    """List the imports, newest first."""
    return connection.execute(select(imports).order_by(imports.c.id.desc())).mappings().all()


def newest(connection: Connection, source: str) -> int:
    """Return the number of the newest import from `source`; 0: there is none."""
    wanted = select(func.max(imports.c.id)).where(imports.c.source == source)
    return int(connection.execute(wanted).scalar_one() or 0)


def is_known(connection: Connection, number: int) -> bool:
    """Say whether there is an import of this number."""
    return connection.execute(select(imports.c.id).where(imports.c.id == number)).first() is not None


def preview(connection: Connection, number: int) -> UndoableImport:
    """Look at an import, for the question whether to take it back. Raises UnknownImport and AlreadyTakenBack."""
    found = _found(connection, number)
    people = None
    if found["done_at"] is None:
        # An interrupted import stored no counts, so count the subscribers that it has written evidence for.
        counted = select(func.count(consents.c.subscriber_id.distinct())).where(consents.c.import_id == number)
        people = int(connection.execute(counted).scalar_one())
    counts = {name: found[name] for name in ("added", "updated", "suppressed")}
    name = found["source"].removeprefix("import ")
    return UndoableImport(
        number, found["at"], name, **counts, people=people, later=connection.scalars(_of_the_same(found)).first()
    )


def _of_the_same(found: RowMapping) -> Select[int]:
    """Select the next import of the same file.

    It added nothing for the people whom this import had added before, so they go when this one is taken back.
    """
    same = imports.c.source == found["source"], imports.c.undone_at.is_(None), imports.c.id > found["id"]
    return select(imports.c.id).where(*same).order_by(imports.c.id).limit(1)


def _found(connection: Connection, number: int) -> RowMapping:
    found = connection.execute(select(imports).where(imports.c.id == number)).mappings().first()
    if found is None:
        raise UnknownImport(number=number)
    if found["undone_at"] is not None:
        raise AlreadyTakenBack(number=number, day=f"{found['undone_at']:%Y-%m-%d}")
    return found


def take_back(connection: Connection, number: int, at: datetime) -> TakenBack:
    """Take import `number` back. Raises UnknownImport and AlreadyTakenBack."""
    found = _found(connection, number)
    connection.execute(update(imports).where(imports.c.id == number).values(undone_at=at))
    lifted = _lift(connection, number)
    removed = connection.execute(delete(subscribers).where(subscribers.c.id.in_(_as_added(number)))).rowcount
    involved = _involved(connection, number)
    restored = _change_back(connection, number) | _undo_consents(connection, found, at)
    return TakenBack(number, removed, len(restored), lifted, len(involved - restored))


def _as_added(number: int) -> Select[tuple[int]]:
    """Select the subscribers that an import added and nothing has changed since: they have only what it brought.

    Evidence of other imports that were taken back does not count. So two imports that say the same can be taken back in
    any order, and the second one removes the people.
    """
    their = subscribers.c.id
    brought = exists().where(consents.c.subscriber_id == their, consents.c.import_id == number)
    others = consents.alias()
    undone = select(imports.c.id).where(imports.c.undone_at.is_not(None))  # this one is among them by now
    counts = or_(others.c.import_id.is_(None), others.c.import_id.not_in(undone))
    more = exists().where(others.c.subscriber_id == their, counts)
    was_there = exists().where(import_changes.c.subscriber_id == their, import_changes.c.import_id.not_in(undone))
    left = exists().where(unsubscribe_reasons.c.subscriber_id == their)
    asked = exists().where(requests.c.subscriber_id == their)
    began = select(imports.c.at).where(imports.c.id == number).scalar_subquery()
    chose = exists().where(declines.c.subscriber_id == their, declines.c.at != began)
    untouched = subscribers.c.changed_at.is_(None)
    return select(their).where(brought, ~more, ~was_there, untouched, ~left, ~asked, ~chose)


def _involved(connection: Connection, number: int) -> set[int]:
    """Return the ids of the subscribers that an import added or changed and who are still on the list."""
    consented = connection.scalars(select(consents.c.subscriber_id).where(consents.c.import_id == number))
    changed = import_changes.c.import_id == number, import_changes.c.subscriber_id.is_not(None)
    return {*consented, *connection.scalars(select(import_changes.c.subscriber_id).where(*changed))}


def _lift(connection: Connection, number: int) -> int:
    """Lift the suppressions that only this import brought; if another import says the same, assign them to that one."""
    others = (
        select(import_changes.c.address, func.min(import_changes.c.import_id).label("heir"))
        .join(imports, imports.c.id == import_changes.c.import_id)
        .where(imports.c.undone_at.is_(None), import_changes.c.address.is_not(None))
        .group_by(import_changes.c.address)
    ).subquery()
    ours = suppressions.c.import_id == number
    heirs = select(suppressions.c.address, others.c.heir).join(others, others.c.address == suppressions.c.address)
    rows = [{"which": address, "heir": heir} for address, heir in connection.execute(heirs.where(ours))]
    if rows:
        hand_over = update(suppressions).where(suppressions.c.address == bindparam("which"))
        connection.execute(hand_over.values(import_id=bindparam("heir")), rows)
    return connection.execute(delete(suppressions).where(ours)).rowcount


def _change_back(connection: Connection, number: int) -> set[int]:
    """Restore what an import changed, column by column, if the value is still as the import left it."""
    theirs = import_changes.c.import_id == number, import_changes.c.subscriber_id.is_not(None)
    changes = connection.execute(select(import_changes).where(*theirs).order_by(import_changes.c.id.desc())).all()
    restored: set[int] = set()
    for change in changes:
        person = (
            connection.execute(select(subscribers).where(subscribers.c.id == change.subscriber_id)).mappings().first()
        )
        if person is None:
            continue
        back = {
            name: _back(person[name], change.before[name], change.after[name])
            for name in change.before
            if name in _PLAIN
        }
        back = {name: value for name, value in back.items() if value != person[name]}
        if "paused_until" in change.before and _iso(person["paused_until"]) == change.after["paused_until"]:
            back["paused_until"] = _moment(change.before["paused_until"])
        if back:
            connection.execute(update(subscribers).where(subscribers.c.id == person["id"]).values(**back))
            restored.add(person["id"])
        if topics := change.after.get("declined"):
            gone = and_(declines.c.subscriber_id == person["id"], declines.c.topic.in_(topics))
            restored |= {person["id"]} if connection.execute(delete(declines).where(gone)).rowcount else set()
    return restored


def _back(now: Any, before: Any, after: Any) -> Any:
    if isinstance(now, list):
        return [tag for tag in now if tag in before or tag not in after]
    if isinstance(now, dict):
        changed = {key for key in after if after[key] != before.get(key) and now.get(key) == after[key]}
        kept = {key: value for key, value in now.items() if key not in changed}
        return kept | {key: before[key] for key in changed if key in before}
    return before if now == after else now


def _undo_consents(connection: Connection, found: RowMapping, at: datetime) -> set[int]:
    """Set the consent of every subscriber for whom the import gave evidence to what it is without that evidence."""
    number = found["id"]
    undone = select(imports.c.id).where(imports.c.undone_at.is_not(None))
    counts = or_(consents.c.import_id.is_(None), consents.c.import_id.not_in(undone))
    theirs = select(consents.c.subscriber_id).where(consents.c.import_id == number)
    last = (
        select(consents.c.subscriber_id, func.max(consents.c.id).label("last"))
        .where(counts, consents.c.subscriber_id.in_(theirs))
        .group_by(consents.c.subscriber_id)
    ).subquery()
    rest = select(subscribers.c.id, consents.c.consent).join(last, last.c.subscriber_id == subscribers.c.id)
    rest = rest.join(consents, consents.c.id == last.c.last).where(subscribers.c.consent != consents.c.consent)
    rows = [{"which": who, "consent": consent} for who, consent in connection.execute(rest)]
    if rows:
        change = update(subscribers).where(subscribers.c.id == bindparam("which"))
        connection.execute(change.values(consent=bindparam("consent")), rows)
        told = {
            "at": at,
            "source": f"import {number} taken back",
            "wording": "",
            "network_address": "",
            "import_id": number,
        }
        connection.execute(
            insert(consents), [{"subscriber_id": row["which"], "consent": row["consent"]} | told for row in rows]
        )
    return {row["which"] for row in rows}


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


_PLAIN = frozenset({"first_name", "last_name", "language", "tags", "fields"})
