"""The title of a post without front matter. In: a body. Out: its first heading or short first line, and the rest."""

import re
from html import unescape
from typing import Literal

from newsletter.post.front_matter import MOST_TITLE
from newsletter.post.source import normalise_text

Markup = Literal["markdown", "html"]

_FENCED = re.compile(r"^ {0,3}(```+|~~~+).*?(?:^ {0,3}\1[`~]*[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^ {0,3}#[ \t]+(.+?)(?:[ \t]+#+)?[ \t]*$\n?|^(?! {4})(\S.*)\n {0,3}=+[ \t]*$\n?", re.MULTILINE)
_H1 = re.compile(r"<h1\b[^>]*>(.*?)</h1\s*>", re.IGNORECASE | re.DOTALL)
_HTML_TITLE = re.compile(r"<title\b[^>]*>(.*?)</title\s*>", re.IGNORECASE | re.DOTALL)
_SHORT_FIRST_LINE = re.compile(r"\s*^(?![ ]{4}|[-+*>#<|!\[`~]|\d+[.)]\s)(\S.{0,118})$\n(?=[ \t]*\n)", re.MULTILINE)


def title_from_body(body: str, markup: Markup) -> tuple[str, str]:
    """Find the title of a post whose front matter has none, and the body without it; empty where there is none."""
    if markup == "html":
        heading = _H1.search(body)
        named = _HTML_TITLE.search(body)
        return _without(body, heading) if heading else (_plain(named[1]) if named else "", body)
    # A "# comment" in a code block is not a heading, so it is blanked out, at the same length.
    outside = _FENCED.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), body)
    heading = _HEADING.search(outside) or _SHORT_FIRST_LINE.match(outside)
    return _without(body, heading) if heading else ("", body)


def _without(body: str, heading: re.Match[str]) -> tuple[str, str]:
    title = _plain(next(group for group in heading.groups() if group))[:MOST_TITLE]
    before = body[: heading.start()]
    # Only a heading at the top leaves the body: one further down also opens its own part of the post.
    # Its line stays, empty, so that the lines below keep their numbers.
    blank = "\n" * body.count("\n", heading.start(), heading.end())
    return title, body if before.strip() else before + blank + body[heading.end() :]


def _plain(marked_up: str) -> str:
    text = re.sub(r"<[^>]*>|[`*]", "", re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", marked_up))
    return " ".join(normalise_text(unescape(text)).split())
