"""What a segment means: a tree of conditions. `str` writes it in the one form that is stored."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

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


def _quoted(value: str) -> str:
    if re.fullmatch(r'[^\s()"\\=<>]+', value):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _bracketed(tree: Tree) -> str:
    return f"({tree})" if isinstance(tree, Either) else str(tree)
