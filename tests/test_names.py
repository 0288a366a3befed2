"""A name in the code has one meaning: a reader who has learnt what a `Finding` is need not learn it again elsewhere.

A class, or an alias of a type, is defined once. A function may share its name with another one where callers say whose
it is (`topics.remove`, `segments.remove`), but not where they import it alone.
"""

import ast
import re
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


def test_a_function_that_is_imported_alone_has_a_name_of_its_own() -> None:
    used = defaultdict(set)
    for module, tree in _modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module and not node.module.startswith(f"{module}."):
                for each in node.names:
                    if home := _home(node.module, each.name):
                        used[each.name].add(home)
    assert not {name: sorted(homes) for name, homes in used.items() if len(homes) > 1}


def test_each_word_of_the_glossary_has_one_meaning() -> None:
    glossary = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    classes = [_type_of(node) for _, tree in _modules() for node in tree.body]
    for part in glossary.split("\n## "):
        rows = [line.split(" | ") for line in part.splitlines() if line.startswith("| ") and "---" not in line]
        words = [word.strip("| ") for row in rows for word in re.split(r",|\(|\)", row[0]) if word.strip("| ")]
        assert sorted(words) == sorted(set(words))
        named = [name for row in rows for name in re.findall(r"`([A-Z][a-z]\w*)`", row[1])]
        assert sorted(named) == sorted(set(named)), "a class that two words name"
        assert not [name for name in named if classes.count(name) != 1]
    assert len(rows) > 20, "the words for readers of the code are not found"


def _type_of(node: ast.stmt) -> str:
    """Return the name of a class, or of an alias such as `Told = Callable[[str], object]`; empty: it is neither."""
    match node:
        case ast.ClassDef(name=name):
            return name
        case ast.Assign(targets=[ast.Name(id=name)]) if name != name.upper() and name[:1].isupper():
            return name
    return ""


def _home(module: str, name: str) -> str:
    """Return the module that defines the function `name` of `module`; empty: it is no function, or not ours."""
    modules = dict(_modules())
    if module not in modules or f"{module}.{name}" in modules:
        return ""
    tree = modules[module]
    if any(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name for node in tree.body):
        return module
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module and name in {each.name for each in node.names}:
            return _home(node.module, name)
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
