"""Looks at a list before anything of it is written: must a column be explained, and how many people say no?

In: a table with its header. Out: the same table with what only whole columns can show (the order of day and month,
whether a column is ticks), the columns that must be explained first, and the counts for the brake.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter, itemgetter

from subscribers.address import normalise_plain
from subscribers.errors import BadAddress
from subscribers.imports import cell
from subscribers.imports.columns import stripped
from subscribers.imports.dates import DAY_FIRST, MONTH_FIRST, Order
from subscribers.imports.forms.sheet import Block
from subscribers.imports.forms.table import Table
from subscribers.imports.header import Header
from subscribers.imports.names import Smell, says_no_by_itself, smell
from subscribers.imports.readings import is_yes, ticked
from subscribers.imports.record import RecordReader, clean_cell
from subscribers.imports.spelling import column_name, shown_header
from subscribers.imports.status import BadRow, ImportedStatus, StatusColumn, judged
from subscribers.imports.vocabulary import EVERYDAY, LONGEST_ANSWER, REFUSALS, SPELT, answer_of, folded, state_of

ENOUGH = 2000
"""After this many cells with few answers among them, a column is prose, and is only searched for clear refusals."""

LONG = 10_000
"""How many rows are looked at first, if no column says who wants mail; later rows just before they are written."""

MOST_VALUES = 5
"""How many values of a column are shown."""


_STATUS = attrgetter("status")


@dataclass(frozen=True, slots=True)
class ImportQuestion:
    """A column, or a file's name or dates, that the organiser must explain before anything is imported."""

    column: str
    """Empty: the question is about the file as a whole."""
    values: tuple[str, ...]
    why: str

    def as_json(self) -> dict[str, object]:
        """Return it as an object, for other programs."""
        return {"column": self.column, "values": list(self.values), "why": self.why}


@dataclass(slots=True)
class Survey:
    """The findings of a survey."""

    table: Table
    questions: list[ImportQuestion] = field(default_factory=list)
    rows: int = 0
    refusals: Counter[str] = field(default_factory=Counter)
    """How many rows would end withdrawn, suppressed or rejected."""
    watch: "LaterBlocks | None" = None
    """Looks at the later rows of a long list, of which only the first were looked at; None: all were."""


def survey(table: Table) -> Survey:
    """Look at a whole table, or only at the first rows of a long one if no column says who wants mail.

    Raises UnreadableList if it cannot be read.
    """
    looking = _Looking(table.header)
    watch = None
    for block in table.blocks():
        looking.look(block)
        if looking.rows >= LONG and looking.may_go_on_later:
            watch = LaterBlocks(table.name, looking, looking.rows)
            break
    found = Survey(replace(table, header=looking.header()), looking.questions(), looking.rows, looking.refusals, watch)
    name = says_no_by_itself(table.name)
    header = table.header
    told = header.status or header.everybody[0] is not None or header.suppressed
    if name and not told and not (header.program and header.program.own):
        why = f"its name says “{name}”, and no column says who wants mail"
        found.questions.append(ImportQuestion("", (name,), why))
    return found


class LaterBlocks:
    """Looks at the later blocks of a long list, each before it is written."""

    def __init__(self, name: str, looking: "_Looking", seen: int) -> None:
        self.name = name
        self._looking, self._seen = looking, seen

    def look(self, block: Block) -> list[ImportQuestion]:
        """Look at the next block; return the questions so far."""
        self._seen -= len(block.lines) + len(block.faults)
        if self._seen < 0:
            self._looking.glance(block)
        return self._looking.questions() if self._looking.has_found_something else []


