"""The header of a list in, the meaning of each column out; pure.

A header names the columns, in any case and with spaces, hyphens or underscores. The meaning of a column comes from the
program that wrote the list, from names that all lists share, or from the organiser. Any other column is a field, and
is looked at before anything is written (see `survey`). Raises ValueError for a header that cannot be understood.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from subscribers.imports import preferences
from subscribers.imports.names import is_question_of_consent
from subscribers.imports.organiser_answers import NOTHING_SAID, OrganiserAnswers
from subscribers.imports.programs import UNKNOWN, Program, recognised
from subscribers.imports.readings import answer_reading, is_tick, reading_of
from subscribers.imports.spelling import (
    ADDRESS,
    BESIDE,
    KNOWN,
    LEFT_AT,
    LIKELY_ADDRESS,
    LIKELY_NAME,
    OTHER_ADDRESS,
    SAID_AT,
    SAID_FROM,
    SHORT,
    SUPPRESSED,
    column_name,
    numbered,
    shown_header,
)
from subscribers.imports.status import ImportedStatus, StatusColumn, StatusReading, membership_reading

MOST_COLUMNS = 500


@dataclass(frozen=True, slots=True)
class Unexplained:
    """A column whose meaning we do not know: its place, its header, and the field it would become."""

    at: int
    header: str
    name: str
    taken: bool = False
    """True: it is read as a person's name; if its cells are answers such as yes and no, that is wrong."""


@dataclass(frozen=True)
class Header:
    """The place of every column. A column that the list does not have is at `width`, where every record is empty."""

    width: int
    address: int
    others: tuple[int, ...] = ()
    """Columns with more addresses of the same person."""
    known: Mapping[str, int] = field(default_factory=dict)
    status: tuple[StatusColumn, ...] = ()
    fields: tuple[tuple[str, int], ...] = ()
    passed_over: tuple[str, ...] = ()
    """Columns that a newsletter must not take, as the birthdays of an address book."""
    headless: bool = False
    program: Program | None = None
    documents: tuple[int, ...] = ()
    """Columns that hold fields as a JSON object."""
    said_at: tuple[int, ...] = ()
    """Columns with the time of a person's yes; the first that is filled in counts."""
    said_from: tuple[int, ...] = ()
    """Columns with the network address of a person's yes; the first that is filled in counts."""
    asked: tuple[tuple[str, int], ...] = ()
    """Columns with the answers to a question: the header is the question; both are the wording of a yes."""
    left_at: tuple[int, ...] = ()
    """Columns with the time of a person's no."""
    unexplained: tuple[Unexplained, ...] = ()
    ticks: tuple[int, ...] = ()
    """Columns that may be ticks: if all filled cells say yes, an empty cell means pending."""
    excused: frozenset[str] = frozenset()
    """Columns, also within documents, that the organiser says are only fields."""
    dates: str = ""
    """The order of day and month in dates."""
    needs: int | None = None
    """A record is a person only if this column is filled in."""
    everybody: tuple[ImportedStatus | None, str] = (None, "")
    """The status of every person in the list, and the word of the file's name that says so."""

    @property
    def preferences(self) -> tuple[int, int] | None:
        """The columns of the subscriber's preferences (pause, declined topics); None: not in this list."""
        until, declined = (self.known[name] for name in preferences.COLUMNS)
        return (until, declined) if min(until, declined) < self.width else None

    @property
    def suppressed(self) -> tuple[int, int, int] | None:
        """The columns of our own export for a suppression: reason, time and detail; None: not in this list."""
        why, at, detail = (self.known[name] for name in SUPPRESSED)
        return (why, at, detail) if why < self.width else None

    @property
    def moments(self) -> tuple[int, ...]:
        """The columns with times."""
        there = (*self.said_at, *self.left_at, *(self.known[name] for name in ("joined_at", "paused_until")))
        return tuple(dict.fromkeys(at for at in there if at < self.width))

    def as_json(self, cells: Sequence[str]) -> dict[str, object]:
        """Return how each column was understood; `cells` is the header as written."""
        named = {"email": self.address, **{name: at for name, at in self.known.items() if at < self.width}}
        taken = {name: shown_header(cells[at]) for name, at in named.items()}
        return {
            **({} if self.headless else taken),
            "wants_mail": [shown_header(column.header) for column in self.status],
            "fields": [name for name, _ in self.fields],
            "passed_over": list(self.passed_over),
        }


def read_header(
    cells: Sequence[str], said: OrganiserAnswers = NOTHING_SAID, name: str = "", documents: Collection[str] = ()
) -> Header:
    """Understand a header; `name` is the name of its file or sheet, `documents` are columns with JSON objects.

    Raises ValueError.
    """
    if len(cells) > MOST_COLUMNS:
        raise ValueError(f"it has {len(cells):,} columns; {MOST_COLUMNS} is the most")
    return _Reading(cells, said).header(name, set(map(column_name, documents)))


