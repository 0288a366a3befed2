"""Mails of a few words."""

from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.compiler import CompiledEmail, compile_post
from newsletter.post import read_post
from newsletter.theme import template_folders
from tests.newsletter.compiler.reading import FURNITURE


@pytest.fixture
def compile(tmp_path: Path) -> Callable[..., CompiledEmail]:
    """Compile the text of a post, written as a file."""

    def compiled(text: str, name: str = "post.md", front: str = "title: A title\n", **options: object) -> CompiledEmail:
        file = tmp_path / name
        file.write_text(f"---\n{front}---\n{text}", encoding="utf-8")
        templates = options.pop("templates", template_folders(None))
        return compile_post(read_post(file), FURNITURE, templates, **options)  # type: ignore[arg-type]

    return compiled
