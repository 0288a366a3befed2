"""Hooks of mkdocs: pages of the repository's own documents, links between them, and the look of the public pages."""

import posixpath
import re
import tomllib
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from newsletter.theme import read_theme, template_folders

ROOT = Path(__file__).parents[1]
OUTSIDE = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "ARCHITECTURE.md": "maintainers/architecture.md",
    "CONTRIBUTING.md": "maintainers/contributing.md",
}
"""Documents outside docs/, and their place on the site."""
_LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)(#[^)\s]*)?\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the documents outside docs/."""
    for name, page in OUTSIDE.items():
        files.append(File.generated(config, page, content=(ROOT / name).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Any, config: MkDocsConfig, files: Files) -> str:
    """Have links lead to pages of the site, and those to other files of the repository to its address."""
    here = page.file.src_uri
    source = next((name for name, there in OUTSIDE.items() if there == here), f"docs/{here}")

    def lead(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(source), link[1]))
        there = OUTSIDE.get(target) or target.removeprefix("docs/")
        if files.get_file_from_path(there) is None:
            return f"]({_repository()}/{target})" if (ROOT / target).exists() else link[0]  # which mkdocs reports
        return f"]({posixpath.relpath(there, posixpath.dirname(here) or '.')}{link[2] or ''})"

    return _LINK.sub(lead, markdown)


def on_env(env: Any, config: MkDocsConfig, files: Files) -> Any:
    """Give the templates the colours and fonts of the public pages."""
    theme = read_theme(template_folders(None))
    env.globals.update(light=theme.light, dark=theme.dark, font=theme.font)
    return env


def _repository() -> str:
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]["Source"])
