"""A post in a folder, and what lies beside it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.compiler import CompiledEmail, Furniture, compile_post
from newsletter.post import read_post
from newsletter.publish import Beside
from newsletter.theme import template_folders
from tests.enclosures import photograph

ADDRESS = "https://news.example.org/f"
Draw = Callable[..., bytes]
Compile = Callable[..., CompiledEmail]


@pytest.fixture
def draw() -> Draw:
    return photograph


@pytest.fixture
def compiled(tmp_path: Path) -> Compile:
    """Compile a body, with files beside it."""

    def compile_body(body: str, files: dict[str, bytes] | None = None, front: str = "") -> CompiledEmail:
        folder = tmp_path / "posts"
        folder.mkdir(exist_ok=True)
        for name, content in (files or {}).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        (folder / "post.md").write_text(f"---\ntitle: Good news\n{front}---\n{body}\n", encoding="utf-8")
        post = read_post(folder / "post.md")
        beside = Beside(folder, ADDRESS, post.language, (tmp_path / "published",))
        return compile_post(post, Furniture("Us", "1 Example Street"), template_folders(None), (), beside)

    return compile_body
