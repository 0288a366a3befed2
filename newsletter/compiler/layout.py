"""The frame around the article. In: a post's facts, the organisation's, the theme. Out: HTML and text of the mail.

The words of the frame come from words.toml in the language of the post, or in English where it has no such table.
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from newsletter.compiler import mjml
from newsletter.compiler.gaps import Gaps
from newsletter.compiler.inline import inline
from newsletter.errors import CompileError
from newsletter.theme import read_tables, read_theme, render

LAYOUT = "email/layout.mjml"
_RIGHT_TO_LEFT = frozenset("ar arc ckb dv fa he ku-arab ps sd ug ur yi".split())


@dataclass(frozen=True, slots=True)
class Words:
    """The frame's own words, and the language they are in."""

    language: str
    table: Mapping[str, Any]

    def date(self, date: datetime.date | None) -> str:
        return f"{date.day} {self.table['months'][date.month - 1]} {date.year}" if date else ""

    def why(self, organisation: str) -> str:
        return str(self.table["why"]).replace("{organisation}", organisation)


def read_words(folders: Sequence[Path], language: str) -> Words:
    """Find the frame's words for `language`: pt-BR, else pt, else en."""
    tables = read_tables(folders, "email/words.toml")
    for known in (language.lower(), language.lower().partition("-")[0], "en"):
        if known in tables:
            # Because a table may be young, what it does not say yet is said in English.
            return Words(known, {**tables.get("en", {}), **tables[known]})
    raise CompileError(path="email/words.toml", why="there is no [en] table; other languages fall back to it")


def direction(language: str) -> str:
    return "rtl" if language.lower().partition("-")[0] in _RIGHT_TO_LEFT else "ltr"


def frame(folders: Sequence[Path], values: Mapping[str, Any], article: str, gaps: Gaps) -> str:
    """Put `article`, as ``dress`` makes it, into the layout."""
    theme = read_theme(folders)
    tokens = {"light": theme.light, "dark": theme.dark, "font": theme.font}
    context = {**values, **tokens, "gap": gaps.gap, "article": gaps.article}
    html = mjml.to_html(render(folders, LAYOUT, context), LAYOUT, str(values["direction"]))
    if html.count(gaps.article) != 1:
        raise CompileError(path=LAYOUT, why="{{ article }} must stand in it once, inside an mj-text")
    return html.replace(gaps.article, inline(article, render(folders, "email/article.css", context)))


def text_frame(folders: Sequence[Path], values: Mapping[str, Any], article: str, gaps: Gaps) -> str:
    """Put `article`, as plain text, into the layout of the text part."""
    text = render(folders, "email/layout.txt", {**values, "gap": gaps.gap, "article": article})
    return "\n".join(line.rstrip() for line in text.strip().split("\n")) + "\n"
