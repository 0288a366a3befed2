"""Finds HTML that was never closed. In: the raw HTML of a post. Out: findings; PostError where words would be lost.

A browser that meets ``<!--`` or ``<script`` without an end swallows the rest of the page. An unclosed ``<b>`` or
``<div>`` swallows nothing: the sanitiser closes it, and the author is told.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from newsletter.compiled import Finding, Severity
from newsletter.compiler.sanitise import BLOCKS, DROPPED, INLINE, PLAYERS, SECTIONS
from newsletter.errors import CompileError, PostError

_SWALLOWS = DROPPED | {"iframe", "video", "audio"}
_NEVER_CLOSED = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_CLOSES_ITSELF = frozenset("p li dt dd td th tr thead tbody tfoot colgroup caption option rt rp html head body".split())
_OTHERS = frozenset(
    "html head body font tt big strike acronym label legend output picture map nobr dialog menu search canvas ruby "
    "data meter progress optgroup slot marquee".split()
)
_KNOWN = INLINE | BLOCKS | SECTIONS | PLAYERS | DROPPED | _NEVER_CLOSED | _CLOSES_ITSELF | _OTHERS
_TAG = re.compile(r"""<(/?)([a-zA-Z][^\s/>]*)((?:[^<>"']++|"[^"]*+"|'[^']*+')*)(>?)""")
_OPENING = re.compile(r"<(?=!--|/?[a-zA-Z])")
# Where a browser ends a tag: a quote counts only after an equals sign, and one without an end swallows the rest.
# No two alternatives begin alike, so a tag that does not match fails in one pass, however long it is.
_WHOLE = re.compile(
    r"""</?[a-zA-Z][^\s/>]*+"""
    r"""(?:[\s/]++|=?[^\s/>=]++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|(?!["'])[^\s>]*+)|(?!\s*=)))*>"""
)
_DEEPEST = 2000  # far past what is made into a mail; beyond it the sanitiser takes minutes
_SWALLOWED = re.compile(
    r"""\b(?:href|src)\s*=\s*(?:"[^"<>]*+[<>][^"]*+"|'[^'<>]*+[<>][^']*+')"""
    r"""|=\s*(?:"[^"\n]*+\n[^"<]*+<|'[^'\n]*+\n[^'<]*+<)"""
)


def check_closed(pieces: Iterable[tuple[int, str]], path: Path) -> list[Finding]:
    """Look at `pieces` of raw HTML, each with its line, as one text. Raises PostError, CompileError."""
    source = _Source(list(pieces))
    findings: list[Finding] = []
    open_tags: list[tuple[str, int]] = []
    try:
        for name, closes, at in _tags(source.html):
            if name not in _KNOWN:
                findings += [] if closes else [_left_out(name, source.line(at))]
            elif not closes:
                open_tags.append((name, at))
                _refuse_deeper(len(open_tags), path)
            elif name in dict(open_tags):
                while (last := open_tags.pop())[0] != name:
                    findings += _unclosed(last[0], source.line(last[1]))
    except _NeverClosed as never:
        why = f"{never.what} is never closed, so everything after it would be lost. Close it"
        raise PostError(path=f"{path}, line {source.line(never.at)}", why=why) from None
    for name, at in open_tags:
        findings += _unclosed(name, source.line(at))
    return findings


def _refuse_deeper(depth: int, path: Path) -> None:
    if depth > _DEEPEST:
        raise CompileError(path=path, why=f"its elements stand more than {_DEEPEST:,} deep in each other")


class _Source:
    def __init__(self, pieces: list[tuple[int, str]]) -> None:
        self._lines = [line for line, _ in pieces]
        self._starts = list(accumulate((len(text) for _, text in pieces), initial=0))
        self.html = "".join(text for _, text in pieces)

    def line(self, at: int) -> int:
        piece = min(bisect_right(self._starts, at), len(self._lines)) - 1
        return self._lines[piece] + self.html.count("\n", self._starts[piece], at)


@dataclass
class _NeverClosed(Exception):
    """What was opened, where, and never closed."""

    what: str
    at: int


def _tags(html: str) -> Iterator[tuple[str, bool, int]]:
    """Yield each tag that holds words: its name, whether it closes, and where it begins."""
    position = 0
    while found := _OPENING.search(html, position):
        at = found.start()
        position, name, closes = _comment(html, at) if html.startswith("<!--", at) else _tag(html, at)
        if name and name not in _NEVER_CLOSED:
            yield name, closes, at


def _comment(html: str, at: int) -> tuple[int, str, bool]:
    end = html.find("-->", at + 2)
    if end < 0:
        raise _NeverClosed('the comment "<!--"', at)
    return end + 3, "", False


def _tag(html: str, at: int) -> tuple[int, str, bool]:
    tag = _TAG.match(html, at)
    assert tag is not None
    name = tag[2].lower()
    if not tag[4] or _SWALLOWED.search(tag[3]) or not _WHOLE.match(html, at):
        raise _NeverClosed(f'the tag "{" ".join(tag[0][:40].split())}"', at)
    if tag[1] or name not in _SWALLOWS:
        return tag.end(), name, bool(tag[1])
    end_tag = re.compile(rf"</{name}\b[^>]*>", re.IGNORECASE).search(html, tag.end())
    if not end_tag:
        raise _NeverClosed(f"<{name}>", at)
    return end_tag.end(), "", False


def _left_out(name: str, line: int) -> Finding:
    why = f"<{name}> is no HTML and was left out; if it is to be read, write &lt;{name}&gt;"
    return Finding(Severity.WARNING, why, line)


def _unclosed(name: str, line: int) -> list[Finding]:
    if name in _CLOSES_ITSELF:
        return []
    why = f"<{name}> is never closed; it was closed where it seemed to end. Look whether that is right"
    return [Finding(Severity.WARNING, why, line)]
