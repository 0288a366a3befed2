"""Mails of a few words."""

from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.compiler import CompiledEmail, Furniture, compile_post
from newsletter.post import read_post
from newsletter.theme import template_folders


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., CompiledEmail]:
    """Compile a post of `text` under a title."""

    def compiled(text: str) -> CompiledEmail:
        post = tmp_path / "post.md"
        post.write_text(f"---\ntitle: A title\n---\n{text}\n")
        return compile_post(read_post(post), Furniture("Us", "1 Example Street"), template_folders(None))

    return compiled
