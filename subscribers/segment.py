"""Filters of the list. In: an expression, `tag:volunteer and language:cy and not (field:town=Cardiff or received:3)`.
Out: a tree. `str` writes it in the one form that is stored, `condition` makes SQL of it with bound values.

    tag:NAME              has the tag, in any case of letters       language:cy     cy, and cy-GB
    field:NAME=VALUE      has this value           has:NAME        has any; `not has:town`: has no town
    received:3            a relay accepted issue 3 for them
    bounced:3             issue 3 bounced for them; bounced:any: any issue did
    domain:example.org    their address is at this domain
    topic:events          has not declined this topic
    joined:2026-01-01     joined on that day (UTC); after it with >, before it with <; with >= or <= the day counts too

`and` binds closer than `or`; brackets and `not` work as usual. A value with spaces needs "quotation marks".
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import product

from sqlalchemy import ColumnElement, and_, cast, false, func, not_, or_, select
from sqlalchemy.dialects.postgresql import JSONB

from subscribers.errors import BadSegment
from subscribers.tables import declines, subscribers

LONGEST = 2000
"""The longest expression, in characters."""

DEEPEST = 40
"""How deep brackets and `not` may be nested."""

Received = Callable[[int], ColumnElement[bool]]
"""Makes a condition on rows of `subscribers`: was this issue accepted for them? The send log supplies it."""

Bounced = Callable[[int | None], ColumnElement[bool]]
"""Makes a condition on rows of `subscribers`: did this issue, or with None any issue, bounce? From the send log."""

ANY = "any"


@dataclass(frozen=True)
class Test:
    """One condition, true or false for each subscriber."""

    __test__ = False  # tells pytest that this class is not a test

    what: str
    value: str
    sign: str = ""
    name: str = ""

    def __str__(self) -> str:
        if self.what == "field":
            return f"field:{self.name}={_quoted(self.value)}"
        return f"{self.what}:{self.sign}{_quoted(self.value)}"


@dataclass(frozen=True)
class Not:
    """True where `of` is false."""

    of: "Tree"

    def __str__(self) -> str:
        return f"not {_bracketed(self.of)}"


@dataclass(frozen=True)
class Either:
    """Several conditions joined by `word`, "and" or "or"."""

    word: str
    of: tuple["Tree", ...]

    def __str__(self) -> str:
        return f" {self.word} ".join(_bracketed(each) for each in self.of)


Tree = Test | Not | Either


def parse(text: str) -> Tree:
    """Read an expression. Raises BadSegment, which names the column of the error."""
    if len(text) > LONGEST:
        why = f"The segment “{text[:40]}…” is longer than {LONGEST:,} characters, which is the most."
        raise BadSegment(text=f"{text[:40]}…", column=LONGEST + 1, why=why)
    return _Reader(text).whole()


def condition(
    tree: Tree, dialect: str, received: Received, bounced: Bounced = lambda issue: false()
) -> ColumnElement[bool]:
    """Make `tree` a condition on the rows of `subscribers`; every value in it is a bound parameter."""
    match tree:
        case Not(of):
            return not_(condition(of, dialect, received, bounced))
        case Either(word, of):
            return (and_ if word == "and" else or_)(*(condition(each, dialect, received, bounced) for each in of))
    match tree.what:
        case "received":
            return received(int(tree.value))
        case "bounced":
            return bounced(None if tree.value == ANY else int(tree.value))
    return _of_person(tree, dialect)


def tests(tree: Tree) -> Iterator[Test]:
    """List every `Test` in `tree`."""
    match tree:
        case Not(of):
            yield from tests(of)
        case Either(_, of):
            for each in of:
                yield from tests(each)
        case Test():
            yield tree


def _of_person(test: Test, dialect: str) -> ColumnElement[bool]:
    match test.what:
        case "tag":
            return _has_tag_like(test.value, dialect)
        case "language":
            return _speaks(test.value)
        case "field":
            return func.coalesce(subscribers.c.fields[test.name].as_string() == test.value, false())
        case "has":
            return func.coalesce(subscribers.c.fields[test.value].as_string() != "", false())
        case "domain":
            return subscribers.c.address.endswith(f"@{_domain(test.value)}", autoescape=True)
        case "topic":
            return subscribers.c.id.not_in(select(declines.c.subscriber_id).where(declines.c.topic == test.value))
    return _joined(test.sign, date.fromisoformat(test.value))


def has_tag(tag: str, dialect: str) -> ColumnElement[bool]:
    """Make a condition on rows of `subscribers`: has it this tag, in exactly this spelling?"""
    if dialect == "postgresql":
        return cast(subscribers.c.tags, JSONB).contains([tag])
    each = func.json_each(subscribers.c.tags).table_valued("value")
    return each.select().with_only_columns(each.c.value).where(each.c.value == tag).exists()


def _has_tag_like(tag: str, dialect: str) -> ColumnElement[bool]:
    """Make a condition: has the row this tag, in any case? An organiser's "Volunteer" is an import's "volunteer"."""
    if dialect == "postgresql":
        one = func.jsonb_array_elements_text(cast(subscribers.c.tags, JSONB)).table_valued("value").render_derived()
        return one.select().with_only_columns(one.c.value).where(func.lower(one.c.value) == tag.lower()).exists()
    each = func.json_each(subscribers.c.tags).table_valued("value")
    spelt = func.lower(each.c.value).in_(_spellings(tag))
    return each.select().with_only_columns(each.c.value).where(spelt).exists()


def _spellings(tag: str) -> list[str]:
    """List every spelling of a tag that SQLite's lower() may return, because it lowers ASCII letters only."""
    letters = [
        {each, each.upper()} if not each.isascii() and len(each.upper()) == 1 else {each} for each in tag.lower()
    ]
    if sum(len(each) > 1 for each in letters) > 6:
        spelt = {tag, tag.lower(), tag.upper(), tag.title(), tag.capitalize()}
        return sorted({"".join(c.lower() if c.isascii() else c for c in each) for each in spelt})
    return sorted("".join(each) for each in product(*map(sorted, letters)))


def _domain(text: str) -> str:
    """Spell a domain as stored addresses do, in ASCII (RFC 5890)."""
    plain = text.lower().removeprefix("@").rstrip(".")
    try:
        return plain.encode("idna").decode()
    except UnicodeError:
        return plain


def _speaks(language: str) -> ColumnElement[bool]:
    spoken, wanted = func.lower(subscribers.c.language), language.lower()
    return or_(spoken == wanted, func.substr(spoken, 1, len(wanted) + 1) == f"{wanted}-")


def _joined(sign: str, day: date) -> ColumnElement[bool]:
    joined = subscribers.c.joined_at
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    end = start + timedelta(days=1)
    match sign:
        case ">":
            return joined >= end
        case ">=":
            return joined >= start
        case "<":
            return joined < start
        case "<=":
            return joined < end
    return and_(joined >= start, joined < end)


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


def _quoted(value: str) -> str:
    if re.fullmatch(r'[^\s()"\\=<>]+', value):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _bracketed(tree: Tree) -> str:
    return f"({tree})" if isinstance(tree, Either) else str(tree)