class _Column:
    """The cells of a column whose meaning we do not know."""

    def __init__(self, header: str, taken: bool = False) -> None:
        self.header = header
        self.smell = Smell.NOTHING if taken else smell(header)
        self.filled = self.answers = 0
        self.values: dict[str, None] = {}
        """The values that may be about mail, in the order in which they came."""
        self.refusal = ""
        """A value that is a refusal in any column."""
        self.speaks = False
        """Whether one of the values is more than yes, no or a number."""

    def look(self, cells: Iterable[str]) -> None:
        if self.filled > ENOUGH and self.answers * 10 < self.filled:
            different = {*cells}
            found = SPELT.intersection(map(str.lower, map(str.strip, different)))
            accented = (text for text in different if not text.isascii() and len(text) <= LONGEST_ANSWER)
            found |= {text.strip() for text in accented if folded(text) in REFUSALS}
            self.refusal = self.refusal or min(found, default="")
            return
        for text, number in Counter(cells).items():
            if plain := text.strip():
                self.filled += number
                self._look_at(plain, number)

    def _look_at(self, text: str, number: int) -> None:
        if len(text) > 200:
            return
        word = folded(text)
        says = state_of(text) if len(text) <= LONGEST_ANSWER else None
        if word in REFUSALS:
            self.refusal = self.refusal or text
        if (says is None and answer_of(text) is None) or word in _POLITE:
            return
        self.answers += number
        self.speaks |= says is not None and word not in EVERYDAY
        if len(self.values) < MOST_VALUES:
            self.values[text] = None

    def why(self, of_a_place: bool) -> str:
        """Return why the column must be explained; empty: it need not be."""
        if self.refusal:
            return f"“{shown_header(self.refusal)}” stands in it"
        if not self.filled:
            return ""
        if self.smell is Smell.HARMLESS:
            return ""
        mostly = self.answers * 2 >= self.filled
        if mostly and not self._is_a_number():
            return "its cells are answers, or words about wanting mail"
        if self.smell is Smell.NOTHING or (of_a_place and folded(self.header) == "state" and not self.answers):
            return ""
        return "its name may be about wanting mail"

    def _is_a_number(self) -> bool:
        return self.smell is Smell.NOTHING and set(self.values) <= {"1"}


