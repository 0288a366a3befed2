from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.check import examine
from newsletter.compiler import Finding, Furniture, compile_post
from newsletter.post import read_post
from newsletter.theme import template_folders
from tests.newsletter.check.front import FRONT


@pytest.fixture
def look(tmp_path: Path) -> Callable[..., list[Finding]]:
    """List what is found in a body below good front matter, or in a whole post."""

    def found(body: str, front: str = FRONT, name: str = "post.md") -> list[Finding]:
        file = tmp_path / name
        file.write_text(front + body, encoding="utf-8")
        post = read_post(file)
        return list(examine(post, compile_post(post, Furniture("Us", "1 Example Street"), template_folders(None))))

    return found
