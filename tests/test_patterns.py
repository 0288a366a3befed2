"""Regular expressions mean the same on every Python we support.

Python 3.11.2, Debian 12's own, matches a possessive quantifier of a group wrongly (`(?:…)*+`; mended in 3.11.5), so an
address like "ada.@example.org" was taken. Of a single character or class (`[a-z]*+`) it is right everywhere.
"""

import ast
import re
import re._parser as parser  # type: ignore[import-not-found] # because only it knows what a pattern is made of
import warnings
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from newsletter.compiler.unclosed import _SWALLOWED, _TAG, _WHOLE
from newsletter.policy.answers.phrase import Phrases
from subscribers.address import _ALL_PLAIN, _PLAIN
from tests.test_house import PACKAGES, ROOT, tracked

SINGLE = {"LITERAL", "NOT_LITERAL", "IN", "ANY"}
GROUP = "(?:xy)"
"""What stands for a part of a pattern that is only known when the program runs."""
ENDS_GROUP = re.compile(r"\)(?:[*+?]|\{[\d,]+\})\+")
REFUSED = "Python 3.11.2 matches it wrongly: write it with alternatives that begin differently, and a plain quantifier"


MAY_BE = re.compile(r"\)(?:[*+?]|\{[\d,]+\})\+|\(\?>")
"""What such a pattern has in it; most texts have not, and need not be read as a pattern."""


def is_refused(pattern: str, flags: int = 0) -> bool:
    """Tell whether a pattern holds a possessive quantifier of a group, or an atomic group."""
    if not flags & re.VERBOSE and not MAY_BE.search(pattern):
        return False
    with warnings.catch_warnings(action="ignore"):  # prose read as a pattern looks odd
        try:
            return any(_refused(parser.parse(pattern, flags & ~re.UNICODE)))
        except (re.error, OverflowError):  # prose, or the end of a pattern that is put together elsewhere
            return bool(ENDS_GROUP.match(pattern))


def _refused(parts: Any) -> Iterator[bool]:
    if isinstance(parts, parser.SubPattern):
        for operation, arguments in parts:
            if str(operation) == "POSSESSIVE_REPEAT":
                body = arguments[2]
                yield len(body) != 1 or str(body[0][0]) not in SINGLE
            yield str(operation) == "ATOMIC_GROUP"
            yield from _refused(arguments)
    elif isinstance(parts, list | tuple):
        for part in parts:
            yield from _refused(part)


def written(tree: ast.AST) -> Iterator[str]:
    """Yield every text that a file holds, with what it is put together from."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr | ast.BinOp) or (
            isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
        ):
            yield text_of(node)


def text_of(node: ast.AST) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Constant(value=bytes(octets)):
            return octets.decode("latin-1")
        case ast.JoinedStr(values=parts):
            return "".join(map(text_of, parts))
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return text_of(left) + text_of(right)
    return GROUP


def compiled(values: Iterable[Any]) -> Iterator[re.Pattern[Any]]:
    for value in values:
        if isinstance(value, re.Pattern):
            yield value
        elif isinstance(value, Phrases):
            yield value.pattern
        elif isinstance(value, dict):
            yield from compiled(value.values())
        elif isinstance(value, list | tuple | set | frozenset):
            yield from compiled(value)


def scripts() -> list[Path]:
    return [file for file in tracked() if file.suffix == ".py" or file == ROOT / "run"]


@pytest.mark.parametrize(
    "pattern",
    ["(?:ab)*+", "(?:ab|c)++", "(a)?+", "(?:a*b){2,3}+", "(?>ab)", "x(?=(?:ab)*+)", "(?:x|(?:y(?:ab)?+))", ")*+"],
)
def test_such_a_pattern_is_recognised(pattern: str) -> None:
    assert is_refused(pattern)
    quoted = ast.parse(f"re.compile(r{pattern!r})")
    assert any(map(is_refused, written(quoted)))


def test_it_is_recognised_when_it_is_put_together() -> None:
    for source in ('rf"{A}*+b"', 'rb"(?:ab)*+"', '"(" + A + ")*+"', 'A + "?+"', '"(?:a" "b)*+"'):
        assert any(map(is_refused, written(ast.parse(source)))), source


@pytest.mark.parametrize(
    "pattern", ["[a-z]*+", "a++b", r"\s*+", r"\)*+", "[)]*+", "C++ and more?", "(?:ab)*", "a{2,3}+"]
)
def test_another_is_not(pattern: str) -> None:
    assert not is_refused(pattern)


def test_no_possessive_quantifier_of_a_group_stands_in_any_file() -> None:
    for file in scripts():
        if file != Path(__file__):
            for text in written(ast.parse(file.read_text(encoding="utf-8"))):
                assert not is_refused(text), f"{file.relative_to(ROOT)}: {text!r}: {REFUSED}"


def test_nor_in_any_pattern_a_module_has_made() -> None:
    seen = 0
    for file in PACKAGES:
        if "migrations" not in file.parts and file.stem != "__main__":
            name = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            for pattern in compiled(vars(import_module(name)).values()):
                text = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
                assert not is_refused(text, pattern.flags), f"{name}: {text!r}: {REFUSED}"
                seen += 1
    assert seen > 50


ADDRESSES = {
    "ada@example.org": True, "a.b.c@example.org": True, "a+b_c-d@mail.example.org": True, "ada.@example.org": False,
    ".ada@example.org": False, "a..b@example.org": False, "ada.b.@example.org": False, "a.b@c.@example.org": False,
    "ada@example": False, "ada.b": False, "ada@-x.example.org": False,
}  # fmt: skip
WHOLE = {
    "<b>": 3, "</p >": 5, '<a href="x>y">': 14, "<a href='x>y' class=z>": 22, '<a title="x>': None, "<a x=>": 6,
    '<a"b>': 5, '<a href ="1" / b = 2 >': 22, '<a b="1"c="2">': 14, "<a href='x>": None, "<a =b>": 6, "<a  ": None,
    '<a\n"x</b': None, "<br/>": 5, "<a b = >": 8, "<a b  c>d>": 8,
}  # fmt: skip


def test_what_each_of_those_we_had_means() -> None:
    for address, plain in ADDRESSES.items():
        assert bool(_PLAIN.fullmatch(address)) is plain, address
        rows = f"ada@example.org\n{address}\nben@example.org\n"
        assert bool(_ALL_PLAIN.fullmatch(rows)) is plain, address
    for html, end in WHOLE.items():
        tag = _WHOLE.match(html)
        assert (tag.end() if tag else None) == end, html
    tag = _TAG.match("""<a href="x>y" title='<'>z""")
    assert tag is not None
    assert (tag[2], tag[3], tag[4]) == ("a", """ href="x>y" title='<'""", ">")
    tag = _TAG.match('<a href="x>y')
    assert tag is not None
    assert (tag[3], tag[4]) == (" href=", "")


def test_none_of_them_takes_long_over_a_long_text() -> None:
    """Each took minutes where it looked again at what it had seen; no clock is read, the run would just not end."""
    many = 100_000
    for long in ("x=", "x='", "x ", "= ", " ", "\n", 'href="', "='", '="\n'):
        for pattern in (_TAG, _WHOLE, _SWALLOWED):
            pattern.search(f"<a {long * many}")
            pattern.search(f'<a title="{long * many}">')
    for long in ("a.", "a-", "a@b.", "a@example.org\n"):
        assert not _PLAIN.fullmatch(long * many)
        _ALL_PLAIN.fullmatch(long * many + "\n")