def headless(width: int) -> Header:
    """Make the header of a list that has only addresses, one a line."""
    return Header(width=width, address=0, known=dict.fromkeys(KNOWN, width), headless=True)


class _Reading:
    """Works out a header: each column gets one meaning, from the first rule that fits."""

    def __init__(self, cells: Sequence[str], said: OrganiserAnswers) -> None:
        self._cells, self._width = cells, len(cells)
        self._said = said
        self._as_fields = {column_name(text) for text in said.fields}
        self._consent = {column_name(text) for text in said.consent}
        self._watched: list[Unexplained] = []
        self.places = self._places()
        self.program = recognised(self.places)
        if self.program and self.program.refused:
            raise ValueError(self.program.refused)
        self.at = {name: place for name, place in self.places.items() if name not in self._as_fields}

    def header(self, file_name: str, nested: Collection[str]) -> Header:
        program = self.program or UNKNOWN
        for column in self._consent - set(self.at):
            raise ValueError(f'it has no column called "{column}"')
        asked_for = self._status(self._consent)
        known = self._meanings()
        address = known.pop("email", None)
        address = self._take(ADDRESS) if address is None else address
        others = self._other_addresses()
        self._require_address(address, others)
        address, others = (others[0], others[1:]) if address is None else (address, others)
        documents = self._documents(known, nested)
        self._take_known(known, only_ours=program.own)
        needs = self._matching((program.needs,))[:1]
        said_at, said_from = self._evidence()
        status, left_at, ticks = self._statuses()
        asked = self._questions()
        passed_over = [name for name in self.at if program.passes_over(name)]
        unexplained = self._unexplained()
        passed_over += [each.name for each in unexplained if program.passes_rest and each.name != "name"]
        return Header(
            width=self._width,
            address=address,
            others=others,
            known=MappingProxyType({name: self._width if at is None else at for name, at in known.items()}),
            status=(*asked_for, *asked, *status),
            fields=self._fields(passed_over),
            passed_over=tuple(shown_header(self._cells[self.at[name]]) for name in passed_over),
            program=self.program,
            documents=documents,
            said_at=said_at,
            said_from=said_from,
            asked=tuple((self._cells[column.at].strip(), column.at) for column in (*asked_for, *asked)),
            left_at=left_at,
            unexplained=(*unexplained, *self._watched),
            ticks=ticks,
            excused=frozenset(self._as_fields),
            dates=self._said.dates,
            needs=needs[0] if needs else None,
            everybody=program.everybody(file_name),
        )

    def _documents(self, known: dict[str, int | None], nested: Collection[str]) -> tuple[int, ...]:
        """Take the columns that hold a JSON object of fields."""
        documents = [at for name in [*known] if name.startswith("fields") and (at := known.pop(name)) is not None]
        return *documents, *(self.at.pop(name) for name in nested if name in self.at and not self._explained(name))

    def _require_address(self, address: int | None, others: Sequence[int]) -> None:
        if address is None and not others:
            why = f"its first line must name the columns, one of them email; it says: {_listed(self._cells)}"
            raise ValueError(why)

    def _places(self) -> dict[str, int]:
        places: dict[str, int] = {}
        for place, text in enumerate(self._cells):
            name = column_name(text)
            if name in places:
                if _has_meaning(name) and name not in self._as_fields:
                    raise ValueError(f'two of its columns are both "{name}"; rename or remove one of them')
                name = numbered(name, places)
            if name:  # a column without a name holds the commas that a spreadsheet leaves behind
                places[name] = place
        return places

    def _meanings(self) -> dict[str, int | None]:
        """Take the columns for which the program has another name than we have; several may hold fields."""
        found: dict[str, int | None] = {}
        for name in [*self.at] if self.program else []:
            ours = self.program.meaning(name) if self.program else ""
            if ours == "fields":
                found[f"fields {name}"] = self.at.pop(name)
            elif ours and ours != "field" and ours not in found:
                found[ours] = self.at.pop(name)
        if "name" in found:
            self.at["name"] = found.pop("name") or 0
        return found

    def _take_known(self, known: dict[str, int | None], only_ours: bool) -> None:
        """Take the columns that every list may have (names, language, tags …); `only_ours`: only by our own names."""
        for name, spellings in KNOWN.items():
            if known.get(name) is None:
                known[name] = self._take(spellings[:1] if only_ours else spellings)
        if not only_ours:
            self._take_names(known)

    def _take_names(self, known: dict[str, int | None]) -> None:
        """If no column surely is the first or last name, take one that probably is, and check its cells later."""
        for name in SHORT:
            likely = [each for each in self.at if LIKELY_NAME[name].fullmatch(each) or each in SHORT[name]]
            if known[name] is None and len(likely) == 1:
                known[name] = self._watch(likely[0])
        for name, other in (("first_name", known["last_name"]), ("last_name", known["first_name"])):
            beside = column_name(self._cells[other]) if other is not None else ""
            mere = [each for each, its in BESIDE[name].items() if each in self.at and re.fullmatch(its, beside)]
            if known[name] is None and other is not None and mere:
                known[name] = self._watch(mere[0])

    def _watch(self, name: str) -> int:
        """Take a column whose name may have another meaning, and have its cells checked."""
        self._watched.append(Unexplained(self.at[name], shown_header(self._cells[self.at[name]]), name, taken=True))
        return self.at.pop(name)

    def _other_addresses(self) -> tuple[int, ...]:
        if self._width == 1 or (self.program and self.program.own):
            return ()
        plain = [name for name in self.at if OTHER_ADDRESS.fullmatch(name)]
        likely = [name for name in self.at if LIKELY_ADDRESS.fullmatch(name)]
        likely = [name for name in likely if not self._explained(name)]
        return tuple(self.at.pop(name) for name in dict.fromkeys([*plain, *likely]))

    def _explained(self, name: str) -> bool:
        program = self.program
        return reading_of(name) is not None or bool(program and (program.explains(name) or program.reading(name)))

    def _evidence(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        program = self.program
        if program and program.own:
            return (), ()
        at = self._matching(program.evidence_at if program and program.evidence_at else SAID_AT, keep=True)
        where = self._matching(program.evidence_from if program and program.evidence_from else SAID_FROM)
        return at, where

    def _matching(self, patterns: Sequence[str], keep: bool = False) -> tuple[int, ...]:
        """Take columns by patterns, in their order; `keep`: leave those that also give a status for later rules."""
        found = [name for pattern in patterns if pattern for name in self.at if re.fullmatch(pattern, name)]
        places = tuple(self.at[name] for name in dict.fromkeys(found))
        for name in dict.fromkeys(found):
            if not (keep and self.program and self.program.reading(name)):
                del self.at[name]
        return places

    def _statuses(self) -> tuple[tuple[StatusColumn, ...], tuple[int, ...], tuple[int, ...]]:
        program = self.program or UNKNOWN
        columns: list[StatusColumn] = []
        left_at: list[int] = []
        ticks: list[int] = []
        for name in [*self.at]:
            reading = self._reading_by_program(name)
            if reading is None and self._may_be_status(name):
                reading = reading_of(name)
                ticks += [self.at[name]] if reading and not program.own and is_tick(name) else []
            if reading is not None:
                at = self.at.pop(name)
                columns.append(StatusColumn(at, shown_header(self._cells[at]), reading))
                left_at += [at] if name in LEFT_AT or program.tells_when(name) else []
        return tuple(columns), tuple(left_at), tuple(ticks)

    def _reading_by_program(self, name: str) -> StatusReading | None:
        program = self.program or UNKNOWN
        key = program.membership(name)
        by_membership = membership_reading(key, program.words.get(key, {})) if key else None
        return program.reading(name) or by_membership

    def _may_be_status(self, name: str) -> bool:
        """Say whether our own words for a status apply to a column; the program's word on it comes first."""
        program = self.program or UNKNOWN
        return name == "consent" or not (program.own or program.explains(name))

    def _questions(self) -> tuple[StatusColumn, ...]:
        if not (self.program and self.program.questions):
            return ()
        return self._status([name for name in self.at if is_question_of_consent(self._cells[self.at[name]])])

    def _status(self, names: Collection[str]) -> tuple[StatusColumn, ...]:
        places = sorted(self.at.pop(name) for name in names)
        return tuple(
            StatusColumn(at, shown_header(self._cells[at]), answer_reading(self._cells[at], self._said.yes_words))
            for at in places
        )

    def _unexplained(self) -> tuple[Unexplained, ...]:
        program = self.program
        left = {name: at for name, at in self.at.items() if not (program and program.explains(name))}
        return tuple(Unexplained(at, shown_header(self._cells[at]), name) for name, at in left.items())

    def _fields(self, passed_over: Collection[str]) -> tuple[tuple[str, int], ...]:
        kept = {name: place for name, place in self.places.items() if name in self._as_fields} | self.at
        return tuple((name, place) for name, place in kept.items() if name not in passed_over)

    def _take(self, names: Sequence[str]) -> int | None:
        found = next((name for name in names if name in self.at), None)
        return None if found is None else self.at.pop(found)


def _has_meaning(name: str) -> bool:
    return name in ADDRESS or any(name in names for names in KNOWN.values()) or reading_of(name) is not None


def _listed(cells: Sequence[str]) -> str:
    names = [shown_header(text) for text in cells[:10] if text.strip()]
    return ", ".join(names) + (", …" if len(cells) > len(names) else "")
