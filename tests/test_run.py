"""./run: which words are about the checkout, and which are commands of the newsletter."""

from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def run() -> ModuleType:
    spec = spec_from_loader("run", SourceFileLoader("run", str(Path(__file__).parents[1] / "run")))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "words", ["test", "test -x", "test tests/newsletter -k dot", "test --update-golden", "lint", "check", "docs"]
)
def test_words_about_the_checkout(run: ModuleType, words: str) -> None:
    assert run.is_for_developers(words.split())


@pytest.mark.parametrize(
    "words",
    ["test posts/good-news.md --to me@example.org", "test --to=me@example.org post", "test posts/good-news.html",
     "check posts/good-news.md", "demo", "send posts/good-news.md", ""],
)  # fmt: skip
def test_words_about_a_post(run: ModuleType, words: str) -> None:
    assert not run.is_for_developers(words.split())
