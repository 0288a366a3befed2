"""The door to markdown-it. In: Markdown. Out: HTML, not yet sanitised, and the raw HTML that the author mixed in.

CommonMark with what GitHub adds to it: tables, strikethrough, footnotes, links made from bare addresses. Callouts may
also stand between ::: lines; ``marked`` reads those, and the other marks.
"""

import re
from collections.abc import Sequence
from functools import cache
from html import escape
from typing import Any

from linkify_it import LinkifyIt
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.container import container_plugin
from mdit_py_plugins.footnote import footnote_plugin

from newsletter.compiler.marked import LABELS

RawHtml = list[tuple[int, str]]  # each piece with the line, counted from 1, that it begins on


LINE = "data-line"
"""The attribute that holds the line of a block, counted from 1."""


def to_html(source: str, lines: bool = False) -> tuple[str, RawHtml]:
    """Render `source`; footnotes read without jumping, because mail clients do not jump.

    `lines`: give each block the attribute `LINE`, for who has to name the lines of what is in it.
    """
    parser = _parser()
    environment: dict[str, Any] = {}
    tokens = parser.parse(source, environment)
    for token in tokens if lines else ():
        if token.map and token.nesting > 0:
            token.attrSet(LINE, str(token.map[0] + 1))
    return parser.renderer.render(tokens, parser.options, environment), _raw_html(tokens, 1)


def _raw_html(tokens: Sequence[Token], line: int) -> RawHtml:
    found: RawHtml = []
    for token in tokens:
        line = token.map[0] + 1 if token.map else line
        if token.type in ("html_block", "html_inline"):
            found.append((line, token.content))
        elif token.children:
            found += _raw_html(token.children, line)
        if token.type in ("softbreak", "hardbreak"):
            line += 1
    return found


@cache
def _parser() -> MarkdownIt:
    # Words nested deeper than maxNesting vanish silently, so it is far more than the sanitiser accepts.
    parser = MarkdownIt("commonmark", {"linkify": True, "maxNesting": 500})
    parser.enable(["table", "strikethrough", "linkify"])
    parser.use(footnote_plugin)
    parser.linkify = _Linkify(_WWW, {"fuzzy_link": False})  # notes.md is a file, not a site in Moldova
    for label in LABELS:
        parser.use(container_plugin, label.lower(), render=_callout)
    for name, markup in _FOOTNOTES.items():
        parser.add_render_rule(name, markup)
    return parser


class _Linkify(LinkifyIt):  # type: ignore[misc]
    """Linkify that searches only text that may hold an address: its own first test costs as much as all of Markdown."""

    def pretest(self, text: str) -> bool:
        return _MAY_HOLD_ADDRESS.search(text) is not None

    def test(self, text: str) -> bool:
        return _MAY_HOLD_ADDRESS.search(text) is not None and bool(super().test(text))


_MAY_HOLD_ADDRESS = re.compile(r"//|@|mailto:|www\.", re.IGNORECASE)


def _www(linkify: LinkifyIt, text: str, at: int) -> int:
    found = re.match(linkify.re["src_host_strict"] + linkify.re["src_path"], text[at:], re.IGNORECASE)
    return len(found[0]) if found else 0


def _with_scheme(_linkify: LinkifyIt, match: Any) -> None:
    match.url = f"http://{match.url}"


_WWW = {"www.": {"validate": _www, "normalize": _with_scheme}}


def _callout(_renderer: Any, tokens: Sequence[Token], index: int, _options: Any, _environment: Any) -> str:
    if tokens[index].nesting < 0:
        return "</blockquote>\n"
    kind, _, title = tokens[index].info.strip().partition(" ")
    words = f"<p><strong>{escape(title.strip())}</strong></p>\n" if title.strip() else ""
    return f"<blockquote>\n<p>[!{kind.upper()}]</p>\n{words}"


def _footnote_number(_renderer: Any, tokens: Sequence[Token], index: int, _options: Any, _environment: Any) -> str:
    return f"<sup>[{tokens[index].meta['id'] + 1}]</sup>"


def _footnotes_open(*_: Any) -> str:
    return '<hr><div class="footnotes"><ol>\n'


def _footnotes_close(*_: Any) -> str:
    return "</ol></div>\n"


def _footnote_open(*_: Any) -> str:
    return "<li>"


def _no_way_back(*_: Any) -> str:
    return ""


_FOOTNOTES = {
    "footnote_ref": _footnote_number,
    "footnote_block_open": _footnotes_open,
    "footnote_block_close": _footnotes_close,
    "footnote_open": _footnote_open,
    "footnote_anchor": _no_way_back,
}
