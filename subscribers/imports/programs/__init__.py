"""The programs that lists come from, and what the columns of their exports mean. Data, not code: one table each.

In: the names of a list's columns (and the name of its file). Out: the program that wrote it, recognised by columns that
only it has. A table (`mailchimp.toml`) says:

    name, export    the name of the program, and where in it to export the list
    signs           columns that identify the program: one of these sets is enough, and the largest set wins
    [is]            columns of ours that have another name there: email, first_name, tags, fields (a JSON object) …
    [words.COLUMN]  what each word of a column says about wanting mail: confirmed, pending, withdrawn, asked, bounced,
                    complained, or "" for nothing
    [flags]         columns of yes and no: what a yes means, and what a no means
    [times]         columns of times: what a time means (and what an empty cell means)
    [memberships]   columns of JSON with several lists, and the key that gives a person's status on each
    [evidence]      columns with the time of a yes (at) and its network address (from): the first that is filled in
    [files]         words in a file's name that give the status of every person in it
    fields          columns whose meaning is known and that become fields
    passed_over     columns that a newsletter must not take
    rest            what other columns become, if they need no explanation: field, or "pass" (not taken: address books)
    questions       the columns are questions of a form, and some ask whether the person wants mail
    tags, dates     the separator of tags; whether 01/02 is day-first or month-first, if the column does not show it
    zip             which files of its archive are lists
    needs           a row is a person only if this column is filled in
    own             the program is ours: a column without a known meaning is a field, whatever its name
    refused         why it is no list

Names of columns are regular expressions that match names as `column_name` spells them.
"""

import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from subscribers.imports.readings import flag, time, words
from subscribers.imports.status import ImportedStatus, StatusReading
from subscribers.imports.vocabulary import folded


@dataclass(frozen=True)
class Program:
    """A program and what its columns mean. The names of columns are patterns."""

    key: str
    """The name of its table's file."""
    name: str
    export: str
    signs: tuple[frozenset[str], ...]
    meanings: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, ImportedStatus | None]] = field(default_factory=dict)
    flags: Mapping[str, tuple[ImportedStatus | None, ImportedStatus | None]] = field(default_factory=dict)
    times: Mapping[str, tuple[ImportedStatus | None, ImportedStatus | None]] = field(default_factory=dict)
    memberships: Mapping[str, str] = field(default_factory=dict)
    evidence_at: tuple[str, ...] = ()
    evidence_from: tuple[str, ...] = ()
    files: Mapping[str, ImportedStatus] = field(default_factory=dict)
    fields: tuple[str, ...] = ()
    passed_over: tuple[str, ...] = ()
    passes_rest: bool = False
    questions: bool = False
    tags: str = ""
    dates: str = ""
    zip: tuple[str, ...] = ()
    needs: str = ""
    own: bool = False
    refused: str = ""

    def meaning(self, name: str) -> str:
        """Return our name for a column; empty: we have none."""
        return next((ours for pattern, ours in self.meanings.items() if _is(pattern, name)), "")

    def reading(self, name: str) -> StatusReading | None:
        """Return how to read the status in a column; None: it gives no status."""
        for pattern, known in self.words.items():
            if _is(pattern, name):
                return words(known)
        for pattern, (if_so, if_not) in self.flags.items():
            if _is(pattern, name):
                return flag(if_so, if_not)
        for pattern, (then, never) in self.times.items():
            if _is(pattern, name):
                return time(then, never)
        return None

    def tells_when(self, name: str) -> bool:
        """Say whether a column that gives a status also gives its time."""
        return any(_is(pattern, name) for pattern in self.times)

    def membership(self, name: str) -> str:
        """Return the key that gives a person's status on each of several lists, in a column of JSON; empty: none."""
        return next((key for pattern, key in self.memberships.items() if _is(pattern, name)), "")

    def explains(self, name: str) -> bool:
        """Say whether we know that a column is only a field, or must not be taken."""
        stays = any(_is(pattern, name) for pattern in self.fields) or self.meaning(name) == "field"
        return self.own or self.passes_over(name) or stays

    def passes_over(self, name: str) -> bool:
        """Say whether a newsletter must not take a column."""
        return any(_is(pattern, name) for pattern in self.passed_over)

    def everybody(self, file_name: str) -> tuple[ImportedStatus | None, str]:
        """Return the status of every person in a file by the file's name, and the word in it that says so."""
        plain = f" {folded(file_name)} "
        found = [(word, status) for word, status in self.files.items() if f" {word} " in plain]
        return (found[0][1], found[0][0]) if found else (None, "")


UNKNOWN = Program("", "", "", ())
"""What is known of a program that we do not know: nothing."""


def recognised(names: Collection[str]) -> Program | None:
    """Find the program that wrote a list with these column names; None: no program that we know."""
    there = frozenset(names)
    matching = [(len(signs), program) for program in programs() for signs in program.signs if signs <= there]
    return max(matching, key=lambda found: found[0])[1] if matching else None


@cache
def programs() -> tuple[Program, ...]:
    """Read all tables, ordered by name."""
    tables = {each.name: each.read_text(encoding="utf-8") for each in files(__name__).iterdir() if _is_table(each.name)}
    return tuple(_program(name.removesuffix(".toml"), tomllib.loads(text)) for name, text in sorted(tables.items()))


def _is_table(name: str) -> bool:
    return name.endswith(".toml")


def _program(key: str, table: dict[str, Any]) -> Program:
    unknown = set(table) - _KEYS
    if unknown:
        raise ValueError(f"{key}.toml: {', '.join(sorted(unknown))}")
    evidence = table.get("evidence", {})
    return Program(
        key,
        table["name"],
        table["export"],
        tuple(map(frozenset, table["signs"])),
        MappingProxyType(table.get("is", {})),
        {column: _words(said) for column, said in table.get("words", {}).items()},
        {column: _pair(said) for column, said in table.get("flags", {}).items()},
        {column: _pair(said) for column, said in table.get("times", {}).items()},
        table.get("memberships", {}),
        tuple(evidence.get("at", ())),
        tuple(evidence.get("from", ())),
        {word: ImportedStatus[said.upper()] for word, said in table.get("files", {}).items()},
        tuple(table.get("fields", ())),
        tuple(table.get("passed_over", ())),
        table.get("rest") == "pass",
        table.get("questions", False),
        table.get("tags", ""),
        table.get("dates", ""),
        tuple(table.get("zip", ())),
        table.get("needs", ""),
        table.get("own", False),
        table.get("refused", ""),
    )


def _words(said: Mapping[str, Sequence[str]]) -> dict[str, ImportedStatus | None]:
    return {folded(word): _status(status) for status, known in said.items() for word in known}


def _pair(said: str | Sequence[str]) -> tuple[ImportedStatus | None, ImportedStatus | None]:
    if isinstance(said, str):
        return _status(said), None
    return _status(said[0]), _status(said[1])


def _status(said: str) -> ImportedStatus | None:
    return ImportedStatus[said.upper()] if said else None


def _is(pattern: str, name: str) -> bool:
    return re.fullmatch(pattern, name) is not None


_KEYS = {
    "name", "export", "signs", "is", "words", "flags", "times", "memberships", "evidence", "files", "fields",
    "passed_over", "rest", "questions", "tags", "dates", "zip", "needs", "own", "refused",
}  # fmt: skip
