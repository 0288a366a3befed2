"""The header of a list in, what each of its columns is for out; pure.

A header names the columns, in any case and with spaces, hyphens or underscores. Known names have a meaning, also those
that other programs give them; every other becomes a field. Raises ValueError for a header that cannot be understood.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from subscribers.imports import wishes
from subscribers.imports.standing import StandingColumn, reading_of

MOST_COLUMNS = 200

OUR_OWN = frozenset({"email", "first_name", "last_name", "language", "tags", "consent", "joined_at"})
"""The columns of our own export: where they all are, no other column is more than a field."""


@dataclass(frozen=True)
class Header:
    """Where everything stands. A column that the list has not stands at `width`, where a record has an empty cell."""

    width: int
    address: int
    others: tuple[int, ...] = ()
    """Columns with more addresses of the same person."""
    known: Mapping[str, int] = field(default_factory=dict)
    standing: tuple[StandingColumn, ...] = ()
    fields: tuple[tuple[str, int], ...] = ()
    passed_over: tuple[str, ...] = ()
    """Columns that are not for a newsletter, as an address book's birthdays."""
    headless: bool = False

    @property
    def wishes(self) -> tuple[int, int] | None:
        """Where a reader's own wishes stand; None: nowhere in this list."""
        until, declined = (self.known[name] for name in wishes.COLUMNS)
        return (until, declined) if min(until, declined) < self.width else None

    def as_json(self, cells: Sequence[str]) -> dict[str, object]:
        """Say of each column of `cells`, the header as written, what it was taken for."""
        named = {"email": self.address, **{name: at for name, at in self.known.items() if at < self.width}}
        taken = {name: shown(cells[at]) for name, at in named.items()}
        return {
            **({} if self.headless else taken),
            "wants_mail": [shown(column.header) for column in self.standing],
            "fields": [name for name, _ in self.fields],
            "passed_over": list(self.passed_over),
        }


def read_header(cells: Sequence[str], as_fields: Collection[str] = ()) -> Header:
    """Understand a header. The columns `as_fields` become fields, whatever their names say. Raises ValueError."""
    if len(cells) > MOST_COLUMNS:
        raise ValueError(f"it has {len(cells):,} columns; {MOST_COLUMNS} is the most")
    wanted_fields = {column_name(text) for text in as_fields}
    places = _places(cells, wanted_fields)
    at = {name: place for name, place in places.items() if name not in wanted_fields}
    address = _take(at, _ADDRESS)
    if address is None:
        raise ValueError(f"its first line must name the columns, one of them email; it says: {_listed(cells)}")
    ours = {*at, "email"} >= OUR_OWN and "email" in places
    names = {name: _take(at, _KNOWN[name][:1] if ours else _KNOWN[name]) for name in _KNOWN}
    others = () if ours else tuple(at.pop(name) for name in [*at] if _OTHER_ADDRESS.fullmatch(name))
    standing = _standing(at, cells, ("consent",) if ours else tuple(at))
    unwanted = set() if ours else {name for name in at if _is_unwanted(name, frozenset(places))}
    kept = {name: place for name, place in places.items() if name in wanted_fields} | at
    return Header(
        width=len(cells),
        address=address,
        others=others,
        known=MappingProxyType({name: len(cells) if place is None else place for name, place in names.items()}),
        standing=standing,
        fields=tuple((name, place) for name, place in kept.items() if name not in unwanted),
        passed_over=tuple(shown(cells[at[name]]) for name in at if name in unwanted),
    )


def headless(width: int) -> Header:
    """Understand a list of nothing but addresses, one a line."""
    return Header(width=width, address=0, known=dict.fromkeys(_KNOWN, width), headless=True)


