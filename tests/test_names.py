"""A name in the code has one meaning: a reader who has learnt what a `Finding` is need not learn it again elsewhere.

A class, or an alias of a type, is defined once.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.generated_docs import ROOT


def test_a_class_is_defined_once() -> None:
    homes = defaultdict(list)
    for module, tree in _modules():
        for node in tree.body:
            if (name := _type_of(node)) and not name.startswith("_"):
                homes[name].append(module)
    assert not {name: several for name, several in homes.items() if len(several) > 1}


def _type_of(node: ast.stmt) -> str:
    """Return the name of a class, or of an alias such as `Told = Callable[[str], object]`; empty: it is neither."""
    match node:
        case ast.ClassDef(name=name):
            return name
        case ast.Assign(targets=[ast.Name(id=name)]) if name != name.upper() and name[:1].isupper():
            return name
    return ""


@cache
def _modules() -> list[tuple[str, ast.Module]]:
    return [*_read("newsletter"), *_read("subscribers")]


def _read(package: str) -> Iterator[tuple[str, ast.Module]]:
    for file in sorted((ROOT / package).rglob("*.py")):
        if "versions" not in file.parts:
            yield _dotted(file), ast.parse(file.read_text(encoding="utf-8"))


def _dotted(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
