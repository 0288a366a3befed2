"""Reads the expression of a segment from left to right. In: text. Out: a tree, or BadSegment at the first fault."""

import re
from collections.abc import Callable, Iterator
from datetime import date

from subscribers.errors import BadSegment
from subscribers.segment.tree import ANY, Either, Not, Test, Tree

LONGEST = 2000
"""The longest expression, in characters."""

DEEPEST = 40
"""How deep brackets and `not` may be nested."""


def parse(text: str) -> Tree:
    """Read an expression. Raises BadSegment, which names the column of the error."""
    if len(text) > LONGEST:
        why = f"The segment “{text[:40]}…” is longer than {LONGEST:,} characters, which is the most."
        raise BadSegment(text=f"{text[:40]}…", column=LONGEST + 1, why=why)
    return _Reader(text).whole()


_WORD = re.compile(r"\s*(?:(\()|(\))|(and|or|not)(?![^\s()])|([a-z]+):|(\S))")
_VALUE = re.compile(r'"((?:[^"\\]|\\["\\])*)"|([^\s()"\\]+)')
_NAME = re.compile(r"[a-z0-9_]{1,64}(?==)")
_SIGN = re.compile(r"[<>]=?|=?")
_EXAMPLES = {
    "tag": "tag:volunteer",
    "language": "language:cy",
    "field": "field:town=Cardiff",
    "joined": "joined:>2026-01-31",
    "received": "received:7",
    "topic": "topic:events",
    "domain": "domain:example.org",
    "bounced": "bounced:any",
    "has": "has:town",
}
_KINDS = tuple(_EXAMPLES)


class _Reader:
    """Reads an expression from left to right; `_at` is the position reached."""

    def __init__(self, text: str) -> None:
        self._text, self._at, self._depth = text, 0, 0

    def whole(self) -> Tree:
        tree = self._either("or")
        if self._text[self._at :].strip():
            missing = "put “and” or “or” before this"
            raise self._wrong(missing if self._peek() != ")" else "this bracket closes none that was opened")
        return tree

    def _either(self, word: str) -> Tree:
        parts = [*self._parts(word)]
        return parts[0] if len(parts) == 1 else Either(word, tuple(parts))

    def _parts(self, word: str) -> Iterator[Tree]:
        while True:
            yield self._either("and") if word == "or" else self._one()
            if self._peek() != word:
                return
            self._take()

    def _one(self) -> Tree:
        word = self._peek()
        if word == "not":
            self._take()
            return self._deeper(lambda: Not(self._one()))
        if word == "(":
            self._take()
            tree = self._deeper(lambda: self._either("or"))
            if self._peek() != ")":
                raise self._wrong("a bracket was opened and is not closed. Put ) here")
            self._take()
            return tree
        return self._test()

    def _deeper(self, read: Callable[[], Tree]) -> Tree:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._wrong(f"there are more than {DEEPEST} brackets inside each other, which is the most")
        tree = read()
        self._depth -= 1
        return tree

    def _test(self) -> Tree:
        match = _WORD.match(self._text, self._at)
        kind = match[4] if match else None
        if match is None or kind not in _KINDS:
            raise self._wrong(f"write one of these here: {', '.join(f'{name}:' for name in _KINDS)}, not, (")
        self._at = match.end()
        name = self._field_name() if kind == "field" else ""
        sign = _SIGN.match(self._text, self._at) if kind == "joined" else None
        self._at = sign.end() if sign else self._at
        start = self._at
        value = self._value(kind)
        why = _objection(kind, value)
        if why:
            self._at = start
            raise self._wrong(why)
        value = str(int(value)) if kind in ("received", "bounced") and value != ANY else value
        return Test(kind, value, (sign[0] if sign else "").removeprefix("="), name)

    def _field_name(self) -> str:
        match = _NAME.match(self._text, self._at)
        if match is None:
            raise self._wrong(
                "write a field as field:town=Cardiff, with its name in small letters, digits and _. To find everybody "
                "who has the field, write has:town"
            )
        self._at = match.end() + 1
        return match[0]

    def _value(self, kind: str) -> str:
        match = _VALUE.match(self._text, self._at)
        if match is None:
            raise self._without_value(kind)
        self._at = match.end()
        return match[2] if match[1] is None else re.sub(r"\\(.)", r"\1", match[1])

    def _peek(self) -> str:
        match = _WORD.match(self._text, self._at)
        return (match[1] or match[2] or match[3] or "") if match else ""

    def _take(self) -> None:
        match = _WORD.match(self._text, self._at)
        assert match
        self._at = match.end()

    def _wrong(self, what: str) -> BadSegment:
        why = f"The segment “{self._text}” cannot be read, from character {self._column()} on: {what}."
        return BadSegment(text=self._text, column=self._column(), why=why)

    def _without_value(self, kind: str) -> BadSegment:
        why = (
            f"“{kind}:” needs a value after the colon (character {self._column()}), such as {_EXAMPLES[kind]}. Put "
            "values with spaces or brackets in quotation marks."
        )
        return BadSegment(text=self._text, column=self._column(), why=why)

    def _column(self) -> int:
        rest = self._text[self._at :]
        return self._at + len(rest) - len(rest.lstrip()) + 1


def _objection(kind: str, value: str) -> str:
    if not value or not value.isprintable():
        return "this is not a value"
    if kind == "bounced" and value == ANY:
        return ""
    if kind in ("received", "bounced") and not re.fullmatch(r"[0-9]{1,9}", value):
        return "write the number of an issue here" + (", or any" if kind == "bounced" else "")
    if kind == "has" and not re.fullmatch(r"[a-z0-9_]{1,64}", value):
        return "write the name of a field here, in small letters, digits and _"
    if kind == "domain" and not re.fullmatch(r"@?[^\s@]+\.[^\s@]+", value):
        return "write a domain here, such as example.org"
    if kind == "joined" and not _is_day(value):
        return "write a day here, such as 2026-01-31"
    return ""


def _is_day(value: str) -> bool:
    try:
        # fromisoformat reads other spellings of a day too, but a segment must have only one stored form.
        return bool(re.fullmatch(r"(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}", value) and date.fromisoformat(value))
    except ValueError:
        return False