def column_name(text: str) -> str:
    """Spell a column's name as a merge tag can: lower case, ASCII, underscores."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:64]
    return f"_{name}"[:64] if name[:1].isdigit() else name


def shown(text: str) -> str:
    """Show a header as it was written, without what cannot be printed."""
    return "".join(character for character in text.strip() if character.isprintable())[:40]


def _places(cells: Sequence[str], wanted_fields: Collection[str]) -> dict[str, int]:
    places: dict[str, int] = {}
    for place, text in enumerate(cells):
        name = column_name(text)
        if name in places:
            if _has_meaning(name) and name not in wanted_fields:
                raise ValueError(f'two of its columns are both "{name}"; rename or remove one of them')
            name = _numbered(name, places)
        if name:  # a column without a name holds the commas that a spreadsheet leaves behind
            places[name] = place
    return places


def _has_meaning(name: str) -> bool:
    return name in _ADDRESS or any(name in names for names in _KNOWN.values()) or reading_of(name) is not None


def _numbered(name: str, taken: Collection[str]) -> str:
    number = 2
    while name and f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}" if name else ""


def _take(at: dict[str, int], names: Sequence[str]) -> int | None:
    found = next((name for name in names if name in at), None)
    return None if found is None else at.pop(found)


def _standing(at: dict[str, int], cells: Sequence[str], names: Sequence[str]) -> tuple[StandingColumn, ...]:
    readings = {name: reading for name in names if name in at and (reading := reading_of(name))}
    return tuple(StandingColumn(at.pop(name), shown(cells[at_name]), readings[name])
                 for name, at_name in [(name, at[name]) for name in readings])  # fmt: skip


def _is_unwanted(name: str, all_names: frozenset[str]) -> bool:
    for signature, unwanted in _PROGRAMS:
        if signature <= all_names:
            return bool(unwanted.fullmatch(name))
    return False


def _listed(cells: Sequence[str]) -> str:
    names = [shown(text) for text in cells[:10] if text.strip()]
    return ", ".join(names) + (", …" if len(cells) > len(names) else "")


# The first of them that is there counts; an `address` beside an `email` is where somebody lives.
_ADDRESS = (
    "email", "e_mail", "email_address", "e_mail_address", "e_mail_1_value", "email_1_value", "primary_email", "email1",
    "email_1", "e_bost", "ebost", "cyfeiriad_e_bost", "subscriber_email", "recipient", "mail", "subscriber", "address",
)  # fmt: skip
_OTHER_ADDRESS = re.compile(r"e_?mail_?[2-9](_value|_address)?")
_KNOWN: Mapping[str, tuple[str, ...]] = {
    "first_name": ("first_name", "firstname", "given_name", "forename", "fname", "enw_cyntaf"),
    "last_name": ("last_name", "lastname", "surname", "family_name", "lname", "cyfenw"),
    "language": ("language", "preferred_language", "lang", "iaith"),
    "tags": ("tags", "labels", "group_membership", "groups_in", "tagiau"),
    "joined_at": ("joined_at", "confirm_time", "optin_time", "subscribed_at", "subscribed_on"),
    **{name: (name,) for name in wishes.COLUMNS},
}
# Which program wrote a list, told by its columns; and which of them say nothing that a newsletter should know.
_PROGRAMS: tuple[tuple[frozenset[str], re.Pattern[str]], ...] = (
    (frozenset({"leid", "euid"}), re.compile(
        r"leid|euid|member_rating|(optin|confirm)_(time|ip)|latitude|longitude|gmtoff|dstoff|timezone|cc|region|"
        r"last_changed|(unsub|clean)_campaign_(title|id)|unsub_reason(_other)?|notes"
    )),  # Mailchimp
    (frozenset({"e_mail_1_value"}), re.compile(r".*")),  # the address book of Google
    (frozenset({"e_mail_address", "e_mail_display_name"}), re.compile(r".*")),  # the address book of Outlook
    (frozenset({"uniqid", "htmlemail"}), re.compile(
        r"id|uniqid|htmlemail|subscribepage|rssfrequency|extradata|foreignkey|bouncecount|entered|modified|optedin|uuid|"
        r"passwordchanged|password|subscribe_page"
    )),  # phpList
    (frozenset({"uuid", "attributes", "status"}), re.compile(
        r"uuid|id|created_at|updated_at|lists|attributes"
    )),  # listmonk
)  # fmt: skip