class _Looking:
    """Looks at block after block of a table."""

    def __init__(self, header: Header) -> None:
        self._header = header
        self._columns = {each.at: _Column(each.header, each.taken) for each in header.unexplained}
        self._documents: dict[str, _Column] = {}
        self._orders = {at: Order() for at in header.moments}
        self._ticks = {at: _Tick() for at in header.ticks}
        one_by_one = header.everybody[0] is not None or header.others or header.needs is not None or header.suppressed
        self._reader = RecordReader(header) if one_by_one else None
        self.rows = 0
        self.refusals: Counter[str] = Counter()

    def look(self, block: Block) -> None:
        self.glance(block)
        for at, order in self._orders.items():
            order.look(_column(block, at))
        for at, tick in self._ticks.items():
            tick.look(_column(block, at))
        for at in () if self._header.program and self._header.program.own else self._header.documents:
            self._look_into(_column(block, at))
        self._count(block)

    @property
    def may_go_on_later(self) -> bool:
        """Whether the other rows can be looked at later: no column says who wants mail or must be read as a whole."""
        return not (self._reader or self._header.status or self._orders or self._ticks or self._header.documents)

    @property
    def has_found_something(self) -> bool:
        """Whether a column may have to be explained."""
        return any(column.refusal or column.answers for column in self._columns.values())

    def glance(self, block: Block) -> None:
        """Look only at the columns whose meaning we do not know."""
        for at, column in self._columns.items():
            column.look(_column(block, at))

    def _look_into(self, cells: Iterable[str]) -> None:
        for text in cells:
            for name, value in cell.document(text.strip()).items():
                if name not in self._documents and len(self._documents) < 1000:
                    self._documents[name] = _Column(name.replace("_", " "))
                if name in self._documents:
                    self._documents[name].look((value,))

    def _count(self, block: Block) -> None:
        self.rows += len(block.lines) + len(block.faults)
        self.refusals["rejected"] += len(block.faults)
        if self._reader is None:
            self._count_by_columns(block)
            return
        records, refused = self._reader.read(Block(block.lines, block.cells, block.is_plain))
        self.rows -= len(block.lines) - len(records) - len(refused)
        self.refusals["rejected"] += len(refused)
        for status, number in Counter(map(_STATUS, records)).items():
            self.refusals[_refused_by(status)] += number

    def _count_by_columns(self, block: Block) -> None:
        """Count combinations of status cells, and whether the address is valid: there are only few different ones."""
        status = self._header.status
        given = stripped(_column(block, self._header.address))
        there = [True] * len(given) if normalise_plain(given) is not None else [*map(_is_address, given)]
        said = zip(there, *(_column(block, each.at) for each in status), strict=True)
        for (is_there, *cells), number in Counter(said).items():
            self.refusals[_refusal(status, cells) if is_there else "rejected"] += number

    def header(self) -> Header:
        """Return the header, with what the whole columns showed."""
        header = self._header
        of_ticks = {at for at, tick in self._ticks.items() if tick.only_yes_and_nothing}
        status = tuple(
            StatusColumn(column.at, column.header, ticked(column.read)) if column.at in of_ticks else column
            for column in header.status
        )
        said = next((order.said for order in self._orders.values() if order.said), "")
        by_program = header.program.dates if header.program else ""
        return replace(header, status=status, dates=header.dates or said or by_program)

    def questions(self) -> list[ImportQuestion]:
        """Return what must be explained."""
        names = {column_name(each.header) for each in self._header.unexplained} | {
            name for name, _ in self._header.fields
        }
        of_a_place = bool(names & _PLACES)
        asked = [(column.header, column) for column in self._columns.values()]
        asked += [(name, column) for name, column in self._documents.items()]
        found = [
            ImportQuestion(name, tuple(map(shown_header, column.values)), why)
            for name, column in asked
            if (why := column.why(of_a_place)) and not self._is_excused(name)
        ]
        return found + self._questions_of_dates()

    def _is_excused(self, name: str) -> bool:
        return column_name(name) in self._header.excused

    def _questions_of_dates(self) -> list[ImportQuestion]:
        if self._header.dates:
            return []
        orders = [*self._orders.values()]
        told = [order.said for order in orders if order.said] or [
            self._header.program.dates if self._header.program else ""
        ]
        unclear = [order for order in orders if order.contradicts_itself or (order.asked and not told[0])]
        why = f"its dates can be read in two ways: say which with --dates {DAY_FIRST} or --dates {MONTH_FIRST}"
        return [ImportQuestion("", (order.example,), why) for order in unclear[:1]]


def _column(block: Block, at: int) -> list[str]:
    try:
        return [*map(itemgetter(at), block.cells)]
    except IndexError:
        return [cells[at] if at < len(cells) else "" for cells in block.cells]


def _is_address(text: str) -> bool:
    try:
        cell.read_address(clean_cell(text))
    except BadAddress:
        return False
    return True


def _refusal(status: Sequence[StatusColumn], cells: Sequence[str]) -> str:
    """Return how a row would be refused by its `cells` in the columns `status`; empty: it would not."""
    try:
        return _refused_by(judged(status, [*map(clean_cell, cells)])[0])
    except BadRow:
        return "rejected"


def _refused_by(found: ImportedStatus | None) -> str:
    if found is None or found < ImportedStatus.WITHDRAWN:
        return ""
    return "suppressed" if found.suppression else "withdrawn"


class _Tick:
    """A column that may be ticks: they mean yes if all filled cells do and some are empty."""

    def __init__(self) -> None:
        self._yes = self._empty = False
        self._more = False

    def look(self, cells: Iterable[str]) -> None:
        if self._more:
            return
        for text in set(stripped(cells)):
            self._empty |= not text
            self._yes |= is_yes(text)
            self._more |= bool(text) and not is_yes(text)

    @property
    def only_yes_and_nothing(self) -> bool:
        return self._yes and self._empty and not self._more


_POLITE = {"ok", "okay", "sure", "fine"}
"""Words that mean yes as an answer, but nothing in a column of notes."""
_PLACES = {
    "city", "town", "zip", "zip_code", "zipcode", "postcode", "post_code", "postal_code", "country", "county", "street",
    "address", "address_1", "street_address", "address_line_1", "suburb",
}  # fmt: skip
