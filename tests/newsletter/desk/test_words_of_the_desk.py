"""What the desk says from its code is where translators find it."""

import ast

from newsletter.desk.guard import USED
from tests.generated_docs import ROOT, furniture


def test_every_sentence_that_the_code_says_is_in_the_catalogue() -> None:
    known = {str(message.id) for message in furniture() if isinstance(message.id, str)}
    said = set()
    for file in (ROOT / "newsletter" / "desk").glob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        texts = {
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        docs = {ast.get_docstring(node, clean=False) for node in ast.walk(tree) if isinstance(node, _WITH_DOCS)}
        docs |= {node.value.value for node in ast.walk(tree) if _is_text_alone(node)}  # type: ignore[attr-defined]
        said |= {text for text in texts - docs if text[:1].isupper() and text.endswith((".", ":")) and " " in text}
    assert len(said) > 20
    assert not said - known - NOT_SHOWN


_WITH_DOCS = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
NOT_SHOWN = {USED}
"""Said before a language is known: see newsletter/desk/guard.py."""


def _is_text_alone(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
